// The one picture of a reply: checked here, uploaded at once, named by the id that the API gives its bytes.
import { SvelteMap } from 'svelte/reactivity';
import { key, full } from '$lib/api/client';
import { api } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import { words } from '$lib/words';

const TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const BYTES_MAX = 5 * 1024 * 1024;
const ALTS_KEPT = 50;

/** What pictures show, as it was typed here: neither drafts nor replies of the API say it. */
const alts = new SvelteMap<string, string>();

export const altOf = (id: string | null | undefined) => alts.get(id ?? '') ?? '';

function keepAlt(id: string, alt: string) {
  alts.delete(id);
  alts.set(id, alt);
  if (alts.size > ALTS_KEPT) alts.delete([...alts.keys()][0]!);
}

export class Upload {
  id = $state<string | null>(null);
  alt = $state('');
  busy = $state(false);
  trouble = $state('');
  src = $state('');

  constructor(readonly changed: () => void) {}

  /** Of a draft. */
  take(id: string | null) {
    this.#forget();
    this.id = id;
    this.src = id ? `/api/v1/media/${id}` : '';
    this.alt = altOf(id);
    this.trouble = '';
  }

  async put(file: File) {
    this.trouble = '';
    if (!TYPES.includes(file.type)) return void (this.trouble = words.composer.wrongType);
    if (file.size > BYTES_MAX) return void (this.trouble = words.composer.tooBig(5));
    this.#forget();
    this.alt = '';
    this.src = URL.createObjectURL(file);
    this.busy = true;
    try {
      const { data } = await full(
        api.POST('/api/v1/media', {
          params: { header: key() },
          body: file as unknown as number[],
          bodySerializer: () => file,
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
      );
      this.id = data.media_id;
      this.changed();
    } catch (cause) {
      this.trouble = inWords(cause);
      this.#forget();
    } finally {
      this.busy = false;
    }
  }

  drop() {
    this.take(null);
    this.changed();
  }

  #forget() {
    if (this.id) keepAlt(this.id, this.alt);
    if (this.src.startsWith('blob:')) URL.revokeObjectURL(this.src);
    this.src = '';
    this.id = null;
  }
}

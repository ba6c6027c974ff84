// The one picture of a reply: checked here, uploaded at once, named by the id that the API gives its bytes.
import { SvelteMap } from 'svelte/reactivity';
import { api, full } from '$lib/api/client';
import { words } from '$lib/words';
import { Act } from './act.svelte';

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
  src = $state('');
  /** What is wrong with the file itself. */
  refused = $state('');
  /** Of the picture that is shown: an answer about another one comes too late. */
  act = $state.raw(new Act());

  constructor(readonly changed: () => void) {}

  get busy(): boolean {
    return this.act.busy;
  }

  /** Shown here and not there: it would not go with the text. */
  get missing(): boolean {
    return this.src !== '' && this.id === null;
  }

  /** Of a draft. */
  take(id: string | null) {
    this.#forget();
    this.id = id;
    this.src = id ? `/api/v1/media/${id}` : '';
    this.alt = altOf(id);
  }

  put(file: File) {
    this.#forget();
    this.alt = '';
    if (!TYPES.includes(file.type)) return void (this.refused = words.composer.wrongType);
    if (file.size > BYTES_MAX) return void (this.refused = words.composer.tooBig(5));
    this.src = URL.createObjectURL(file);
    const { act } = this;
    void act.run(async (header) => {
      const { data } = await full(
        api.POST('/api/v1/media', {
          params: { header },
          body: file as unknown as number[],
          bodySerializer: () => file,
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
      );
      if (act !== this.act) return;
      this.id = data.media_id;
      this.changed();
    });
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
    this.refused = '';
    this.act = new Act();
  }
}

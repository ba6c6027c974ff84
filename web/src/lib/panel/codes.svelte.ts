// Reason and resolution codes of the organisation, fetched once and again when they were changed here.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Code } from '$lib/api/types';

class Codes {
  all = $state.raw<Code[]>([]);
  /** Before that nothing can be said of them. */
  known = $state(false);
  trouble = $state('');
  #asked = false;

  reasons = $derived(this.all.filter((c) => c.kind === 'reason'));
  resolutions = $derived(this.all.filter((c) => c.kind === 'resolution'));

  async need() {
    if (this.#asked) return;
    this.#asked = true;
    await this.load();
  }

  async load() {
    try {
      this.all = await everything();
      this.known = true;
      this.trouble = '';
    } catch (cause) {
      this.trouble = inWords(cause);
      this.#asked = false;
    }
  }

  label(kind: 'reason' | 'resolution', code: string | null | undefined): string {
    if (!code) return '';
    return this.all.find((c) => c.kind === kind && c.code === code)?.label ?? code;
  }
}

/** The most that a page holds; of more codes than ten pages the first. */
async function everything(): Promise<Code[]> {
  const all: Code[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 10; page++) {
    const got = await ok(api.GET('/api/v1/codes', { params: { query: { limit: 200, cursor } } }));
    all.push(...got.items);
    if (!got.next) break;
    cursor = got.next;
  }
  return all;
}

export const codes = new Codes();

// Reason and resolution codes of the organisation, fetched once and again when they were changed here.
import { api, ok } from '$lib/api/client';
import type { Code } from '$lib/api/types';

class Codes {
  all = $state.raw<Code[]>([]);
  /** Before that nothing can be said of them. */
  known = $state(false);
  #asked = false;

  reasons = $derived(this.all.filter((c) => c.kind === 'reason'));
  resolutions = $derived(this.all.filter((c) => c.kind === 'resolution'));

  async need() {
    if (this.#asked) return;
    this.#asked = true;
    await this.load().catch(() => (this.#asked = false));
  }

  async load() {
    const all: Code[] = [];
    let cursor: string | undefined;
    // The most that a page holds; an organisation with more codes than ten pages shows the first.
    for (let page = 0; page < 10; page++) {
      const got = await ok(api.GET('/api/v1/codes', { params: { query: { limit: 200, cursor } } }));
      all.push(...got.items);
      if (!got.next) break;
      cursor = got.next;
    }
    this.all = all;
    this.known = true;
  }

  label(kind: 'reason' | 'resolution', code: string | null | undefined): string {
    if (!code) return '';
    return this.all.find((c) => c.kind === kind && c.code === code)?.label ?? code;
  }
}

export const codes = new Codes();

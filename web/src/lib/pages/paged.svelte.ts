// A list that is fetched a page at a time.
import { inWords } from '$lib/api/problem';

type Got<T> = { items: T[]; next?: string | null };

export class Paged<T> {
  rows = $state.raw<T[]>([]);
  next = $state<string | null>(null);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  trouble = $state('');
  busy = $state(false);
  #asked = 0;

  constructor(readonly fetch: (cursor: string | undefined) => Promise<Got<T>>) {}

  /** The first page again; what is shown stays until it is there. */
  async load() {
    await this.#get(undefined);
  }

  async more() {
    if (this.next && !this.busy) await this.#get(this.next);
  }

  async #get(cursor: string | undefined) {
    const mine = ++this.#asked;
    this.busy = true;
    try {
      const got = await this.fetch(cursor);
      if (mine !== this.#asked) return;
      this.rows = cursor ? [...this.rows, ...got.items] : got.items;
      this.next = got.next ?? null;
      this.state = 'ready';
      this.trouble = '';
    } catch (cause) {
      if (mine !== this.#asked) return;
      this.trouble = inWords(cause);
      if (this.state === 'loading') this.state = 'failed';
    } finally {
      if (mine === this.#asked) this.busy = false;
    }
  }
}

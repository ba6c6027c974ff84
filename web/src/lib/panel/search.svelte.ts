// The search for a customer: asks after a pause in typing, drops what is older than the newest question.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Customer } from '$lib/api/types';

const PAUSE_MS = 250;
const SHOWN = 8;
export const SEARCH_CHARS_MIN = 2;

export type Hit = { customer: Customer; handles: string[]; suggested: boolean };

export class CustomerSearch {
  q = $state('');
  hits = $state.raw<Hit[]>([]);
  /** What the hits answer. */
  answered = $state('');
  busy = $state(false);
  trouble = $state('');
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  enough = $derived(this.q.trim().length >= SEARCH_CHARS_MIN);

  /** As it is typed. */
  typed() {
    clearTimeout(this.#timer);
    if (!this.enough) {
      this.#asked++;
      this.hits = [];
      this.answered = '';
      this.busy = false;
      return;
    }
    this.#timer = setTimeout(() => void this.ask(this.q.trim(), false), PAUSE_MS);
  }

  /** Who has the same name is shown as a suggestion, until something is typed. */
  suggest(name: string) {
    if (name.trim().length >= SEARCH_CHARS_MIN) void this.ask(name.trim(), true);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked++;
  }

  async ask(q: string, suggested: boolean) {
    const mine = ++this.#asked;
    this.busy = true;
    this.trouble = '';
    try {
      const found = await ok(api.GET('/api/v1/customers', { params: { query: { q, limit: SHOWN } } }));
      if (mine !== this.#asked) return;
      const same = (c: Customer) => c.name.trim().toLowerCase() === q.toLowerCase();
      const customers = suggested ? found.items.filter(same) : found.items;
      this.hits = customers.map((customer) => ({ customer, handles: [], suggested }));
      this.answered = suggested ? '' : q;
      this.busy = false;
      await this.#handles(mine);
    } catch (cause) {
      if (mine !== this.#asked) return;
      this.busy = false;
      // A suggestion that fails is not worth a word.
      if (!suggested) this.trouble = inWords(cause);
    }
  }

  async #handles(mine: number) {
    const hits = await Promise.all(
      this.hits.map(async (hit) => {
        const path = { id: hit.customer.customer_id };
        const accounts = await ok(api.GET('/api/v1/customers/{id}/accounts', { params: { path } })).catch(
          () => null,
        );
        return {
          ...hit,
          handles: (accounts?.items ?? []).map((a) => (a.handle ? `@${a.handle}` : (a.name ?? a.x_id))),
        };
      }),
    );
    if (mine === this.#asked) this.hits = hits;
  }
}

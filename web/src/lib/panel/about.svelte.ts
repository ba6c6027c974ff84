// What is known of the person whose row is open: the social user, the customer, cases and interactions.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Case, Customer, Interaction, Person } from '$lib/api/types';
import type { components } from '$lib/api/schema';
import { Cache } from '$lib/state/cache';
import { session } from '$lib/state/session.svelte';

type SocialAccount = components['schemas']['SocialAccount'];
export type Known = {
  person: Person;
  customer: Customer | null;
  accounts: SocialAccount[];
  cases: Case[];
  interactions: Interaction[];
};

const SHOWN = 20;
/** Cases of a person without customer whose interactions are asked for. */
const CASES_ASKED = 5;

class About {
  id = $state('');
  known = $state.raw<Known | null>(null);
  trouble = $state('');
  #asked = 0;
  #cache = new Cache<Known>(30);

  person = $derived(this.known?.person ?? null);
  customer = $derived(this.known?.customer ?? null);
  cases = $derived(this.known?.cases ?? []);
  openCases = $derived(this.cases.filter((c) => c.status === 'open'));
  pastCases = $derived(this.cases.filter((c) => c.status !== 'open'));

  show(xId: string) {
    if (xId === this.id) return;
    this.id = xId;
    this.known = this.#cache.get(xId) ?? null;
    void this.reload();
  }

  /** Fetched again; an answer about somebody else, or an older one, is dropped. */
  async reload() {
    const id = this.id;
    const mine = ++this.#asked;
    if (!id) return;
    try {
      const known = await load(id);
      if (mine !== this.#asked || id !== this.id) return;
      this.known = known;
      this.trouble = '';
      this.#cache.set(id, known);
    } catch (cause) {
      if (mine === this.#asked) this.trouble = inWords(cause);
    }
  }
}

async function load(xId: string): Promise<Known> {
  const person = await ok(api.GET('/api/v1/people/{x_id}', { params: { path: { x_id: xId } } }));
  const none = { person, customer: null, accounts: [], cases: [], interactions: [] };
  if (!session.can.work) return none;
  const id = person.customer?.customer_id;
  if (!id) return { ...none, ...(await ofPerson(xId)) };
  const path = { params: { path: { id } } };
  const [customer, accounts, cases, interactions] = await Promise.all([
    ok(api.GET('/api/v1/customers/{id}', path)),
    ok(api.GET('/api/v1/customers/{id}/accounts', path)),
    ok(api.GET('/api/v1/customers/{id}/cases', { params: { path: { id }, query: { limit: 50 } } })),
    ok(api.GET('/api/v1/customers/{id}/interactions', { params: { path: { id }, query: { limit: SHOWN } } })),
  ]);
  return { person, customer, accounts: accounts.items, cases: cases.items, interactions: interactions.items };
}

async function ofPerson(xId: string) {
  const cases = await ok(api.GET('/api/v1/cases', { params: { query: { person: xId, limit: 50 } } }));
  const pages = await Promise.all(
    cases.items.slice(0, CASES_ASKED).map((c) => {
      const params = { path: { id: c.case_id }, query: { limit: SHOWN } };
      return ok(api.GET('/api/v1/cases/{id}/interactions', { params }));
    }),
  );
  const all = pages.flatMap((p) => p.items).toSorted((a, b) => b.at.localeCompare(a.at));
  return { cases: cases.items, interactions: all.slice(0, SHOWN) };
}

export const about = new About();

// The case of an address: its number first, then what is known of it.
import { api, ok } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { CaseDetails, Customer, Interaction, Item, Person } from '$lib/api/types';
import { Paged } from './paged.svelte';

export class CasePageState {
  details = $state.raw<CaseDetails | null>(null);
  item = $state.raw<Item | null>(null);
  person = $state.raw<Person | null>(null);
  customer = $state.raw<Customer | null>(null);
  gone = $state(false);
  trouble = $state('');
  interactions = new Paged<Interaction>((cursor) =>
    ok(
      api.GET('/api/v1/cases/{id}/interactions', {
        params: { path: { id: this.#id }, query: { limit: 50, cursor } },
      }),
    ),
  );
  #id = '';

  constructor(readonly no: string) {}

  async load() {
    try {
      await this.#load();
      this.trouble = '';
    } catch (cause) {
      this.gone = cause instanceof ApiError && [400, 403, 404].includes(cause.status);
      this.trouble = inWords(cause);
    }
  }

  async #load() {
    if (!this.#id) {
      const no = Number(this.no);
      const found = Number.isSafeInteger(no)
        ? await ok(api.GET('/api/v1/cases', { params: { query: { no } } }))
        : null;
      const id = found?.items[0]?.case_id;
      this.gone = !id;
      if (!id) return;
      this.#id = id;
    }
    const details = await ok(api.GET('/api/v1/cases/{id}', { params: { path: { id: this.#id } } }));
    this.details = details;
    void this.interactions.load();
    // Who and what it is about: the page stands without them.
    const { item_id, person_id, customer_id } = details;
    const path = <T>(value: T) => ({ params: { path: value } });
    const [item, person, customer] = await Promise.all([
      item_id ? ok(api.GET('/api/v1/items/{id}', path({ id: item_id }))).catch(() => null) : null,
      person_id ? ok(api.GET('/api/v1/people/{x_id}', path({ x_id: person_id }))).catch(() => null) : null,
      customer_id ? ok(api.GET('/api/v1/customers/{id}', path({ id: customer_id }))).catch(() => null) : null,
    ]);
    this.item = item;
    this.person = person;
    this.customer = customer;
  }
}

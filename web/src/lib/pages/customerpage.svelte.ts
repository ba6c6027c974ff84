// The customer of an address: profile, accounts, cases, interactions.
import { api, ok } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Case, Customer, Interaction } from '$lib/api/types';
import type { components } from '$lib/api/schema';
import { Paged } from './paged.svelte';

export class CustomerPageState {
  customer = $state.raw<Customer | null>(null);
  accounts = $state.raw<components['schemas']['SocialAccount'][]>([]);
  gone = $state(false);
  trouble = $state('');
  cases = new Paged<Case>((cursor) =>
    ok(
      api.GET('/api/v1/customers/{id}/cases', {
        params: { path: { id: this.id }, query: { limit: 50, cursor } },
      }),
    ),
  );
  interactions = new Paged<Interaction>((cursor) =>
    ok(
      api.GET('/api/v1/customers/{id}/interactions', {
        params: { path: { id: this.id }, query: { limit: 50, cursor } },
      }),
    ),
  );

  constructor(readonly id: string) {}

  /** Whether a case or an account is one that is shown. */
  has(id: string): boolean {
    return this.cases.rows.some((c) => c.case_id === id) || this.accounts.some((a) => a.x_id === id);
  }

  async load() {
    const path = { params: { path: { id: this.id } } };
    void this.cases.load();
    void this.interactions.load();
    try {
      const [customer, accounts] = await Promise.all([
        ok(api.GET('/api/v1/customers/{id}', path)),
        ok(api.GET('/api/v1/customers/{id}/accounts', path)),
      ]);
      this.customer = customer;
      this.accounts = accounts.items;
      this.trouble = '';
      this.gone = false;
    } catch (cause) {
      this.gone = cause instanceof ApiError && [400, 403, 404].includes(cause.status);
      this.trouble = inWords(cause);
    }
  }
}

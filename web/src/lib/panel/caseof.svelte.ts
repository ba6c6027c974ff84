// The case of the item that the panel is about, and why it has it.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { CaseDetails, Item, ThreadHead } from '$lib/api/types';
import type { components } from '$lib/api/schema';

type Links = components['schemas']['Links'];

class CaseOf {
  details = $state.raw<CaseDetails | null>(null);
  links = $state.raw<Links | null>(null);
  trouble = $state('');
  #item = '';
  #case = '';
  #asked = 0;

  /** Shows the case of an item; nothing is fetched twice for the same state of it. */
  show(item: Item | null) {
    const id = item?.item_id ?? '';
    const of = item?.case_id ?? '';
    if (id === this.#item && of === this.#case) return;
    if (of !== this.#case) this.details = null;
    this.#item = id;
    this.#case = of;
    this.links = null;
    void this.reload();
  }

  async reload() {
    const mine = ++this.#asked;
    const [id, of] = [this.#item, this.#case];
    if (!id) return;
    try {
      const [links, details] = await Promise.all([
        ok(api.GET('/api/v1/items/{id}/links', { params: { path: { id } } })),
        of ? ok(api.GET('/api/v1/cases/{id}', { params: { path: { id: of } } })) : null,
      ]);
      if (mine !== this.#asked) return;
      this.links = links;
      this.details = details;
      this.trouble = '';
    } catch (cause) {
      if (mine === this.#asked) this.trouble = inWords(cause);
    }
  }
}

export const caseOf = new CaseOf();

/** The item that a case would be about: the target, or the newest of the row's own if the target is ours. */
export function caseItem(target: Item | null, items: Item[], head: ThreadHead | null): Item | null {
  if (target?.own && target.direction === 'inbound') return target;
  const own = items.filter((i) => i.own && i.direction === 'inbound');
  return own.find((i) => i.item_id === head?.target) ?? own.at(-1) ?? null;
}

// Texts behind interactions, which carry ids only: fetched as they are shown, a few at a time, and remembered.
import { api, ok } from '$lib/api/client';
import type { Item } from '$lib/api/types';

const AT_ONCE = 4;
const KEPT = 300;

class Said {
  items = $state.raw<ReadonlyMap<string, Item | null>>(new Map());
  #wanted: string[] = [];
  #running = 0;
  #asked = new Set<string>();

  want(ids: string[]) {
    for (const id of ids) {
      if (this.#asked.has(id)) continue;
      this.#asked.add(id);
      this.#wanted.push(id);
    }
    while (this.#running < AT_ONCE && this.#wanted.length) void this.#next();
  }

  /** A row changed, perhaps because X deleted a text: what is kept of it is fetched again. */
  refresh(thread: string) {
    const ids = [...this.items].filter(([, item]) => item?.thread === thread).map(([id]) => id);
    this.#wanted.push(...ids.filter((id) => !this.#wanted.includes(id)));
    while (this.#running < AT_ONCE && this.#wanted.length) void this.#next();
  }

  async #next() {
    const id = this.#wanted.shift();
    if (!id) return;
    this.#running++;
    const item = await ok(api.GET('/api/v1/items/{id}', { params: { path: { id } } })).catch(() => null);
    this.#running--;
    const items = new Map(this.items).set(id, item);
    const oldest = items.keys().next();
    if (items.size > KEPT && !oldest.done) {
      items.delete(oldest.value);
      this.#asked.delete(oldest.value);
    }
    this.items = items;
    if (this.#wanted.length) void this.#next();
  }
}

export const said = new Said();

// Who is at which row, as the stream tells it. A fresh stream tells everybody who is there first.
import type { Who } from '$lib/api/types';

class Present {
  #rows = $state.raw<ReadonlyMap<string, Who[]>>(new Map());

  at = (thread: string): Who[] => this.#rows.get(thread) ?? [];

  set(thread: string, who: Who[]) {
    const rows = new Map(this.#rows);
    if (who.length) rows.set(thread, who);
    else rows.delete(thread);
    this.#rows = rows;
  }

  clear() {
    this.#rows = new Map();
  }

  /** For a tab that began later. */
  all = () => [...this.#rows];
}

export const present = new Present();

// Which rows this user opened, in this browser, up to which item: the dot on the others.
const KEPT = 2_000;
const NAME = 'earshot-seen';

class Seen {
  #items = $state.raw<ReadonlyMap<string, string>>(new Map(read()));

  unread(id: string, item: string): boolean {
    return this.#items.get(id) !== item;
  }

  mark(id: string, item: string | null | undefined) {
    if (!item || this.#items.get(id) === item) return;
    const items = new Map(this.#items);
    items.delete(id);
    items.set(id, item);
    this.#items = new Map([...items].slice(-KEPT));
    try {
      localStorage.setItem(NAME, JSON.stringify([...this.#items]));
    } catch {
      // A browser that keeps nothing shows dots anew: no harm.
    }
  }
}

function read(): [string, string][] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((p): p is [string, string] => Array.isArray(p) && p.length === 2)
      : [];
  } catch {
    return [];
  }
}

export const seen = new Seen();

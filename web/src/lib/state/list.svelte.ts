// The list on the left. While the hand is in it the order stands still: what came is held until it is applied.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { ThreadRow } from '$lib/api/types';
import { words } from '$lib/words';
import { compare, join, touch, type Row } from './merge';
import { plain, search, toApi, type Query } from './query';
import { session } from './session.svelte';

const PAGE = 50;
const PAGE_MAX = 200;

class List {
  query = $state.raw<Query>(plain);
  rows = $state.raw<Row[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  trouble = $state('');
  /** Where the hand is; both stop the order. */
  pointer = $state(false);
  focus = $state(false);
  held = $state.raw<{ rows: ThreadRow[]; next: string | null; added: number; changed: number } | null>(null);
  /** Rows chosen for a bulk command. */
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  openId = $state<string | null>(null);
  /** Row that the keys act on, if none is open. */
  cursor = $state<string | null>(null);
  snoozedShown = $state(false);
  #next = $state<string | null>(null);
  #asked = 0;
  #fetchingMore = false;

  hand = $derived(this.pointer || this.focus);
  awake = $derived(this.rows.filter((r) => !this.#sleeps(r)));
  asleep = $derived(this.rows.filter((r) => this.#sleeps(r)));
  shown = $derived(this.snoozedShown ? [...this.awake, ...this.asleep] : this.awake);
  complete = $derived(this.#next === null);
  items = $derived(this.rows.reduce((sum, r) => sum + (r.left === undefined ? r.count : 0), 0));
  threads = $derived(this.rows.filter((r) => r.left === undefined).length);

  /** Shows the list of an address. */
  async go(query: Query) {
    const same = search(query) === search(this.query) && this.state !== 'loading';
    this.query = query;
    if (same) return;
    this.chosen = new Set();
    this.held = null;
    this.trouble = '';
    this.state = 'loading';
    await this.refresh(true);
  }

  /** Fetches what is on screen again. An answer older than the newest asked for is dropped. */
  async refresh(atOnce = false) {
    const mine = ++this.#asked;
    const loaded = this.rows.filter((r) => r.left === undefined).length;
    const limit = this.state === 'loading' ? PAGE : Math.min(PAGE_MAX, Math.max(PAGE, loaded));
    try {
      const page = await this.#page(limit, null);
      if (mine !== this.#asked) return;
      const next = page.next ?? null;
      if (this.state !== 'ready') this.#show(page.items, next);
      else if (this.hand && !atOnce) this.#hold(page.items, next);
      else this.#apply(page.items, next);
      this.state = 'ready';
      this.trouble = '';
    } catch (cause) {
      if (mine !== this.#asked) return;
      this.trouble = inWords(cause);
      // The old list stays, better than nothing; but not under another list's name.
      if (this.state === 'loading') {
        this.rows = [];
        this.state = 'failed';
      }
    }
  }

  async more() {
    if (!this.#next || this.#fetchingMore) return;
    this.#fetchingMore = true;
    const mine = this.#asked;
    try {
      const page = await this.#page(100, this.#next);
      if (mine !== this.#asked) return;
      const known = new Set(this.rows.map((r) => r.id));
      this.rows = [...this.rows, ...page.items.filter((r) => !known.has(r.id))];
      this.#next = page.next ?? null;
    } catch (cause) {
      this.trouble = inWords(cause);
    } finally {
      this.#fetchingMore = false;
    }
  }

  /** Shows what was held back. */
  applyHeld() {
    const held = this.held;
    if (held) this.#apply(held.rows, held.next);
  }

  find(id: string | null): Row | undefined {
    return id ? this.rows.find((r) => r.id === id) : undefined;
  }

  /** Row `by` places further down, as shown. */
  beside(id: string | null, by: 1 | -1): Row | undefined {
    const rows = this.shown;
    const at = rows.findIndex((r) => r.id === id);
    if (at < 0) return by > 0 ? rows[0] : rows.at(-1);
    return rows[at + by];
  }

  /** Changes a row at once; the returned function takes it back. */
  patch(id: string, change: Partial<Row>): () => void {
    const before = this.find(id);
    this.rows = this.rows.map((r) => (r.id === id ? { ...r, ...change } : r));
    return () => {
      if (before) this.rows = this.rows.map((r) => (r.id === id ? before : r));
    };
  }

  choose(id: string) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
  }

  // Resting and hidden rows are last in the list, and folded.
  #sleeps(row: Row) {
    if (this.query.view === 'snoozed' || this.query.view === 'hidden' || row.id === this.openId) return false;
    return Boolean(row.snoozed_until || row.hidden_by);
  }

  #page(limit: number, cursor: string | null) {
    const query = toApi(this.query, session.settings.sort, session.zone);
    return ok(
      api.GET('/api/v1/threads', { params: { query: { ...query, limit, cursor: cursor ?? undefined } } }),
    );
  }

  #hold(rows: ThreadRow[], next: string | null) {
    const { added, changed } = compare(this.rows, rows);
    this.rows = touch(this.rows, rows);
    const gone = this.rows.some((r) => r.left !== undefined);
    this.held = added || changed || gone ? { rows, next, added, changed } : null;
  }

  #apply(rows: ThreadRow[], next: string | null) {
    const beyond = next !== null && this.rows.length > rows.length;
    this.rows = join(this.rows, rows, beyond, this.openId, words.list.left);
    if (!beyond) this.#next = next;
    this.held = null;
  }

  #show(rows: ThreadRow[], next: string | null) {
    this.rows = rows;
    this.#next = next;
    this.held = null;
  }
}

export const list = new List();

// The row that is open in the centre: its head, a window of at most 200 items, the replies on their way, and
// the target that composer and panel act on.
import { api, full, ok } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Hole, Item, Reply, ThreadHead } from '$lib/api/types';
import { words } from '$lib/words';
import { Cache } from './cache';
import { compareIds, justBefore } from './ids';
import type { Row } from './merge';
import { notices } from './notices.svelte';

const WINDOW = 100;
/** Fetched at a time while scrolling: few enough to be drawn between two frames. */
const STEP = 24;
const WINDOW_MAX = 200;

type Shot = Pick<Open, 'head' | 'items' | 'holes' | 'replies' | 'moreBefore' | 'moreAfter'>;

export class Open {
  id = $state<string | null>(null);
  head = $state.raw<ThreadHead | null>(null);
  items = $state.raw<Item[]>([]);
  holes = $state.raw<Hole[]>([]);
  replies = $state.raw<Reply[]>([]);
  moreBefore = $state(false);
  moreAfter = $state(false);
  targetId = $state<string | null>(null);
  trouble = $state('');
  /** Not there, or not for this user. */
  gone = $state(false);
  /** Items that came while the row was open and that were not on screen yet. */
  unseen = $state.raw<ReadonlySet<string>>(new Set());
  /** Version of the row that was seen: sends say it. */
  seenVersion = $state(0);
  #cache = new Cache<Shot>(30);
  #asked = 0;

  /** Item that composer and panel act on. */
  target = $derived(this.items.find((i) => i.item_id === this.targetId) ?? null);
  person = $derived(this.head?.person ?? null);
  private = $derived(this.head?.kind === 'messages');
  /** Items that can be targets, oldest first. */
  targets = $derived(
    this.items.filter((i) => i.text_state !== 'deleted' && (i.own || i.direction === 'outbound')),
  );
  /** What Done may close: the newest of the row's own items that is shown. Reposts are shown by their number. */
  newestOnScreen = $derived(
    this.head?.repost_of
      ? (this.head.newest ?? undefined)
      : this.moreAfter
        ? this.items.findLast((i) => i.own && i.direction === 'inbound')?.item_id
        : (this.items.findLast((i) => i.own && !this.unseen.has(i.item_id))?.item_id ??
          this.head?.newest ??
          undefined),
  );

  async show(id: string) {
    if (this.id === id) return;
    this.#keep();
    this.id = id;
    this.trouble = '';
    this.gone = false;
    this.unseen = new Set();
    this.targetId = null;
    const shot = this.#cache.get(id);
    Object.assign(
      this,
      shot ?? { head: null, items: [], holes: [], replies: [], moreBefore: false, moreAfter: false },
    );
    if (shot) this.#pickTarget();
    await this.#fetch(!shot);
  }

  close() {
    this.#keep();
    this.id = null;
    this.head = null;
    this.items = [];
    this.replies = [];
    this.targetId = null;
  }

  /** Fetches a row before it is opened. */
  async prefetch(id: string) {
    if (id === this.id || this.#cache.get(id)) return;
    const shot = await this.#load(id, null).catch(() => null);
    if (shot) this.#cache.set(id, shot);
  }

  async reload() {
    if (this.id) await this.#fetch(false);
  }

  async loadBefore() {
    const first = this.items[0];
    if (!this.moreBefore || !first) return;
    const window = await this.#window(this.id!, { before: first.x_id, limit: STEP }).catch((cause) =>
      this.#failed(cause),
    );
    if (!window || this.items[0] !== first) return;
    const all = [...window.items, ...this.items];
    this.items = all.slice(0, WINDOW_MAX);
    this.holes = [...window.holes, ...this.holes];
    this.moreBefore = window.more_before;
    this.moreAfter ||= all.length > WINDOW_MAX;
  }

  async loadAfter() {
    const last = this.items.at(-1);
    if (!this.moreAfter || !last) return;
    const window = await this.#window(this.id!, { after: last.x_id, limit: STEP }).catch((cause) =>
      this.#failed(cause),
    );
    if (!window || this.items.at(-1) !== last) return;
    const all = [...this.items, ...window.items];
    this.items = all.slice(-WINDOW_MAX);
    this.holes = [...this.holes, ...window.holes];
    this.moreAfter = window.more_after;
    this.moreBefore ||= all.length > WINDOW_MAX;
  }

  /** The end of the conversation, for who was far above it. */
  async loadNewest() {
    if (!this.id || !this.moreAfter) return;
    const window = await this.#window(this.id, {}).catch((cause) => this.#failed(cause));
    if (window)
      this.#take({
        items: window.items,
        holes: window.holes,
        moreBefore: window.more_before,
        moreAfter: false,
      });
  }

  setTarget(id: string) {
    if (this.targets.some((t) => t.item_id === id)) this.targetId = id;
  }

  stepTarget(by: 1 | -1) {
    const at = this.targets.findIndex((t) => t.item_id === this.targetId);
    const next = this.targets[at < 0 ? this.targets.length - 1 : at + by];
    if (next) this.targetId = next.item_id;
  }

  /** These items were on screen. */
  see(ids: Iterable<string>) {
    const left = new Set(this.unseen);
    for (const id of ids) left.delete(id);
    if (left.size !== this.unseen.size) this.unseen = left;
  }

  /** All that came was shown to the user, who goes on regardless. */
  seeAll() {
    this.unseen = new Set();
    this.seenVersion = this.head?.version ?? 0;
  }

  patchHead(id: string, change: Partial<Row>): () => void {
    const before = this.head;
    if (this.id !== id || !before) return () => {};
    const {
      assignee = before.assignee,
      snoozed_until = before.snoozed_until,
      labels = before.labels,
      hidden_by = before.hidden_by,
    } = change;
    this.head = { ...before, assignee, snoozed_until, labels, hidden_by };
    return () => {
      if (this.id === id) this.head = before;
    };
  }

  async #fetch(first: boolean) {
    const id = this.id!;
    const mine = ++this.#asked;
    try {
      // What is on screen is fetched again, not the end of the conversation.
      const from = !first && this.moreAfter ? (this.items[0]?.x_id ?? null) : null;
      const shot = await this.#load(id, from);
      if (mine !== this.#asked || this.id !== id) return;
      this.trouble = '';
      if (first) this.seenVersion = shot.head?.version ?? 0;
      else this.#mark(shot.items);
      this.#take(shot);
      this.#pickTarget();
      if (!this.unseen.size) this.seenVersion = shot.head?.version ?? 0;
    } catch (cause) {
      if (mine !== this.#asked || this.id !== id) return;
      this.gone = cause instanceof ApiError && (cause.status === 404 || cause.status === 403);
      this.trouble = this.gone ? words.error.gone : inWords(cause);
    }
  }

  async #load(id: string, from: string | null): Promise<Shot> {
    const after = from ? { after: justBefore(from), limit: Math.max(WINDOW, this.items.length) } : {};
    const [head, window, replies] = await Promise.all([
      full(api.GET('/api/v1/threads/{id}', { params: { path: { id } } })),
      this.#window(id, after),
      ok(api.GET('/api/v1/replies', { params: { query: { thread: id, limit: 50 } } })).catch(() => null),
    ]);
    const shot: Shot = {
      head: head.data,
      items: window.items,
      holes: window.holes,
      replies: replies?.items ?? this.replies,
      moreBefore: window.more_before,
      moreAfter: from !== null && window.more_after,
    };
    return from === null ? this.#around(id, shot) : shot;
  }

  // Opening shows the first unanswered item, however far up it is.
  async #around(id: string, shot: Shot): Promise<Shot> {
    const target = shot.head?.target;
    if (this.id === id && this.items.length) return shot;
    if (!target || !shot.moreBefore || shot.items.some((i) => i.item_id === target)) return shot;
    const item = await ok(api.GET('/api/v1/items/{id}', { params: { path: { id: target } } }));
    const [above, below] = await Promise.all([
      this.#window(id, { before: item.x_id, limit: 20 }),
      this.#window(id, { after: justBefore(item.x_id) }),
    ]);
    return {
      ...shot,
      items: [...above.items, ...below.items],
      holes: [...above.holes, ...below.holes],
      moreBefore: above.more_before,
      moreAfter: below.more_after,
    };
  }

  #window(id: string, at: { before?: string; after?: string; limit?: number }) {
    const query = { limit: WINDOW, ...at };
    query.limit = Math.min(query.limit, WINDOW_MAX);
    return ok(api.GET('/api/v1/threads/{id}/items', { params: { path: { id }, query } }));
  }

  // Items that were not there before are unseen until they were on screen.
  #mark(fresh: Item[]) {
    const last = this.items.at(-1);
    if (!last || this.moreAfter) return;
    const known = new Set(this.items.map((i) => i.item_id));
    const came = fresh.filter((i) => !known.has(i.item_id) && compareIds(i.x_id, last.x_id) > 0);
    if (!came.length) return;
    this.unseen = new Set([...this.unseen, ...came.map((i) => i.item_id)]);
    const inbound = came.filter((i) => i.direction === 'inbound').length;
    if (inbound) notices.tell(words.thread.came(inbound));
  }

  #take(shot: Partial<Shot>) {
    Object.assign(this, shot);
  }

  #pickTarget() {
    if (this.target) return;
    const wanted = this.head?.target ?? this.head?.newest;
    this.targetId = (this.targets.find((t) => t.item_id === wanted) ?? this.targets.at(-1))?.item_id ?? null;
  }

  #keep() {
    if (!this.id || !this.head) return;
    const { head, items, holes, replies, moreBefore, moreAfter } = this;
    this.#cache.set(this.id, { head, items, holes, replies, moreBefore, moreAfter });
  }

  #failed(cause: unknown): null {
    this.trouble = inWords(cause);
    return null;
  }
}

export const open = new Open();

// The row that is open in the centre: its head, a window of at most 200 items, the replies on their way, and
// the target that composer and panel act on.
import { ApiError, inWords } from '$lib/api/problem';
import type { Hole, Item, Reply, ThreadHead } from '$lib/api/types';
import { words } from '$lib/words';
import { Cache } from './cache';
import { compareIds } from './ids';
import { patched, type Row } from './merge';
import { notices } from './notices.svelte';
import { above, after, around, before, below, end, load, newest, type Shot } from './window';

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
    const nothing = { head: null, items: [], holes: [], moreBefore: false, moreAfter: false };
    this.replies = [];
    this.#take(shot ?? nothing);
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

  /** Fetches a row before it is opened. Not a private one: it is on record who read it. */
  async prefetch({ id, kind }: Row) {
    if (kind === 'messages' || id === this.id || this.#cache.get(id)) return;
    const shot = await this.#load(id).catch(() => null);
    if (shot) this.#cache.set(id, shot);
  }

  async reload() {
    if (this.id) await this.#fetch(false);
  }

  async loadBefore() {
    const first = this.items[0];
    if (!this.moreBefore || !first) return;
    const window = await before(this.id!, first.x_id).catch((cause) => this.#failed(cause));
    if (window && this.items[0] === first) this.#take(above(this, window));
  }

  async loadAfter() {
    const last = this.items.at(-1);
    if (!this.moreAfter || !last) return;
    const window = await after(this.id!, last.x_id).catch((cause) => this.#failed(cause));
    if (window && this.items.at(-1) === last) this.#take(below(this, window));
  }

  /** The end of the conversation, for who was far above it. */
  async loadNewest() {
    if (!this.id || !this.moreAfter) return;
    const window = await newest(this.id).catch((cause) => this.#failed(cause));
    if (window) this.#take(end(window));
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
    const was = this.head;
    if (this.id !== id || !was) return () => {};
    this.head = patched(was, change);
    return () => {
      if (this.id === id) this.head = was;
    };
  }

  async #fetch(first: boolean) {
    const id = this.id!;
    const mine = ++this.#asked;
    try {
      // What is on screen is fetched again, not the end of the conversation.
      const shot = await this.#load(id, !first && this.moreAfter ? this.items[0] : undefined);
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

  async #load(id: string, from?: Item): Promise<Shot> {
    const shot = await load(id, from && { x_id: from.x_id, items: this.items.length });
    const shown = this.id === id && this.items.length > 0;
    return from || shown ? shot : around(id, shot);
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
    Object.assign(this, { ...shot, replies: shot.replies ?? this.replies });
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

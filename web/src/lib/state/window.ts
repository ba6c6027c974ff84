// What the server has of one conversation: its head, a window of its items, its replies. Nothing is kept here.
import { api, full, ok } from '$lib/api/client';
import type { Hole, Item, Reply, ThreadHead } from '$lib/api/types';
import { justBefore } from './ids';

const WINDOW = 100;
/** Fetched at a time while scrolling: few enough to be drawn between two frames. */
const STEP = 24;
/** Items of a conversation that are kept at most. */
const WINDOW_MAX = 200;

export interface Shot {
  head: ThreadHead | null;
  items: Item[];
  holes: Hole[];
  /** Nothing when they could not be asked for. */
  replies: Reply[] | null;
  moreBefore: boolean;
  moreAfter: boolean;
}

type Window = { items: Item[]; holes: Hole[]; more_before: boolean; more_after: boolean };
type Shown = Pick<Shot, 'items' | 'holes' | 'moreBefore' | 'moreAfter'>;
type At = { before?: string; after?: string; limit?: number };

function ask(id: string, at: At) {
  const query = { limit: WINDOW, ...at };
  query.limit = Math.min(query.limit, WINDOW_MAX);
  return ok(api.GET('/api/v1/threads/{id}/items', { params: { path: { id }, query } }));
}

export const newest = (id: string) => ask(id, {});
export const before = (id: string, x_id: string) => ask(id, { before: x_id, limit: STEP });
export const after = (id: string, x_id: string) => ask(id, { after: x_id, limit: STEP });

/** The end of the conversation, or as many items as are shown from one on. */
export async function load(id: string, from?: { x_id: string; items: number }): Promise<Shot> {
  const at = from ? { after: justBefore(from.x_id), limit: Math.max(WINDOW, from.items) } : {};
  const [head, window, replies] = await Promise.all([
    full(api.GET('/api/v1/threads/{id}', { params: { path: { id } } })),
    ask(id, at),
    ok(api.GET('/api/v1/replies', { params: { query: { thread: id, limit: 50 } } })).catch(() => null),
  ]);
  return {
    head: head.data,
    items: window.items,
    holes: window.holes,
    replies: replies?.items ?? null,
    moreBefore: window.more_before,
    moreAfter: from !== undefined && window.more_after,
  };
}

/** Opening shows the first unanswered item, however far up it is. */
export async function around(id: string, shot: Shot): Promise<Shot> {
  const target = shot.head?.target;
  if (!target || !shot.moreBefore || shot.items.some((i) => i.item_id === target)) return shot;
  const item = await ok(api.GET('/api/v1/items/{id}', { params: { path: { id: target } } }));
  const [above, below] = await Promise.all([
    ask(id, { before: item.x_id, limit: 20 }),
    ask(id, { after: justBefore(item.x_id) }),
  ]);
  return {
    ...shot,
    items: [...above.items, ...below.items],
    holes: [...above.holes, ...below.holes],
    moreBefore: above.more_before,
    moreAfter: below.more_after,
  };
}

/** What is shown with a window above it; what is too many at the other end is let go. */
export function above(shown: Shown, window: Window): Shown {
  const all = [...window.items, ...shown.items];
  return {
    items: all.slice(0, WINDOW_MAX),
    holes: [...window.holes, ...shown.holes],
    moreBefore: window.more_before,
    moreAfter: shown.moreAfter || all.length > WINDOW_MAX,
  };
}

/** What is shown with a window below it. */
export function below(shown: Shown, window: Window): Shown {
  const all = [...shown.items, ...window.items];
  return {
    items: all.slice(-WINDOW_MAX),
    holes: [...shown.holes, ...window.holes],
    moreBefore: shown.moreBefore || all.length > WINDOW_MAX,
    moreAfter: window.more_after,
  };
}

/** The end of the conversation alone. */
export const end = ({ items, holes, more_before }: Window): Shown => ({
  items,
  holes,
  moreBefore: more_before,
  moreAfter: false,
});

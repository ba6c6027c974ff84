// The order of a conversation on screen. Pure: items, replies on their way, notes and holes in; lines out.
import type { Hole, Item, Note, Reply } from '$lib/api/types';
import { compareIds } from '$lib/state/ids';
import { daysBetween } from '$lib/time/format';

export type Line =
  | { kind: 'item'; key: string; item: Item; depth: number; replyTo: string | null }
  | { kind: 'reply'; key: string; reply: Reply; depth: number }
  | { kind: 'note'; key: string; note: Note }
  | { kind: 'holes'; key: string; holes: Hole[]; depth: number }
  | { kind: 'day'; key: string; at: string; gapDays: number };

type Parts = { items: Item[]; replies: Reply[]; notes: Note[]; holes: Hole[] };

const ECHO_MS = 15 * 60_000;
const GAP_DAYS = 30;
const timeOf = (item: Item) => item.posted_at ?? item.received_at;
const author = (item: Item | undefined) => item?.author.handle ?? item?.author.name ?? null;
const plain = (text: string | null | undefined) =>
  (text ?? '')
    .normalize('NFC')
    .replace(/^(@\w+\s+)+/, '')
    .trim();

/** The item that a reply became: by X's id, or before that is known by target, text and time. */
export function echoOf(reply: Reply, items: readonly Item[]): Item | undefined {
  if (reply.kind !== 'public' && reply.kind !== 'message') return undefined;
  const known = items.find(
    (i) => i.item_id === reply.posted_item_id || (reply.x_id && i.x_id === reply.x_id),
  );
  if (known || reply.state === 'queued' || reply.state === 'failed' || reply.x_id) return known;
  const target = items.find((i) => i.item_id === reply.item_id);
  return items.find(
    (i) =>
      i.direction === 'outbound' &&
      (reply.kind === 'message' || i.parent_x_id === target?.x_id) &&
      plain(i.text) === plain(reply.text) &&
      Math.abs(Date.parse(timeOf(i)) - Date.parse(reply.started_at ?? reply.created_at)) < ECHO_MS,
  );
}

/** Replies that still need a bubble of their own, oldest first. */
export function underway(replies: readonly Reply[], items: readonly Item[], now: number): Reply[] {
  return replies
    .filter((r) => r.kind === 'public' || r.kind === 'message')
    .filter((r) => r.state !== 'cancelled' && !echoOf(r, items))
    .filter((r) => r.state !== 'posted' || now - Date.parse(r.posted_at ?? r.created_at) < ECHO_MS)
    .toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
}

/** Posts as a tree of two levels, then flat with whom each answers. */
export function feeds({ items, replies, notes, holes }: Parts): Line[] {
  const byId = new Map(items.map((i) => [i.x_id, i]));
  const children = new Map<string, Item[]>();
  const roots: Item[] = [];
  for (const item of items.toSorted((a, b) => compareIds(a.x_id, b.x_id))) {
    const parent = item.parent_x_id;
    if (!parent || !byId.has(parent)) roots.push(item);
    else children.set(parent, [...(children.get(parent) ?? []), item]);
  }
  const lines: Line[] = [];
  const drawn = new Set<string>();
  const left = [...notes];

  const say = (item: Item, depth: number, replyTo: string | null) => {
    const missing = holes.filter((h) => h.x_id === item.parent_x_id && !drawn.has(h.x_id));
    for (const h of missing) drawn.add(h.x_id);
    if (missing.length) lines.push({ kind: 'holes', key: `h${item.x_id}`, holes: missing, depth });
    lines.push({ kind: 'item', key: item.item_id, item, depth, replyTo });
    for (const reply of replies) {
      if (reply.item_id === item.item_id) {
        drawn.add(reply.reply_id);
        lines.push({ kind: 'reply', key: reply.reply_id, reply, depth: Math.min(2, depth + 1) });
      }
    }
  };
  const below = (item: Item): Item[] => (children.get(item.x_id) ?? []).flatMap((c) => [c, ...below(c)]);

  for (const root of roots) {
    while (left[0] && left[0].written_at < timeOf(root)) {
      const note = left.shift()!;
      lines.push({ kind: 'note', key: note.note_id, note });
    }
    say(root, 0, null);
    for (const child of children.get(root.x_id) ?? []) {
      say(child, 1, null);
      for (const deep of below(child).toSorted((a, b) => compareIds(a.x_id, b.x_id))) {
        say(deep, 2, deep.parent_x_id === child.x_id ? null : author(byId.get(deep.parent_x_id ?? '')));
      }
    }
  }
  for (const reply of replies) {
    if (!drawn.has(reply.reply_id)) lines.push({ kind: 'reply', key: reply.reply_id, reply, depth: 1 });
  }
  // Neither answered nor quoted: what is reposted here.
  const quoted = new Set(items.map((i) => i.quoted_x_id));
  const reposted = holes.filter((h) => !drawn.has(h.x_id) && !quoted.has(h.x_id));
  if (reposted.length) lines.unshift({ kind: 'holes', key: 'reposted', holes: reposted, depth: 0 });
  return [...lines, ...left.map((note) => ({ kind: 'note', key: note.note_id, note }) as const)];
}

/** Messages by time, with a line for each day; a long silence is said. */
export function messages({ items, replies, notes }: Parts, dayOf: (at: string) => string): Line[] {
  const all: { at: string; line: Line }[] = [
    ...items.map((item) => ({
      at: timeOf(item),
      line: { kind: 'item', key: item.item_id, item, depth: 0, replyTo: null } as Line,
    })),
    ...notes.map((note) => ({
      at: note.written_at,
      line: { kind: 'note', key: note.note_id, note } as Line,
    })),
    ...replies.map((reply) => ({
      at: reply.created_at,
      line: { kind: 'reply', key: reply.reply_id, reply, depth: 0 } as Line,
    })),
  ].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const lines: Line[] = [];
  let before: string | null = null;
  for (const { at, line } of all) {
    if (before === null || dayOf(before) !== dayOf(at)) {
      const days = before === null ? 0 : daysBetween(before, at);
      lines.push({ kind: 'day', key: `d${line.key}`, at, gapDays: days > GAP_DAYS ? days : 0 });
    }
    lines.push(line);
    before = at;
  }
  return lines;
}

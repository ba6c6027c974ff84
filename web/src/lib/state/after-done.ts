// Where to go when the open row is done, as the user chose; nowhere for who stays.
import { goto } from '$app/navigation';
import { words } from '$lib/words';
import { list } from './list.svelte';
import type { Row } from './merge';
import { open } from './open.svelte';
import { href } from './query';
import { session } from './session.svelte';

export function afterDone(id: string): { href: string; id?: string } | null {
  const how = session.settings.after_done;
  if (how === 'stay') return null;
  if (how === 'list') return { href: href(list.query) };
  const next = nextTo(id);
  return { href: href(list.query, next?.id), id: next?.id };
}

/** The row after it that is still to be done, else the one before. */
export function nextTo(id: string): Row | undefined {
  const rows = list.shown.filter((r) => r.left === undefined || r.id === id);
  const at = rows.findIndex((r) => r.id === id);
  return rows[at + 1] ?? rows[at - 1];
}

/** Closed with the send: on to the next row, as after Done. */
export function goOn(id: string) {
  const next = id === open.id ? afterDone(id) : null;
  list.patch(id, { left: words.list.done_, status: 'closed' });
  if (next) void goto(next.href);
}

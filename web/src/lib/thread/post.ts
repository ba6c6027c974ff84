// What public and private items have in common: who wrote one, in words, and the click that makes it the target.
import type { Item, Reply } from '$lib/api/types';
import { echoOf } from './arrange';
import { actorName } from '$lib/state/actor.svelte';
import { open } from '$lib/state/open.svelte';
import { words } from '$lib/words';

export const ours = (item: Item) => item.direction === 'outbound';

export const nameOf = (item: Item) =>
  item.author.name || (item.author.handle ? `@${item.author.handle}` : item.author.x_id);

/** Our own: the colleague who wrote it here, or that it was written elsewhere. */
export function writtenBy(item: Item, replies: readonly Reply[]): string {
  const reply = replies.find((r) => echoOf(r, [item])?.item_id === item.item_id);
  return reply ? words.thread.via(actorName(reply.by)) : words.thread.onX;
}

/** A click on the item itself, not on what is in it, and not at the end of a selection. */
export function choose(event: MouseEvent, item: Item) {
  if ((event.target as HTMLElement).closest('a, button, [role="dialog"]') || String(getSelection())) return;
  open.setTarget(item.item_id);
}

// Who wrote an item, in words.
import type { Item, Reply } from '$lib/api/types';
import { echoOf } from './arrange';
import { actorName } from '$lib/state/actor.svelte';
import { words } from '$lib/words';

export const ours = (item: Item) => item.direction === 'outbound';

export const nameOf = (item: Item) =>
  item.author.name || (item.author.handle ? `@${item.author.handle}` : item.author.x_id);

/** Our own: the colleague who wrote it here, or that it was written elsewhere. */
export function writtenBy(item: Item, replies: readonly Reply[]): string {
  const reply = replies.find((r) => echoOf(r, [item])?.item_id === item.item_id);
  return reply ? words.thread.via(actorName(reply.by)) : words.thread.onX;
}

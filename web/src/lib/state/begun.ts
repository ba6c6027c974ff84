// What came into a conversation since the typing began, in words: the first send shows it and waits.
import { words } from '$lib/words';
import type { Open } from './open.svelte';

/** How the conversation stood when the first key was pressed. */
export interface Begun {
  version: number;
  items: ReadonlySet<string>;
  notes: number;
  replies: number;
  active: boolean;
}

export const begin = (open: Open): Begun => ({
  version: open.seenVersion,
  items: new Set(open.items.map((i) => i.item_id)),
  notes: open.head?.notes.length ?? 0,
  replies: open.replies.length,
  active: (open.head?.open ?? 0) + (open.head?.draft ?? 0) > 0,
});

/** What came since and was not seen. */
export function came(begun: Begun | null, open: Open): string[] {
  const head = open.head;
  if (!begun || !head || head.version <= begun.version) return [];
  return told({
    items: open.items.filter((i) => !begun.items.has(i.item_id) && open.unseen.has(i.item_id)).length,
    notes: head.notes.length - begun.notes,
    replies: open.replies.length - begun.replies,
    done: begun.active && head.open + head.draft === 0,
  });
}

/** What the server says came since. */
export function news(all: { what: string }[]): string[] {
  const many = (what: string) => all.filter((n) => n.what === what).length;
  const lines = told({
    items: many('item'),
    notes: many('note'),
    replies: many('reply'),
    done: many('close') > 0,
  });
  return lines.length ? lines : [words.composer.heldOther];
}

function told(came: { items: number; notes: number; replies: number; done: boolean }): string[] {
  const w = words.composer;
  return [
    came.items > 0 ? w.heldItems(came.items) : '',
    came.notes > 0 ? w.heldNotes(came.notes) : '',
    came.replies > 0 ? w.heldReplies(came.replies) : '',
    came.done ? w.heldDone : '',
  ].filter(Boolean);
}

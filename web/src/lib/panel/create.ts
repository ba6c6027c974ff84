// Create Case: the command, and what follows it on screen.
import { tick } from 'svelte';
import { api, ok } from '$lib/api/client';
import type { Item, Reply } from '$lib/api/types';
import type { Header } from '$lib/state/act.svelte';
import { desk } from '$lib/state/desk.svelte';
import { notices } from '$lib/state/notices.svelte';
import { told } from '$lib/state/told';
import { work } from '$lib/state/work.svelte';
import { words as w } from '$lib/words';
import { about } from './about.svelte';
import { blank, type Kept } from './kept';
import { panel } from './panel.svelte';

export type Made = { no: number; id: string };

export async function createCase(
  header: Header,
  item: Item,
  kept: Kept,
  response: Reply | null,
): Promise<Made> {
  const body = {
    item_id: item.item_id,
    follow_up: kept.followUp,
    reason_code: kept.reason || null,
    resolution_code: kept.followUp ? kept.resolution || null : null,
    reply_id: kept.followUp ? null : (response?.reply_id ?? null),
    note: kept.note.trim() || null,
    // Done is a command of its own: it closes all that was on screen, not only up to this item.
    done: false,
  };
  const made = await ok(api.POST('/api/v1/cases', { params: { header }, body }));
  return { no: made.case_no, id: made.case_id };
}

/** Cases begin as Medium: another priority is set after. The case is there in any case, and the form gone. */
function prioritise(id: string, priority: string) {
  const body = { priority, reason_code: null, resolution_code: null };
  return told({
    send: (header) => ok(api.PATCH('/api/v1/cases/{id}', { params: { path: { id }, header }, body })),
    failed: w.caseForm.priorityFailed,
    after: () => void about.reload(),
  });
}

/** Forgets what was typed, shows the case, says so. */
export async function opened(row: string | null, made: Made, priority: string, done: boolean) {
  panel.form = null;
  panel.keep(row, blank);
  notices.say(w.caseForm.created(made.no));
  if (priority !== blank.priority) void prioritise(made.id, priority);
  if (done && row) return work.done(row);
  desk.acted();
  await about.reload();
  await tick();
  document.querySelector<HTMLElement>('[data-section="case"] a, [data-section="case"] button')?.focus();
}

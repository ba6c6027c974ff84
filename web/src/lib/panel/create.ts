// Create Case: the command, and what follows it on screen.
import { tick } from 'svelte';
import { api, key, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Item, Reply } from '$lib/api/types';
import { desk } from '$lib/state/desk.svelte';
import { notices } from '$lib/state/notices.svelte';
import { work } from '$lib/state/work.svelte';
import { words as w } from '$lib/words';
import { about } from './about.svelte';
import { blank, type Kept } from './kept';
import { panel } from './panel.svelte';

export type Made = { no: number; why: string };

/** Creates the case. A priority other than the guide's default is set after it, since cases begin as Medium. */
export async function createCase(
  header: ReturnType<typeof key>,
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
  const why = kept.priority === blank.priority ? '' : await setPriority(made.case_id, kept.priority);
  return { no: made.case_no, why };
}

async function setPriority(id: string, priority: string): Promise<string> {
  const params = { path: { id }, header: key() };
  const body = { priority, reason_code: null, resolution_code: null };
  return ok(api.PATCH('/api/v1/cases/{id}', { params, body })).then(() => '', inWords);
}

/** Forgets what was typed, shows the case, says so. */
export async function opened(row: string | null, made: Made, done: boolean) {
  panel.form = null;
  panel.keep(row, blank);
  if (made.why) notices.fail(w.caseForm.priorityFailed(made.why));
  else notices.say(w.caseForm.created(made.no));
  if (done && row) return work.done(row);
  desk.acted();
  await about.reload();
  await tick();
  document.querySelector<HTMLElement>('[data-section="case"] a, [data-section="case"] button')?.focus();
}

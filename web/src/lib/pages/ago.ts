// "2 min ago" within a day, then the date.
import { session } from '$lib/state/session.svelte';
import { dateTime, lasting } from '$lib/time/format';
import { words as w } from '$lib/words';

const DAY_MS = 86_400_000;

export function ago(at: string | null | undefined, now: number): string {
  if (!at) return w.none;
  const age = now - Date.parse(at);
  return age < DAY_MS ? w.ago(lasting(age)) : dateTime(at, session.zone);
}

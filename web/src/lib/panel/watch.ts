// Keeps the panel at what the server says, asking only when an event is about what it shows.
import { live } from '$lib/state/live.svelte';
import { Soon } from '$lib/state/soon';
import { about } from './about.svelte';
import { caseOf } from './caseof.svelte';

const SOON_MS = 250;

export function watch(): () => void {
  const soon = new Soon(() => Promise.all([about.reload(), caseOf.reload()]));
  const shown = (id: string) => caseOf.details?.case_id === id || about.cases.some((c) => c.case_id === id);
  const stops = [
    live.on('person', ({ x_id }) => x_id === about.id && soon.within(SOON_MS)),
    live.on('case', ({ case_id }) => shown(case_id) && soon.within(SOON_MS)),
    live.on('reset', () => soon.within(SOON_MS)),
    () => soon.stop(),
  ];
  return () => stops.forEach((stop) => stop());
}

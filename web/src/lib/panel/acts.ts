// Acts of the panel by key and by name; they open it where it is hidden.
import type { Action } from '$lib/state/actions.svelte';
import { open } from '$lib/state/open.svelte';
import { words as w } from '$lib/words';
import { about } from './about.svelte';
import { caseItem } from './caseof.svelte';
import { panel } from './panel.svelte';
import { whyNotWork } from './rights';

const noRow = () => whyNotWork() ?? (open.person ? undefined : w.act.noThread);
const attached = () =>
  about.customer && about.id === open.person?.x_id ? w.attach.done(about.customer.name) : undefined;
const noItem = () => (caseItem(open.target, open.items, open.head) ? undefined : w.refused.noTarget);

export const panelActs: Action[] = [
  {
    id: 'customer.attach',
    name: w.attach.act,
    key: 'a',
    group: 'panel',
    why: () => noRow() ?? attached(),
    run: () => void panel.show('attach'),
  },
  {
    id: 'case.create',
    name: w.caseForm.create,
    key: 'c',
    group: 'panel',
    why: () => noRow() ?? noItem(),
    run: () => void panel.show('case'),
  },
];

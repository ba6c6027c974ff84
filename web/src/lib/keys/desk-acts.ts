// The acts of list and conversation, with their keys. What they do is elsewhere; this says what they are called.
import { goto } from '$app/navigation';
import type { Action } from '$lib/state/actions.svelte';
import { bulk } from '$lib/state/bulk.svelte';
import { list } from '$lib/state/list.svelte';
import { open } from '$lib/state/open.svelte';
import { panels } from '$lib/state/panels.svelte';
import { picker, type PickKind } from '$lib/state/picker.svelte';
import { href, ofTile, plain, type Query } from '$lib/state/query';
import { session } from '$lib/state/session.svelte';
import { tiles } from '$lib/state/tiles.svelte';
import { ui } from '$lib/state/ui.svelte';
import { work } from '$lib/state/work.svelte';
import { words } from '$lib/words';
import { composerActs, noThread } from './composer-acts';
import { focusRow, focusTarget, nextRegion } from './focus';

const w = words.act;

/** Row that the keys mean: the cursor if the focus is in the list, else the open one. */
export const subject = () => (list.focus ? (list.cursor ?? open.id) : (open.id ?? list.cursor));

const noRow = () => (subject() ? undefined : w.noRow);
const noWork = () => (session.can.work ? noRow() : words.composer.viewer);
const to = (address: string | null) => (address ? void goto(address, { keepFocus: true }) : undefined);
const go = (query: Partial<Query>) => () => to(href({ ...plain, ...query }));
const withRow = (act: (id: string) => void) => () => {
  const id = subject();
  if (id) act(id);
};
const pick = (kind: PickKind) => () => {
  const ids = list.chosen.size ? [...list.chosen] : [subject() ?? ''].filter(Boolean);
  picker.open(kind, ids, ids.length === 1 && ids[0] === open.id ? 'thread' : 'list');
};

function assignChosenToMe() {
  const me = session.data?.user;
  if (me) void bulk.assign([...list.chosen], { user_id: me.user_id, name: me.name });
}

function move(by: 1 | -1) {
  const row = list.beside(list.cursor ?? open.id, by);
  if (row) focusRow(row.id);
}

function openRow() {
  const id = list.cursor;
  if (!id) return;
  void goto(href(list.query, id)).then(focusTarget);
}

const inList: Action[] = [
  { id: 'list.next', name: w.nextRow, key: 'j', group: 'list', run: () => move(1) },
  { id: 'list.previous', name: w.previousRow, key: 'k', group: 'list', run: () => move(-1) },
  { id: 'list.open', name: w.openRow, key: 'Enter', group: 'list', run: openRow },
  {
    id: 'list.back',
    name: w.toList,
    key: 'u',
    group: 'list',
    run: () =>
      ui.width < 900 && open.id ? to(href(list.query)) : focusRow(list.cursor ?? list.shown[0]?.id ?? ''),
  },
  {
    id: 'list.select',
    name: w.selectRow,
    key: 'x',
    group: 'list',
    why: noRow,
    run: withRow((id) => list.choose(id)),
  },
  { id: 'list.apply', name: w.apply, key: '.', group: 'list', run: () => list.applyHeld() },
  { id: 'row.why', name: w.why, key: 'w', group: 'list', why: noRow, run: pick('why') },
];

const onRow: Action[] = [
  {
    id: 'row.done',
    name: w.done,
    key: 'e',
    group: 'thread',
    why: noWork,
    run: () => (list.chosen.size ? void bulk.ask() : withRow((id) => void work.done(id))()),
  },
  { id: 'row.undo', name: w.undo, key: 'z', group: 'thread', run: () => work.undo() },
  {
    id: 'row.reopen',
    name: w.reopen,
    key: 'Shift+E',
    group: 'thread',
    why: noWork,
    run: withRow((id) => void work.reopen(id)),
  },
  {
    id: 'row.assignMe',
    name: w.assignMe,
    key: 'i',
    group: 'thread',
    why: noWork,
    run: () => (list.chosen.size ? assignChosenToMe() : withRow((id) => work.assignToMe(id))()),
  },
  { id: 'row.assign', name: w.assign, key: 'Shift+I', group: 'thread', why: noWork, run: pick('assign') },
  { id: 'row.snooze', name: w.snooze, key: 'h', group: 'thread', why: noWork, run: pick('snooze') },
  { id: 'row.label', name: w.label, key: 'l', group: 'thread', why: noWork, run: pick('label') },
];

const inThread: Action[] = [
  {
    id: 'thread.feeds',
    name: w.feeds,
    key: 'f',
    group: 'thread',
    why: () => noThread() ?? (panels.feeds ? undefined : words.thread.noFeeds(open.person?.name ?? '')),
    run: () => to(panels.feeds),
  },
  {
    id: 'thread.messages',
    name: w.messages,
    key: 'm',
    group: 'thread',
    why: () => noThread() ?? (panels.messages ? undefined : words.thread.noMessages(open.person?.name ?? '')),
    run: () => to(panels.messages),
  },
  {
    id: 'thread.targetBefore',
    name: w.previousTarget,
    key: 'p',
    group: 'thread',
    why: noThread,
    run: () => open.stepTarget(-1),
  },
  {
    id: 'thread.targetAfter',
    name: w.nextTarget,
    key: 'o',
    group: 'thread',
    why: noThread,
    run: () => open.stepTarget(1),
  },
];

const around: Action[] = [
  { id: 'go.active', name: w.goActive, key: 'g a', group: 'go', run: go({}) },
  { id: 'go.done', name: w.goDone, key: 'g d', group: 'go', run: go({ tab: 'done' }) },
  { id: 'go.mine', name: w.goMine, key: 'g m', group: 'go', run: go({ view: 'mine' }) },
  { id: 'go.unassigned', name: w.goUnassigned, key: 'g u', group: 'go', run: go({ view: 'unassigned' }) },
  {
    id: 'go.tile1',
    name: w.tile(words.tiles.active),
    key: '1',
    group: 'go',
    run: () => to(href(ofTile(tiles.data?.active.list ?? ''))),
  },
  {
    id: 'go.tile2',
    name: w.tile(words.tiles.done),
    key: '2',
    group: 'go',
    run: () => to(href(ofTile(tiles.data?.done_today.list ?? 'tab=done'))),
  },
  {
    id: 'go.tile3',
    name: w.tile(words.tiles.x),
    key: '3',
    group: 'go',
    run: () => to(href(ofTile(tiles.data?.x_today.list ?? ''))),
  },
  { id: 'go.channels', name: words.views.channels, group: 'go', run: () => to('/channels') },
  { id: 'go.settings', name: words.views.settings, group: 'go', run: () => to('/settings') },
  { id: 'window.list', name: w.list, key: '[', group: 'window', run: () => (ui.listHidden = !ui.listHidden) },
  { id: 'window.panel', name: w.panel, key: ']', group: 'window', run: () => ui.toggleRight() },
  { id: 'window.regions', name: w.regions, fieldKey: 'F6', group: 'window', run: nextRegion },
  {
    id: 'window.palette',
    name: w.palette,
    fieldKey: 'mod+k',
    group: 'window',
    run: () => (ui.palette = !ui.palette),
  },
];

export const deskActs = [...inList, ...onRow, ...inThread, ...composerActs, ...around];

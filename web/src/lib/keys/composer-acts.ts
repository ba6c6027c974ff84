// The acts of writing. Keys that the field listens for are named here, so that palette and sheet show them.
import type { Action } from '$lib/state/actions.svelte';
import { composer } from '$lib/state/composer.svelte';
import { open } from '$lib/state/open.svelte';
import { pickedReply } from '$lib/state/saved.svelte';
import { words } from '$lib/words';

const w = words.act;

export const noThread = () => (open.head ? undefined : w.noThread);
const noSend = () => noThread() ?? composer.refusal;

export const composerActs: Action[] = [
  {
    id: 'thread.reply',
    name: w.reply,
    key: 'r',
    group: 'composer',
    why: noThread,
    run: () => composer.enter('reply'),
  },
  {
    id: 'thread.note',
    name: w.note,
    key: 'n',
    group: 'composer',
    why: noThread,
    run: () => composer.enter('note'),
  },
  {
    id: 'composer.send',
    name: w.send,
    composerKey: 'mod+enter',
    group: 'composer',
    why: noSend,
    run: () => void composer.send(),
  },
  {
    id: 'composer.sendDone',
    name: w.sendDone,
    composerKey: 'mod+shift+enter',
    group: 'composer',
    why: noSend,
    run: () => void composer.send(true),
  },
  {
    id: 'composer.saved',
    name: words.composer.saved,
    composerKey: ';',
    group: 'composer',
    why: () => noThread() ?? (composer.kind === 'note' ? w.noSaved : undefined),
    run: () => (pickedReply.shown = true),
  },
  {
    id: 'composer.leave',
    name: w.leaveField,
    composerKey: 'Escape',
    group: 'composer',
    why: noThread,
    run: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
  },
];

// What a CSR does with a row: optimistic, with a way back, each carrying the newest item on screen.
import { goto } from '$app/navigation';
import { focusRow } from '$lib/keys/focus';
import { words } from '$lib/words';
import type { Header } from './act.svelte';
import { afterDone, nextTo } from './after-done';
import * as commands from './commands';
import { desk } from './desk.svelte';
import { list } from './list.svelte';
import type { Row } from './merge';
import { notices } from './notices.svelte';
import { open } from './open.svelte';
import { session } from './session.svelte';
import { offer, told } from './told';

type Send = (header: Header) => Promise<unknown>;
type Change = { row: Partial<Row>; send: Send; back: Send; said: string };

const after = () => desk.acted();
/** A row as it stands here, in the list or opened by its address. */
const shown = (id: string) => list.find(id) ?? (open.id === id ? open.head : null);

class Work {
  /** Closes the active items up to the newest one on screen. */
  async done(id: string) {
    const through = id === open.id ? open.newestOnScreen : list.find(id)?.item_id;
    if (!through) return;
    const next = id === open.id ? afterDone(id) : null;
    // Who goes through the list by keys goes on there.
    const below = !next && list.focus && list.cursor === id ? nextTo(id) : undefined;
    const closed = told({
      ahead: () => list.patch(id, { left: words.list.done_, status: 'closed' }),
      send: commands.done(id, through),
      done: ({ items, left_active: left }) =>
        offer(left ? words.work.doneLeft(items.length, left) : words.work.done(items.length), {
          send: commands.reopen(id, items),
          done: () => list.patch(id, { left: undefined }),
          after,
        }),
      after,
    });
    if (below) void focusRow(below.id);
    if (next) {
      await goto(next.href, { keepFocus: true });
      if (next.id) void focusRow(next.id);
    }
    await closed;
  }

  reopen(id: string) {
    const done = () => {
      list.patch(id, { left: undefined });
      notices.say(words.work.reopened);
    };
    return told({ send: commands.reopen(id), done, after });
  }

  assign(id: string, who: { user_id: string; name: string } | null) {
    return this.#change(id, {
      row: { assignee: who },
      send: commands.assign(id, who?.user_id ?? null),
      back: commands.assign(id, shown(id)?.assignee?.user_id ?? null),
      said: assigned(who),
    });
  }

  assignToMe(id: string) {
    const me = session.data?.user;
    if (me) void this.assign(id, { user_id: me.user_id, name: me.name });
  }

  snooze(id: string, until: string | null) {
    return this.#change(id, {
      row: { snoozed_until: until },
      send: commands.snooze(id, until),
      back: commands.snooze(id, shown(id)?.snoozed_until ?? null),
      said: snoozed(until),
    });
  }

  label(id: string, labels: string[]) {
    return this.#change(id, {
      row: { labels },
      send: commands.label(id, labels),
      back: commands.label(id, shown(id)?.labels ?? []),
      said: words.work.labelled,
    });
  }

  restore(id: string) {
    return this.#change(id, {
      row: { hidden_by: null },
      send: commands.hide(id, false),
      back: commands.hide(id, true),
      said: words.work.restored,
    });
  }

  /** Takes back the last act, while it is offered. */
  undo() {
    if (notices.shown?.act?.label === words.work.undo) notices.act();
  }

  #change(id: string, { row, send, back, said }: Change) {
    const ahead = () => {
      const backs = [list.patch(id, row), open.patchHead(id, row)];
      return () => backs.forEach((one) => one());
    };
    let undo = () => {};
    return told({
      ahead: () => (undo = ahead()),
      send,
      done: () => offer(said, { ahead: () => (undo(), () => ahead()), send: back, after }),
      after,
    });
  }
}

export const assigned = (who: { user_id: string; name: string } | null) =>
  who
    ? words.work.assigned(who.user_id === session.data?.user.user_id ? words.work.you : who.name)
    : words.work.unassigned;

export const snoozed = (until: string | null) => (until ? words.work.snoozed : words.work.woken);

export const work = new Work();

// Commands over the selected rows. Done says first what it closes; each row's outcome is looked at.
import { key } from '$lib/api/client';
import { words } from '$lib/words';
import { Act, type Header } from './act.svelte';
import * as commands from './commands';
import { desk } from './desk.svelte';
import { list } from './list.svelte';
import type { Row } from './merge';
import { notices } from './notices.svelte';
import { offer, told } from './told';
import { assigned, snoozed } from './work.svelte';

const ROWS_MAX = 100;

type Many = Awaited<ReturnType<ReturnType<typeof commands.many>>>;
type One = (header: Header) => Promise<unknown>;
type Place = {
  send: (header: Header) => Promise<Many | void>;
  change: (row: Row) => Partial<Row>;
  back: (row: Row) => One;
  said: string;
};

const after = () => desk.acted();
const rowsOf = (ids: Iterable<string>) => {
  const wanted = new Set(ids);
  return list.rows.filter((r) => wanted.has(r.id)).slice(0, ROWS_MAX);
};

class Bulk {
  /** What Done would do, before it does it. */
  asked = $state.raw<{ items: number; silent: number } | null>(null);
  readonly act = new Act();

  rows = $derived(rowsOf(list.chosen));

  async ask() {
    const rows = this.rows;
    await this.act.run(async (header) => {
      const plan = await commands.many(closing(rows), true)(header);
      // Items without a case are the ones to think about.
      this.asked = { items: plan.items, silent: rows.reduce((sum, r) => sum + r.open, 0) };
    });
  }

  async done() {
    const body = closing(this.rows);
    await this.act.run(async (header) => this.#closed(await commands.many(body)(header)));
    desk.acted();
  }

  /** What went wrong is gone with what it was about. */
  leave() {
    this.asked = null;
    this.act.clear();
  }

  clear() {
    list.chosen = new Set();
    this.leave();
  }

  assign(ids: string[], who: { user_id: string; name: string } | null) {
    const rows = rowsOf(ids);
    return place(rows, {
      send: commands.many({ action: 'assign', user_id: who?.user_id ?? null, threads: named(rows) }),
      change: () => ({ assignee: who }),
      back: (r) => commands.assign(r.id, r.assignee?.user_id ?? null),
      said: assigned(who),
    });
  }

  snooze(ids: string[], until: string | null) {
    const rows = rowsOf(ids);
    return place(rows, {
      send: commands.many({ action: 'snooze', until, threads: named(rows) }),
      change: () => ({ snoozed_until: until }),
      back: (r) => commands.snooze(r.id, r.snoozed_until ?? null),
      said: snoozed(until),
    });
  }

  /** Puts a label on the rows, or takes it off: what else each row has stays. */
  label(ids: string[], label: string, on: boolean) {
    const rows = rowsOf(ids);
    const after = ({ labels }: Row) => (on ? [...new Set([...labels, label])] : without(labels, label));
    return place(rows, {
      send: on
        ? commands.many({ action: 'label', labels: [label], threads: named(rows) })
        : each(rows.map((r) => commands.label(r.id, after(r)))),
      change: (r) => ({ labels: after(r) }),
      back: (r) => commands.label(r.id, r.labels),
      said: words.work.labelled,
    });
  }

  #closed({ threads }: Many) {
    const good = threads.filter((t) => !t.problem);
    for (const { id } of good) list.patch(id, { left: words.list.done_, status: 'closed' });
    list.chosen = new Set(threads.filter((t) => t.problem).map((t) => t.id));
    this.leave();
    offer(words.bulk.result(good.length, threads.length - good.length), {
      // Of each row what this command closed, not what was closed before it.
      send: each(good.filter((t) => t.items.length).map((t) => commands.reopen(t.id, t.items))),
      done: () => good.forEach(({ id }) => list.patch(id, { left: undefined })),
      after,
    });
  }
}

const without = (labels: string[], label: string) => labels.filter((l) => l !== label);
const named = (rows: Row[]) => rows.map(({ id }) => ({ id }));
const closing = (rows: Row[]) => ({
  action: 'done' as const,
  threads: rows.map((r) => ({ id: r.id, through: r.item_id })),
});

/** Several commands as one: each keeps its key, so that sending all again does none of them twice. */
function each(sends: One[]): () => Promise<void> {
  const keyed = sends.map((send) => ({ send, header: key() }));
  return async () => {
    for (const { send, header } of keyed) await send(header);
  };
}

function patch(rows: Row[], change: (row: Row) => Partial<Row>): () => void {
  const backs = rows.map((row) => list.patch(row.id, change(row)));
  return () => backs.forEach((back) => back());
}

/** Where rows belong: seen at once, told row by row, with one way back for all. */
function place(rows: Row[], { send, change, back, said }: Place) {
  const before = ({ assignee, snoozed_until, labels }: Row) => ({ assignee, snoozed_until, labels });
  return told({
    ahead: () => patch(rows, change),
    send,
    done: (did) => {
      const refused = new Set(did?.threads.filter((t) => t.problem).map((t) => t.id));
      const good = rows.filter((r) => !refused.has(r.id));
      if (refused.size) notices.fail(words.bulk.placed(said, good.length, refused.size));
      else
        offer(words.bulk.placed(said, good.length, 0), {
          ahead: () => patch(good, before),
          send: each(good.map(back)),
          after,
        });
    },
    after,
  });
}

export const bulk = new Bulk();

// What a CSR does with rows: optimistic, with a way back, each carrying the newest item on screen.
import { goto } from '$app/navigation';
import { api, key, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import { words } from '$lib/words';
import { focusRow } from '$lib/keys/focus';
import { afterDone } from './after-done';
import { desk } from './desk.svelte';
import { list } from './list.svelte';
import type { Row } from './merge';
import { notices } from './notices.svelte';
import { open } from './open.svelte';
import { session } from './session.svelte';

class Work {
  /** Closes the active items up to the newest one on screen. */
  async done(id: string) {
    const row = list.find(id);
    const through = id === open.id ? open.newestOnScreen : row?.item_id;
    if (!through) return;
    const next = id === open.id ? afterDone(id) : null;
    const back = list.patch(id, { left: words.list.done_, status: 'closed' });
    if (next) {
      await goto(next.href, { keepFocus: true });
      if (next.id) void focusRow(next.id);
    }
    try {
      const path = { id };
      const did = await ok(
        api.POST('/api/v1/threads/{id}/done', { params: { path, header: key() }, body: { through } }),
      );
      const said = did.left_active
        ? words.work.doneLeft(did.items.length, did.left_active)
        : words.work.done(did.items.length);
      this.#offer(said, () => this.#reopen(id, did.items));
    } catch (cause) {
      back();
      notices.fail(words.work.notDone(inWords(cause)), {
        label: words.error.retry,
        run: () => void this.done(id),
      });
    }
    desk.acted();
  }

  async reopen(id: string) {
    try {
      await this.#reopen(id, undefined);
      notices.say(words.work.reopened);
    } catch (cause) {
      notices.fail(inWords(cause), { label: words.error.retry, run: () => void this.reopen(id) });
    }
  }

  async assign(id: string, who: { user_id: string; name: string } | null) {
    const before = list.find(id)?.assignee ?? null;
    const send = (to: typeof who) => () =>
      ok(
        api.POST('/api/v1/threads/{id}/assign', {
          params: { path: { id }, header: key() },
          body: { user_id: to?.user_id ?? null },
        }),
      );
    const said = who
      ? words.work.assigned(who.user_id === session.data?.user.user_id ? words.work.you : who.name)
      : words.work.unassigned;
    await this.#change(id, { assignee: who }, send(who), said, send(before));
  }

  assignToMe(id: string) {
    const me = session.data?.user;
    if (me) void this.assign(id, { user_id: me.user_id, name: me.name });
  }

  async snooze(id: string, until: string | null) {
    const before = list.find(id)?.snoozed_until ?? null;
    const send = (to: string | null) => () =>
      ok(
        api.POST('/api/v1/threads/{id}/snooze', {
          params: { path: { id }, header: key() },
          body: { until: to },
        }),
      );
    await this.#change(
      id,
      { snoozed_until: until },
      send(until),
      until ? words.work.snoozed : words.work.woken,
      send(before),
    );
  }

  async label(id: string, labels: string[]) {
    const before = list.find(id)?.labels ?? [];
    const send = (to: string[]) => () =>
      ok(
        api.PUT('/api/v1/threads/{id}/labels', {
          params: { path: { id }, header: key() },
          body: { labels: to },
        }),
      );
    await this.#change(id, { labels }, send(labels), words.work.labelled, send(before));
  }

  async restore(id: string) {
    const send = (hidden: boolean) => () =>
      ok(
        api.POST('/api/v1/threads/{id}/hide', { params: { path: { id }, header: key() }, body: { hidden } }),
      );
    await this.#change(id, { hidden_by: null }, send(false), words.work.restored, send(true));
  }

  /** Takes back the last act, while it is offered. */
  undo() {
    if (notices.shown?.act?.label === words.work.undo) notices.act();
  }

  async #reopen(id: string, items: string[] | undefined) {
    await ok(
      api.POST('/api/v1/threads/{id}/reopen', {
        params: { path: { id }, header: key() },
        body: items ? { items } : {},
      }),
    );
    list.patch(id, { left: undefined });
    desk.acted();
  }

  async #change(
    id: string,
    change: Partial<Row>,
    send: () => Promise<unknown>,
    said: string,
    unsend: () => Promise<unknown>,
  ) {
    const back = list.patch(id, change);
    const backHead = open.patchHead(id, change);
    try {
      await send();
      this.#offer(said, async () => {
        back();
        backHead();
        await unsend();
        desk.acted();
      });
    } catch (cause) {
      back();
      backHead();
      notices.fail(inWords(cause), {
        label: words.error.retry,
        run: () => void this.#change(id, change, send, said, unsend),
      });
    }
    desk.acted();
  }

  #offer(text: string, run: () => Promise<void>) {
    notices.say(text, {
      label: words.work.undo,
      run: () =>
        void run().then(
          () => notices.say(words.work.undone),
          (cause) => notices.fail(inWords(cause)),
        ),
    });
  }
}

export const work = new Work();

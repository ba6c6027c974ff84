// Commands over the selected rows. Done says first what it closes; each row's outcome is looked at.
import { api, key, newKey, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import { words } from '$lib/words';
import { desk } from './desk.svelte';
import { list } from './list.svelte';
import { notices } from './notices.svelte';

const ROWS_MAX = 100;

class Bulk {
  /** What Done would do, before it does it. */
  asked = $state.raw<{ items: number; silent: number } | null>(null);
  busy = $state(false);
  #key = newKey();

  rows = $derived(list.rows.filter((r) => list.chosen.has(r.id)).slice(0, ROWS_MAX));

  async ask() {
    this.busy = true;
    try {
      const plan = await ok(
        api.POST('/api/v1/threads/bulk', {
          params: { header: key(), query: { dry_run: true } },
          body: this.#body(),
        }),
      );
      // Items without a case are the ones to think about.
      const silent = this.rows.reduce((sum, r) => sum + r.open, 0);
      this.asked = { items: plan.items, silent };
      this.#key = newKey();
    } catch (cause) {
      notices.fail(inWords(cause));
    } finally {
      this.busy = false;
    }
  }

  async done() {
    this.busy = true;
    try {
      const did = await ok(
        api.POST('/api/v1/threads/bulk', { params: { header: key(this.#key) }, body: this.#body() }),
      );
      const failed = did.threads.filter((t) => t.problem);
      for (const t of did.threads)
        if (!t.problem) list.patch(t.id, { left: words.list.done_, status: 'closed' });
      list.chosen = new Set(failed.map((t) => t.id));
      const good = did.threads.filter((t) => !t.problem && t.items.length);
      notices.say(words.bulk.result(did.threads.length - failed.length, failed.length), {
        label: words.work.undo,
        run: () => void this.#undo(good.map((t) => t.id)),
      });
      this.asked = null;
    } catch (cause) {
      notices.fail(inWords(cause), { label: words.error.retry, run: () => void this.done() });
    } finally {
      this.busy = false;
      desk.acted();
    }
  }

  clear() {
    list.chosen = new Set();
    this.asked = null;
  }

  async #undo(ids: string[]) {
    try {
      await ok(
        api.POST('/api/v1/threads/bulk', {
          params: { header: key() },
          body: { action: 'reopen', threads: ids.map((id) => ({ id })) },
        }),
      );
      for (const id of ids) list.patch(id, { left: undefined });
      notices.say(words.work.undone);
    } catch (cause) {
      notices.fail(inWords(cause));
    }
    desk.acted();
  }

  #body() {
    return { action: 'done' as const, threads: this.rows.map((r) => ({ id: r.id, through: r.item_id })) };
  }
}

export const bulk = new Bulk();

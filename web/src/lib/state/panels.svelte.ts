// The person's two views, Feeds and Messages: their rows of either kind, whatever list the open one came from.
import { api, ok } from '$lib/api/client';
import type { Panel, ThreadRow } from '$lib/api/types';
import { list } from './list.svelte';
import { open } from './open.svelte';
import { href } from './query';

class Panels {
  rows = $state.raw<ThreadRow[]>([]);
  #asked = 0;

  of = (kind: Panel) => this.rows.filter((r) => r.kind === kind);
  counts = $derived({
    feeds: this.of('feeds').reduce((sum, r) => sum + r.count, 0),
    messages: this.of('messages').reduce((sum, r) => sum + r.count, 0),
  });
  /** Address of the newest conversation of a kind; nothing if there is none. */
  feeds = $derived(this.#newest('feeds'));
  messages = $derived(this.#newest('messages'));
  /** Other conversations of the same person and kind. */
  others = $derived(this.of(open.head?.kind ?? 'feeds').filter((r) => r.id !== open.id));

  async load(person: string | null) {
    const mine = ++this.#asked;
    if (!person) {
      this.rows = [];
      return;
    }
    const ask = (tab: 'active' | 'done') =>
      ok(api.GET('/api/v1/threads', { params: { query: { tab, person, limit: 50 } } })).catch(() => null);
    const [active, done] = await Promise.all([ask('active'), ask('done')]);
    if (mine !== this.#asked) return;
    const rows = new Map<string, ThreadRow>();
    for (const row of [...(done?.items ?? []), ...(active?.items ?? [])]) rows.set(row.id, row);
    this.rows = [...rows.values()].sort((a, b) => Date.parse(b.newest_at) - Date.parse(a.newest_at));
  }

  #newest(kind: Panel): string | null {
    if (open.head?.kind === kind && open.id) return href(list.query, open.id);
    const row = this.of(kind)[0];
    return row ? href(list.query, row.id) : null;
  }
}

export const panels = new Panels();

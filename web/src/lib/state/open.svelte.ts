// The row that is open in the centre: its head, items, and the target that composer and panel act on.
import { api, ok, full } from '$lib/api/client';
import { ApiError, inWords } from '$lib/api/problem';
import type { Hole, Item, Reply, ThreadHead } from '$lib/api/types';
import { words } from '$lib/words';

export class Open {
  id = $state<string | null>(null);
  head = $state.raw<ThreadHead | null>(null);
  items = $state.raw<Item[]>([]);
  holes = $state.raw<Hole[]>([]);
  replies = $state.raw<Reply[]>([]);
  targetId = $state<string | null>(null);
  trouble = $state('');
  gone = $state(false);

  /** Item that composer and panel act on. */
  target = $derived(this.items.find((i) => i.item_id === this.targetId) ?? null);
  person = $derived(this.head?.person ?? null);

  async show(id: string) {
    if (this.id === id && this.head) return this.reload();
    this.id = id;
    this.head = null;
    this.items = [];
    this.targetId = null;
    await this.reload();
    this.targetId ??= this.head
      ? ((this.head as ThreadHead).target ?? (this.head as ThreadHead).newest ?? null)
      : null;
  }

  async reload() {
    const id = this.id;
    if (!id) return;
    try {
      const path = { params: { path: { id } } };
      const [head, window] = await Promise.all([
        full(api.GET('/api/v1/threads/{id}', path)),
        ok(api.GET('/api/v1/threads/{id}/items', path)),
      ]);
      if (this.id !== id) return;
      this.head = head.data;
      this.items = window.items;
      this.holes = window.holes;
      this.trouble = '';
    } catch (cause) {
      if (this.id !== id) return;
      this.gone = cause instanceof ApiError && cause.status === 404;
      this.trouble = this.gone ? words.error.gone : inWords(cause);
    }
  }
}

export const open = new Open();

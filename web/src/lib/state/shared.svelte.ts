// Lists that the whole team shares and that seldom change: fetched once, again on reset.
import { api, ok } from '$lib/api/client';
import type { Colleague, Label, SavedReply, View } from '$lib/api/types';
import { ofFilter, sameRows, type Query } from './query';

class Shared {
  labels = $state.raw<Label[]>([]);
  savedReplies = $state.raw<SavedReply[]>([]);
  colleagues = $state.raw<Colleague[]>([]);
  views = $state.raw<View[]>([]);
  saved = $derived(this.views.filter((v) => !v.built_in));
  #asked = 0;

  async load() {
    void this.loadViews();
    const got = await Promise.allSettled([
      ok(api.GET('/api/v1/labels')),
      ok(api.GET('/api/v1/saved-replies')),
      ok(api.GET('/api/v1/users')),
    ]);
    const [labels, saved, users] = got;
    // What could not be fetched stays as it was: the desk works without it.
    if (labels.status === 'fulfilled') this.labels = labels.value.items;
    if (saved.status === 'fulfilled') this.savedReplies = saved.value.items;
    if (users.status === 'fulfilled') this.colleagues = users.value.items;
  }

  async loadViews() {
    const mine = ++this.#asked;
    const views = await ok(api.GET('/api/v1/views')).catch(() => null);
    if (views && mine === this.#asked) this.views = views.items;
  }

  /** The saved view that a list is. */
  savedAs(query: Query): View | undefined {
    return this.saved.find((v) => sameRows(ofFilter(v.filter), query));
  }

  label(id: string): Label | undefined {
    return this.labels.find((l) => l.label_id === id);
  }
}

export const shared = new Shared();

// What X allows as an answer to one item. An answer for an item that was left is dropped.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { ReplyOptions } from '$lib/api/types';

export class Options {
  data = $state.raw<ReplyOptions | null>(null);
  trouble = $state('');
  #asked = 0;

  /** Longest text, in what X counts; before it is known, what X allows everybody. */
  max(isPrivate: boolean) {
    return isPrivate ? (this.data?.message_chars_max ?? 10_000) : (this.data?.weight_max ?? 280);
  }

  async ask(item: string | null) {
    const mine = ++this.#asked;
    this.data = null;
    this.trouble = '';
    if (!item) return;
    try {
      const data = await ok(api.GET('/api/v1/items/{id}/reply-options', { params: { path: { id: item } } }));
      if (mine === this.#asked) this.data = data;
    } catch (cause) {
      if (mine === this.#asked) this.trouble = inWords(cause);
    }
  }
}

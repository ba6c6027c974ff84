// The three tiles. An answer that is older than what is shown is dropped.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Tiles as Data } from '$lib/api/types';
import { session } from './session.svelte';

class Tiles {
  data = $state.raw<Data | null>(null);
  trouble = $state('');
  #asked = 0;

  async load() {
    const mine = ++this.#asked;
    try {
      const data = await ok(api.GET('/api/v1/tiles', { params: { query: { tz: session.zone } } }));
      if (mine !== this.#asked) return;
      this.data = data;
      this.trouble = '';
    } catch (cause) {
      if (mine === this.#asked) this.trouble = inWords(cause);
    }
  }
}

export const tiles = new Tiles();

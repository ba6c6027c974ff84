// How the channels stand, for the banner, the empty list and their page.
import { api, ok } from '$lib/api/client';
import { inWords } from '$lib/api/problem';
import type { Channel, Channels as Data } from '$lib/api/types';
import { live } from '$lib/state/live.svelte';

const AGAIN_MS = 60_000;

export type Alarm = {
  id: string;
  account: string;
  state: string;
  text: string;
  since?: string | null;
  handle: string;
};

class Channels {
  data = $state.raw<Data | null>(null);
  trouble = $state('');
  #asked = 0;
  #watchers = 0;
  #stop: () => void = () => {};

  /** What is broken, in words for a CSR. */
  alarms = $derived<Alarm[]>((this.data?.accounts ?? []).flatMap((a) => alarmsOf(a)));

  /** Kept fresh while somebody shows it. */
  watch(): () => void {
    if (this.#watchers++ === 0) {
      void this.load();
      const timer = setInterval(() => void this.load(), AGAIN_MS);
      const stops = [live.on('channel', () => void this.load()), live.on('reset', () => void this.load())];
      this.#stop = () => {
        clearInterval(timer);
        stops.forEach((stop) => stop());
      };
    }
    return () => {
      if (--this.#watchers === 0) this.#stop();
    };
  }

  async load() {
    const mine = ++this.#asked;
    try {
      const data = await ok(api.GET('/api/v1/channels'));
      if (mine !== this.#asked) return;
      this.data = data;
      this.trouble = '';
    } catch (cause) {
      if (mine === this.#asked) this.trouble = inWords(cause);
    }
  }
}

const alarmsOf = (a: Channel): Alarm[] =>
  a.notices
    .filter((n) => n.state === 'fail')
    .map((n, i) => ({
      id: `${a.account}-${i}`,
      account: a.account,
      state: n.state,
      text: n.text,
      since: n.since,
      handle: a.handle,
    }));

export const channels = new Channels();

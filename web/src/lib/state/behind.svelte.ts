// Whether what comes in and what is done here is passed on. The API says it on reads that ask; nothing else
// tells a desk that only looks on, so that now and then one asks.
import { api, whenBehind } from '$lib/api/client';
import { seq } from '$lib/api/seq';

const QUIET_MS = 60_000;
/** Once it is behind, until it is not. */
const AGAIN_MS = 5_000;

class Behind {
  since = $state<number | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): () => void {
    whenBehind((behind) => this.#told(behind));
    this.#later();
    return () => {
      whenBehind(() => {});
      clearTimeout(this.#timer);
    };
  }

  #told(behind: boolean) {
    if (behind === (this.since !== null)) return;
    this.since = behind ? Date.now() : null;
    this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    const ask = async () => {
      const headers = { 'Earshot-Min-Seq': String(seq.last) };
      // Whether the server can be reached at all is for others to say.
      if (!document.hidden) await api.GET('/api/v1/tiles', { headers }).catch(() => undefined);
      this.#later();
    };
    this.#timer = setTimeout(() => void ask(), this.since === null ? QUIET_MS : AGAIN_MS);
  }
}

export const behind = new Behind();

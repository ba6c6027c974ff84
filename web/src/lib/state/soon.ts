// Many events, one fetch: runs once a while after the first of them. One at a time: what comes meanwhile is asked for
// once when it is answered, so a server that is slow is not asked more often than it answers.
const HANGS_MS = 10_000;

export class Soon {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  /** Asked for while one is under way: so soon after it. */
  #again: number | undefined;

  constructor(readonly run: () => unknown) {}

  within(ms: number) {
    if (this.#busy) this.#again = Math.min(ms, this.#again ?? ms);
    else this.#timer ??= setTimeout(() => void this.#go(), ms);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = this.#again = undefined;
  }

  async #go() {
    this.#timer = undefined;
    this.#busy = true;
    let waited: ReturnType<typeof setTimeout> | undefined;
    // A request that hangs, as after sleep, holds nothing up for good.
    const hangs = new Promise((over) => (waited = setTimeout(over, HANGS_MS)));
    await Promise.race([this.#ran(), hangs]);
    clearTimeout(waited);
    this.#busy = false;
    const again = this.#again;
    this.#again = undefined;
    if (again !== undefined) this.within(again);
  }

  /** However it ended: who fetches says what went wrong. */
  async #ran() {
    try {
      await this.run();
    } catch {
      // Said already.
    }
  }
}

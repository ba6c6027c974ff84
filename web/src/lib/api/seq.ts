// Read your writes: commands answer with the number that a later GET waits for.
const REMEMBERED_MS = 10_000;

export class Seq {
  #highest = 0;
  #at = 0;

  constructor(readonly now: () => number = Date.now) {}

  seen(header: string | null) {
    const n = Number(header);
    if (!header || !Number.isFinite(n) || n < this.#highest) return;
    this.#highest = n;
    this.#at = this.now();
  }

  /** The newest that was heard of. */
  get last(): number {
    return this.#highest;
  }

  /** What a GET must ask for; nothing once the pipeline had ample time. */
  min(): number | undefined {
    return this.#highest && this.now() - this.#at < REMEMBERED_MS ? this.#highest : undefined;
  }
}

export const seq = new Seq();

// One command of one control: busy, what went wrong, and a retry that carries the same key.
import { key } from '$lib/api/client';
import { ApiError, inWords, type Problem } from '$lib/api/problem';

export type Header = ReturnType<typeof key>;
/** What is sent. A command of two calls makes the second one's key before it, so that a retry has it too. */
type Send = (header: Header) => Promise<unknown>;

/** No answer, signed out, too many, a part that is away: that passes. What was refused for what it says, or for the
 * state that the thing is in (409), is refused again. */
const mayPass = (status: number) => status < 400 || status === 401 || status === 429 || status >= 500;

export class Act {
  busy = $state(false);
  trouble = $state('');
  problem = $state.raw<Problem | null>(null);
  #last: { send: Send; header: Header } | null = null;

  /** A new command, with a key of its own. Says whether it went well. */
  run(send: Send): Promise<boolean> {
    return this.#go(send, key());
  }

  /** The same command again: the server knows it by its key. */
  retry(): Promise<boolean> {
    return this.#last ? this.#go(this.#last.send, this.#last.header) : Promise.resolve(false);
  }

  clear() {
    this.trouble = '';
    this.problem = null;
    this.#last = null;
  }

  /** Whether the same again could end otherwise. */
  get worthRetry(): boolean {
    return this.#last !== null && mayPass(this.problem?.status ?? 0);
  }

  /** What the answer says about one field: `at('/reason_code')`. */
  at(pointer: string): string | undefined {
    return this.problem?.errors?.find((e) => e.pointer === pointer)?.detail;
  }

  async #go(send: Send, header: Header): Promise<boolean> {
    if (this.busy) return false;
    this.#last = { send, header };
    this.busy = true;
    this.trouble = '';
    this.problem = null;
    try {
      await send(header);
      this.#last = null;
      return true;
    } catch (cause) {
      this.trouble = inWords(cause);
      if (cause instanceof ApiError) this.problem = cause.problem;
      return false;
    } finally {
      this.busy = false;
    }
  }
}

// Tells colleagues that this user looks at a row or writes in it; nothing for two minutes is "idle".
import { api } from '$lib/api/client';
import { newKey } from '$lib/api/client';

type State = 'viewing' | 'replying' | 'idle';

const REPEAT_MS = 20_000;
const IDLE_MS = 120_000;

class Presence {
  readonly #tab = newKey();
  #thread: string | null = null;
  #writing = false;
  #touched = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  #told: State | null = null;

  start(): () => void {
    const touch = () => {
      this.#touched = Date.now();
      if (this.#told === 'idle') this.#tell();
    };
    const gone = () => this.#leave();
    for (const kind of ['keydown', 'pointerdown', 'wheel'] as const)
      addEventListener(kind, touch, { passive: true });
    addEventListener('pagehide', gone);
    this.#timer = setInterval(() => this.#tell(), REPEAT_MS);
    return () => {
      clearInterval(this.#timer);
      for (const kind of ['keydown', 'pointerdown', 'wheel'] as const) removeEventListener(kind, touch);
      removeEventListener('pagehide', gone);
      this.#leave();
    };
  }

  at(thread: string | null) {
    if (thread === this.#thread) return;
    this.#leave();
    this.#thread = thread;
    this.#writing = false;
    this.#tell();
  }

  writes(writing: boolean) {
    if (writing === this.#writing) return;
    this.#writing = writing;
    this.#tell();
  }

  #state(): State {
    if (Date.now() - this.#touched > IDLE_MS) return 'idle';
    return this.#writing ? 'replying' : 'viewing';
  }

  #tell() {
    if (!this.#thread) return;
    this.#told = this.#state();
    this.#send(this.#thread, this.#told);
  }

  #leave() {
    if (this.#thread) this.#send(this.#thread, 'gone');
    this.#thread = null;
    this.#told = null;
  }

  // Nobody is told when this fails: the next beat repeats it.
  #send(id: string, state: State | 'gone') {
    void api
      .PUT('/api/v1/threads/{id}/presence', {
        params: { path: { id } },
        body: { state, tab: this.#tab },
        keepalive: true,
      })
      .catch(() => undefined);
  }
}

export const presence = new Presence();

// Keeps tiles, list and open row at what the server says: after own acts at once, after events soon.
import { live } from './live.svelte';
import { list } from './list.svelte';
import { open } from './open.svelte';
import { present } from './present.svelte';
import { shared } from './shared.svelte';
import { tiles } from './tiles.svelte';

/** Events of a burst are answered together. */
const SOON_MS = 250;
const HANGS_MS = 10_000;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

interface Wait {
  again: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

class Desk {
  #waits = new Map<string, Wait>();

  start(): () => void {
    void tiles.load();
    void shared.load();
    const stops = [
      live.on('tiles', () => this.#soon('tiles', () => tiles.load())),
      live.on('thread', ({ id, conversation_id }) => {
        this.#soon('list', () => Promise.all([list.refresh(), shared.loadViews()]));
        // Other people's posts of the conversation are shown too.
        if (id === open.id || (conversation_id && conversation_id === open.head?.conversation_id))
          this.#soon('open', () => open.reload());
      }),
      live.on('reply', ({ thread }) => {
        if (thread === open.id) this.#soon('open', () => open.reload());
        this.#soon('views', () => shared.loadViews());
      }),
      live.on('view', () => this.#soon('views', () => shared.loadViews())),
      live.on('presence', ({ thread, who }) => present.set(thread, who)),
      live.on('person', ({ x_id }) => {
        if (list.rows.some((row) => row.person.x_id === x_id)) this.#soon('list', () => list.refresh());
        if (open.person?.x_id === x_id || open.items.some((item) => item.author.x_id === x_id))
          this.#soon('open', () => open.reload());
      }),
      live.on('case', () => this.#soon('open', () => open.reload())),
      live.on('reset', () => {
        present.clear();
        void shared.load();
        this.acted();
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.#waits.forEach(({ timer }) => clearTimeout(timer));
      this.#waits.clear();
    };
  }

  /** After a command of this user: everything that shows its effect is fetched at once. */
  acted() {
    void tiles.load();
    // Under the pointer rows stay where they are; for keys the list may close up.
    void list.refresh(!list.pointer);
    void open.reload();
    void shared.loadViews();
  }

  // One request of a kind at a time: what comes meanwhile is asked for once when it is answered, so a server
  // that is slow is not asked more often than it answers.
  #soon(what: string, fetch: () => Promise<unknown>) {
    const waits = this.#waits.get(what);
    if (waits) {
      waits.again = true;
      return;
    }
    const wait: Wait = { again: false };
    this.#waits.set(what, wait);
    wait.timer = setTimeout(async () => {
      wait.again = false;
      // A request that hangs, as after sleep, holds nothing up for good.
      await Promise.race([fetch().catch(() => {}), pause(HANGS_MS)]);
      if (this.#waits.get(what) !== wait) return;
      this.#waits.delete(what);
      if (wait.again) this.#soon(what, fetch);
    }, SOON_MS);
  }
}

export const desk = new Desk();

// Keeps tiles, list and open row at what the server says: after own acts at once, after events soon.
import { live } from './live.svelte';
import { list } from './list.svelte';
import { open } from './open.svelte';
import { present } from './present.svelte';
import { shared } from './shared.svelte';
import { Soon } from './soon';
import { tiles } from './tiles.svelte';

/** Events of a burst are answered together. */
const SOON_MS = 250;

class Desk {
  #soon = {
    tiles: new Soon(() => tiles.load()),
    list: new Soon(() => list.refresh()),
    open: new Soon(() => open.reload()),
    views: new Soon(() => shared.loadViews()),
  };

  start(): () => void {
    void tiles.load();
    void shared.load();
    const stops = [
      live.on('tiles', () => this.#soon.tiles.within(SOON_MS)),
      live.on('thread', ({ id, conversation_id }) => {
        this.#soon.list.within(SOON_MS);
        this.#soon.views.within(SOON_MS);
        // Other people's posts of the conversation are shown too.
        if (id === open.id || (conversation_id && conversation_id === open.head?.conversation_id))
          this.#soon.open.within(SOON_MS);
      }),
      live.on('reply', ({ thread }) => {
        if (thread === open.id) this.#soon.open.within(SOON_MS);
        this.#soon.views.within(SOON_MS);
      }),
      live.on('view', () => this.#soon.views.within(SOON_MS)),
      live.on('presence', ({ thread, who }) => present.set(thread, who)),
      live.on('person', ({ x_id }) => {
        if (list.rows.some((row) => row.person.x_id === x_id)) this.#soon.list.within(SOON_MS);
        if (open.person?.x_id === x_id || open.items.some((item) => item.author.x_id === x_id))
          this.#soon.open.within(SOON_MS);
      }),
      live.on('case', () => this.#soon.open.within(SOON_MS)),
      live.on('reset', () => {
        present.clear();
        void shared.load();
        this.acted();
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      Object.values(this.#soon).forEach((soon) => soon.stop());
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
}

export const desk = new Desk();

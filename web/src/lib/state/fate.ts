// What becomes of the replies that were sent in this window: told in words, wherever the reader is by then.
import { goto } from '$app/navigation';
import { words } from '$lib/words';
import { list } from './list.svelte';
import { live } from './live.svelte';
import { notices } from './notices.svelte';
import { open } from './open.svelte';
import { href } from './query';

type Sent = { row: string; who: string };

class Fate {
  #sent = new Map<string, Sent>();

  follow(reply: string, sent: Sent) {
    this.#sent.set(reply, sent);
  }

  start(): () => void {
    return live.on('reply', ({ reply_id, state }) => {
      const sent = this.#sent.get(reply_id);
      if (!sent) return;
      if (state === 'failed' || state === 'unknown') this.#alarm(state, sent);
      else if (state === 'posted') notices.tell(words.ladder.spoken(words.ladder.posted));
      // Of what is unknown more will be heard.
      if (state !== 'queued' && state !== 'sending' && state !== 'unknown') this.#sent.delete(reply_id);
    });
  }

  // Where it stands itself it needs no second line for the eye.
  #alarm(state: 'failed' | 'unknown', { row, who }: Sent) {
    const text = words.ladder.lost[state](who);
    if (open.id === row) return notices.alarm(text);
    notices.fail(text, { label: words.ladder.show, run: () => void goto(href(list.query, row)) });
  }
}

export const fate = new Fate();

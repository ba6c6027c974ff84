// Short words about what just happened: one line at the foot of the page, read aloud politely; failures assertively.
import { newKey } from '$lib/api/client';

export type Notice = {
  id: string;
  text: string;
  tone: 'plain' | 'bad';
  act?: { label: string; run: () => void };
};

const SHOWN_MS = 8_000;

class Notices {
  shown = $state.raw<Notice | null>(null);
  polite = $state('');
  assertive = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, act?: Notice['act']) {
    this.#show({ id: newKey(), text, tone: 'plain', act });
    this.polite = text;
  }

  fail(text: string, act?: Notice['act']) {
    this.#show({ id: newKey(), text, tone: 'bad', act });
    this.assertive = text;
  }

  /** Only for ears: what the eye sees in its place anyway. */
  tell(text: string) {
    this.polite = text;
  }

  /** Does what the line offers (undo, retry), once. */
  act(): boolean {
    const run = this.shown?.act?.run;
    if (!run) return false;
    this.dismiss();
    run();
    return true;
  }

  dismiss() {
    clearTimeout(this.#timer);
    this.shown = null;
  }

  #show(notice: Notice) {
    clearTimeout(this.#timer);
    this.shown = notice;
    this.#timer = setTimeout(() => (this.shown = null), SHOWN_MS);
  }
}

export const notices = new Notices();

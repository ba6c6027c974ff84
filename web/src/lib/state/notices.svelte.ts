// Short words about what just happened, at the foot of the page: what went well is read aloud politely and goes by
// itself; what failed is told at once and stays until it is answered.
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
  failed = $state.raw<Notice | null>(null);
  polite = $state('');
  assertive = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, act?: Notice['act']) {
    clearTimeout(this.#timer);
    this.shown = { id: newKey(), text, tone: 'plain', act };
    this.#timer = setTimeout(() => (this.shown = null), SHOWN_MS);
    this.polite = text;
  }

  fail(text: string, act?: Notice['act']) {
    this.failed = { id: newKey(), text, tone: 'bad', act };
    this.alarm(text);
  }

  /** Only for ears: what the eye sees in its place anyway. */
  tell(text: string) {
    this.polite = text;
  }

  alarm(text: string) {
    this.assertive = text;
  }

  /** Does what the line offers (undo, retry), once. */
  act(notice = this.shown) {
    if (!notice?.act) return;
    this.dismiss(notice);
    notice.act.run();
  }

  dismiss(notice: Notice) {
    if (this.failed === notice) this.failed = null;
    if (this.shown === notice) this.shown = null;
  }
}

export const notices = new Notices();

// Notices beyond the page, off by default: the count in the title, a sound, the browser's notice. Only for what
// is the user's own: rows assigned to them, and replies that failed.
import { live } from './live.svelte';
import { list } from './list.svelte';
import { seen } from './seen.svelte';
import { session } from './session.svelte';
import { tiles } from './tiles.svelte';
import { ui } from './ui.svelte';
import { words } from '$lib/words';

/** Older news is history being filled in. */
const FRESH_MS = 10 * 60_000;

class Notify {
  /** Newest item of each row that was told. */
  #told = new Map<string, string>();
  title = $derived(words.app.title(session.settings.notify ? (tiles.data?.active.count ?? 0) : 0, ui.title));

  start(): () => void {
    const stops = [
      live.on('reply', ({ state }) => {
        if (state === 'failed' || state === 'unknown') this.#tell(words.notify.failed);
      }),
      live.on('thread', ({ id }) => {
        // The list fetches the row first.
        setTimeout(() => this.#row(id), 1_500);
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  #row(id: string) {
    const row = list.held?.rows.find((r) => r.id === id) ?? list.find(id);
    if (!row || row.assignee?.user_id !== session.data?.user.user_id) return;
    // A note or a label is no news, nor is what was read or told.
    if (!seen.unread(id, row.item_id) || this.#told.get(id) === row.item_id) return;
    if (row.status !== 'closed' && Date.now() - Date.parse(row.newest_at) < FRESH_MS) {
      this.#told.set(id, row.item_id);
      this.#tell(words.notify.mine(row.person.name ?? row.person.handle ?? ''));
    }
  }

  #tell(text: string) {
    if (!document.hidden) return;
    if (session.settings.sound) beep();
    if (session.settings.notify && 'Notification' in window && Notification.permission === 'granted') {
      new Notification(words.app.name, { body: text, tag: text });
    }
  }
}

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const loud = audio.createGain();
  loud.gain.setValueAtTime(0.08, audio.currentTime);
  loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.25);
  tone.frequency.value = 660;
  tone.connect(loud).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
  tone.onended = () => void audio.close();
}

export const notify = new Notify();

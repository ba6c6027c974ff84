// What the right panel shows of itself: which form is open, what is folded, what is typed and not sent.
import { tick } from 'svelte';
import { open } from '$lib/state/open.svelte';
import { session } from '$lib/state/session.svelte';
import { ui } from '$lib/state/ui.svelte';
import { blank, keep, read, type Kept } from './kept';

export type SectionId = 'person' | 'customer' | 'case' | 'notes' | 'interactions';
type Form = 'attach' | 'case' | 'link' | null;

const STORE = 'earshot.panel';

class PanelState {
  form = $state<Form>(null);
  #row = '';
  #all = $state.raw<Record<string, Kept>>(read(sessionStorage.getItem(STORE)));

  /** Another row is open: forms close, texts stay with their row. */
  enter(row: string) {
    if (row === this.#row) return;
    this.#row = row;
    this.form = null;
  }

  kept(row: string | null): Kept {
    return (row && this.#all[row]) || blank;
  }

  keep(row: string | null, change: Partial<Kept>) {
    if (!row) return;
    this.#all = keep(this.#all, row, change);
    sessionStorage.setItem(STORE, JSON.stringify(this.#all));
  }

  folded(id: SectionId): boolean {
    return session.settings.folded.includes(id);
  }

  fold(id: SectionId, folded: boolean) {
    const others = session.settings.folded.filter((f) => f !== id);
    if (folded !== this.folded(id)) void session.choose({ folded: folded ? [...others, id] : others });
  }

  /** Opens a form wherever the panel is, and goes there. */
  async show(form: Exclude<Form, null>) {
    this.#row = open.id ?? '';
    if (!ui.rightShown) ui.toggleRight();
    const section = form === 'attach' ? 'customer' : 'case';
    this.fold(section, false);
    this.form = form;
    await tick();
    document.querySelector(`[data-section="${section}"]`)?.scrollIntoView({ block: 'start' });
    focusIn(`[data-form="${form}"]`);
  }
}

/** Puts the focus on the first field of a place. */
export function focusIn(selector: string) {
  const place = document.querySelector(selector);
  const field = place?.querySelector<HTMLElement>(
    'input:not([disabled]), select, textarea:not([readonly]), button',
  );
  (field ?? (place instanceof HTMLElement ? place : null))?.focus();
}

export const panel = new PanelState();

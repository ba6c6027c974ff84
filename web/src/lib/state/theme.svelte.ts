// Light, dark or as the system says; and how dense the rows are. Written on the root element for the style sheets.
import { session } from './session.svelte';

const dark = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: dark)');

class Theme {
  #system = $state(dark?.matches ?? false);
  shown = $derived<'light' | 'dark'>(
    session.settings.theme === 'system' ? (this.#system ? 'dark' : 'light') : session.settings.theme,
  );

  constructor() {
    dark?.addEventListener('change', (e) => (this.#system = e.matches));
  }

  /** To be called in an effect. */
  apply(root: HTMLElement) {
    root.dataset.theme = this.shown;
    root.dataset.density = session.settings.density;
  }
}

export const theme = new Theme();

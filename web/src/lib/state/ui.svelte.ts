// What of the window is shown that the address need not carry.
import { session } from './session.svelte';

class Ui {
  palette = $state(false);
  /** What the window shows, for its title. */
  title = $state('');
  /** Below 1200 px the action panel slides over; closed until asked for. */
  slideOver = $state(false);
  listHidden = $state(false);
  width = $state(1440);

  narrow = $derived(this.width < 1200);
  rightShown = $derived(this.narrow ? this.slideOver : session.settings.right_shown);

  toggleRight() {
    if (this.narrow) this.slideOver = !this.slideOver;
    else void session.choose({ right_shown: !session.settings.right_shown });
  }
}

export const ui = new Ui();

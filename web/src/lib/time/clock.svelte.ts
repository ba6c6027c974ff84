// The time that the page shows, one tick a second for all. Waiting times and ages read it.
class Clock {
  now = $state(Date.now());
  /** For what need not be exact: changes once a minute. */
  minute = $derived(Math.floor(this.now / 60_000) * 60_000);

  start(): () => void {
    const tick = setInterval(() => (this.now = Date.now()), 1_000);
    return () => clearInterval(tick);
  }
}

export const clock = new Clock();

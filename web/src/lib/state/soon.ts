// Many events, one fetch: runs once a while after the first of them.
export class Soon {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly run: () => void) {}

  within(ms: number) {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.run();
    }, ms);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

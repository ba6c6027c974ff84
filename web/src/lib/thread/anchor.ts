// What is read stays where it is: the line at the top of the page is remembered and put back.
export class Anchor {
  #held: { id: string; top: number } | null = null;

  constructor(readonly box: HTMLElement) {}

  line(id: string): HTMLElement | null {
    return this.box.querySelector(`[data-item="${CSS.escape(id)}"]`);
  }

  /** The first line that begins on screen; one that reaches in from above only if there is no other. */
  remember() {
    const { top, bottom } = this.box.getBoundingClientRect();
    this.#held = null;
    for (const node of this.box.querySelectorAll<HTMLElement>('[data-item]')) {
      const rect = node.getBoundingClientRect();
      if (rect.bottom <= top) continue;
      const begins = rect.top >= top;
      if (rect.top < bottom && (begins || !this.#held))
        this.#held = { id: node.dataset.item ?? '', top: rect.top - top };
      if (begins) return;
    }
  }

  restore() {
    const node = this.#held && this.line(this.#held.id);
    if (!node || !this.#held) return;
    const moved = node.getBoundingClientRect().top - this.box.getBoundingClientRect().top - this.#held.top;
    if (moved) this.box.scrollTop += moved;
  }

  /** Which of these lines are on screen. */
  onScreen(ids: Iterable<string>): string[] {
    const { top, bottom } = this.box.getBoundingClientRect();
    return [...ids].filter((id) => {
      const rect = this.line(id)?.getBoundingClientRect();
      return rect !== undefined && rect.bottom > top && rect.top < bottom - 8;
    });
  }
}

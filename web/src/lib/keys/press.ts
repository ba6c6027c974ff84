// Names of key presses, as acts carry them: "e", "Shift+E", "g a", "mod+k". Pure but for the event.
type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

export function nameOf(event: Press): string {
  const mod = event.ctrlKey || event.metaKey;
  if (mod) return `mod+${event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`;
  // Letters say their shift, signs have it in them already.
  return event.shiftKey && /^\p{L}$/u.test(event.key) ? `Shift+${event.key.toUpperCase()}` : event.key;
}

/** Whether bare keys are text there. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement &&
    !['checkbox', 'radio', 'button', 'submit', 'file'].includes(target.type)
  );
}

/** Follows two-key sequences: `g` then `a` within a second. */
export class Sequence {
  #first: { name: string; at: number } | null = null;

  constructor(
    readonly starts: (name: string) => boolean,
    readonly within = 1_000,
  ) {}

  /** Full name of what was pressed; null while a second key is awaited. */
  press(name: string, now: number): string | null {
    const first = this.#first;
    this.#first = null;
    if (first && now - first.at <= this.within) return `${first.name} ${name}`;
    if (this.starts(name)) {
      this.#first = { name, at: now };
      return null;
    }
    return name;
  }
}

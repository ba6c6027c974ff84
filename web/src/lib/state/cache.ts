/** The few things last used. */
export class Cache<T> {
  #kept = new Map<string, T>();

  constructor(readonly max: number) {}

  get(id: string): T | undefined {
    const value = this.#kept.get(id);
    if (value !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, value);
    }
    return value;
  }

  set(id: string, value: T) {
    this.#kept.delete(id);
    this.#kept.set(id, value);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.max && !oldest.done) this.#kept.delete(oldest.value);
  }
}

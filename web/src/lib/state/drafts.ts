// Drafts, kept here at once and at the server soon: an ended session or a lost line loses no word.
import { api, ok } from '$lib/api/client';
import { ApiError } from '$lib/api/problem';

export type Kept = { text: string; media_id: string | null; exclude: string[] };

const SAVE_MS = 800;
export const empty: Kept = { text: '', media_id: null, exclude: [] };
const blank = (d: Kept) => !d.text && !d.media_id && !d.exclude.length;

export class Drafts {
  #here = new Map<string, Kept>();
  #unsaved = new Set<string>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(readonly told: (state: 'saved' | 'failed') => void) {}

  async get(target: string): Promise<Kept> {
    const here = this.#here.get(target);
    if (here) return here;
    try {
      const kept = await ok(api.GET('/api/v1/drafts/{target}', { params: { path: { target } } }));
      const draft = { text: kept.text, media_id: kept.media_id ?? null, exclude: kept.exclude ?? [] };
      // What was typed while this was asked is newer.
      return this.#here.get(target) ?? draft;
    } catch (cause) {
      if (cause instanceof ApiError) return this.#here.get(target) ?? empty;
      throw cause;
    }
  }

  put(target: string, draft: Kept) {
    this.#here.set(target, draft);
    this.#unsaved.add(target);
    clearTimeout(this.#timers.get(target));
    this.#timers.set(
      target,
      setTimeout(() => void this.save(target), SAVE_MS),
    );
  }

  async save(target: string) {
    clearTimeout(this.#timers.get(target));
    const draft = this.#here.get(target);
    if (!draft || !this.#unsaved.delete(target)) return;
    const params = { params: { path: { target } } };
    try {
      if (blank(draft)) await ok(api.DELETE('/api/v1/drafts/{target}', params));
      else await ok(api.PUT('/api/v1/drafts/{target}', { ...params, body: draft }));
      this.told('saved');
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 404) return;
      this.#unsaved.add(target);
      this.told('failed');
    }
  }

  /** After a send: nothing is left of it. */
  async drop(target: string) {
    this.#here.set(target, empty);
    this.#unsaved.add(target);
    await this.save(target);
  }

  /** What could not be kept is tried again, as after a new sign-in. */
  saveAll() {
    for (const target of this.#unsaved) void this.save(target);
  }
}

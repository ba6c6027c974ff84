// What a user chose, as the server keeps it: free JSON, so every value is checked before it is believed.
export type Sort = 'waiting' | 'newest' | 'priority';
export type Settings = {
  theme: 'system' | 'light' | 'dark';
  density: 'comfortable' | 'compact';
  sort: Sort;
  after_done: 'next' | 'stay' | 'list';
  keys: boolean;
  list_px: number;
  right_px: number;
  right_shown: boolean;
  folded: string[];
  notify: boolean;
  sound: boolean;
};

export const LIST_PX = { min: 280, max: 420 };
export const RIGHT_PX = { min: 320, max: 440 };

export const defaults: Settings = {
  theme: 'system',
  density: 'comfortable',
  sort: 'waiting',
  after_done: 'next',
  keys: true,
  list_px: 340,
  right_px: 360,
  right_shown: true,
  folded: [],
  notify: false,
  sound: false,
};

export function read(kept: Record<string, unknown> | undefined): Settings {
  const s = kept ?? {};
  return {
    theme: oneOf(s.theme, ['system', 'light', 'dark'], defaults.theme),
    density: oneOf(s.density, ['comfortable', 'compact'], defaults.density),
    sort: oneOf(s.sort, ['waiting', 'newest', 'priority'], defaults.sort),
    after_done: oneOf(s.after_done, ['next', 'stay', 'list'], defaults.after_done),
    keys: flag(s.keys, defaults.keys),
    list_px: within(s.list_px, LIST_PX, defaults.list_px),
    right_px: within(s.right_px, RIGHT_PX, defaults.right_px),
    right_shown: flag(s.right_shown, defaults.right_shown),
    folded: Array.isArray(s.folded) ? s.folded.filter((x): x is string => typeof x === 'string') : [],
    notify: flag(s.notify, defaults.notify),
    sound: flag(s.sound, defaults.sound),
  };
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((x) => x === value) ?? fallback;
}

function flag(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

export function within(value: unknown, { min, max }: { min: number; max: number }, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : fallback;
}

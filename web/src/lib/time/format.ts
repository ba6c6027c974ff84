// Times as people read them: by the browser's language, in the user's zone.
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

const units = new Map<string, Intl.NumberFormat>();

function unit(value: number, of: 'second' | 'minute' | 'hour' | 'day', locale?: string): string {
  const key = `${locale}${of}`;
  let format = units.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: 'unit', unit: of, unitDisplay: 'short' });
    units.set(key, format);
  }
  return format.format(value);
}

/** A length of time in one unit: 41 min, 3 hr, 2 days. */
export function lasting(ms: number, locale?: string): string {
  const t = Math.max(0, ms);
  if (t < MIN) return unit(Math.floor(t / 1_000), 'second', locale);
  if (t < HOUR) return unit(Math.floor(t / MIN), 'minute', locale);
  if (t < DAY) return unit(Math.floor(t / HOUR), 'hour', locale);
  return unit(Math.floor(t / DAY), 'day', locale);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(kind: 'full' | 'time' | 'day' | 'short', zone: string): Intl.DateTimeFormat {
  const key = kind + zone;
  const known = formats.get(key);
  if (known) return known;
  const options: Record<typeof kind, Intl.DateTimeFormatOptions> = {
    full: { dateStyle: 'medium', timeStyle: 'medium' },
    time: { timeStyle: 'short' },
    day: { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' },
    short: { dateStyle: 'medium', timeStyle: 'short' },
  };
  const made = new Intl.DateTimeFormat(undefined, { ...options[kind], timeZone: zone });
  formats.set(key, made);
  return made;
}

export const absolute = (at: string, zone: string) =>
  `${formatter('full', zone).format(new Date(at))} (${zone})`;
export const timeOnly = (at: string, zone: string) => formatter('time', zone).format(new Date(at));
export const dayOf = (at: string, zone: string) => formatter('day', zone).format(new Date(at));
export const dateTime = (at: string, zone: string) => formatter('short', zone).format(new Date(at));

/** Relative within a day, then the date. */
export function when(at: string, now: number, zone: string): string {
  const age = now - Date.parse(at);
  return age < DAY ? lasting(age) : dateTime(at, zone);
}

/** How long somebody waits, against the organisation's target. */
export function waitLevel(since: string, now: number, targetMin: number): 'fine' | 'soon' | 'late' {
  const share = (now - Date.parse(since)) / (targetMin * MIN);
  if (share >= 1) return 'late';
  return share >= 0.5 ? 'soon' : 'fine';
}

/** Days between two times. */
export const daysBetween = (a: string, b: string) =>
  Math.floor(Math.abs(Date.parse(b) - Date.parse(a)) / DAY);

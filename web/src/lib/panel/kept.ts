// What is typed into the panel and not sent yet: kept per row while the browser's tab lives.
export type Kept = {
  note: string;
  reason: string;
  resolution: string;
  priority: string;
  followUp: boolean;
};

export const blank: Kept = { note: '', reason: '', resolution: '', priority: 'medium', followUp: true };

const ROWS_MAX = 50;

/** The texts of a row after a change; rows that hold nothing are forgotten, the oldest too. */
export function keep(
  all: Readonly<Record<string, Kept>>,
  row: string,
  change: Partial<Kept>,
): Record<string, Kept> {
  const { [row]: before = blank, ...others } = all;
  const now = { ...before, ...change };
  const same = (Object.keys(blank) as (keyof Kept)[]).every((name) => now[name] === blank[name]);
  const rows = Object.entries(others).slice(same ? -ROWS_MAX : 1 - ROWS_MAX);
  return Object.fromEntries(same ? rows : [...rows, [row, now]]);
}

/** What the browser kept, if it is what was put there. */
export function read(text: string | null): Record<string, Kept> {
  try {
    const all: unknown = JSON.parse(text ?? '{}');
    if (!all || typeof all !== 'object') return {};
    return Object.fromEntries(
      Object.entries(all).map(([row, kept]) => [row, { ...blank, ...(kept as object) }]),
    );
  } catch {
    return {};
  }
}

// X ids are decimal strings beyond what a number holds; their order is the order of posting.
export const before = (a: string, b: string) => (a.length === b.length ? a < b : a.length < b.length);

export const compareIds = (a: string, b: string) => (a === b ? 0 : before(a, b) ? -1 : 1);

/** The id just before another: `after` of it includes that other. */
export const justBefore = (id: string) => (BigInt(id) - 1n).toString();

/** When X made an id, where it is young enough to tell (snowflake, since 2010-11). */
export function timeOfId(id: string): string | null {
  if (!/^\d{15,20}$/.test(id)) return null;
  return new Date(Number((BigInt(id) >> 22n) + 1_288_834_974_657n)).toISOString();
}

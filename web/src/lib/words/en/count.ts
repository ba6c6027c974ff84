// Numbers, and how many of something.
export const n = (count: number) => new Intl.NumberFormat().format(count);
export const many = (count: number, one: string, more = `${one}s`) =>
  `${n(count)} ${count === 1 ? one : more}`;

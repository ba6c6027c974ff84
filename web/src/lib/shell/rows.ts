// Which rows of a long list are drawn. Pure.
export type Slice = { from: number; to: number };

/** Rows on screen with some to spare; at most 200 nodes whatever the window. */
export function slice(count: number, rowPx: number, scrollTop: number, viewPx: number, spare = 8): Slice {
  const first = Math.floor(scrollTop / rowPx) - spare;
  const shown = Math.ceil(viewPx / rowPx) + 2 * spare;
  const from = Math.max(0, Math.min(first, count - 1));
  return { from, to: Math.min(count, from + Math.min(shown, 200)) };
}

/** Where to scroll so that a row is wholly on screen; null if it is. */
export function reveal(index: number, rowPx: number, scrollTop: number, viewPx: number): number | null {
  const top = index * rowPx;
  if (top < scrollTop) return top;
  if (top + rowPx > scrollTop + viewPx) return top + rowPx - viewPx;
  return null;
}

// Whether a text is nearly one that was sent just now: X takes repeats for spam. Pure.
function grams(text: string): Set<string> {
  const t = ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
  return new Set(Array.from({ length: Math.max(0, t.length - 2) }, (_, i) => t.slice(i, i + 3)));
}

/** Shared thirds of letters, 0 to 1. */
export function likeness(a: string, b: string): number {
  const [x, y] = [grams(a), grams(b)];
  if (!x.size || !y.size) return 0;
  const shared = [...x].filter((g) => y.has(g)).length;
  return shared / (x.size + y.size - shared);
}

export const tooAlike = (text: string, sent: readonly string[]) =>
  text.length >= 12 && sent.some((s) => likeness(text, s) >= 0.85);

/** The X id in an address or in what was typed; null if there is none. */
export function idIn(text: string): string | null {
  const t = text.trim();
  return /^\d{1,20}$/.test(t) ? t : (/\/status(?:es)?\/(\d{1,20})\b/.exec(t)?.[1] ?? null);
}

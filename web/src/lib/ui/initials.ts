// Up to two letters for who has no picture.
export function initials(name?: string | null, handle?: string | null): string {
  const letters = (word: string) => [...word.replace(/[^\p{L}\p{N}]/gu, '')];
  const parts = (name ?? '')
    .split(/\s+/)
    .map(letters)
    .filter((l) => l.length);
  const first = parts[0]?.[0] ?? letters(handle ?? '')[0] ?? '?';
  const last = parts.length > 1 ? (parts.at(-1)?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

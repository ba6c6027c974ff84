// How long a text is to X: most letters weigh 1, others and emoji 2, a link 23 whatever its length. Pure.
const LINK = 23;
const LINKS =
  /\bhttps?:\/\/[^\s<>"]*[^\s<>".,;:!?)]|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|co|de|uk|fr|eu|es|it|nl|example)\b(?:\/(?:[^\s<>"]*[^\s<>".,;:!?)])?)?/giu;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3/u;
const LIGHT: [number, number][] = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
];

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Addresses in a text, as X would make links of them. */
export function linksIn(text: string): string[] {
  return text.match(LINKS) ?? [];
}

export function weight(text: string): number {
  const plain = text.normalize('NFC');
  const rest = plain.replace(LINKS, '');
  let sum = linksIn(plain).length * LINK;
  for (const { segment } of segments.segment(rest)) {
    if (EMOJI.test(segment)) sum += 2;
    else
      for (const c of segment)
        sum += LIGHT.some(([a, b]) => c.codePointAt(0)! >= a && c.codePointAt(0)! <= b) ? 1 : 2;
  }
  return sum;
}

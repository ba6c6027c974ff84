// A post's text in pieces: links, mentions and tags as X named them, the rest as it is. Pure; nothing becomes markup.
export type Piece = { text: string; href?: string };

type Entities = {
  urls?: { url?: string; expanded_url?: string; display_url?: string }[];
  mentions?: { handle?: string }[];
  tags?: ({ tag?: string; text?: string } | string)[];
};

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Only addresses of the web are links. */
export const safe = (href: string | undefined) => (href && /^https?:\/\//i.test(href) ? href : undefined);

export function pieces(text: string, entities: unknown): Piece[] {
  const e = (entities ?? {}) as Entities;
  const links = new Map<string, Piece>();
  for (const u of e.urls ?? []) {
    if (u.url) links.set(u.url, { text: u.display_url ?? u.url, href: safe(u.expanded_url ?? u.url) });
  }
  for (const m of e.mentions ?? []) {
    if (m.handle)
      links.set(`@${m.handle.toLowerCase()}`, {
        text: '',
        href: `https://x.com/${encodeURIComponent(m.handle)}`,
      });
  }
  for (const t of e.tags ?? []) {
    const tag = typeof t === 'string' ? t : (t.tag ?? t.text);
    if (tag)
      links.set(`#${tag.toLowerCase()}`, {
        text: '',
        href: `https://x.com/hashtag/${encodeURIComponent(tag)}`,
      });
  }
  if (!links.size) return [{ text }];
  // Longest first, so that @anna is not taken for @ann.
  const names = [...links.keys()].sort((a, b) => b.length - a.length).map(escape);
  const found = new RegExp(`(${names.join('|')})`, 'giu');
  return text
    .split(found)
    .filter((part) => part !== '')
    .map((part) => {
      const link = links.get(part) ?? links.get(part.toLowerCase());
      return link ? { text: link.text || part, href: link.href } : { text: part };
    });
}

/** The links to pictures of the post itself: the pictures are shown, so the links are not. */
export function withoutPictures(text: string, entities: unknown, pictures: number): string {
  if (!pictures) return text;
  const own =
    ((entities ?? {}) as Entities).urls?.filter(
      (u) =>
        /\/(photo|video)\/\d+$/.test(u.expanded_url ?? '') ||
        /^pic\.(x|twitter)\.com\//.test(u.display_url ?? ''),
    ) ?? [];
  return own.reduce((rest, u) => (u.url ? rest.replace(u.url, '') : rest), text).trimEnd();
}

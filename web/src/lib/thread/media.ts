// What a post's pictures say of themselves; the API's description leaves their form open.
export type Picture = { id: string | null; alt: string; wide: number; high: number; still: boolean };

export function pictures(media: unknown): Picture[] {
  if (!Array.isArray(media)) return [];
  return media
    .filter((m): m is Record<string, unknown> => typeof m === 'object' && m !== null)
    .map((m) => ({
      id: typeof m.media_id === 'string' ? m.media_id : null,
      alt: typeof m.alt_text === 'string' ? m.alt_text : '',
      wide: typeof m.width === 'number' ? m.width : 4,
      high: typeof m.height === 'number' ? m.height : 3,
      still: m.media_type === undefined || m.media_type === 'photo',
    }));
}

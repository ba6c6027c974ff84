// What a row shows of a text. Pure.

/** The first line, without the names that an answer begins with and the links that say nothing: what is asked. */
export function preview(text: string): string {
  const asked = text.replace(/^(?:\s*@\w{1,15}\b[\s,:.!–-]*)+/u, '').replace(/\s*https:\/\/t\.co\/\w+/g, '');
  return (asked.trim() || text).trim().split('\n', 1)[0]!;
}

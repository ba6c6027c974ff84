// What a row shows of a text. Pure.

/** The first line, without the names that an answer begins with: what is asked comes first. */
export function preview(text: string): string {
  const asked = text.replace(/^(?:\s*@\w{1,15}\b[\s,:.!–-]*)+/u, '');
  return (asked || text).trim().split('\n', 1)[0]!;
}

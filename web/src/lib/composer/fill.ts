/** Puts what is known into a saved reply; what is not known stays visible, so that nobody sends it unseen. */
export function fill(text: string, known: Record<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (all, name: string) => known[name] || all);
}

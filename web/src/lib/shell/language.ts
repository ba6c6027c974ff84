let names: Intl.DisplayNames | undefined;

/** A language code by the browser's name for it; X's own codes for "none" stay as they are. */
export function languageName(code: string): string {
  try {
    names ??= new Intl.DisplayNames(undefined, { type: 'language' });
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

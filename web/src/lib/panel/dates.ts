// A day without its hour, as the browser's language writes it.
const formats = new Map<string, Intl.DateTimeFormat>();

export function dateOnly(at: string, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: zone });
    formats.set(zone, format);
  }
  return format.format(new Date(at));
}

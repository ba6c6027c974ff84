/** Millionths of a US dollar as people read them: two digits, three below ten cents. */
export function money(micro: number, locale?: string): string {
  const digits = micro > 0 && micro < 100_000 ? 3 : 2;
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(micro / 1_000_000);
}

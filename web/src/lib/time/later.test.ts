import { expect, test } from 'vitest';
import { later } from './later';

test('next Monday is never today', () => {
  for (let day = 1; day <= 14; day += 1) {
    const now = new Date(2026, 10, day, 15);
    const { monday, tomorrow } = later(now);
    expect(monday.getDay()).toBe(1);
    expect(monday.getTime() - now.getTime()).toBeGreaterThan(0);
    expect(monday.getTime() - now.getTime()).toBeLessThanOrEqual(7 * 86_400_000);
    expect(tomorrow.getHours()).toBe(9);
  }
});

import { expect, test } from 'vitest';
import { daysBetween, lasting, waitLevel, when } from './format';

const at = '2026-11-27T12:00:00Z';
const then = Date.parse(at);

test('a length has one unit', () => {
  expect(lasting(41 * 60_000, 'en')).toBe('41 min');
  expect(lasting(-5, 'en')).toBe('0 sec');
  expect(lasting(3 * 3_600_000 + 1, 'en')).toBe('3 hr');
  expect(lasting(49 * 3_600_000, 'en')).toBe('2 days');
});

test('waiting turns at half and at the whole of the target', () => {
  expect(waitLevel(at, then + 29 * 60_000, 60)).toBe('fine');
  expect(waitLevel(at, then + 30 * 60_000, 60)).toBe('soon');
  expect(waitLevel(at, then + 60 * 60_000, 60)).toBe('late');
});

test('yesterday is a date', () => {
  expect(when(at, then + 90_000, 'UTC')).toMatch(/^1/);
  expect(when(at, then + 25 * 3_600_000, 'UTC')).toMatch(/2026/);
  expect(daysBetween(at, '2027-03-01T12:00:00Z')).toBe(94);
});

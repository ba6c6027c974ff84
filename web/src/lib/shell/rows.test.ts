import { expect, test } from 'vitest';
import { reveal, slice } from './rows';

test('a list of ten thousand draws what is on screen', () => {
  expect(slice(10_000, 64, 64_000, 800)).toEqual({ from: 992, to: 1021 });
  expect(slice(3, 64, 0, 800)).toEqual({ from: 0, to: 3 });
  expect(slice(0, 64, 500, 800).to).toBe(0);
  expect(slice(10_000, 1, 0, 5_000).to).toBe(200);
});

test('a row is brought on screen by the shortest way', () => {
  expect(reveal(0, 64, 100, 800)).toBe(0);
  expect(reveal(20, 64, 0, 800)).toBe(544);
  expect(reveal(3, 64, 0, 800)).toBeNull();
});

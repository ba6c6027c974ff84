import { expect, test } from 'vitest';
import { Seq } from './seq';

test('a read waits for the newest own write, and only for a while', () => {
  let now = 0;
  const seq = new Seq(() => now);
  expect(seq.min()).toBeUndefined();
  seq.seen('7');
  seq.seen('5');
  seq.seen(null);
  seq.seen('junk');
  expect(seq.min()).toBe(7);
  now = 11_000;
  expect(seq.min()).toBeUndefined();
});

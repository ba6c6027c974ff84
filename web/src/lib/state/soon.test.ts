import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Soon } from './soon';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a burst runs once, what comes later runs again, stopped runs never', async () => {
  const run = vi.fn();
  const soon = new Soon(run);
  for (let i = 0; i < 50; i++) soon.within(100);
  await vi.advanceTimersByTimeAsync(100);
  expect(run).toHaveBeenCalledTimes(1);
  soon.within(100);
  await vi.advanceTimersByTimeAsync(100);
  expect(run).toHaveBeenCalledTimes(2);
  soon.within(100);
  soon.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(run).toHaveBeenCalledTimes(2);
});

test('one is under way at a time, and what came meanwhile runs once after it', async () => {
  const answers: ((why?: string) => void)[] = [];
  const run = vi.fn(
    () => new Promise<void>((done, fail) => answers.push((why) => (why ? fail(why) : done()))),
  );
  const soon = new Soon(run);
  soon.within(100);
  await vi.advanceTimersByTimeAsync(100);
  for (let i = 0; i < 50; i++) soon.within(100);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(run).toHaveBeenCalledTimes(1);
  answers[0]!('refused');
  await vi.advanceTimersByTimeAsync(100);
  expect(run).toHaveBeenCalledTimes(2);
  answers[1]!();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(run).toHaveBeenCalledTimes(2);
});

test('one that hangs does not hold up the next for good', async () => {
  const run = vi.fn(() => new Promise<void>(() => {}));
  const soon = new Soon(run);
  soon.within(100);
  await vi.advanceTimersByTimeAsync(100);
  soon.within(100);
  await vi.advanceTimersByTimeAsync(10_100);
  expect(run).toHaveBeenCalledTimes(2);
});

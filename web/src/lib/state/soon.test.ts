import { expect, test, vi } from 'vitest';
import { Soon } from './soon';

test('a burst runs once, what comes later runs again, stopped runs never', () => {
  vi.useFakeTimers();
  const run = vi.fn();
  const soon = new Soon(run);
  for (let i = 0; i < 50; i++) soon.within(100);
  vi.advanceTimersByTime(100);
  expect(run).toHaveBeenCalledTimes(1);
  soon.within(100);
  vi.advanceTimersByTime(100);
  expect(run).toHaveBeenCalledTimes(2);
  soon.within(100);
  soon.stop();
  vi.advanceTimersByTime(1_000);
  expect(run).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

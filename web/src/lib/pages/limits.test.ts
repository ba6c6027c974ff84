import { expect, test } from 'vitest';
import { limitHealth } from './limits';

test('a limit is looked at before it is used up', () => {
  expect(limitHealth({ remaining: 18, limit: 180 })).toBe('ok');
  expect(limitHealth({ remaining: 17, limit: 180 })).toBe('warn');
  expect(limitHealth({ remaining: 0, limit: 180 })).toBe('fail');
  expect(limitHealth({ remaining: 1, limit: null })).toBe('ok');
});

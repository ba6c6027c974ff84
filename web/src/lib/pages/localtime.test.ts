import { expect, test } from 'vitest';
import { fromField, toField } from './localtime';

test('there and back', () => {
  const at = new Date('2026-03-29T00:30:00Z');
  expect(fromField(toField(at))).toBe('2026-03-29T00:30:00.000Z');
  expect(fromField('soon')).toBeNull();
});

import { expect, test } from 'vitest';
import { nameOf, Sequence } from './press';

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test('keys are named as acts name them', () => {
  expect(press('e')).toBe('e');
  expect(press('E', { shiftKey: true })).toBe('Shift+E');
  expect(press('?', { shiftKey: true })).toBe('?');
  expect(press('k', { metaKey: true })).toBe('mod+k');
  expect(press('Enter', { ctrlKey: true, shiftKey: true })).toBe('mod+shift+enter');
});

test('two keys make one name, if they come soon', () => {
  const keys = new Sequence((name) => name === 'g');
  expect(keys.press('g', 0)).toBeNull();
  expect(keys.press('a', 900)).toBe('g a');
  expect(keys.press('g', 2_000)).toBeNull();
  expect(keys.press('a', 3_500)).toBe('a');
});

import { expect, test } from 'vitest';
import { initials } from '$lib/ui/initials';
import { Cache } from './cache';
import { compareIds, justBefore, timeOfId } from './ids';

test('ids are ordered as numbers, not as text', () => {
  expect(['10', '9', '2126154498832421241'].sort(compareIds)).toEqual(['9', '10', '2126154498832421241']);
  expect(justBefore('2126154498832421241')).toBe('2126154498832421240');
});

test('an id tells when it was made', () => {
  expect(timeOfId('2126154498832421241')?.slice(0, 10)).toBe('2026-11-27');
  expect(timeOfId('42')).toBeNull();
});

test('the cache keeps what was used last', () => {
  const cache = new Cache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
});

test('initials are letters, whatever stands around them', () => {
  expect(initials('Ruth Delacroix', 'x')).toBe('RD');
  expect(initials('🔥 maya', 'x')).toBe('M');
  expect(initials('', 'leila_9')).toBe('L');
  expect(initials(null, null)).toBe('?');
});

import { expect, test } from 'vitest';
import { caps } from './caps';

test('chords and sequences', () => {
  expect(caps('e', false)).toEqual([['e']]);
  expect(caps('Shift+E', false)).toEqual([['Shift', 'E']]);
  expect(caps('g a', false)).toEqual([['g'], ['a']]);
  expect(caps('mod+shift+enter', false)).toEqual([['Ctrl', 'Shift', 'Enter']]);
  expect(caps('mod+k', true)).toEqual([['⌘', 'K']]);
  expect(caps('.', false)).toEqual([['.']]);
});

import { expect, test } from 'vitest';
import { defaults, read } from './settings';

test('what was kept is checked before it is believed', () => {
  expect(read(undefined)).toEqual(defaults);
  expect(read({ theme: 'pink', list_px: 9_999, folded: ['notes', 3], keys: 'no' })).toEqual({
    ...defaults,
    list_px: 420,
    folded: ['notes'],
  });
});

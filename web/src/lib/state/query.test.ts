import { expect, test } from 'vitest';
import { href, ofTile, parse, plain, search, toApi } from './query';

test('an address and its list are the same thing', () => {
  const query = { ...plain, tab: 'done' as const, kind: 'messages' as const, q: 'zip & seam' };
  expect(parse(new URLSearchParams(search(query)))).toEqual(query);
  expect(search(plain)).toBe('');
  expect(href(plain, 'abc')).toBe('/t/abc');
});

test('unknown words in an address fall back', () => {
  expect(parse(new URLSearchParams('tab=x&view=<b>&sort=1'))).toEqual(plain);
});

test('the list of a tile is asked as the tile names it', () => {
  expect(toApi(ofTile('closed_on=2026-11-27&tz=UTC'), 'waiting', 'UTC')).toEqual({
    closed_on: '2026-11-27',
    tz: 'UTC',
  });
  expect(toApi(ofTile('tab=active'), 'waiting', 'UTC')).toEqual({ tab: 'active', sort: 'waiting' });
});

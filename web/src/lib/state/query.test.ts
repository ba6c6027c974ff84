import { expect, test } from 'vitest';
import {
  href,
  ofFilter,
  ofTile,
  parse,
  plain,
  sameRows,
  search,
  toApi,
  toFilter,
  worthSaving,
} from './query';

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

test('a saved view is the list that it was saved of', () => {
  const query = {
    ...plain,
    view: 'unassigned' as const,
    kind: 'feeds' as const,
    language: 'de',
    has_image: 'true',
  };
  expect(toFilter(query)).toEqual({ view: 'unassigned', kind: 'feeds', language: 'de', has_image: true });
  expect(ofFilter(toFilter(query))).toEqual(query);
  expect(sameRows(query, { ...query, sort: 'newest' })).toBe(true);
  expect(sameRows(query, { ...query, q: 'zip' })).toBe(false);
});

test('lists of a day, a person or the Done tab are no views, nor is a built-in one', () => {
  const german = { ...plain, language: 'de' };
  expect(worthSaving(german)).toBe(true);
  expect(worthSaving({ ...plain, q: 'zip' })).toBe(true);
  for (const query of [
    { ...plain, view: 'mine' as const },
    { ...german, person: '7' },
    { ...german, tab: 'done' as const },
    { ...german, posted_on: '2026-11-27' },
  ])
    expect(worthSaving(query)).toBe(false);
});

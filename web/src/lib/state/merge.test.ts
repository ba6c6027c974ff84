import { expect, test } from 'vitest';
import { compare, join, touch, type Row } from './merge';

const row = (id: string, more: Partial<Row> = {}) =>
  ({ id, count: 1, item_id: id, status: 'open', text: id, case_nos: [], labels: [], ...more }) as Row;

test('new and changed rows are counted, presence is not a change', () => {
  const shown = [row('a'), row('b')];
  const fresh = [row('a', { count: 2 }), row('b', { draft_by: ['Ana'] }), row('c')];
  expect(compare(shown, fresh)).toEqual({ added: 1, changed: 1 });
});

test('the open row keeps its place when it leaves the filter', () => {
  const rows = join([row('a'), row('b'), row('c')], [row('a'), row('c')], false, 'b', 'done');
  expect(rows.map((r) => [r.id, r.left])).toEqual([
    ['a', undefined],
    ['b', 'done'],
    ['c', undefined],
  ]);
});

test('rows loaded beyond the fresh page stay, without doubles', () => {
  const rows = join([row('a'), row('b'), row('c'), row('d')], [row('c'), row('a')], true, null, '');
  expect(rows.map((r) => r.id)).toEqual(['c', 'a', 'd']);
});

test('under the hand only who looks and whose it is changes', () => {
  const [touched] = touch([row('a')], [row('a', { count: 5, draft_by: ['Ana'] })]);
  expect(touched).toMatchObject({ count: 1, draft_by: ['Ana'] });
});

import { expect, test } from 'vitest';
import type { Hole, Item, Note, Reply } from '$lib/api/types';
import { echoOf, feeds, messages, underway } from './arrange';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 12, minute)).toISOString();
const item = (x: string, parent: string | null, more: Partial<Item> = {}) =>
  ({
    item_id: `i${x}`,
    x_id: x,
    parent_x_id: parent,
    author: { handle: `h${x}` },
    direction: 'inbound',
    posted_at: at(Number(x)),
    ...more,
  }) as Item;
const reply = (id: string, more: Partial<Reply>) =>
  ({ reply_id: id, kind: 'public', state: 'queued', item_id: 'i1', created_at: at(3), ...more }) as Reply;
const said = (lines: ReturnType<typeof feeds>) =>
  lines.map((l) =>
    'depth' in l
      ? `${'  '.repeat(l.depth)}${l.key}${l.kind === 'item' && l.replyTo ? ` @${l.replyTo}` : ''}`
      : l.key,
  );

test('a tree of two levels, then flat with whom it answers', () => {
  const items = [
    item('1', null),
    item('2', '1'),
    item('3', '2'),
    item('4', '3'),
    item('5', '1'),
    item('6', '2'),
  ];
  expect(said(feeds({ items, replies: [], notes: [], holes: [] }))).toEqual([
    'i1',
    '  i2',
    '    i3',
    '    i4 @h3',
    '    i6',
    '  i5',
  ]);
});

test('a reply on its way hangs under its target, a hole stands before what hangs on it', () => {
  const holes = [{ x_id: '0', reason: 'not-fetched' } as Hole];
  const lines = feeds({
    items: [item('1', '0'), item('2', '0')],
    replies: [reply('r', {})],
    notes: [],
    holes,
  });
  expect(lines.map((l) => l.kind)).toEqual(['holes', 'item', 'reply', 'item']);
});

test('what is reposted stands before all, what is quoted in the post that quotes it', () => {
  const holes = ['8', '9'].map((x_id) => ({ x_id, reason: 'not-fetched' }) as Hole);
  const lines = feeds({ items: [item('1', null, { quoted_x_id: '9' })], replies: [], notes: [], holes });
  expect(lines.map((l) => (l.kind === 'holes' ? l.holes.map((h) => h.x_id) : l.key))).toEqual([['8'], 'i1']);
});

test('notes stand where they were written', () => {
  const notes = [{ note_id: 'n', written_at: at(2) }] as Note[];
  expect(said(feeds({ items: [item('1', null), item('3', null)], replies: [], notes, holes: [] }))).toEqual([
    'i1',
    'n',
    'i3',
  ]);
});

test('bubble and echo are one: by id, or by target, text and time', () => {
  const echo = item('9', '1', { direction: 'outbound', text: '@h1 We look at it.' });
  const items = [item('1', null), echo];
  expect(echoOf(reply('r', { state: 'posted', x_id: '9' }), items)).toBe(echo);
  expect(echoOf(reply('r', { state: 'unknown', text: 'We look at it.', started_at: at(5) }), items)).toBe(
    echo,
  );
  expect(
    echoOf(reply('r', { state: 'queued', text: 'We look at it.', started_at: at(5) }), items),
  ).toBeUndefined();
  expect(
    echoOf(
      reply('r', { state: 'unknown', text: 'We look at it.', started_at: '2026-11-27T15:00:00Z' }),
      items,
    ),
  ).toBeUndefined();
  expect(underway([reply('r', { state: 'posted', x_id: '9' })], items, Date.parse(at(10)))).toEqual([]);
});

test('messages have a line for each day and say a long silence', () => {
  const items = [item('1', null), item('2', null, { posted_at: '2027-03-10T12:00:00Z' })];
  const lines = messages({ items, replies: [], notes: [], holes: [] }, (t) => t.slice(0, 10));
  expect(lines.map((l) => (l.kind === 'day' ? l.gapDays : l.key))).toEqual([0, 'i1', 102, 'i2']);
});

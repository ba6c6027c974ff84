import { expect, test } from 'vitest';
import type { Reply } from '$lib/api/types';
import { responseFailed, responseOf, suggestedPriority } from './casework';

const reply = (reply_id: string, state: string, item_id: string, minute: number, kind = 'public') =>
  ({ reply_id, state, item_id, kind, created_at: `2026-11-27T12:${10 + minute}:00Z` }) as Reply;

test('the response is the newest to the item, else the newest of the row', () => {
  const all = [reply('a', 'posted', 'i1', 1), reply('b', 'queued', 'i1', 2), reply('c', 'posted', 'i2', 3)];
  expect(responseOf(all, 'i1')?.reply_id).toBe('b');
  expect(responseOf(all, 'i9')?.reply_id).toBe('c');
});

test('what was not sent and what is no reply is no response', () => {
  const all = [
    reply('a', 'failed', 'i1', 1),
    reply('b', 'cancelled', 'i1', 2),
    reply('c', 'posted', 'i1', 3, 'like'),
  ];
  expect(responseOf(all, 'i1')).toBeNull();
});

test('a case waits in vain once the last reply to its item failed', () => {
  expect(responseFailed([reply('a', 'failed', 'i1', 1)], 'i1')).toBe(true);
  expect(responseFailed([reply('a', 'failed', 'i1', 1), reply('b', 'sending', 'i1', 2)], 'i1')).toBe(false);
  expect(responseFailed([], 'i1')).toBe(false);
});

test('scores suggest four priorities', () => {
  expect([0, 25, 60, 80].map(suggestedPriority)).toEqual(['low', 'medium', 'high', 'urgent']);
});

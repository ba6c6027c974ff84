import { expect, test } from 'vitest';
import { changes } from './versions';

test('what differs is told by the names of the file', () => {
  const one = {
    settings: { time_zone: 'UTC', oauth2: null, modes: { poll_s: 60 } },
    accounts: [{ xId: '9' }],
  };
  const other = {
    settings: { time_zone: 'Asia/Tokyo', oauth2: { client_id: 'c' }, modes: { poll_s: 60 } },
    accounts: [{ xId: '9' }, { xId: '10' }],
  };
  expect(changes(one, other)).toEqual([
    { name: 'settings.time_zone', from: 'UTC', to: 'Asia/Tokyo' },
    { name: 'settings.oauth2.client_id', from: '', to: 'c' },
    { name: 'accounts.1.xId', from: '', to: '10' },
  ]);
  expect(changes(one, one)).toEqual([]);
});

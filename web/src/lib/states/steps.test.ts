import { expect, test } from 'vitest';
import type { Channel, Channels } from '$lib/api/types';
import { firstSteps } from './steps';

const account = (more: Partial<Channel>) =>
  ({
    account: '1',
    handle: 'acme',
    checks: [],
    modes: { webhook: false, stream: false, poll_s: 0 },
    ...more,
  }) as Channel;
const of = (...accounts: Channel[]) => firstSteps({ accounts } as Channels).map((s) => s.done);

test('steps come true one by one', () => {
  expect(firstSteps(null).map((s) => s.done)).toEqual([false, false, false, false]);
  expect(of(account({}))).toEqual([true, false, false, false]);
  const checked = account({ checked_at: '2026-11-27T12:00:00Z' });
  expect(of(checked)).toEqual([true, true, false, false]);
  expect(of({ ...checked, modes: { webhook: false, stream: false, poll_s: 60 } })).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('a token that X refuses and a webhook that is not valid do not count', () => {
  const check = { check: 'token', state: 'fail', what: '', cure: '' };
  const webhook = { registered: true, valid: false, seen_at: '' };
  const modes = { webhook: true, stream: false, poll_s: 0 };
  expect(of(account({ checks: [check], checked_at: 'x', modes, webhook }))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

import { expect, test } from 'vitest';
import { ApiError } from '$lib/api/problem';
import { Act } from './act.svelte';

test('a retry is the same command: its key is the one of the first try', async () => {
  const act = new Act();
  const keys: string[] = [];
  const send = async (header: { 'Idempotency-Key': string }) => {
    keys.push(header['Idempotency-Key']);
    if (keys.length === 1) throw ApiError.offline();
  };
  expect(await act.run(send)).toBe(false);
  expect(await act.retry()).toBe(true);
  expect(await act.run(send)).toBe(true);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[0]);
});

test('a retry is offered where the same can end otherwise', async () => {
  const offered = async (status: number) => {
    const act = new Act();
    await act.run(() => Promise.reject(new ApiError({ status, detail: '' })));
    return act.worthRetry;
  };
  for (const status of [0, 401, 429, 500, 503]) expect(await offered(status), `${status}`).toBe(true);
  for (const status of [400, 403, 404, 409, 412, 422]) expect(await offered(status), `${status}`).toBe(false);
});

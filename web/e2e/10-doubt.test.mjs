// What X leaves in doubt, and what X does not delete.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from './database.mjs';
import { agree, centre, field, opened } from './desk.mjs';
import { api, asks, sim, whispers } from './people.mjs';
import { until } from './wait.mjs';

const ours = (page, text) => centre(page).getByRole('article', { name: /^us, / }).filter({ hasText: text });
const unknown = (page) => centre(page).getByRole('article', { name: 'Reply: Unknown' });

/** A reply of which X gives no account, for a quarter of an hour already; nobody reloads the page. */
async function inDoubt(name, text) {
  const { who, post, row } = await asks(name, 'did you get my parcel back?');
  const page = await opened(row);
  await sim('/api-faults', {
    endpoint: 'POST /2/tweets',
    kind: 'status',
    status: 503,
    times: 1,
    body_contains: text,
  });
  await field(page).fill(text);
  await field(page).press('Control+Enter');
  await unknown(page).getByText('X did not answer. Looking whether it is there').waitFor();
  await agree(page);
  assert.equal(await unknown(page).getByRole('button').count(), 0, 'nobody is asked before X was looked at');
  const { items } = await api(`/replies?thread=${row.id}`);
  const { reply_id } = items.find((one) => one.text === text);
  sql(`UPDATE replies SET started_at = started_at - interval '16 minutes',
       doubtful_since = doubtful_since - interval '16 minutes' WHERE reply_id = '${reply_id}'`);
  await unknown(page).getByText('X does not show it. What became of it?').waitFor({ timeout: 30_000 });
  return { who, post, page, reply_id };
}

test('unknown for a quarter of an hour: “It is not: send again” sends it, once', async () => {
  const text = 'Yes, yesterday, Doris.';
  const { page } = await inDoubt('Doris Doubt', text);
  await unknown(page).getByRole('button', { name: 'It is not: send again' }).click();
  await ours(page, text).waitFor();
  assert.equal(await ours(page, text).count(), 1);
  assert.equal((await sim('/posts')).filter((one) => one.text.includes(text)).length, 1);
  await unknown(page).waitFor({ state: 'detached' });
  await agree(page);
});

test('“send again” that breaks off half-way: Retry goes through it with the same keys, and it is sent once', async () => {
  const text = 'Yes, at noon, Dagmar.';
  const { page } = await inDoubt('Dagmar Doubt', text);
  const keys = { resolve: [], resend: [] };
  await page.route(/\/replies\/[^/]+\/(resolve|resend)$/, (route) => {
    const call = route.request().url().split('/').pop();
    keys[call].push(route.request().headers()['idempotency-key']);
    return call === 'resend' && keys.resend.length === 1 ? route.abort() : route.continue();
  });
  await unknown(page).getByRole('button', { name: 'It is not: send again' }).click();
  const failed = centre(page).getByRole('article', { name: 'Reply: Not sent' });
  await failed.getByRole('alert').getByText('The server cannot be reached').waitFor();
  await failed.getByRole('button', { name: 'Retry' }).click();
  await ours(page, text).waitFor();
  assert.equal((await sim('/posts')).filter((one) => one.text.includes(text)).length, 1);
  for (const of of [keys.resolve, keys.resend]) {
    assert.equal(of.length, 2);
    assert.equal(of[0], of[1]);
  }
  assert.notEqual(keys.resolve[0], keys.resend[0]);
  await agree(page);
});

test('unknown for a quarter of an hour: “It is on X” takes the address of the post', async () => {
  const text = 'Yes, on Monday, Denis.';
  const { page, post, reply_id } = await inDoubt('Denis Doubt', text);
  // What a colleague posted on x.com in other words.
  const there = await sim('/posts', {
    author: '@northwindgear',
    text: 'It came on Monday.',
    reply_to: post.id,
  });
  await unknown(page).getByRole('button', { name: 'It is on X' }).click();
  const where = unknown(page).getByRole('textbox', { name: 'Address or id of the post on X' });
  await where.fill('https://example.test/nothing');
  assert.ok(await unknown(page).getByRole('button', { name: 'It is on X' }).isDisabled());
  await where.fill(`https://x.com/northwindgear/status/${there.id}`);
  await unknown(page).getByRole('button', { name: 'It is on X' }).click();
  await unknown(page).waitFor({ state: 'detached' });
  const known = await api(`/replies/${reply_id}`);
  assert.deepEqual([known.state, known.x_id], ['posted', there.id]);
  assert.equal((await sim('/posts')).filter((one) => one.text.includes(text)).length, 0);
  await ours(page, 'It came on Monday.').waitFor();
  await agree(page);
});

test('our own private message: the desk says that X deletes our side only, and does so', async () => {
  const { who, row } = await whispers('Petra Keeps', 'what is my new number?');
  const page = await opened(row);
  const text = 'It is 4711, Petra.';
  await field(page, 'Private message').fill(text);
  await field(page, 'Private message').press('Control+Enter');
  await ours(page, text).waitFor();
  await ours(page, text).hover();
  await ours(page, text).getByRole('button', { name: 'Delete' }).click();
  await ours(page, text).getByText('Deletes on our side only; they keep it').waitFor();
  await ours(page, text).getByRole('button', { name: 'Delete it' }).click();
  await ours(page, 'Deleted on our side; they keep it').waitFor();
  await ours(page, text).waitFor({ state: 'detached' });
  assert.equal(await centre(page).getByText('Deleted on X', { exact: true }).count(), 0);
  const { calls } = await sim('/calls?endpoint=DELETE%20%2F2%2Fdm_events%2F%3Aid');
  assert.ok(calls.length >= 1, 'X was asked to delete it');
  const kept = (await sim('/dms')).filter((one) => one.text === text && String(one.recipient) === who.id);
  assert.equal(kept.length, 1, 'they keep it');
  await agree(page);
});

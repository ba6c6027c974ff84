// A command that failed: what is said, and a retry that is the same command. Where the same cannot help, none is offered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centre, desk, field, list, listed, notice, opened, panel, press } from './desk.mjs';
import { api, asks, goesOn, row } from './people.mjs';
import { until } from './wait.mjs';

const PICTURE = {
  name: 'dot.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
};

/** The first answer to such a command is lost on the way; tells the keys of all that were sent. */
async function losesOne(page, path) {
  const keys = [];
  await page.route(path, async (route) => {
    if (route.request().method() === 'GET') return route.fallback();
    keys.push(await route.request().headerValue('idempotency-key'));
    if (keys.length > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  return keys;
}

const once = (keys) => {
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1], 'the same command');
};
const again = (place) => place.getByRole('button', { name: 'Retry' });
const notices = (page) => page.getByRole('group', { name: 'Notices' });
async function choose(page, rows) {
  for (const row of rows) {
    await listed(page, row).focus();
    await page.keyboard.press('x');
  }
  await list(page)
    .getByRole('group', { name: `${rows.length} selected` })
    .waitFor();
}

const label = async (name) =>
  (await api('/labels', { method: 'POST', body: { name, colour: '#0b6e69' } })).label_id;

test('Done whose answer was lost: rolled back with words, and done once', async () => {
  const { row } = await asks('Lore Brandl', 'is the sale still on?');
  const page = await opened(row);
  const keys = await losesOne(page, '**/done');
  await press(page, 'e');
  await notice(page, /^Not done: The server cannot be reached/).waitFor();
  await again(notices(page)).click();
  await notice(page, '1 item done').waitFor();
  once(keys);
  await notice(page, /^Not done/).waitFor({ state: 'detached' });
});

test('a picture whose upload failed stays there, is not left out of the reply, and goes up on Retry', async () => {
  const { row } = await asks('Pia Dorn', 'how do I fold it?');
  const page = await desk('dana');
  // Whoever is quicker than the draft that is asked for keeps what was begun.
  let answer;
  const asked = new Promise(
    (ask) => void page.route('**/drafts/*', (route) => ask((answer = route)), { times: 1 }),
  );
  await page.goto(`/t/${row.id}`);
  await asked;
  const keys = await losesOne(page, '**/api/v1/media');
  await field(page).fill('Like this:');
  await centre(page).locator('input[type=file]').setInputFiles(PICTURE);
  const came = page.waitForResponse(
    (one) => one.url().includes('/drafts/') && one.request().method() === 'GET',
  );
  await answer.continue();
  await came;
  await again(centre(page)).waitFor();
  const send = centre(page).getByRole('button', { name: /^Reply publicly/ });
  assert.ok(await send.isDisabled());
  await again(centre(page)).click();
  await until('it can be sent', () => send.isEnabled());
  once(keys);
});

test('what was refused for the state it is in offers no Retry', async () => {
  const { row } = await asks('Jost Ebner', 'the buckle broke');
  await api('/cases', { method: 'POST', body: { item_id: row.item_id, reason_code: 'damaged' } });
  const page = await opened(row);
  await panel(page).getByRole('button', { name: 'Close case' }).click();
  // A colleague was quicker, and this page has not heard of it.
  await page.route(/\/api\/v1\//, (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  );
  const [{ case_id }] = (await api(`/threads/${row.id}`)).cases;
  await api(`/cases/${case_id}/close`, { method: 'POST', body: {} });
  await panel(page).getByRole('button', { name: 'Close it' }).click();
  // Other parts may say that they could not be read.
  const part = panel(page).getByRole('region', { name: 'Follow up / Case' });
  await part.getByRole('alert').filter({ hasNotText: 'cannot be reached' }).waitFor();
  assert.equal(await again(part).count(), 0);
});

test('several rows: a label leaves their other labels alone, one Undo takes all of it back', async () => {
  const [mine, put] = [await label('Was there'), await label('Is put on')];
  const people = await Promise.all([asks('Iris Stahl', 'first of two'), asks('Iris Stahl', 'second of two')]);
  const [first, second] = people.map((one) => one.row);
  await api(`/threads/${second.id}/labels`, { method: 'PUT', body: { labels: [mine] } });
  const has = async (row) => (await api(`/threads/${row.id}`)).labels.toSorted();
  const page = await desk('dana', '/?q=of%20two');
  await choose(page, [first, second]);
  await list(page).getByRole('group', { name: '2 selected' }).getByRole('button', { name: 'Label' }).click();
  await page.getByRole('option', { name: 'Is put on' }).click();
  await notice(page, 'Labels changed: 2 threads').waitFor();
  assert.deepEqual(await has(first), [put]);
  assert.deepEqual(await has(second), [mine, put].toSorted());
  await page.keyboard.press('Escape');
  await press(page, 'z');
  await notice(page, 'Taken back').waitFor();
  assert.deepEqual(await has(first), []);
  assert.deepEqual(await has(second), [mine]);
});

test('Done of several rows is asked for, and its Undo opens what it closed, not what was closed before', async () => {
  const { who, post, row: first } = await asks('Arvid Holm', 'one of a pair');
  await api(`/threads/${first.id}/done`, { method: 'POST', body: { through: first.item_id } });
  await goesOn(who, 'and one of a pair again', post);
  const { row: second } = await asks('Arvid Holm', 'the other of a pair');
  await row(who);
  const active = async ({ id }) => {
    const head = await api(`/threads/${id}`);
    return head.open + head.draft;
  };
  const page = await desk('dana', '/?q=of%20a%20pair');
  await choose(page, [first, second]);
  await page.keyboard.press('e');
  await list(page).getByText('Closes 2 items').waitFor();
  await list(page).getByRole('button', { name: 'Close them' }).click();
  await notice(page, '2 threads done').waitFor();
  assert.deepEqual([await active(first), await active(second)], [0, 0]);
  await press(page, 'z');
  await notice(page, 'Taken back').waitFor();
  assert.deepEqual([await active(first), await active(second)], [1, 1]);
});

// The end of a session, and a role that may not read private messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, centre, desk, field, listed, opened, user } from './desk.mjs';
import { asks, whispers } from './people.mjs';
import { until } from './wait.mjs';

test('the session ends while a reply is written: sign in over the page, the draft is kept', async () => {
  const { row } = await asks('Silke Thal', 'is it waterproof?');
  const page = await opened(row);
  const text = 'Down to ten metres, Silke.';
  await field(page).fill(text);
  await page.context().clearCookies();
  await field(page).press('Control+Enter');
  const over = page.getByRole('dialog', { name: 'You were signed out' });
  await over.getByLabel('Password').fill(user('dana').password);
  await over.getByRole('button', { name: 'Sign in', exact: true }).click();
  await over.waitFor({ state: 'detached' });
  assert.equal(await field(page).inputValue(), text);
  await centre(page)
    .getByText(/Public reply: yes/)
    .waitFor();
  await agree(page);
  await field(page).press('Control+Enter');
  await centre(page).getByRole('article').filter({ hasText: text }).waitFor();
  await agree(page);
});

test('without the permission no private text reaches the browser', async () => {
  // Words, not the number alone: ids on the page have any digits.
  const words = 'door is 4471';
  const secret = `the code of my ${words}`;
  const { row } = await whispers('Ute Korn', secret);
  const page = await desk('theo');
  const heard = [];
  page.on('response', async (answer) => {
    if (/event-stream/.test(answer.headers()['content-type'] ?? '')) return;
    heard.push(await answer.text().catch(() => ''));
  });
  await page.goto(`/t/${row.id}?kind=messages`);
  await listed(page, row).getByText('You may not read private messages').waitFor();
  await centre(page).getByText('You may not read private messages').first().waitFor();
  await agree(page);
  await until('answers were read', () => heard.length > 5);
  assert.ok(!heard.some((body) => body.includes(words)));
  assert.ok(!(await page.content()).includes(words));
  for (const path of [
    `/threads/${row.id}`,
    `/threads/${row.id}/items`,
    '/threads?tab=active&kind=messages',
    '/search?q=4471',
    '/threads?tab=active&q=4471',
  ]) {
    const answer = await page.request.get(`/api/v1${path}`);
    assert.ok(!(await answer.text()).includes(words), path);
  }
});

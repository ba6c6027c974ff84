// Signing in, and the three tiles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, desk, list, stranger, user } from './desk.mjs';
import { asks, posts } from './people.mjs';
import { until } from './wait.mjs';

test('a wrong password is refused in words, the right one opens the desk', async () => {
  const page = await stranger();
  await page.goto('/');
  const dana = user('dana');
  await page.getByLabel('E-mail').fill(dana.email);
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const refused = page.getByRole('alert').filter({ hasText: /\w/ });
  await refused.waitFor();
  assert.match(await refused.innerText(), /password/i);

  await page.getByLabel('Password').fill(dana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('group', { name: 'Overview' }).waitFor();
  await agree(page);
  await page.getByRole('button', { name: 'You' }).click();
  await page.getByText(dana.name).first().waitFor();
});

test('each tile opens the list that it counts', async () => {
  const { who } = await asks('Nora Beck', 'is the blue rucksack still made?');
  await posts(who, 'and would it fit under a seat?');
  const page = await desk();
  const state = await agree(page);
  assert.ok(state.active.tile >= 2);
  assert.ok(state.x_today.tile >= state.active.tile);
  const head = list(page).getByRole('status').filter({ hasText: /item/ });
  for (const [name, key] of [
    ['X today', 'x_today'],
    ['Done today', 'done_today'],
    ['Active', 'active'],
  ]) {
    await page.getByRole('group', { name: 'Overview' }).getByRole('link', { name }).click();
    const now = await agree(page);
    if (now[key].tile === 0) continue;
    await until(`${name}: the head of the list says ${now[key].tile}`, async () => {
      const said = Number((await head.innerText()).replace(/ item.*/, '').replace(/\D/g, ''));
      return said === now[key].tile;
    });
  }
});

for (const timezoneId of ['Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kolkata'])
  test(`tiles equal their lists on a computer in ${timezoneId}`, async () => {
    await agree(await desk('priya', '/', { timezoneId }));
  });

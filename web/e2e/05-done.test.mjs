// Done, its way back, reopen; and what came while nobody looked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, centre, desk, field, listed, notice, opened, press } from './desk.mjs';
import { api, asks, goesOn, posts, row } from './people.mjs';
import { until } from './wait.mjs';

const active = async (id) => {
  const head = await api(`/threads/${id}`);
  return head.open + head.draft;
};

test('Done closes what is on screen, z takes it back, Shift+E opens it again', async () => {
  const { row: thread } = await asks('Vera Noll', 'is there a red one?');
  const page = await opened(thread);
  const before = await agree(page);
  await press(page, 'e');
  await until('done', async () => (await active(thread.id)) === 0);
  const done = await agree(page);
  assert.equal(done.active.tile, before.active.tile - 1);
  assert.equal(done.done_today.tile, before.done_today.tile + 1);
  await notice(page, '1 item done').waitFor();
  await press(page, 'z');
  await until('active again', async () => (await active(thread.id)) === 1);
  assert.equal((await agree(page)).active.tile, before.active.tile);

  await page.goto(`/t/${thread.id}`);
  await centre(page).getByRole('button', { name: 'Done', exact: true }).click();
  await until('done again', async () => (await active(thread.id)) === 0);
  await agree(page);
  await page.goto(`/t/${thread.id}?tab=done`);
  await listed(page, thread).waitFor();
  await centre(page).getByRole('button', { name: 'Reopen' }).waitFor();
  await press(page, 'Shift+E');
  await until('reopened', async () => (await active(thread.id)) === 1);
  await agree(page);
});

test('Done in the list goes on with the next row there', async () => {
  const { who, row: first } = await asks('Ottilie Brand', 'a first thing');
  for (const text of ['a second thing', 'a third thing']) await posts(who, text);
  const rows = () => api(`/threads?tab=active&person=${who.id}&sort=newest`).then(({ items }) => items);
  await until('three rows', async () => (await rows()).length === 3);
  const page = await desk('dana', `/?person=${who.id}&sort=newest`);
  await listed(page, first).waitFor();
  const focused = (row) =>
    until(`the focus is on ${row.text}`, () =>
      page.evaluate((id) => document.activeElement?.dataset?.row === id, row.id),
    );
  const [one, two, three] = await rows();
  await press(page, 'j');
  await focused(one);
  for (const [row, next] of [
    [one, two],
    [two, three],
  ]) {
    await page.keyboard.press('e');
    await until('done', async () => (await active(row.id)) === 0);
    await focused(next);
  }
});

test('what comes after the newest on screen stays active', async () => {
  const { who, post, row: thread } = await asks('Bea Falk', 'first question');
  const page = await opened(thread);
  // The page hears of nothing from here on, as on a bad line.
  await page
    .context()
    .route(/\/items|\/threads|\/tiles/, (route) =>
      route.request().method() === 'GET' ? route.abort() : route.continue(),
    );
  await goesOn(who, 'second question', post);
  await row(who, { count: 2 });
  await centre(page).getByRole('button', { name: 'Done', exact: true }).click();
  await notice(page, /1 item done. 1 new message arrived, still active/).waitFor();
  assert.equal(await active(thread.id), 1);
  await page.context().unroute(/\/items|\/threads|\/tiles/);
  await agree(await desk());
});

test('two windows: what one does the other sees; presence; and a hold before sending', async () => {
  const { who, post, row: thread } = await asks('Ralf Stein', 'how heavy is it?');
  const [dana, priya] = await Promise.all([opened(thread), opened(thread, 'priya')]);
  await centre(dana).getByText('Priya Raman looks at this').first().waitFor();
  await centre(priya).getByText('Dana Ortiz looks at this').first().waitFor();
  await field(dana).fill('It weighs');
  await centre(priya).getByText('Dana Ortiz is replying').first().waitFor();
  // A colleague's note comes while Dana writes.
  await priya.getByRole('button', { name: /^Note n/ }).click();
  await field(priya, 'Note for your team').fill('The scale says 900 g.');
  await field(priya, 'Note for your team').press('Control+Enter');
  await centre(dana).getByText('The scale says 900 g.').waitFor();
  await field(dana).fill('It weighs 900 g.');
  await field(dana).press('Control+Enter');
  await centre(dana).getByRole('alert').filter({ hasText: 'Since you began' }).waitFor();
  assert.equal(
    await centre(dana)
      .getByRole('article', { name: /^Reply: / })
      .count(),
    0,
  );
  await centre(dana).getByRole('button', { name: 'Send anyway' }).click();
  await centre(priya).getByRole('article').filter({ hasText: 'It weighs 900 g.' }).waitFor();
  await goesOn(who, 'and how long?', post);
  for (const page of [dana, priya]) {
    await centre(page).getByRole('article').filter({ hasText: 'and how long?' }).waitFor();
    await agree(page);
  }
  await press(priya, 'e');
  await until('done', async () => (await active(thread.id)) === 0);
  await centre(dana).getByRole('button', { name: 'Reopen' }).waitFor();
  await agree(dana);
});

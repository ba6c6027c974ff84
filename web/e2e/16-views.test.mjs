// Views that a team keeps: made by a lead in place, seen at once by everybody, counted as their lists are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, desk, list, listed } from './desk.mjs';
import { api, asks } from './people.mjs';
import { until } from './wait.mjs';

const rail = (page) => page.getByRole('navigation', { name: 'Views' });
const field = (page) => list(page).getByRole('textbox', { name: 'Name of the view' });

/** The link of a view says what its list adds up to. */
async function agrees(page, name) {
  await until(`the number of ${name} is its list's`, async () => {
    const { items } = await (await page.request.get('/api/v1/views')).json();
    const view = items.find((one) => one.name === name);
    const sum = await counted(page, new URLSearchParams(view.filter).toString());
    const shown = await rail(page).getByRole('link', { name }).innerText();
    return view.count === sum && Number(shown.match(/\d+/)?.[0] ?? 0) === sum && sum;
  });
}

test('a lead saves a filtered list; a CSR sees it at once, opens it and may not change it', async () => {
  const word = `zephyr${process.pid}`;
  const { row: thread } = await asks('Nele Brandt', `is the ${word} waterproof?`);
  const dana = await desk('dana');
  const priya = await desk('priya', '/?view=unassigned');
  assert.equal(
    await list(priya).getByRole('button', { name: 'Save view' }).count(),
    0,
    'nothing is filtered',
  );
  await priya.goto(`/?view=unassigned&kind=feeds&q=${word}`);
  await listed(priya, thread).waitFor();

  await list(priya).getByRole('button', { name: 'Save view' }).click();
  await field(priya).press('Escape');
  await field(priya).waitFor({ state: 'detached' });
  await priya.keyboard.press('Enter');
  await field(priya).fill('Wet tents');
  await field(priya).press('Enter');
  const made = rail(priya).getByRole('link', { name: 'Wet tents' });
  await made.waitFor();
  assert.equal(await made.getAttribute('aria-current'), 'page');
  await agrees(priya, 'Wet tents');

  // No step of Dana's: she is told.
  await rail(dana).getByRole('link', { name: 'Wet tents' }).click();
  await listed(dana, thread).waitFor();
  const at = new URL(dana.url()).searchParams;
  assert.deepEqual([at.get('view'), at.get('kind'), at.get('q')], ['unassigned', 'feeds', word]);
  await agrees(dana, 'Wet tents');
  assert.equal(
    await list(dana)
      .getByRole('button', { name: /Rename|Delete|Save view/ })
      .count(),
    0,
  );
  await asks('Ole Brandt', `and the ${word} in red?`);
  await agrees(dana, 'Wet tents');
  await dana.goBack();
  await until('back to all', () => new URL(dana.url()).search === '');
  assert.equal(await rail(dana).getByRole('link', { name: /^All/ }).getAttribute('aria-current'), 'page');

  await list(priya).getByRole('button', { name: 'Rename: Wet tents' }).click();
  await field(priya).fill('Dry tents');
  await field(priya).press('Enter');
  await rail(dana).getByRole('link', { name: 'Dry tents' }).waitFor();
  await list(priya).getByRole('button', { name: 'Delete: Dry tents' }).click();
  await list(priya).getByText('Delete “Dry tents” for everybody?').waitFor();
  await list(priya).getByRole('button', { name: 'Delete', exact: true }).click();
  await rail(dana).getByRole('link', { name: 'Dry tents' }).waitFor({ state: 'detached' });
  await list(priya).getByRole('button', { name: 'Save view' }).waitFor();
});

test('a name that is taken is refused beside the field, and a view whose label went says so', async () => {
  const { label_id } = await api('/labels', {
    method: 'POST',
    body: { name: 'Spare parts', colour: '#0b6e69' },
  });
  const made = await api('/views', { method: 'POST', body: { name: 'Parts', filter: { label: label_id } } });
  const priya = await desk('priya', '/?language=fo');
  await list(priya).getByRole('button', { name: 'Save view' }).click();
  await field(priya).fill('PARTS');
  await field(priya).press('Enter');
  await list(priya).getByRole('alert').filter({ hasText: 'already' }).waitFor();
  await api(`/labels/${label_id}`, { method: 'DELETE' });
  await priya.reload();
  await rail(priya).getByRole('link', { name: 'Parts' }).click();
  await list(priya).getByText('The label of this view was deleted').waitFor();
  await api(`/views/${made.view_id}`, { method: 'DELETE' });
  await rail(priya).getByRole('link', { name: 'Parts' }).waitFor({ state: 'detached' });
});

// One test for each key. The sheet of keys is the desk's own map: a key on it that has no test here fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, press } from './desk.mjs';
import { aroundKeys } from './keys/around.mjs';
import { listKeys } from './keys/list.mjs';
import { rowKeys } from './keys/row.mjs';
import { threadKeys } from './keys/thread.mjs';

const ALL = [...listKeys, ...rowKeys, ...threadKeys, ...aroundKeys];

for (const [key, what, proof] of ALL) test(`${key} ${what}`, proof);

test('every key of the sheet has a test, and every test a key of the sheet', async () => {
  const page = await desk();
  await press(page, '?');
  const sheet = page.getByRole('dialog', { name: 'Keys' });
  await sheet.waitFor();
  const shown = await sheet
    .locator('dd')
    .evaluateAll((all) =>
      all.map((one) => [...one.querySelectorAll('kbd')].map((cap) => cap.textContent).join(' ')),
    );
  assert.deepEqual(shown.toSorted(), ALL.map(([key]) => key).toSorted());
});

test('bare keys are text in a field, and do nothing where they are switched off', async () => {
  const page = await desk('theo', '/?view=snoozed');
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.focus();
  await page.keyboard.type('ge1');
  assert.equal(await search.inputValue(), 'ge1');
  await page.goto('/settings');
  const keys = page.getByRole('group', { name: 'Single keys' });
  await keys.getByText('Off').click();
  await press(page, 'g m');
  await press(page, '?');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'All actions' }).waitFor();
  assert.equal(await page.getByRole('dialog', { name: 'Keys' }).count(), 0);
  assert.equal(new URL(page.url()).pathname, '/settings');
  // Nor are they named: not in the palette, not beside the search.
  const undo = page.getByRole('option', { name: 'Undo' });
  await undo.waitFor();
  assert.equal(await undo.locator('kbd').count(), 0);
  assert.equal(await page.locator('.search kbd').count(), 0);
  await page.keyboard.press('Escape');
  await keys.getByText('On').click();
  await page.locator('.search kbd').waitFor();
  await press(page, 'g m');
  await page.waitForURL(/view=mine/);
});

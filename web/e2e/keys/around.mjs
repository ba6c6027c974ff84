// Keys that lead somewhere, and those that work everywhere.
import assert from 'node:assert/strict';
import { centre, desk, list, opened, panel, press } from '../desk.mjs';
import { asks } from '../people.mjs';
import { until } from '../wait.mjs';

/** From an address that it is not, to the one that it is. */
const leads = (key, what, search) => [
  key,
  `goes to ${what}`,
  async () => {
    const page = await desk('dana', '/?view=snoozed');
    await list(page).getByRole('link', { name: 'Active', exact: true }).waitFor();
    await press(page, key);
    await page.waitForURL((url) => url.pathname === '/' && url.search === search);
  },
];

const tile = (key, name) => [
  key,
  `opens ${name}`,
  async () => {
    const page = await desk('dana', '/?view=snoozed');
    const link = page.getByRole('group', { name: 'Overview' }).getByRole('link', { name });
    await until('the tile has its number', async () => /\d/.test(await link.innerText()));
    await press(page, key);
    await until(
      `${name} is the one that is shown`,
      async () => (await link.getAttribute('aria-current')) === 'page',
    );
    assert.equal(new URL(page.url()).pathname, '/');
  },
];

export const aroundKeys = [
  leads('g a', 'Active', ''),
  leads('g d', 'Done', '?tab=done'),
  leads('g m', 'Mine', '?view=mine'),
  leads('g u', 'Unassigned', '?view=unassigned'),
  tile('1', 'Active'),
  tile('2', 'Done today'),
  tile('3', 'X today'),
  [
    '[',
    'hides the list and shows it again',
    async () => {
      const { row } = await asks('Lotte Left', 'on the left');
      const page = await opened(row);
      await press(page, '[');
      await list(page).waitFor({ state: 'hidden' });
      await press(page, '[');
      await list(page).waitFor();
    },
  ],
  [
    ']',
    'hides the action panel and shows it again',
    async () => {
      const { row } = await asks('Rolf Right', 'on the right');
      // Where the panel slides over the page, whether it is open is nobody's setting.
      const page = await opened(row, 'dana', { viewport: { width: 1100, height: 800 } });
      await press(page, ']');
      await panel(page).waitFor();
      await press(page, ']');
      await panel(page).waitFor({ state: 'detached' });
    },
  ],
  [
    'F6',
    'goes from region to region, from fields too',
    async () => {
      const { row } = await asks('Fina Six', 'round and round');
      const page = await opened(row);
      await panel(page).getByRole('button', { name: 'Create Case' }).waitFor();
      await page.evaluate(() => document.activeElement?.blur?.());
      for (const region of ['list', 'centre', 'composer', 'right', 'list']) {
        await page.keyboard.press('F6');
        await until(`the focus is in ${region}`, () =>
          page.evaluate((wanted) => {
            const at = document.activeElement;
            if (wanted === 'composer') return at?.matches('.composer textarea');
            return !at?.matches('textarea') && at?.closest('[data-region]')?.dataset.region === wanted;
          }, region),
        );
      }
    },
  ],
  [
    'Ctrl K',
    'shows every act by name, from fields too, and does the chosen one',
    async () => {
      const page = await desk();
      await page.getByRole('searchbox', { name: 'Search' }).focus();
      await page.keyboard.press('Control+k');
      const palette = page.getByRole('dialog', { name: 'All actions' });
      await palette.getByRole('combobox').fill('go to mine');
      await page.keyboard.press('Enter');
      await palette.waitFor({ state: 'detached' });
      await page.waitForURL(/view=mine/);
    },
  ],
  [
    '?',
    'shows the keys and hides them again',
    async () => {
      const page = await desk();
      await press(page, '?');
      const sheet = page.getByRole('dialog', { name: 'Keys' });
      await sheet.waitFor();
      await page.keyboard.press('?');
      await sheet.waitFor({ state: 'detached' });
      await centre(page).waitFor();
    },
  ],
];

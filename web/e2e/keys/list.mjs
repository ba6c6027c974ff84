// Keys in the list: [as the sheet prints them, what they do, the proof].
import assert from 'node:assert/strict';
import { centre, desk, list, listed, opened, press } from '../desk.mjs';
import { asks, goesOn, posts, row, tells } from '../people.mjs';
import { until } from '../wait.mjs';

/** The list of one person alone, with two rows: nothing of other flows moves it. */
async function two(name) {
  const { who, row: feeds } = await asks(name, 'does the strap fit?');
  await tells(who, 'and here in private');
  const messages = await row(who, { kind: 'messages' });
  const page = await desk('dana', `/?person=${who.id}&sort=newest`);
  for (const one of [feeds, messages]) await listed(page, one).waitFor();
  const order = await list(page)
    .locator('[data-row]')
    .evaluateAll((all) => all.map((one) => one.dataset.row));
  return { page, who, feeds, messages, order };
}

const focused = (page, id) =>
  until(`the focus is on the row ${id}`, () =>
    page.evaluate((wanted) => document.activeElement?.dataset?.row === wanted, id),
  );

async function walk(page, keys) {
  for (const key of keys) {
    await page.keyboard.press(key);
    await until('the focus is in the list', () =>
      page.evaluate(() => Boolean(document.activeElement?.dataset?.row)),
    );
  }
}

export const listKeys = [
  [
    'j',
    'goes to the next row',
    async () => {
      const { page, order } = await two('Jana Down');
      await walk(page, ['j']);
      await focused(page, order[0]);
      await page.keyboard.press('j');
      await focused(page, order[1]);
    },
  ],
  [
    'k',
    'goes to the row before',
    async () => {
      const { page, order } = await two('Kurt Upper');
      await walk(page, ['j']);
      await page.keyboard.press('j');
      await focused(page, order[1]);
      await page.keyboard.press('k');
      await focused(page, order[0]);
    },
  ],
  [
    'Enter',
    'opens the row, with the focus on what is to be answered',
    async () => {
      const { page, order } = await two('Enno Open');
      await walk(page, ['j']);
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.pathname === `/t/${order[0]}`);
      await until('the focus is on the target', () =>
        page.evaluate(() => document.activeElement?.matches('article.target') ?? false),
      );
    },
  ],
  [
    'u',
    'goes back to the list',
    async () => {
      const { row: thread } = await asks('Ulla Back', 'back to you');
      const page = await opened(thread);
      await listed(page, thread).waitFor();
      await press(page, 'u');
      await focused(page, thread.id);
    },
  ],
  [
    'x',
    'selects the row and lets it go again',
    async () => {
      const { page } = await two('Xaver Pick');
      await walk(page, ['j']);
      await page.keyboard.press('x');
      const bar = list(page).getByRole('group', { name: '1 selected' });
      await bar.waitFor();
      await page.keyboard.press('x');
      await bar.waitFor({ state: 'detached' });
    },
  ],
  [
    '.',
    'shows what came while the hand was in the list',
    async () => {
      const { page, who, feeds } = await two('Dora Point');
      await listed(page, feeds).hover();
      const top = async () => (await listed(page, feeds).boundingBox()).y;
      const before = await top();
      await posts(who, 'a second question altogether');
      await until('three rows', async () => {
        await row(who);
        return true;
      });
      const pill = list(page).getByRole('button', { name: /1 new/ });
      await pill.waitFor();
      assert.equal(await top(), before, 'no row moves under the hand');
      assert.equal(await list(page).locator('[data-row]').count(), 2);
      await page.keyboard.press('.');
      await pill.waitFor({ state: 'detached' });
      await list(page).getByText('a second question altogether').waitFor();
    },
  ],
  [
    'w',
    'says why the row ranks where it does: of several items the one that ranks highest',
    async () => {
      const { who, post } = await asks('Wim Whyme', 'does the strap fit?');
      await goesOn(who, 'thank you', post);
      const both = await row(who, { count: 2 });
      const page = await desk('dana', `/?person=${who.id}&sort=priority`);
      await listed(page, both).waitFor();
      await walk(page, ['j']);
      const rank = await list(page)
        .locator('[data-row]')
        .getByText(/^Priority \d+$/)
        .innerText();
      await page.keyboard.press('w');
      const why = page.getByRole('dialog', { name: 'Why it ranks here' });
      await why.getByText(rank, { exact: true }).waitFor();
      await why.getByText('Question').waitFor();
      await page.keyboard.press('Escape');
      await why.waitFor({ state: 'detached' });
    },
  ],
  [
    '/',
    'goes to the search, without writing itself there',
    async () => {
      const { page, feeds } = await two('Sasa Lookup');
      await page.keyboard.press('/');
      await page.keyboard.type('no such thing');
      assert.equal(await page.getByRole('searchbox', { name: 'Search' }).inputValue(), 'no such thing');
      await page.waitForURL(/q=no/);
      await listed(page, feeds).waitFor({ state: 'detached' });
      await centre(page).waitFor();
    },
  ],
];

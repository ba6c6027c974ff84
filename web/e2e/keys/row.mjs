// Keys that do something with a row.
import assert from 'node:assert/strict';
import { desk, notice, opened, press } from '../desk.mjs';
import { api, asks } from '../people.mjs';
import { until } from '../wait.mjs';

const head = (row) => api(`/threads/${row.id}`);
const active = async (row) => {
  const { open, draft } = await head(row);
  return open + draft;
};
const becomes = (row, count) => until(`${count} active`, async () => (await active(row)) === count);

export const rowKeys = [
  [
    'e',
    'marks the row Done',
    async () => {
      const { row } = await asks('Edda Done', 'is it done?');
      await press(await opened(row), 'e');
      await becomes(row, 0);
    },
  ],
  [
    'z',
    'takes the last act back',
    async () => {
      const { row } = await asks('Zita Undo', 'take it back?');
      const page = await opened(row);
      await press(page, 'e');
      await notice(page, '1 item done').waitFor();
      await press(page, 'z');
      await becomes(row, 1);
    },
  ],
  [
    'Shift E',
    'opens what was done again',
    async () => {
      const { row } = await asks('Edgar Again', 'once more?');
      await api(`/threads/${row.id}/done`, { method: 'POST', body: { through: row.item_id } });
      const page = await desk('dana', `/t/${row.id}?tab=done`);
      await page.getByRole('button', { name: 'Reopen' }).first().waitFor();
      await press(page, 'Shift+E');
      await becomes(row, 1);
    },
  ],
  [
    'i',
    'assigns the row to me',
    async () => {
      const { row } = await asks('Ines Mine', 'who takes it?');
      await press(await opened(row), 'i');
      await until('it is Dana’s', async () => (await head(row)).assignee?.name === 'Dana Ortiz');
    },
  ],
  [
    'Shift I',
    'assigns the row to a colleague',
    async () => {
      const { row } = await asks('Ivo Yours', 'who else takes it?');
      const page = await opened(row);
      await press(page, 'Shift+I');
      const who = page.getByRole('dialog', { name: 'Assign to' });
      await who.getByRole('combobox').fill('Priya');
      await page.keyboard.press('Enter');
      await who.waitFor({ state: 'detached' });
      await until('it is Priya’s', async () => (await head(row)).assignee?.name === 'Priya Raman');
    },
  ],
  [
    'h',
    'lets the row sleep',
    async () => {
      const { row } = await asks('Hanna Sleep', 'no hurry');
      const page = await opened(row);
      await press(page, 'h');
      await page.getByRole('dialog', { name: 'Snooze until' }).waitFor();
      await page.keyboard.press('Enter');
      await until('it sleeps', async () => (await head(row)).snoozed_until);
    },
  ],
  [
    'l',
    'labels the row',
    async () => {
      const name = `urgent ${crypto.randomUUID().slice(0, 6)}`;
      const { label_id } = await api('/labels', { method: 'POST', body: { name, colour: '#b42318' } });
      const { row } = await asks('Lars Label', 'what am I?');
      const page = await opened(row);
      await press(page, 'l');
      const labels = page.getByRole('dialog', { name: 'Labels' });
      await labels.getByRole('combobox').fill(name);
      await page.keyboard.press('Enter');
      await until('it has the label', async () => (await head(row)).labels.includes(label_id));
      await page.keyboard.press('Escape');
      await labels.waitFor({ state: 'detached' });
      assert.deepEqual((await head(row)).labels, [label_id]);
    },
  ],
];

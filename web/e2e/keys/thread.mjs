// Keys in a conversation and in its composer.
import assert from 'node:assert/strict';
import { centre, desk, field, opened, panel, press } from '../desk.mjs';
import { api, asks, goesOn, row, sim, tells } from '../people.mjs';
import { until } from '../wait.mjs';

const onFocus = (locator) =>
  until('the field has the focus', () => locator.evaluate((node) => node === document.activeElement));
const targeted = (page, text) => centre(page).locator('article.target').filter({ hasText: text }).waitFor();

/** A person with a public and a private conversation. */
async function both(name) {
  const { who, row: feeds } = await asks(name, 'in public');
  await tells(who, 'in private');
  return { feeds, messages: await row(who, { kind: 'messages' }) };
}

/** A person who wrote twice in one conversation, open at the first. */
async function twice(name) {
  const { who, post, row: thread } = await asks(name, 'the first');
  await goesOn(who, 'the second', post);
  await row(who, { count: 2 });
  const page = await opened(thread);
  await targeted(page, 'the first');
  return page;
}

async function written(name, text) {
  const { row: thread } = await asks(name, 'please answer');
  const page = await opened(thread);
  await field(page).fill(text);
  return { page, thread };
}

const onX = (text) =>
  until('it is on X', async () => (await sim('/posts')).some((one) => one.text.includes(text)));

export const threadKeys = [
  [
    'r',
    'goes to the reply',
    async () => {
      const { row: thread } = await asks('Rita Reply', 'reply to me');
      const page = await opened(thread);
      await press(page, 'r');
      await onFocus(field(page));
    },
  ],
  [
    'n',
    'goes to the note',
    async () => {
      const { row: thread } = await asks('Nils Note', 'note me');
      const page = await opened(thread);
      await press(page, 'n');
      await onFocus(field(page, 'Note for your team'));
    },
  ],
  [
    'f',
    'shows the posts of the person',
    async () => {
      const { feeds, messages } = await both('Fred Feeds');
      const page = await opened(messages);
      await centre(page)
        .getByRole('link', { name: /^Feeds/ })
        .waitFor();
      await press(page, 'f');
      await page.waitForURL((url) => url.pathname === `/t/${feeds.id}`);
    },
  ],
  [
    'm',
    'shows the messages of the person',
    async () => {
      const { feeds, messages } = await both('Mona Messages');
      const page = await opened(feeds);
      await centre(page)
        .getByRole('link', { name: /^Messages/ })
        .waitFor();
      await press(page, 'm');
      await page.waitForURL((url) => url.pathname === `/t/${messages.id}`);
    },
  ],
  [
    'o',
    'goes to the next target',
    async () => {
      const page = await twice('Otto Next');
      await press(page, 'o');
      await targeted(page, 'the second');
    },
  ],
  [
    'p',
    'goes to the target before',
    async () => {
      const page = await twice('Paula Previous');
      await press(page, 'o');
      await targeted(page, 'the second');
      await press(page, 'p');
      await targeted(page, 'the first');
    },
  ],
  [
    'a',
    'opens Attach Customer',
    async () => {
      const { row: thread } = await asks('Arne Attach', 'you know me');
      const page = await opened(thread);
      await panel(page).getByRole('button', { name: 'Attach Customer' }).waitFor();
      await press(page, 'a');
      await onFocus(panel(page).getByRole('searchbox', { name: 'Find a customer' }));
    },
  ],
  [
    'c',
    'opens Create Case',
    async () => {
      const { row: thread } = await asks('Carla Case', 'make a case of it');
      const page = await opened(thread);
      await panel(page).getByRole('button', { name: 'Create Case' }).waitFor();
      await press(page, 'c');
      await panel(page).getByRole('form', { name: 'New case' }).waitFor();
      await until('the focus is in the form', () =>
        page.evaluate(() => Boolean(document.activeElement?.closest('[data-form="case"]'))),
      );
    },
  ],
  [
    'Ctrl Enter',
    'sends, from inside the field',
    async () => {
      const { page } = await written('Cleo Send', 'Sent by a chord, Cleo.');
      await field(page).press('Control+Enter');
      await onX('Sent by a chord, Cleo.');
    },
  ],
  [
    'Ctrl Shift Enter',
    'sends and marks Done',
    async () => {
      const { page, thread } = await written('Curt Sendoff', 'Sent and done, Curt.');
      await field(page).press('Control+Shift+Enter');
      await until('it is done', async () => (await api(`/threads/${thread.id}`)).open === 0);
      await onX('Sent and done, Curt.');
    },
  ],
  [
    ';',
    'opens the saved replies, and writes the chosen one',
    async () => {
      const title = `hours ${crypto.randomUUID().slice(0, 6)}`;
      const body = { title, text: 'We are here from nine to six, {{name}}.', kind: 'any' };
      await api('/saved-replies', { method: 'POST', body });
      const { page } = await written('Sina Saved', '');
      await field(page).press(';');
      const saved = page.getByRole('dialog', { name: 'Saved replies' });
      await saved.getByRole('combobox').fill(title);
      await page.keyboard.press('Enter');
      await until('it is written', async () => (await field(page).inputValue()).endsWith('to six, Sina.'));
    },
  ],
  [
    'Esc',
    'leaves the field and keeps the draft',
    async () => {
      const { page, thread } = await written('Elsa Leave', 'half a sentence');
      await page.keyboard.press('Escape');
      assert.ok(await page.evaluate(() => document.activeElement === document.body));
      await centre(page).getByText('Draft kept').waitFor();
      const again = await desk('dana', `/t/${thread.id}`);
      await until('the draft is there', async () => (await field(again).inputValue()) === 'half a sentence');
    },
  ],
];

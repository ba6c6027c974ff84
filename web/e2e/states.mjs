// The states of the desk that are looked at, and the conversations that they show.
import { centre, field, list, listed, panel } from './desk.mjs';
import { api, asks, goesOn, tells } from './people.mjs';
import { until } from './wait.mjs';

/** One person with a conversation of every kind of line, a customer and a case. */
export async function world() {
  const { who, post, row } = await asks(
    'Marta Engelbrecht',
    'my Tarn boots from order 88123 came apart on the second walk, the sole is off on the left one. What can you do about it? 🥾',
  );
  await tells(who, 'My order number is 88123, and I moved house: the new address is 12 Mill Lane.');
  const id = encodeURIComponent(row.item_id);
  const reply = await api(`/items/${id}/replies`, {
    method: 'POST',
    body: { text: 'Sorry about that, Marta. Could you send us a picture of the sole?' },
  });
  const { customer_id } = await api('/customers', {
    method: 'POST',
    body: { name: 'Marta Engelbrecht', email: 'marta@mail.example', phone: '+43 660 5550144' },
  });
  await api(`/people/${who.id}/customer`, { method: 'PUT', body: { customer_id, basis: 'told-us' } });
  await api('/cases', {
    method: 'POST',
    body: { item_id: row.item_id, reason_code: 'damaged', note: 'Sole off after two walks.' },
  });
  await api(`/threads/${row.id}/notes`, { method: 'POST', body: { body: 'Second pair of this batch.' } });
  await until('the reply is on X', async () => (await api(`/replies/${reply.reply_id}`)).state === 'posted');
  await goesOn(who, 'I will, this evening.', post);
  const messages = await until('both conversations stand there', async () => {
    const { items } = await api(`/threads?tab=active&person=${who.id}`);
    const posts = items.find((one) => one.kind === 'feeds');
    return posts?.count >= 2 && posts.case_nos.length && items.find((one) => one.kind === 'messages');
  });
  const [{ case_no }] = (await api(`/threads/${row.id}`)).cases;
  const { row: bare } = await asks('Theresa Quist', 'which of your tents stands up to a storm?');
  return { who, row, messages, customer_id, case_no, bare };
}

const articles = (page) => centre(page).getByRole('article').nth(1).waitFor();
const asked = (page) =>
  centre(page)
    .getByText(/(Public reply|Private message): yes/)
    .waitFor();
const thread = async (page) => {
  await centre(page).getByRole('article').first().waitFor();
  await asked(page);
};
const heading = (name) => (page) => page.getByRole('heading', { name }).first().waitFor();
const rows = (page) => list(page).locator('[data-row]').first().waitFor();

/** Name, address, what is done there; `wide` states are looked at in every width. */
export const STATES = [
  { name: 'sign-in', who: null, at: () => '/sign-in', then: (page) => page.getByLabel('Password').waitFor() },
  { name: 'list-feeds', wide: true, at: () => '/?kind=feeds', then: rows },
  { name: 'list-messages', at: () => '/?kind=messages', then: rows },
  { name: 'list-not-readable', who: 'theo', at: () => '/?kind=messages', then: rows },
  {
    name: 'list-empty',
    at: () => '/?view=snoozed&kind=messages&language=fo',
    then: (page) => list(page).getByText('Nothing here with this filter').waitFor(),
  },
  {
    name: 'search-empty',
    at: () => '/?q=zanzibar-zeppelin',
    then: (page) =>
      list(page)
        .getByText(/Nothing found for/)
        .waitFor(),
  },
  {
    name: 'list-error',
    at: () => '/settings',
    then: async (page) => {
      await page.route(/\/api\/v1\/threads\?/, (route) => route.abort());
      await page.getByRole('link', { name: 'Unassigned' }).click();
      await list(page).getByRole('button', { name: 'Retry' }).waitFor();
    },
  },
  { name: 'view-unassigned', at: () => '/?view=unassigned', then: rows },
  {
    name: 'view-save',
    who: 'priya',
    at: () => '/?kind=messages&language=fo',
    then: async (page) => {
      await list(page).getByRole('button', { name: 'Save view' }).click();
      await list(page).getByRole('textbox', { name: 'Name of the view' }).waitFor();
    },
  },
  {
    name: 'list-selected',
    at: () => '/?kind=feeds',
    then: async (page) => {
      await rows(page);
      for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
      await list(page).getByRole('group', { name: '2 selected' }).waitFor();
    },
  },
  {
    name: 'thread-public',
    wide: true,
    at: (w) => `/t/${w.row.id}`,
    then: async (page) => {
      await articles(page);
      await thread(page);
      // Where the panel is beside the conversation.
      if (page.viewportSize().width >= 1200)
        await panel(page).getByRole('link', { name: 'Open dashboard' }).waitFor();
    },
  },
  { name: 'thread-private', wide: true, at: (w) => `/t/${w.messages.id}?kind=messages`, then: thread },
  {
    name: 'thread-note',
    at: (w) => `/t/${w.bare.id}`,
    then: async (page) => {
      await thread(page);
      await page.keyboard.press('n');
      await field(page, 'Note for your team').waitFor();
    },
  },
  {
    name: 'thread-gone',
    at: () => '/t/cC4xLjE',
    then: (page) => page.getByRole('heading', { name: 'Not here' }).waitFor(),
  },
  {
    name: 'panel-attach',
    at: (w) => `/t/${w.bare.id}`,
    then: async (page) => {
      await thread(page);
      await page.keyboard.press('a');
      await panel(page).getByRole('searchbox', { name: 'Find a customer' }).fill('Marta');
      await panel(page).getByRole('radio', { name: 'Marta Engelbrecht' }).first().check();
    },
  },
  {
    name: 'panel-case',
    at: (w) => `/t/${w.bare.id}`,
    then: async (page) => {
      await thread(page);
      await page.keyboard.press('c');
      await panel(page).getByRole('combobox', { name: 'Reason code' }).waitFor();
    },
  },
  { name: 'case', wide: true, at: (w) => `/cases/${w.case_no}`, then: heading(/^Case \d/) },
  { name: 'customer', at: (w) => `/customers/${w.customer_id}`, then: heading('Marta Engelbrecht') },
  { name: 'channels', who: 'sam', at: () => '/channels', then: heading('@northwindgear') },
  { name: 'settings-own', at: () => '/settings', then: heading('Settings') },
  { name: 'settings-codes', who: 'sam', at: () => '/settings?part=codes', then: heading('Reason') },
  {
    name: 'settings-users',
    who: 'sam',
    at: () => '/settings?part=users',
    then: (page) => page.getByText('theo@northwind.example').waitFor(),
  },
  { name: 'settings-audit', who: 'sam', at: () => '/settings?part=audit', then: heading('Audit') },
  {
    name: 'settings-config',
    who: 'sam',
    at: () => '/settings?part=config',
    then: (page) => page.getByText('The first that was seen').waitFor(),
  },
  {
    name: 'palette',
    at: (w) => `/t/${w.row.id}`,
    then: async (page) => {
      await thread(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'All actions' }).waitFor();
    },
  },
  {
    name: 'sheet',
    at: (w) => `/t/${w.row.id}`,
    then: async (page) => {
      await thread(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    },
  },
  {
    name: 'session-ended',
    live: false,
    at: (w) => `/t/${w.row.id}`,
    then: async (page, w) => {
      await thread(page);
      await page.context().clearCookies();
      // Under the dialog, should another call have told of it already.
      await listed(page, w.bare).dispatchEvent('click');
      await page.getByRole('dialog', { name: 'You were signed out' }).waitFor();
    },
  },
];

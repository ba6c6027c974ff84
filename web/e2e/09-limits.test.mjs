// Budgets and accounts at X: what the desk says when nothing can be sent. In a company of its own, whose
// budgets and keys no other flow needs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, centre, desk, field, list, opened } from './desk.mjs';
import { juniper, sim } from './people.mjs';
import { until } from './wait.mjs';

const { api, asks, whispers } = juniper;
const OF = 15;
const at = { org: 'juniper' };
const bubble = (page, state) => centre(page).getByRole('article', { name: `Reply: ${state}` });

test('messages beyond the budget wait: their place and time are shown, and they can be taken back', async () => {
  const { row: busy } = await whispers('Bruno Batch', 'are you there?');
  const { who, row: late } = await whispers('Lotte Later', 'and for me?');
  for (let n = 1; n <= OF; n += 1)
    await api(`/threads/${busy.id}/messages`, { method: 'POST', body: { text: `Part ${n} of our answer.` } });
  await until('all of them went', async () => {
    const { items } = await api(`/replies?state=posted&thread=${busy.id}&limit=50`);
    return items.length === OF;
  });

  const page = await opened(late, 'dana', at);
  const time = /next slot \d\d:\d\d/;
  await centre(page)
    .getByText(new RegExp(`0 of ${OF} left · ${time.source}`))
    .waitFor();
  const sent = async (text, place) => {
    await field(page, 'Private message').fill(text);
    await centre(page)
      .getByRole('button', { name: `Send private message to @${who.handle}` })
      .click();
    const waits = new RegExp(`message budget used up, place ${place}, goes about \\d\\d:\\d\\d`);
    await bubble(page, 'Queued').filter({ hasText: text }).getByText(waits).waitFor();
  };
  await sent('As soon as we may, Lotte.', 1);
  // Behind the other one in the same conversation: not due, and told its place all the same.
  await sent('And one thing more.', 2);
  const { sends } = await sim(`/sends?text=${encodeURIComponent('As soon as we may, Lotte.')}`);
  assert.deepEqual(sends, [], 'X was not made to say no');

  await bubble(page, 'Queued')
    .filter({ hasText: 'As soon as' })
    .getByRole('button', { name: 'Cancel' })
    .click();
  await until(
    'the text is back',
    async () => (await field(page, 'Private message').inputValue()) === 'As soon as we may, Lotte.',
  );
  await bubble(page, 'Queued')
    .getByText(/place 1/)
    .waitFor();
  await agree(page);
});

test('a broken channel: said on Channels, over the list and over the composer, until it is mended', async () => {
  const { row } = await asks('Kira Cut', 'can you hear me?');
  const apps = await sim('/apps');
  const app = apps.find((one) => one.key === 'demo-juniper');
  const [{ user, token, secret, permission }] = app.oauth1;
  const words = /X does not accept our keys: nothing can be sent/;
  const ruth = await desk('ruth', '/channels', at);
  const dana = await opened(row, 'dana', at);
  const small = await opened(row, 'dana', { ...at, viewport: { width: 700, height: 800 } });
  const check = async () => {
    const button = ruth.getByRole('button', { name: 'Check', exact: true });
    await button.click();
  };
  await sim(`/tokens/${token}`, undefined, 'DELETE');
  try {
    await check();
    await ruth.getByText(words).first().waitFor();
    await ruth.getByText('Broken', { exact: true }).first().waitFor();
    await list(dana)
      .getByRole('alert', { name: 'Something is wrong with a channel' })
      .getByText(words)
      .waitFor();
    for (const page of [dana, small]) await centre(page).getByText(words).waitFor();
    await list(small).waitFor({ state: 'hidden' });
    await field(dana).fill('We can, Kira.');
    await field(dana).press('Control+Enter');
    await bubble(dana, 'Not sent').getByRole('button', { name: 'Edit and resend' }).waitFor();
    await agree(dana);
  } finally {
    await sim('/tokens', { app: app.id, user: String(user), oauth1: { token, secret, permission } });
  }
  await check();
  await ruth.getByText(words).first().waitFor({ state: 'detached' });
  await list(dana)
    .getByRole('alert', { name: 'Something is wrong with a channel' })
    .waitFor({ state: 'detached' });
  await bubble(dana, 'Not sent').getByRole('button', { name: 'Edit and resend' }).click();
  await field(dana).press('Control+Enter');
  await centre(dana).getByRole('article', { name: /^us, / }).filter({ hasText: 'We can, Kira.' }).waitFor();
  await agree(dana);
});

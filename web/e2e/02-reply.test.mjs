// Answering in public and in private; what X refuses, what stays unknown, what is taken back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, centre, field, listed, notice, opened, press } from './desk.mjs';
import { api, asks, posts, row, sim, whispers } from './people.mjs';
import { until } from './wait.mjs';

const PUBLIC = 'Reply publicly as @northwindgear';
const articles = (page, text) => centre(page).getByRole('article').filter({ hasText: text });
const ladder = (page, state) => centre(page).getByRole('article', { name: `Reply: ${state}` });

/** Waits until our text stands there as what X has. */
const posted = (page, text) =>
  centre(page).getByRole('article', { name: /^us, / }).filter({ hasText: text }).waitFor();

/** X refuses the next post that has this in its text. */
const refuses = (body_contains, detail = 'Not permitted.') =>
  sim('/api-faults', {
    endpoint: 'POST /2/tweets',
    kind: 'status',
    status: 403,
    body: { title: 'Forbidden', type: 'about:blank', status: 403, detail },
    times: 1,
    body_contains,
  });

test('a public reply: what X allows, the steps to posted, one bubble with its echo', async () => {
  const { who, post, row: thread } = await asks('Olga Reuter', 'where is order 5512?');
  const page = await opened(thread);
  await centre(page)
    .getByText(/Public reply: yes, they mentioned you/)
    .waitFor();
  const text = 'It left our store this morning, Olga.';
  await field(page).fill(text);
  await agree(page);
  await centre(page).getByRole('button', { name: PUBLIC }).click();
  await ladder(page, 'Queued').waitFor();
  await ladder(page, 'Queued').getByRole('button', { name: 'Cancel' }).waitFor();
  assert.equal(await field(page).inputValue(), '');
  await agree(page);
  await posted(page, text);
  await agree(page);
  // What was said after the reply has come: so has the echo of the reply.
  const ours = (await sim(`/posts`)).find((one) => one.text.includes(text));
  await posts(who, 'thank you', { reply_to: ours.id });
  await articles(page, 'thank you').waitFor();
  assert.equal(await articles(page, text).count(), 1);
  await articles(page, text).getByText('Dana Ortiz via earshot').waitFor();
  const { sends } = await sim(`/sends?text=${encodeURIComponent(text)}`);
  assert.deepEqual(
    sends.map((sent) => [sent.target, sent.ids]),
    [[post.id, [ours.id]]],
    'X was asked once, for an answer to this post',
  );
  await agree(page);
});

test('a queued reply is taken back and its text is in the field again', async () => {
  const { row: thread } = await asks('Hugo Lamm', 'do you ship to Malta?');
  const page = await opened(thread);
  await field(page).fill('Yes, in five days.');
  await field(page).press('Control+Enter');
  await ladder(page, 'Queued').getByRole('button', { name: 'Cancel' }).click();
  await until('the text is back', async () => (await field(page).inputValue()) === 'Yes, in five days.');
  await ladder(page, 'Queued').waitFor({ state: 'detached' });
  await agree(page);
});

test('a private message is answered in private', async () => {
  const { who, row: thread } = await whispers('Ida Brandt', 'my address is wrong in the order');
  const page = await opened(thread);
  await centre(page).getByText('Private', { exact: true }).waitFor();
  await centre(page)
    .getByText(/Private message: yes/)
    .waitFor();
  const text = 'Please send us the right one here.';
  await field(page, 'Private message').fill(text);
  await centre(page)
    .getByRole('button', { name: `Send private message to @${who.handle}` })
    .click();
  await ladder(page, 'Queued').waitFor();
  await posted(page, text);
  assert.equal(await articles(page, text).count(), 1);
  const there = await sim('/posts');
  assert.ok(!there.some((one) => one.text.includes(text)), 'nothing of it is public');
  await agree(page);
});

test('what X refuses is said in its words, and can be changed and sent again', async () => {
  const { row: thread } = await asks('Rosa Imhof', 'my tent leaks');
  const page = await opened(thread);
  const words = 'You are not permitted to perform this action.';
  await refuses('refuse-me', words);
  await field(page).fill('We will replace it. refuse-me');
  await field(page).press('Control+Enter');
  await ladder(page, 'Not sent').getByText(words).waitFor();
  await agree(page);
  const waits = async () =>
    (await api('/threads?tab=active&view=not-sent')).items.some((one) => one.id === thread.id);
  assert.equal(await waits(), true, 'it is in the view of what was not sent');
  await ladder(page, 'Not sent').getByRole('button', { name: 'Edit and resend' }).click();
  await until('the text is back', async () => /refuse-me/.test(await field(page).inputValue()));
  await field(page).fill('We will replace it, Rosa.');
  await field(page).press('Control+Enter');
  await posted(page, 'We will replace it, Rosa.');
  await ladder(page, 'Not sent').waitFor({ state: 'detached' });
  assert.equal(await waits(), false);
  await agree(page);
});

test('who has gone on hears that a reply was not sent, and is led to it', async () => {
  const { row: thread } = await asks('Kaja Berg', 'my stove leaks');
  const { row: other } = await asks('Kaspar Lund', 'my stove is fine');
  const page = await opened(thread);
  await refuses('refuse-this-too');
  await field(page).fill('We will replace it. refuse-this-too');
  await field(page).press('Control+Enter');
  await ladder(page, 'Queued').waitFor();
  await listed(page, other).click();
  await articles(page, 'my stove is fine').waitFor();
  await notice(page, 'Your reply to Kaja Berg was not sent').waitFor();
  await page.getByRole('group', { name: 'Notices' }).getByRole('button', { name: 'Show it' }).click();
  await ladder(page, 'Not sent').waitFor();
});

test('a reply of which X says nothing is unknown, then found, and sent once', async () => {
  const { row: thread } = await asks('Jan Novak', 'the zip is broken');
  const page = await opened(thread);
  await sim('/api-faults', {
    endpoint: 'POST /2/tweets',
    kind: 'status',
    status: 503,
    effect: 'done',
    times: 1,
    body_contains: 'unknown-to-us',
  });
  const text = 'A new zip is on its way. unknown-to-us';
  await field(page).fill(text);
  await field(page).press('Control+Enter');
  await posted(page, text);
  assert.equal(await articles(page, text).count(), 1);
  const there = (await sim('/posts')).filter((one) => one.text.includes('unknown-to-us'));
  assert.equal(there.length, 1);
  await agree(page);
});

test('our own public reply is deleted on X', async () => {
  const { row: thread } = await asks('Mia Kern', 'which size for 1.80 m?');
  const page = await opened(thread);
  const text = 'Size L, Mia.';
  await field(page).fill(text);
  await field(page).press('Control+Enter');
  await posted(page, text);
  const ours = (await sim('/posts')).find((one) => one.text.includes(text));
  await articles(page, text).getByRole('button', { name: 'Delete' }).click();
  await articles(page, text).getByText('Deletes on X for everyone').waitFor();
  await articles(page, text).getByRole('button', { name: 'Delete it' }).click();
  await until('X has it no more', async () => {
    const now = (await sim('/posts')).find((one) => one.id === ours.id);
    return !now || now.deleted || now.deleted_at;
  });
  await articles(page, text).waitFor({ state: 'detached' });
  await agree(page);
});

test('send and Done: closed at once, posted after', async () => {
  const { row: thread } = await asks('Lena Voss', 'can I pay by invoice?');
  const page = await opened(thread);
  const text = 'Yes, choose it at the end, Lena.';
  await field(page).fill(text);
  await field(page).press('Control+Shift+Enter');
  await until('it is done', async () => (await api(`/threads/${thread.id}`)).open === 0);
  await agree(page);
  await until('it is posted', async () => (await sim('/posts')).some((one) => one.text.includes(text)));
  await agree(page);
  const head = await api(`/threads/${thread.id}`);
  assert.equal(head.open + head.draft, 0);
});

test('send and Done of what X refuses: the row is active again', async () => {
  const { who, row: thread } = await asks('Emil Frey', 'is the shop open on Monday?');
  const page = await opened(thread);
  await refuses('from nine to six');
  await field(page).fill('Yes, from nine to six.');
  await field(page).press('Control+Shift+Enter');
  await until('refused', async () => {
    const { items } = await api('/replies?state=failed');
    return items.some((one) => one.thread === thread.id);
  });
  await row(who);
  await agree(page);
  await press(page, 'g a');
  await agree(page);
});

// A post that X withholds: why, asked for again, and filled in place while what is read stands still.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centre, opened } from './desk.mjs';
import { complaints, picture } from './look.mjs';
import { api, goesOn, person, posts, row, sim } from './people.mjs';
import { until } from './wait.mjs';

const FOLLOW_UPS = 12;

const protect = (who, on) => sim('/profiles', { person: who.id, protected: on });
const article = (page, text) => centre(page).getByRole('article').filter({ hasText: text });

test('a hole says why nothing came of it, is filled when it can be, and what is read does not move', async () => {
  const other = await person('Nils Aker');
  const parent = await sim('/posts', { author: `@${other.handle}`, text: 'My tent came without pegs.' });
  await protect(other, true);
  const who = await person('Runa Dahl');
  const answer = await posts(who, 'mine too, what now?', { reply_to: parent.id });
  for (let n = 1; n <= FOLLOW_UPS; n += 1) await goesOn(who, `and another thing, number ${n}`, answer);
  const thread = await row(who, { count: FOLLOW_UPS + 1 });
  const page = await opened(thread);

  const fetch = centre(page).getByRole('button', { name: 'Fetch', exact: true });
  await sim('/api-faults', { endpoint: 'GET /2/tweets', kind: 'status', status: 503, times: 100 });
  await fetch.click();
  await centre(page).getByText('Not fetched: X did not answer').waitFor();
  await sim('/api-faults', [], 'PUT');

  const asked = page.waitForResponse((answer) => answer.url().endsWith('/fetch') && answer.status() === 202);
  await fetch.click();
  await asked;
  await until('X has answered', async () => {
    const { holes } = await api(`/threads/${thread.id}/items`);
    return holes.length === 1 && !holes[0].fetching;
  });
  await centre(page).getByText('1 post not available: protected').waitFor();
  await centre(page).getByText('Not fetched').waitFor({ state: 'detached' });
  assert.deepEqual(await complaints(page), []);
  await picture(page, 'thread-hole');

  await protect(other, false);
  const top = async () => (await article(page, 'mine too, what now?').boundingBox()).y;
  const before = await top();
  await fetch.click();
  await article(page, 'My tent came without pegs.').waitFor();
  await until('what is read stands where it stood', async () => Math.abs((await top()) - before) <= 1, 2_000);
  assert.equal(await fetch.count(), 0);
  await until('the focus is on what came', () =>
    page.evaluate(() => document.activeElement.textContent.includes('My tent came without pegs.')),
  );
});

test('a quoted post that is not there is asked for where it is quoted', async () => {
  const other = await person('Odd Lindal');
  const quote = await sim('/posts', { author: `@${other.handle}`, text: 'These pegs bend.' });
  await protect(other, true);
  const who = await person('Siv Aune');
  await posts(who, 'is this true?', { quote: quote.id });
  const page = await opened(await row(who));
  const asking = article(page, 'is this true?');
  await asking.getByText('Quoted post not available').waitFor();
  const asked = page.waitForResponse((answer) => answer.url().endsWith('/fetch') && answer.status() === 202);
  await asking.getByRole('button', { name: 'Fetch', exact: true }).click();
  await asked;
  await asking.getByText('Quoted post not available: protected').waitFor();
  assert.deepEqual(await complaints(page), []);
  await protect(other, false);
  await asking.getByRole('button', { name: 'Fetch', exact: true }).click();
  await asking.getByText('These pegs bend.').waitFor();
  await asking.getByRole('link', { name: 'Open Odd Lindal’s row' }).waitFor();
  await until('the focus is where it was asked', () =>
    page.evaluate(() => document.activeElement.matches('article')),
  );
});

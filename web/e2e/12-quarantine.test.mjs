// What cannot be handled waits in quarantine: an operator sees it under Channels and sends it again.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { desk, notice } from './desk.mjs';
import { api, demo } from './people.mjs';
import { until } from './wait.mjs';

/** A body as X would sign and deliver it. */
async function delivered(body) {
  const { webhooks } = JSON.parse(readFileSync(join(demo.local, 'demo/x-sim.json'), 'utf8'));
  const { url, secret } = webhooks.find((hook) => hook.url.endsWith('/northwind'));
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(text).digest('base64');
  const headers = { 'x-twitter-webhooks-signature': `sha256=${signature}` };
  await until('it is taken', async () => (await fetch(url, { method: 'POST', headers, body: text })).ok);
}

test('a record in quarantine is seen and sent again', async () => {
  const [{ account }] = (await api('/channels')).accounts;
  const user = { id_str: '77', screen_name: 'nobody', name: 'Nobody' };
  const post = { id_str: '1990000000000000077', created_at: 'Fri Nov 27 08:00:00 +0000 2026', user };
  await delivered({ for_user_id: account, tweet_create_events: [post] });

  const page = await desk('sam', '/channels');
  const shown = page.getByRole('group').filter({ hasText: 'What waits in quarantine' });
  const listed = async () => {
    await page.reload();
    await shown.getByText('What waits in quarantine').click({ timeout: 5_000 });
    return shown.getByRole('listitem').first().innerText({ timeout: 5_000 });
  };
  const record = shown.getByRole('listitem').filter({ hasText: 'x.raw.posts.v1' }).first();
  await until('it is listed', async () => (await listed()).includes('x.raw.posts.v1'));
  const id = (await record.innerText()).match(/posts-\d+-\d+/)[0];
  await record.getByRole('button', { name: 'Send again' }).click();
  await notice(page, 'It was sent again.').waitFor();
  await shown.getByText(id).waitFor({ state: 'detached' });
  // Nothing was mended: it comes back as another record.
  await until('it comes back', async () => {
    const again = await listed();
    return /posts-\d+-\d+/.test(again) && !again.includes(id);
  });
});

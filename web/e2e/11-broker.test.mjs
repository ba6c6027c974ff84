// Kafka is killed while people work: the desk says that it is late, nothing is lost, and it comes back by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agree, centre, opened, press } from './desk.mjs';
import { api, asks, demo, person, posts, row } from './people.mjs';
import { until } from './wait.mjs';

test('the broker is killed and comes back', async () => {
  const { row: thread } = await asks('Bodo Broker', 'still there?');
  const page = await opened(thread);
  const banner = page.getByRole('banner');
  await banner.getByText('Live', { exact: true }).first().waitFor();
  await agree(page);

  process.kill(Number(readFileSync(join(demo.local, 'kafka/pid'), 'utf8')), 'SIGKILL');
  // What is done is done, and what is written is kept, whether or not it can be passed on.
  await press(page, 'e');
  await until('done', async () => (await api(`/threads/${thread.id}`)).open === 0);
  await banner.getByText(/^Catching up \d/).waitFor();
  const who = await person('Berta Between');
  await posts(who, 'written while nobody listened');

  await banner.getByText('Live', { exact: true }).first().waitFor({ timeout: 60_000 });
  // X delivers again half a minute after it was refused.
  const came = await row(who, { within: 90_000 });
  await page.goto(`/t/${came.id}`);
  await centre(page).getByText('written while nobody listened').first().waitFor();
  await agree(page);
});

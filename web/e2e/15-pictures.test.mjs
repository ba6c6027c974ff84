// Faces, from our own host; the initials until they are there.
import { test } from 'node:test';
import { centre, listed, opened, panel } from './desk.mjs';
import { asks } from './people.mjs';

const face = (place) => place.locator('.avatar img:not(.waits)').first();

test('a face comes into the open desk, and initials stand where it cannot be had', async () => {
  const { row: thread } = await asks('Edda Vossen', 'do you have this in blue?');
  // The newest first: among the many of the flows before it would not be on screen.
  const shown = { id: `${thread.id}?sort=newest` };
  const page = await opened(shown);
  for (const place of [listed(page, thread), centre(page), panel(page)]) await face(place).waitFor();
  await listed(page, thread).getByText('EV', { exact: true }).waitFor({ state: 'detached' });

  const without = await opened(shown);
  await without.route('**/api/v1/media/*', (route) => route.abort());
  await without.reload();
  await listed(without, thread).getByText('EV', { exact: true }).waitFor();
  await listed(without, thread).locator('.avatar img').waitFor({ state: 'detached' });
});

// A stream that does not come back is said, and that it is back too.
import { test } from 'node:test';
import { desk } from './desk.mjs';

test('without a stream the desk says that it is offline, and since when; then it is live again', async () => {
  const page = await desk();
  await page.locator('.connection.live').waitFor();
  await page.context().route('**/api/v1/events*', (route) => route.abort());
  await page.reload();
  await page
    .locator('.connection')
    .getByText(/^Offline since \d/)
    .first()
    .waitFor();
  await page.context().unroute('**/api/v1/events*');
  await page.locator('.connection.live').waitFor();
});

// Each state of the desk: axe has nothing against it in light and in dark, it fits its window, and a picture of it
// is kept in test-results for whoever wants to look.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { centre, desk, stranger } from './desk.mjs';
import { complaints, fits, picture, scheme, SCHEMES, WIDTHS } from './look.mjs';
import { STATES, world } from './states.mjs';

const USUAL = 1280;
let w;
before(async () => (w = await world()));

async function opened({ who = 'dana', live = Boolean(who), at, then }, viewport) {
  const page = who ? await desk(who, at(w), { viewport }) : await stranger({ viewport });
  if (!who) await page.goto(at(w));
  await then(page, w);
  if (live) await page.locator('.connection.live').waitFor();
  return page;
}

for (const state of STATES)
  test(`${state.name}: axe is content, in light and in dark`, async () => {
    const page = await opened(state, { width: USUAL, height: 800 });
    for (const shown of SCHEMES) {
      await scheme(page, shown);
      await picture(page, `${state.name}-${USUAL}-${shown}`);
      assert.deepEqual(await complaints(page), [], `${state.name}, ${shown}`);
    }
    await fits(page, state.name);
  });

for (const state of STATES.filter((one) => one.wide))
  test(`${state.name}: fits windows of every width`, async () => {
    const page = await opened(state, { width: WIDTHS[0], height: 800 });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width < 600 ? 720 : 900 });
      for (const shown of SCHEMES) {
        await scheme(page, shown);
        if (width !== USUAL) await picture(page, `${state.name}-${width}-${shown}`);
      }
      await fits(page, `${state.name}, ${width} px`);
    }
    await page.setViewportSize({ width: WIDTHS[0], height: 720 });
    assert.deepEqual(await complaints(page), [], `${state.name}, ${WIDTHS[0]} px`);
  });

test('at 400 % zoom the page is one column, and all of it can be reached', async () => {
  const page = await opened(
    STATES.find((one) => one.name === 'thread-public'),
    { width: 320, height: 256 },
  );
  await fits(page, '320 px');
  const said = page.getByRole('region', { name: 'What was written' });
  assert.ok((await said.boundingBox()).height > 100);
  const send = centre(page).getByRole('button', { name: /^Reply publicly/ });
  await send.scrollIntoViewIfNeeded();
  const { y, height } = await send.boundingBox();
  assert.ok(y >= 0 && y + height <= 256, `${y}`);
});

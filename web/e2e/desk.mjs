// The desk in a browser: windows of signed-in people, and what every flow asserts.
import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import { demo } from './people.mjs';
import { until } from './wait.mjs';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--force-color-profile=srgb'],
});
let contexts = [];
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});
after(() => browser.close());

export const user = (name, org = 'northwind') =>
  demo.users[org].find((one) => one.email.startsWith(`${name}@`));

/** A window with nobody signed in. Whatever goes wrong in the page fails the flow. */
export async function stranger(options = {}) {
  const context = await browser.newContext({
    baseURL: demo.desk,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on('pageerror', (cause) => assert.fail(`in the page: ${cause.stack}`));
  return page;
}

const sessions = new Map();

/** Cookies of a session of this person, in the installation of now. */
async function signedIn({ email, password }) {
  const of = `${demo.desk} ${email}`;
  if (!sessions.has(of)) {
    const answer = await fetch(`${demo.desk}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    assert.equal(answer.status, 200, await answer.text());
    const cookies = answer.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
    sessions.set(
      of,
      cookies.map((one) => {
        const at = one.indexOf('=');
        return { name: one.slice(0, at), value: one.slice(at + 1), url: demo.desk };
      }),
    );
  }
  return sessions.get(of);
}

/** A window of a signed-in person, at an address. */
export async function desk(name = 'dana', path = '/', { org, ...options } = {}) {
  const page = await stranger(options);
  await page.context().addCookies(await signedIn(user(name, org)));
  await page.goto(path);
  await page.getByRole('group', { name: 'Overview' }).waitFor();
  return page;
}

/** A window with a row open and its composer there. */
export async function opened(row, name = 'dana', options = {}) {
  const page = await desk(name, `/t/${row.id}`, options);
  await page.getByRole('main', { name: 'Conversation' }).getByRole('article').first().waitFor();
  return page;
}

export const centre = (page) => page.getByRole('main', { name: 'Conversation' });
// A region, or where it stands alone the main part of the page.
export const list = (page) => page.locator('[data-region="list"]');
export const panel = (page) => page.getByRole('complementary', { name: 'Social CSR action' });
export const listed = (page, row) => list(page).locator(`[data-row="${row.id}"]`);
export const field = (page, name = 'Public reply') => page.getByRole('textbox', { name });
export const notice = (page, text) => page.getByRole('group', { name: 'Notices' }).getByText(text);

/** Presses a key where no field takes it. */
export async function press(page, key) {
  await page.evaluate(() => document.activeElement?.blur?.());
  for (const one of key.split(' ')) await page.keyboard.press(one);
}

const NAMES = { active: 'Active', done_today: 'Done today', x_today: 'X today' };

/** What the badges of a list add up to. */
export async function counted(page, list) {
  let sum = 0;
  let cursor = '';
  do {
    const answer = await page.request.get(`/api/v1/threads?${list}&limit=200${cursor}`);
    assert.equal(answer.status(), 200, await answer.text());
    const { items, next } = await answer.json();
    sum += items.reduce((all, row) => all + row.count, 0);
    cursor = next ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor);
  return sum;
}

/** Every tile says what its own list adds up to, and the page shows it. */
export async function agree(page) {
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  let state;
  await until(
    'tiles equal their lists',
    async () => {
      const tiles = await (await page.request.get(`/api/v1/tiles?tz=${encodeURIComponent(zone)}`)).json();
      state = {};
      for (const [key, name] of Object.entries(NAMES)) {
        const shown = page.getByRole('group', { name: 'Overview' }).getByRole('link', { name });
        state[key] = {
          tile: tiles[key].count,
          list: await counted(page, tiles[key].list),
          page: Number((await shown.innerText()).replace(/\D/g, '')),
        };
      }
      return Object.values(state).every((one) => one.tile === one.list && one.tile === one.page);
    },
    20_000,
  ).catch((cause) => assert.fail(`${cause.message}: ${JSON.stringify(state)}`));
  return state;
}

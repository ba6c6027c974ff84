// A day ends at different times for different people, and has 25 hours once a year: tiles and lists say the
// same about it. An installation of its own, started again and again with another clock.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agree, desk } from './desk.mjs';
import { install } from './installation.mjs';
import { api, demo, person, posts, row, sim } from './people.mjs';

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'];
/** When the installation runs, in this order: its clock never goes back. */
const MOMENTS = [
  ['before midnight in Berlin', '2026-10-24T21:48:00Z'],
  ['after it, New York and Kolkata in the same day as before', '2026-10-24T22:02:00Z'],
  ['25 hours later, the day that summer time ends in Berlin is not over', '2026-10-25T22:48:00Z'],
  ['after that day, and New York begins the day that it ends there', '2026-11-01T04:02:00Z'],
  ['25 hours later, it is not over there', '2026-11-02T04:48:00Z'],
  ['after that day', '2026-11-02T05:02:00Z'],
];

const local = mkdtempSync(join(tmpdir(), 'earshot-midnight-'));
let running;
async function end() {
  await running?.stop();
  rmSync(local, { recursive: true, force: true });
}
after(end);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void end().then(() => process.exit(1)));

const dayIn = (zone, at) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);

// What happened, by the clock of the installation; counted here without asking it.
const happened = { done_today: [], x_today: [] };
let ahead_ms = 0;
const now = () => Date.now() + ahead_ms;
const expected = (zone, key) => happened[key].filter((at) => dayIn(zone, at) === dayIn(zone, now())).length;

/** Starts the installation, and X, as if it were `moment`. */
async function startAt(moment) {
  await running?.stop();
  const ahead = Math.round((Date.parse(moment) - Date.now()) / 1000);
  ahead_ms = ahead * 1000;
  // Nobody writes but who this flow lets write.
  running = install(local, { every: 86_400, settings: [`clock.offset_s=${ahead}`] });
  // In this process everything is about this installation.
  Object.assign(demo, await running.up());
  await running.soon('X is up', () => sim('/clock'));
  // Its keys are printed before the last program listens.
  await running.soon('the desk answers', () => api('/tiles'));
  await sim('/play', { running: false, pace: 1, every_seconds: 60 }, 'PUT');
  await sim('/clock', { offset_seconds: ahead, scale: 1 }, 'PUT');
}

async function eachCounts(windows, when) {
  for (const [zone, page] of windows) {
    const state = await agree(page);
    for (const key of Object.keys(happened))
      assert.equal(state[key].tile, expected(zone, key), `${key} in ${zone} ${when}`);
  }
}

/** The row of somebody who writes. */
async function asks(name, text) {
  const who = await person(name);
  await posts(who, text);
  // After a day without it the sources wait for every later step, and X delivers again half a minute later.
  return row(who, { within: 150_000 });
}

/** Two people write, one of them is answered for. */
async function somethingHappens() {
  const done = await asks('Nadia Night', 'is anybody awake?');
  await asks('Milo Late', 'and now?');
  happened.x_today.push(now(), now());
  await api(`/threads/${done.id}/done`, { method: 'POST', body: { through: done.item_id } });
  happened.done_today.push(now());
}

for (const [what, moment] of MOMENTS)
  test(`tiles equal their lists in three zones ${what}`, async () => {
    await startAt(moment);
    const windows = [];
    for (const timezoneId of ZONES) windows.push([timezoneId, await desk('priya', '/', { timezoneId })]);
    await eachCounts(windows, 'after the start');
    await somethingHappens();
    await eachCounts(windows, 'after a new item and a Done');
  });

// Starts the real program, runs the flows against it, stops it.
// `npm run e2e`, or `npm run e2e -- e2e/05-done.test.mjs` for some of them. EARSHOT_BIN names another binary.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from './installation.mjs';
import { ended } from './wait.mjs';

/** Conversations of the demo that stand in the list before the flows begin. */
const ROWS = 8;

const here = import.meta.dirname;
const local = mkdtempSync(join(tmpdir(), 'earshot-e2e-'));
const demo = install(local);

async function stop() {
  await demo.stop();
  if (process.env.E2E_KEEP) console.log(`kept: ${local}`);
  else rmSync(local, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop().then(() => process.exit(1)));

/** Addresses and secrets of the demo, once its list has something in it. */
async function ready() {
  const found = await demo.up();
  // Long enough to be cancelled, and not waited for longer than needed in each flow.
  for (const org of ['northwind', 'juniper'])
    appendFileSync(join(local, 'demo/social.properties'), `earshot.${org}={ "undo_send_s": 3 }\n`);
  const headers = { authorization: `Bearer ${found.keys.northwind.lead}` };
  const get = async (path) => (await fetch(`${found.desk}/api/v1${path}`, { headers })).json();
  await demo.soon(
    'conversations and codes stand in the desk',
    async () =>
      (await get('/threads?tab=active')).items.length >= ROWS && (await get('/codes')).items.length > 0,
  );
  // From here on people write when a flow lets them.
  const play = { running: false, pace: 1, every_seconds: 60 };
  await fetch(`${found.sim}/play`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(play),
  });
  return found;
}

const flows = () =>
  readdirSync(here)
    .filter((name) => name.endsWith('.test.mjs'))
    .sort()
    .map((name) => join(here, name));

let code = 1;
try {
  const found = await ready();
  const named = process.argv.slice(2);
  const files = named.length ? named : flows();
  // One after the other: they share the budgets of one X account.
  const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    stdio: 'inherit',
    env: { ...process.env, E2E: JSON.stringify(found) },
  });
  code = (await ended(tests)) ?? 1;
} catch (cause) {
  console.error(cause.message);
} finally {
  await stop();
}
process.exit(code);

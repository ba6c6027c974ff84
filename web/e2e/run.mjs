// Starts the real program as `earshot demo` in a directory of its own, runs the flows against it, stops it.
// `npm run e2e`, or `npm run e2e -- e2e/done.test.mjs` for some of them. EARSHOT_BIN names another binary.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ended, until } from './wait.mjs';

const START_MS = 180_000;
const STOP_MS = 30_000;
/** Conversations of the demo that stand in the list before the flows begin. */
const ROWS = 8;

const here = import.meta.dirname;
const binary = resolve(process.env.EARSHOT_BIN ?? join(here, '../../target/debug/earshot'));
const local = mkdtempSync(join(tmpdir(), 'earshot-e2e-'));
const json = (name) => JSON.parse(readFileSync(join(local, 'demo', name), 'utf8'));

// To the program it would be a setting that it does not know.
const { EARSHOT_BIN: _, ...env } = process.env;
// A group of its own: whatever it started ends with it.
const demo = spawn(
  binary,
  [
    'demo',
    '--every=2',
    ...['local.dir=' + local, 'desk.addr=127.0.0.1:0', 'hooks.addr=127.0.0.1:0'].flatMap((s) => ['--set', s]),
    ...['--set', 'desk.dir=' + join(here, '../build')],
  ],
  { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: local, env },
);
let said = '';
for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (data) => (said += data));

async function stop() {
  const group = (signal) => {
    try {
      process.kill(-demo.pid, signal);
    } catch {
      // It has ended.
    }
  };
  if (demo.exitCode === null) {
    demo.kill('SIGTERM');
    await Promise.race([ended(demo), new Promise((late) => setTimeout(late, STOP_MS).unref())]);
  }
  group('SIGKILL');
  if (process.env.E2E_KEEP) console.log(`kept: ${local}`);
  else rmSync(local, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop().then(() => process.exit(1)));

/** Addresses and secrets of the demo, once its list has something in it. */
async function ready() {
  const dead = ended(demo).then((code) => {
    throw new Error(`earshot demo ended (${code}):\n${said}`);
  });
  dead.catch(() => undefined);
  const soon = (what, check) => Promise.race([dead, until(what, check, START_MS)]);
  await soon('the demo is up', () => /Keys are in/.test(said));
  const desk = said.match(/The desk: (\S+)/)[1];
  const sim = `http://${json('x-sim.json').listen}/sim/v1`;
  // Long enough to be cancelled, and not waited for longer than needed in each flow.
  for (const org of ['northwind', 'juniper'])
    appendFileSync(join(local, 'demo/social.properties'), `earshot.${org}={ "undo_send_s": 3 }\n`);
  const found = { desk, sim, local, users: json('users.json'), keys: json('keys.json') };
  const headers = { authorization: `Bearer ${found.keys.northwind.lead}` };
  const get = async (path) => (await fetch(`${desk}/api/v1${path}`, { headers })).json();
  await soon(
    'conversations and codes stand in the desk',
    async () =>
      (await get('/threads?tab=active')).items.length >= ROWS && (await get('/codes')).items.length > 0,
  );
  // From here on people write when a flow lets them.
  const play = { running: false, pace: 1, every_seconds: 60 };
  await fetch(`${sim}/play`, {
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

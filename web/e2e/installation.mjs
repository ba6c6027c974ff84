// The real program as `earshot demo` starts it, in a directory of its own. EARSHOT_BIN names another binary.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ended, until } from './wait.mjs';

const START_MS = 180_000;
const STOP_MS = 30_000;

const here = import.meta.dirname;
const binary = resolve(process.env.EARSHOT_BIN ?? join(here, '../../target/debug/earshot'));

/** Starts it; `every` seconds somebody begins a conversation, until the play is stopped. */
export function install(local, { every = 2, settings = [] } = {}) {
  // To the program these would be settings that it does not know.
  const { EARSHOT_BIN: _, ...env } = process.env;
  const set = ['local.dir=' + local, 'desk.addr=127.0.0.1:0', 'hooks.addr=127.0.0.1:0', ...settings];
  // A group of its own: whatever it started ends with it.
  const demo = spawn(
    binary,
    [
      'demo',
      `--every=${every}`,
      ...[...set, 'desk.dir=' + join(here, '../build')].flatMap((one) => ['--set', one]),
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: local, env },
  );
  let said = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (data) => (said += data));
  const json = (name) => JSON.parse(readFileSync(join(local, 'demo', name), 'utf8'));
  const dead = ended(demo).then((code) => {
    throw new Error(`earshot demo ended (${code}):\n${said}`);
  });
  dead.catch(() => undefined);
  /** Waits for a condition for as long as a start may take, unless the program ends. */
  const soon = (what, check) => Promise.race([dead, until(what, check, START_MS)]);

  /** Its addresses and secrets. */
  async function up() {
    await soon('the demo is up', () => /Keys are in/.test(said));
    const desk = said.match(/The desk: (\S+)/)[1];
    const sim = `http://${json('x-sim.json').listen}/sim/v1`;
    return { desk, sim, local, users: json('users.json'), keys: json('keys.json') };
  }

  async function stop() {
    if (demo.exitCode === null) {
      demo.kill('SIGTERM');
      await Promise.race([ended(demo), new Promise((late) => setTimeout(late, STOP_MS).unref())]);
    }
    try {
      process.kill(-demo.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }

  return { up, soon, stop };
}

// The database of the demo, for the one thing that no command does: to let time pass for a row.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demo } from './people.mjs';

export function sql(text, database = 'earshot') {
  const { super_url } = JSON.parse(readFileSync(join(demo.local, 'run/local.json'), 'utf8'));
  const url = new URL(super_url);
  url.pathname = `/${database}`;
  const { status, stderr } = spawnSync('psql', [url.href, '-q', '-v', 'ON_ERROR_STOP=1', '-c', text], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

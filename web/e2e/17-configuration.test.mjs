// What the configuration was: a change of its file and a refusal, as whoever operates the desk reads them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { desk } from './desk.mjs';
import { demo } from './people.mjs';
import { until } from './wait.mjs';

const file = join(demo.local, 'demo/social.properties');
const good = readFileSync(file, 'utf8');
after(() => writeFileSync(file, good));

test('the settings tell each version of the configuration, and why one was refused', async () => {
  const sam = await desk('sam', '/settings?part=config');
  const versions = sam.getByRole('region', { name: 'Versions of the configuration' });
  // The flows began with a change of it.
  await versions.getByText('settings.undo_send_s: 5 → 3').waitFor();
  await versions.getByText(/^In force since .* from file:/).waitFor();

  // The page is not told: it is looked at again.
  const shown = (text) =>
    until(`it is told: ${text}`, async () => {
      await sam.reload();
      await versions.getByText('In force', { exact: true }).waitFor();
      return versions.getByText(text).count();
    });
  writeFileSync(file, good.replace('"undo_send_s": 3', '"undo_send_s": 3000'));
  await shown(/undo_send_s: expected/);
  await versions.getByText('Refused', { exact: true }).first().waitFor();
  writeFileSync(file, good.replace('"undo_send_s": 3', '"undo_send_s": 4'));
  await shown('settings.undo_send_s: 3 → 4');
});

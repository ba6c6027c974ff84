// Who the person is, for the company: attached from both views, seen in every window.
import { test } from 'node:test';
import { agree, opened, panel } from './desk.mjs';
import { api, asks, whispers } from './people.mjs';

const customer = async (name) => {
  const email = `${name.toLowerCase().replace(' ', '.')}${Date.now()}@mail.example`;
  return api('/customers', { method: 'POST', body: { name, email, phone: '+43 660 5550101' } });
};

for (const [view, begin] of [
  ['Feeds', () => asks('Clara Winter', 'my parcel is lost')],
  ['Messages', () => whispers('Anton Huber', 'my parcel is lost too')],
])
  test(`Attach Customer from ${view}: the panel is there in a second window too`, async () => {
    const name = view === 'Feeds' ? 'Clara Winter' : 'Anton Huber';
    const { customer_id } = await customer(name);
    const { row } = await begin();
    const [first, second] = await Promise.all([opened(row), opened(row, 'priya')]);
    await panel(second).getByRole('button', { name: 'Attach Customer' }).waitFor();
    await panel(first).getByRole('button', { name: 'Attach Customer' }).click();
    await panel(first).getByRole('searchbox', { name: 'Find a customer' }).fill(name);
    await panel(first).getByRole('radio', { name }).first().check();
    await panel(first).getByLabel('Consent given').check();
    await panel(first)
      .getByRole('button', { name: `Attach ${name}` })
      .click();
    for (const page of [first, second]) {
      await panel(page).getByRole('link', { name: 'Open dashboard' }).waitFor();
      await panel(page).getByText(name).first().waitFor();
      await agree(page);
    }
    await panel(first).getByRole('link', { name: 'Open dashboard' }).click();
    await first.waitForURL(`**/customers/${customer_id}`);
    await first.getByRole('heading', { name }).first().waitFor();
    await first.goBack();
    await panel(first).getByRole('button', { name: 'Detach…' }).click();
    await panel(first).getByRole('button', { name: 'Detach', exact: true }).click();
    for (const page of [first, second]) {
      await panel(page).getByRole('button', { name: 'Attach Customer' }).waitFor();
      await agree(page);
    }
  });

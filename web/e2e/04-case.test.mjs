// Create Case in both states of Follow up, with reason, resolution and note.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, centre, field, listed, opened, panel } from './desk.mjs';
import { api, asks } from './people.mjs';
import { until } from './wait.mjs';

const form = (page) => panel(page).getByRole('form', { name: 'New case' });

async function choose(page, label, text) {
  await form(page).getByRole('combobox', { name: label }).fill(text);
  await form(page).getByRole('option', { name: text }).click();
}

const caseOf = (row) =>
  until('the row has a case', async () => {
    const [one] = (await api(`/threads/${row.id}`)).cases;
    return one && api(`/cases/${one.case_id}`);
  });

test('Follow up ticked: the case stays open, its note and reason are in it', async () => {
  const { row } = await asks('Paul Steger', 'the stove arrived bent');
  const page = await opened(row);
  await panel(page).getByRole('button', { name: 'Create Case' }).click();
  const go = form(page).getByRole('button', { name: 'Create Case', exact: true });
  assert.ok(await go.isDisabled(), 'a reason is needed');
  await form(page).getByText('the stove arrived bent').waitFor();
  assert.ok(await form(page).getByRole('checkbox', { name: 'Follow up' }).isChecked());
  await choose(page, 'Reason code', 'Damaged on arrival');
  await choose(page, 'Resolution code', 'Replacement sent');
  await form(page).getByLabel('Case note').fill('Ask for a picture of the bend.');
  await go.click();
  await panel(page).getByRole('button', { name: 'Close case' }).waitFor();
  await panel(page).getByText('Ask for a picture of the bend.').waitFor();
  await agree(page);
  const made = await caseOf(row);
  assert.equal(made.status, 'open');
  assert.equal(made.category, 'damaged');
  assert.equal(made.resolution_code, 'replaced');
  assert.equal(made.follow_up, true);
  assert.equal(made.notes[0].body, 'Ask for a picture of the bend.');
  // The item is a draft now, not done: the CSR says Done.
  await centre(page).getByText('Draft', { exact: true }).first().waitFor();

  await panel(page).getByRole('button', { name: 'Close case' }).click();
  await panel(page).getByRole('button', { name: 'Close it' }).click();
  await panel(page).getByRole('button', { name: 'Reopen' }).waitFor();
  await panel(page).getByText('The case is closed, items here are still active').waitFor();
  await agree(page);
  await panel(page).getByRole('link', { name: 'Open case' }).click();
  await page
    .getByRole('heading', { name: `Case ${made.case_no}` })
    .first()
    .waitFor();
  await page.getByText('Ask for a picture of the bend.').first().waitFor();
  await until('the window says which case', async () =>
    (await page.title()).startsWith(`Case ${made.case_no} · `),
  );
});

test('Follow up not ticked: needs a reply, and closes when it is posted', async () => {
  const { row } = await asks('Greta Moll', 'does the lamp come with a battery?');
  const page = await opened(row);
  await panel(page).getByRole('button', { name: 'Create Case' }).click();
  await choose(page, 'Reason code', 'Question before buying');
  await form(page).getByRole('checkbox', { name: 'Follow up' }).uncheck();
  const go = form(page).getByRole('button', { name: 'Create Case', exact: true });
  await form(page).getByText('Reply first: the case closes with your response').first().waitFor();
  assert.ok(await go.isDisabled());
  const text = 'It does, Greta, two of them.';
  await field(page).fill(text);
  await field(page).press('Control+Enter');
  await form(page).getByText('Created open: closes when the reply is posted').waitFor();
  await go.click();
  await until('the case is closed', async () => (await caseOf(row)).status !== 'open');
  const made = await caseOf(row);
  assert.equal(made.follow_up, false);
  assert.equal(made.resolution_description, text);
  await panel(page).getByRole('button', { name: 'Reopen' }).waitFor();
  // Closed case, active feed.
  const head = await api(`/threads/${row.id}`);
  assert.equal(head.open + head.draft, 1);
  await agree(page);
});

test('Create Case and Done: the row leaves the list', async () => {
  const { row } = await asks('Tom Arens', 'the strap is torn');
  const page = await opened(row);
  await panel(page).getByRole('button', { name: 'Create Case' }).click();
  await choose(page, 'Reason code', 'Damaged on arrival');
  await form(page).getByRole('button', { name: 'Create Case and Done' }).click();
  await until('it is done', async () => {
    const head = await api(`/threads/${row.id}`);
    return head.open + head.draft === 0 && head.cases.length === 1;
  });
  await agree(page);
});

test('what was begun for one row is not asked of the next', async () => {
  const rows = [];
  for (const name of ['Nele Witt', 'Onno Behr']) {
    const { row } = await asks(name, 'the peg is bent');
    await api('/cases', { method: 'POST', body: { item_id: row.item_id, reason_code: 'damaged' } });
    rows.push(row);
  }
  const page = await opened(rows[0]);
  await panel(page).getByRole('button', { name: 'Close case' }).click();
  await panel(page).getByRole('button', { name: 'Close it' }).waitFor();
  await listed(page, rows[1]).click();
  await panel(page).getByText('Onno Behr').waitFor();
  await panel(page).getByRole('button', { name: 'Close case' }).waitFor();
  assert.equal(await panel(page).getByRole('button', { name: 'Close it' }).count(), 0);
});

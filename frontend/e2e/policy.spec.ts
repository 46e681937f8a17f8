// A data protection officer registers a policy and has it approved.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './test';

test.use({ sample: true });

test('a policy is registered, submitted, approved by somebody senior and brought into force', async ({
  app,
  page,
}) => {
  await app.openSample();
  await app.go('/policies');
  await app.link('Add a policy').click();
  await app.button('Save').click();
  await expect(page.getByRole('alert')).toContainText('title');
  await app.field('Title').fill('Policy on meeting summaries');
  await app.field('What it is about').selectOption({ label: 'AI' });
  await app.field('Accountable person').selectOption({ label: 'Priya Ravenscroft, Data Protection Officer' });
  await app.field('Purpose').fill('Summaries save time; nobody is judged by them.');
  await app.field('Scope').fill('All meetings of officers.');
  await app.date('Next review', '1', '11', '2027');
  await app.field('Forbidden uses').fill('disciplinary meetings\nmeetings with residents');
  await page.getByRole('checkbox', { name: /Why the organisation uses AI/ }).check();
  await app.button('Save').click();
  await expect(app.heading('Policy on meeting summaries')).toBeVisible();
  await expect(page.getByText('disciplinary meetings')).toBeVisible();

  // What is missing for the next step is said, and nothing is lost.
  await app.button('Submit for approval').click();
  await expect(page.getByText('Enter who has to approve the policy.')).toBeVisible();
  await app.link('Edit').click();
  await app.field('Approval route').fill('Information Governance Board');
  await app.field('How people oversee AI', true).fill('The chair reads each summary before it is sent.');
  await app.button('Save').click();
  await app.button('Submit for approval').click();
  await expect(page.getByText('In review').first()).toBeVisible();
  await app.button('Record the approval').click();
  await app.accessible();
  await app.dialog().getByLabel('Approved by').selectOption({ label: 'Marguerite Hollis, Chief Executive' });
  await app.dialog().getByLabel('In the role of').fill('Chief Executive');
  await app.dialog().getByLabel('Minute or decision record').fill('Cabinet, 2 November 2026, item 7');
  await app.dialog().getByRole('button', { name: 'Record the approval' }).click();
  await expect(page.getByText('Cabinet, 2 November 2026, item 7')).toBeVisible();
  await app.button('Bring into force').click();
  await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();

  // Each step stands in its history and in the activity log.
  await page.getByText('History', { exact: true }).click();
  await expect(page.getByText(/Policy on meeting summaries/).nth(1)).toBeVisible();
  const steps = page.getByText(/^\d+ changes?$/);
  await steps.first().click();
  await expect(page.getByText('Version “1.0”', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('Status: from Approved to In force').first()).toBeVisible();
  await expect(page.getByText(/versions\[/)).toHaveCount(0);
  await app.accessible();
  await app.go('/activity');
  await expect(page.getByRole('row', { name: /meeting summaries/i }).first()).toBeVisible();
  await app.field('About what kind of record').selectOption({ label: 'People' });
  await expect(page.getByRole('row', { name: /meeting summaries/i })).toHaveCount(0);
  await app.field('About what kind of record').selectOption({ label: 'Policies' });
  await app.field('By whom').selectOption({ label: 'Priya Ravenscroft' });
  await expect(page.getByRole('row', { name: /meeting summaries/i }).first()).toBeVisible();
  await app.field('By whom').selectOption({ label: 'Marguerite Hollis' });
  await expect(page.getByText('No entry in this choice.')).toBeVisible();
  await app.accessible();
});

test('a policy that is in force is registered from its document', async ({ app, page, program }) => {
  const file = join(program.dir, 'Policy_on_meeting_summaries.docx');
  await writeFile(file, 'the words of the policy');
  await app.openSample();
  await app.go('/policies/new');
  await program.answer(file);
  await app.button('Choose a file').click();
  await expect(app.field('Title')).toHaveValue('Policy on meeting summaries');
  await app.accessible();
  // What is missing is said all at once, beside its fields.
  await app.button('Register the policy').click();
  await expect(page.getByRole('alert')).toContainText('Name the person who is accountable for the policy.');
  await expect(page.getByRole('alert')).toContainText('Enter the day by which it is reviewed next');
  await app.field('Accountable person').selectOption({ label: 'Priya Ravenscroft, Data Protection Officer' });
  await app.field('Approved by').selectOption({ label: 'Marguerite Hollis, Chief Executive' });
  await app.date('Approved on', '4', '3', '2026');
  await app.date('Next review', '4', '3', '2027');
  await page.getByText('Reading notes, and more about it').click();
  await page.getByRole('checkbox', { name: /What AI must not be used for/ }).check();
  await app.button('Register the policy').click();
  await expect(app.heading('Policy on meeting summaries')).toBeVisible();
  await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('1 of 18 requirements met')).toBeVisible();
  // Its document is there, and leads to where documents are kept.
  await app.link(/Policy on meeting summaries, version 1\.0/).click();
  await expect(page.getByText('Policy_on_meeting_summaries.docx')).toBeVisible();
});

test('a deletion asks for the reason and is undone', async ({ app, page }) => {
  await app.openSample();
  await app.go('/policies/POL-0003');
  const name = await page.locator('main h1').innerText();
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await app.dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(app.dialog().getByRole('alert')).toContainText('why');
  await app.dialog().getByLabel('Why is it deleted?').fill('Entered twice');
  await app.dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(app.heading('Policies')).toBeVisible();
  await expect(app.link(name)).toHaveCount(0);
  await app.button('Undo').click();
  await expect(page.getByText('Taken back.')).toBeVisible();
  await app.go('/workflows');
  await app.go('/policies');
  await expect(app.link(name)).toBeVisible();

  // The log says what each entry changed, and of whom.
  await app.go('/policies/POL-0003/edit');
  await page.getByLabel('Accountable person').selectOption({ index: 2 });
  const owner =
    (await page.getByLabel('Accountable person').locator('option').nth(2).innerText()).split(',')[0] ?? '';
  await app.button('Save').click();
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
  await app.go('/activity');
  const row = (n: number) => page.getByRole('row').nth(n);
  await row(1).getByText('What was changed').click();
  await expect(row(1)).toContainText(new RegExp(`Owner: from .* to ${owner}`));
  await row(3).getByText('What was changed').click();
  await expect(row(3)).toContainText(`Policy POL-0003 ${name} was deleted`);
  await app.accessible();
});

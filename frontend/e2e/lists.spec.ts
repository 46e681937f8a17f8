// From what waits to what settles it and back again: links open and mark their record,
// a list keeps its filter, order and place, and leaves the window whole.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './test';

test.use({ sample: true });

test('from what waits to the record, through a list, and out of the window', async ({
  app,
  page,
  program,
}) => {
  await app.openSample();
  await expect(page.getByText(/^\d+ of \d+ live workflows cannot be certified: \d+ reasons\./)).toBeVisible();
  await app.link(/^All \d+ things to do$/).click();
  await expect(app.heading('To do')).toBeVisible();
  await app.field('Effect').selectOption('Only what blocks a certificate');
  await expect(page.getByRole('status').filter({ hasText: /^\s*\d+ things to do/ })).toBeVisible();

  // A reference opens the very risk, on its assessment, and Back is where the person was.
  await app.link('RSK-0022').click();
  await expect(app.heading(/Risk assessment of Housing repairs/)).toBeVisible();
  await expect(page.getByRole('button', { name: /RSK-0022/ })).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByRole('button', { name: 'Accept this risk' })).toBeVisible();
  await page.goBack();
  await expect(app.heading('To do')).toBeVisible();
  await expect(app.field('Effect')).toHaveValue('1');

  // A record without a page of its own stands out in its list.
  await app.go('/reviews/actions?ref=ACT-0003');
  await expect(page.locator('tr.marked')).toContainText('ACT-0003');

  // What is due leaves as a calendar, a whole day each.
  const calendar = join(program.dir, 'duties.ics');
  await program.answer(calendar);
  await app.go('/reviews');
  await app.button('Save as calendar (.ics)').click();
  await expect(page.getByRole('status').filter({ hasText: `Saved as ${calendar}` })).toBeVisible();
  expect(readFileSync(calendar, 'utf8')).toMatch(/BEGIN:VEVENT\r\nUID:review-SCH-\d+@/);

  // F1 helps, for the page on which it is pressed.
  await page.keyboard.press('F1');
  await expect(app.heading('Your first certificate')).toBeVisible();
  await page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: 'Every test' }).click();
  await expect(page.getByRole('cell', { name: 'OVR-17' })).toBeVisible();

  await app.go('/workflows');
  await page.getByRole('searchbox').fill('council tax');
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('searchbox').fill('triage');
  await page.getByRole('button', { name: 'Workflow', exact: true }).click();
  await app.link('Complaints triage').click();
  await page.getByRole('main').getByRole('link', { name: /^Risk/ }).first().click();
  const place = page.getByRole('navigation', { name: 'Place in the list: Workflows' });
  await expect(place).toContainText('1 of 2 in Workflows');
  await place.getByRole('link', { name: 'Next' }).click();
  await expect(app.heading('Housing repairs triage')).toBeVisible();
  expect(page.url()).toContain('/workflows/WF-0003/risk');
  await place.getByRole('link', { name: /in Workflows/ }).click();
  await expect(page.getByRole('searchbox')).toHaveValue('triage');
  await expect(page.getByRole('row')).toHaveCount(3);

  // What is saved is the list as it reads.
  const file = join(program.dir, 'workflows.csv');
  await program.answer(file);
  await page.getByText('Save or print').click();
  await app.accessible();
  await app.button('Text with commas (CSV)').click();
  await expect(page.getByRole('status').filter({ hasText: `Saved as ${file}` })).toBeVisible();
  const lines = readFileSync(file, 'utf8').trim().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('Workflow,Service,Stage');
  expect(lines[1]).toMatch(/^Complaints triage; WF-0006/);
});

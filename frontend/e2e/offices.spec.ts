// What leaves the register for others and comes back, and what is given to others to do.
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { find } from './program';
import { expect, test } from './test';

test.use({ sample: true });

test('several things to do are given to one person, by a day', async ({ app, page }) => {
  await app.openSample();
  await app.go('/todo?open=OVR-R04');
  const group = page.locator('details[open]');
  await group.getByRole('checkbox').first().check();
  const bar = page.getByRole('region', { name: 'What is chosen' });
  await expect(bar).toContainText(/things are chosen/);
  await bar.getByRole('button', { name: 'Give to somebody' }).click();
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Give', exact: true }).click();
  await expect(app.dialog().getByRole('alert')).toContainText('Enter the day by which it is done');
  await app.dialog().getByLabel('By whom').selectOption({ label: 'Stuart Pell, Head of Housing Repairs' });
  await app.date('By when', '31', '3', '2027');
  await app.dialog().getByRole('button', { name: 'Give', exact: true }).click();
  await expect(page.getByText(/things have an owner and a day/)).toBeVisible();
  // They wait on, and say who has them in hand.
  await expect(group.getByText(/In hand: Stuart Pell, by 31 Mar 2027/).first()).toBeVisible();
  await group.getByRole('link', { name: /^ACT-/ }).first().click();
  await expect(page.getByRole('row', { name: /OVR-R04: .*Stuart Pell/ }).first()).toBeVisible();
});

test('the Statement of Applicability goes out as a spreadsheet and comes back', async ({ app, program }) => {
  await app.openSample();
  await app.go('/standards/annex_a');
  const file = join(program.dir, 'soa.xlsx');
  await program.answer(file);
  await app.button('Save as a spreadsheet').click();
  await expect
    .poll(() =>
      stat(file).then(
        (s) => s.size,
        () => 0,
      ),
    )
    .toBeGreaterThan(1000);
  await program.answer(file);
  await app.button('Take back a spreadsheet').click();
  await expect(app.dialog()).toContainText('0 are other than the register has them');
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Cancel' }).click();
  // What others are told.
  const site = join(program.dir, 'ai.html');
  await program.answer(site);
  await app.button('Page for the website').click();
  await expect.poll(() => readFile(site, 'utf8').catch(() => '')).toContain('Housing repairs triage');
  await app.button('Annual Governance Statement').click();
  await expect(app.dialog()).toContainText('states no legal conclusion');
});

test('new files of a folder are imported, each once', async ({ app, program }) => {
  const folder = join(program.dir, 'exports');
  await mkdir(folder);
  await cp(find(join(program.dir, 'state/sample'), /repair.*\.jsonl(\.gz)?$/), join(folder, 'held.jsonl'));
  await writeFile(join(folder, 'notes.txt'), 'nothing');
  await app.openSample();
  await app.go('/runs/imports');
  await app.button('Import from a folder').click();
  await app.dialog().getByLabel('For which workflow?').selectOption({ value: 'WF-0003' });
  await program.answer(folder);
  await app.dialog().getByRole('button', { name: 'Choose the folder' }).click();
  await expect(app.dialog().getByRole('row', { name: /held\.jsonl/ })).toBeVisible();
  await expect(app.dialog().getByRole('row', { name: /notes\.txt/ })).toBeVisible();
  await app.accessible();
});

test('a lawful basis is chosen from the list, and the law it rests on is named', async ({ app, page }) => {
  await app.openSample();
  await app.go('/workflows/WF-0003/account');
  await app.field('Lawful basis (UK GDPR Article 6)').selectOption({ label: 'Public task (6(1)(e))' });
  await app.field('Enactment or rule of law that it rests on').fill('Housing Act 1985');
  await app.accessible();
  await app.button('Save').click();
  await expect(page.getByText('Housing Act 1985')).toBeVisible();
});

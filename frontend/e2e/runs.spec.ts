// A consultant imports runs, reads what they contradict, and works findings off.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { find } from './program';
import { expect, test } from './test';

test.use({ sample: true });

const mapping = `version: 1
rows: events
zone: Europe/London
fields:
  run_id: Case
  step: What
  ended: When
  actor: Who
activities:
  "Validity decided": {gate: validity, act: decide}
`;

test('a CSV that nobody prepared for is previewed with a mapping before anything is stored', async ({
  app,
  page,
  program,
}) => {
  const csv = join(program.dir, 'export.csv');
  const map = join(program.dir, 'mapping.yaml');
  await writeFile(
    csv,
    'Case,What,When,Who\nX-1,Read documents,2026-10-05 09:00:00,ai\nX-1,Validity decided,2026-10-05 09:03:00,p.whitlock\nX-2,Read documents,soon,ai\n',
  );
  await writeFile(map, mapping);
  await app.openSample();
  await app.go('/runs/import');
  await app.field('For which workflow?').selectOption({ value: 'WF-0001' });
  await program.answer(csv);
  await app.button('Choose a file').click();
  // Without a mapping the program says what it needs, in one sentence.
  await expect(page.getByRole('alert')).toContainText(/mapping/i);
  await program.answer(map);
  await app.button('Choose a mapping file').click();
  await expect(
    page.getByRole('heading', { name: 'What importing would bring' }).or(page.getByRole('alert')),
  ).toBeVisible();
  await app.accessible();
  await app.go('/runs/imports');
  await expect(page.getByText('export.csv')).toHaveCount(0);
});

test('the same file twice is already imported', async ({ app, page, program }) => {
  const file = find(join(program.dir, 'state/sample'), /repair.*\.(jsonl|csv)(\.gz)?$/);
  await app.openSample();
  await app.go('/runs/import?workflow=WF-0003');
  await program.answer(file);
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'What importing would bring' })).toBeVisible();
  await expect(page.getByText(/This file was imported before as IMP-/)).toBeVisible();
  await app.accessible();
});

test('findings are explained in bulk, turned into an action and lead back to their line', async ({
  app,
  page,
}) => {
  await app.openSample();
  await app.go('/runs');
  await page
    .getByRole('link', { name: /OVR-03/ })
    .first()
    .click();
  await expect(page.getByRole('table')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Explain' }).click();
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Explain' }).click();
  await expect(app.dialog().getByRole('alert')).toBeVisible();
  await app.dialog().getByLabel('Reason').fill('An officer from the agency, named in the rota of 3 August.');
  await app.dialog().getByRole('button', { name: 'Explain' }).click();
  await expect(page.getByText(/findings? decided/)).toBeVisible();

  await app.go('/runs/findings?workflow=WF-0003&code=OVR-01');
  await page.getByRole('button', { name: 'Dismiss this message' }).first().click();
  await page.getByRole('button', { name: 'Raise an action' }).click();
  await app.dialog().getByLabel('What will be done?').fill('Close the way round the gate');
  await app.dialog().getByLabel('By whom').selectOption({ index: 1 });
  await app.date('By when', '1', '2', '2027');
  await app.dialog().getByLabel('Reason').fill('Releases left without anybody deciding.');
  await app.dialog().getByRole('button', { name: 'Raise an action' }).click();
  await expect(page.getByText(/findings decided/)).toBeVisible();
  await app.go('/reviews/actions');
  await expect(page.getByText('Close the way round the gate')).toBeVisible();

  await app.go('/runs/findings?workflow=WF-0003&code=OVR-02');
  await page.locator('tbody a').first().click();
  await expect(app.heading(/^Run /)).toBeVisible();
  await expect(page.getByText(/OVR-02/).first()).toBeVisible();
  await expect(page.getByText(/line \d+/).first()).toBeVisible();
  await app.accessible();
});

test('charts have their tables and filters', async ({ app, page }) => {
  await app.openSample();
  await app.go('/runs/monitor?workflow=WF-0002');
  const chart = page.getByRole('figure', { name: 'Runs by day' });
  await expect(chart.getByRole('img')).toBeVisible();
  await chart.getByRole('button', { name: 'Show as table' }).click();
  await expect(chart.getByRole('table')).toBeVisible();
  const before = await chart.getByRole('row').count();
  await app.date('From', '1', '10', '2026');
  await expect.poll(async () => chart.getByRole('row').count()).toBeLessThan(before);
});

// A consultant imports runs, reads what they contradict, and works findings off.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { find } from './program';
import { expect, test } from './test';

test.use({ sample: true });

/** An export as a council's own system writes it: its own names, British dates, no zone. */
function repairs(): string {
  const rows = ['Job no;What happened;When;Who;Result;Comment;Tenure'];
  for (let i = 0; i < 120; i++) {
    const job = `R-${5000 + i}`;
    const at = (time: string) => `${String((i % 28) + 1).padStart(2, '0')}/10/2026 ${time}`;
    const officer = i % 3 ? 'c.ibbotson' : 'C.Ibbotson';
    rows.push(`${job};Read the report;${at('09:00:00')};svc-triage;;;sheltered`);
    rows.push(`${job};Propose priority;${at('09:00:20')};svc-triage;;;`);
    if (i % 40)
      rows.push(
        `${job};Sign off priority;${i === 7 ? 'soon' : at('09:05:00')};${officer};Agreed;called the tenant;`,
      );
    rows.push(`${job};Raise repair order;${at('09:06:00')};svc-triage;;;`);
  }
  return rows.join('\n');
}

test('a consultant imports a CSV nobody prepared for', async ({ app, page, program }) => {
  const csv = join(program.dir, 'repairs 2026.csv');
  await writeFile(csv, repairs());
  await app.openSample();
  await app.go('/runs/import');
  await app.field('For which workflow?').selectOption({ value: 'WF-0003' });
  await program.answer(csv);
  await app.button('Choose a file').press('Enter');

  // The columns are suggested, with the reason and what stands in them.
  await expect(app.field('Which run (identifier)')).toHaveValue('Job no');
  await expect(app.field('What was done (activity)')).toHaveValue('What happened');
  await expect(app.field('Group it belongs to (segment)', true)).toHaveValue('Tenure');
  await expect(page.getByText('Read the report').first()).toBeVisible();
  await expect(app.field('What it is: Sign off priority')).toHaveValue('officer-decision/decide');
  await expect(app.field('Meaning: Agreed', true)).toHaveValue('approved');
  // What nobody can guess is asked for, in one sentence with its place.
  const bar = page.getByRole('region', { name: 'Result of this mapping' });
  await expect(bar).toContainText(/row 2: .*has no time zone/);
  await expect(bar.getByRole('button')).toBeDisabled();
  await app.accessible();

  await app.field('Time zone of the clock').selectOption('Europe/London');
  await expect(bar).toContainText('119 runs are read');
  await expect(bar).toContainText('Priority decision: 119 prepared, 116 decided, 119 released');
  await expect(page.getByText('1 account may be written in several ways')).toBeVisible();
  await expect(page.getByText('1 account decides and is not on the workflow’s roster')).toBeVisible();
  await expect(page.getByRole('table', { name: 'The first runs, as Assay reads them' })).toContainText(
    'R-5000',
  );
  await expect(page.getByText(/OVR-05/).first()).toBeHidden(); // four eyes are not asked for

  // A change of the mapping is seen at once in what would reach the gate.
  await app.field('What it is: Sign off priority').selectOption({ label: 'Nothing at a gate' });
  await app.field('At which gate are the decisions of this file?').selectOption({ index: 0 });
  await expect(bar).toContainText(/decides, but nothing says at which gate/);
  await app.field('What it is: Sign off priority').selectOption({ label: 'Decides: Priority decision' });
  await expect(bar).toContainText('116 decided');

  // What may not be stored is left out.
  await app.field('What to do with Reason or comment').selectOption({ label: 'Leave out' });

  // What is refused is shown with its line, and saved as a table.
  await expect(page.getByRole('row', { name: /row 31 .*soon/ })).toBeVisible();
  const refused = join(program.dir, 'refused.csv');
  await program.answer(refused);
  await app.button('Save the refused records').click();
  await expect.poll(() => readFile(refused, 'utf8').catch(() => '')).toContain('row 31');

  // The mapping is kept as a file that the command line reads.
  const kept = join(program.dir, 'repairs.mapping.yaml');
  await program.answer(kept);
  await app.button('Save the mapping').click();
  await expect.poll(() => readFile(kept, 'utf8').catch(() => '')).toContain('zone: Europe/London');

  // Nothing is imported before somebody said that the suggestions are right.
  const go = app.button('Import into Housing repairs triage');
  await expect(go).toBeDisabled();
  await app.field('I have checked these suggestions').press('Space');
  await go.press('Enter');
  await expect(page.getByText('119 runs imported into Housing repairs triage.')).toBeVisible();
  await app.accessible();

  // The next file of this form needs no explaining.
  await writeFile(csv, repairs().replaceAll('R-5', 'R-6'));
  await app.button('Import another file').click();
  await program.answer(csv);
  await app.button('Choose a file').click();
  await expect(
    page.getByText(/The mapping of IMP-\d+ \(repairs 2026\.csv, .*\) fits this file and is used/),
  ).toBeVisible();
  await expect(bar).toContainText('119 runs are read');
  await expect(go).toBeEnabled();

  // And a mapping from a file does the same.
  await app.button('Start from suggestions instead').click();
  await expect(bar).toContainText(/has no time zone/);
  await program.answer(kept);
  await app.button('Open a mapping').click();
  await expect(bar).toContainText('119 runs are read');
});

test('the same file twice is already imported', async ({ app, page, program }) => {
  const file = find(join(program.dir, 'state/sample'), /repair.*\.(jsonl|csv)(\.gz)?$/);
  await app.openSample();
  await app.go('/runs/import?workflow=WF-0003');
  await program.answer(file);
  await app.button('Choose a file').click();
  await expect(
    page.getByText(/Assay run audit, .* This format says itself what its parts are/),
  ).toBeVisible();
  await expect(page.getByText(/This file was imported before as IMP-/)).toBeVisible();
  await expect(app.button('Import into Housing repairs triage')).toBeDisabled();
  await app.accessible();
});

test('findings are worked off: explained in bulk, undone, turned into an action, and lead back to their line', async ({
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
  await page.getByRole('button', { name: /^Explain \d+$/ }).click();
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Explain' }).click();
  await expect(app.dialog().getByRole('alert')).toBeVisible();
  await app.dialog().getByLabel('Reason').fill('An officer from the agency, named in the rota of 3 August.');
  await app.dialog().getByRole('button', { name: 'Explain' }).click();
  await expect(page.getByText(/findings? decided/)).toBeVisible();
  await expect(page.getByText('Nothing to work off')).toBeVisible();
  // Said too soon: they are open again, and said again.
  await app.button('Undo').press('Enter');
  await expect(page.getByText(/findings are open again/)).toBeVisible();
  await expect(page.getByRole('row')).not.toHaveCount(1);
  await page.getByRole('button', { name: /^Explain all \d+$/ }).click();
  await app.dialog().getByLabel('Reason').fill('An officer from the agency, named in the rota of 3 August.');
  await app.dialog().getByRole('button', { name: 'Explain' }).click();
  await expect(page.getByText('Nothing to work off')).toBeVisible();

  await app.go('/runs/findings?workflow=WF-0003&code=OVR-01');
  await page.getByRole('button', { name: /^Raise an action for all/ }).click();
  await app.dialog().getByLabel('What will be done?').fill('Close the way round the gate');
  await app.dialog().getByLabel('By whom').selectOption({ index: 1 });
  await app.date('By when', '1', '2', '2027');
  await app.dialog().getByLabel('Reason').fill('Releases left without anybody deciding.');
  await app.dialog().getByRole('button', { name: 'Raise an action' }).click();
  await expect(page.getByText('Nothing to work off')).toBeVisible();
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

test('a sample is read with the officer and signed off', async ({ app, page, program }) => {
  await app.openSample();
  await app.go('/runs/samples');
  await app.accessible();
  await app.link('Draw a sample').first().click();
  await app.field('Workflow').selectOption({ label: 'Housing repairs triage' });
  await app.field('How sure do you want to be?').selectOption({ label: '80%' });
  await app.field('Up to how many wrong decisions would you tolerate?').selectOption({ label: '20 in 100' });
  await app.field('Who reads with you?').fill('Chris Ibbotson');
  await app.field('Seed').fill('committee of 2 November');
  const planned = await page.getByText(/(\d+) runs of [\d,]+ would be drawn/).textContent();
  await app.accessible();
  await app.button('Draw a sample').click();
  await expect(app.heading(/^Sample SMP-/)).toBeVisible();
  await expect(page.getByText('committee of 2 November')).toBeVisible();
  await app.accessible();
  const all = (await page.getByRole('table').getByRole('row').count()) - 1;
  expect(all).toBeGreaterThanOrEqual(Number(/(\d+) runs/.exec(planned ?? '')?.[1]));

  // Read one after the other, with the keyboard alone.
  await app.button('Start reading').press('Enter');
  await expect(page.getByRole('heading', { name: `Run 1 of ${all}` })).toBeFocused();
  await app.accessible();
  await page.keyboard.press('d');
  await expect(page.getByRole('alert')).toContainText('what should have been decided');
  await app.field('Note').fill('The boiler was an emergency.');
  await app.button('Disagree').press('Enter');
  for (let n = 2; n <= all; n++) {
    await expect(page.getByRole('heading', { name: `Run ${n} of ${all}` })).toBeFocused();
    await page.keyboard.press('a');
  }
  await expect(app.dialog()).toContainText(`All ${all} runs are read; the officer disagrees with 1.`);
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Sign off' }).press('Enter');
  await expect(app.dialog().getByRole('alert')).toContainText('what reading these runs showed');
  await app.field('What did reading these runs show?').fill('Sound, but for one emergency.');
  await app.dialog().getByRole('button', { name: 'Sign off' }).press('Enter');
  await expect(page.getByText(/^Signed off by /)).toBeVisible();
  await expect(page.getByText(new RegExp(`^1 of ${all} were wrong: with 80% confidence`))).toBeVisible();
  await expect(page.getByRole('row', { name: /The boiler was an emergency/ })).toBeVisible();

  // It is in the log, found again, and saved as a workpaper.
  await app.go('/activity');
  await expect(page.getByText(/signed SMP-\d+ of WF-0003/)).toBeVisible();
  await app.go('/runs/samples');
  await expect(page.getByRole('row', { name: /SMP-.*Signed off/ })).toBeVisible();
  await page.getByRole('link', { name: /^SMP-/ }).click();
  const paper = join(program.dir, 'workpaper.csv');
  await program.answer(paper);
  await app.button('Save the workpaper').click();
  await expect
    .poll(() => readFile(paper, 'utf8').catch(() => ''))
    .toContain(',yes,The boiler was an emergency.');
});

test('words are found in what the AI wrote, and are shown as text', async ({ app, page }) => {
  await app.openSample();
  await app.go('/runs/search');
  await app.field('Words in outputs, reasoning and reasons').fill('hallway');
  await page.keyboard.press('Enter');
  await expect(page.locator('mark').first()).toHaveText(/hallway/i);
  await app.accessible();
  await page.locator('ol a').first().click();
  await expect(app.heading(/^Run /)).toBeVisible();
  await page.goBack();
  await expect(page.locator('mark').first()).toBeVisible();
  await app.field('Words in outputs, reasoning and reasons').fill('zyzzyva');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No run holds these words.')).toBeVisible();
});

test('one run is explained to the person it affected', async ({ app, page, program }) => {
  await app.openSample();
  await app.go('/runs/list?workflow=WF-0003');
  await page.locator('tbody a').first().click();
  await expect(app.heading(/^Run /)).toBeVisible();
  await expect(page.getByText(/ later$/).first()).toBeVisible();
  await app.accessible();
  await app.button('Explain this run').press('Enter');
  await expect(app.dialog()).toContainText('An officer reads, corrects and signs it');
  await app.accessible();
  const pdf = join(program.dir, 'letter.pdf');
  await program.answer(pdf);
  await app.dialog().getByRole('button', { name: 'Save as PDF' }).press('Enter');
  await expect.poll(() => readFile(pdf, 'latin1').catch(() => '')).toMatch(/^%PDF-/);
  await page.keyboard.press('Escape');
  const file = join(program.dir, 'one.jsonl');
  await program.answer(file);
  await app.button('Save this run').press('Enter');
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('"run_id"');
});

// A consultant imports runs, reads what they contradict, and works findings off.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { find } from './program';
import { expect, test } from './test';
import { workbook } from './xlsx';

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
  // A value that nobody explained refuses the file, until somebody says what it means.
  await expect(bar).toContainText('4 of 477 records are refused for what nobody explained');
  // What is refused is shown with its line, and saved as a table.
  await expect(page.getByRole('row', { name: /row 31 .*soon/ })).toBeVisible();
  const refused = join(program.dir, 'refused.csv');
  await program.answer(refused);
  await app.button('Save the refused records').click();
  await expect.poll(() => readFile(refused, 'utf8').catch(() => '')).toContain('row 31');
  await app.field('Values that mean nothing is known').fill('soon');
  await expect(bar).toContainText('120 runs are read');
  await expect(bar).toContainText('Priority decision: 120 prepared, 117 decided, 120 released');
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
  await expect(bar).toContainText('117 decided');

  // What may not be stored is left out.
  await app.field('What to do with Reason or comment').selectOption({ label: 'Leave out' });

  // The mapping is kept as a file that the command line reads.
  const kept = join(program.dir, 'repairs.mapping.yaml');
  await program.answer(kept);
  await app.button('Save the mapping').click();
  await expect.poll(() => readFile(kept, 'utf8').catch(() => '')).toContain('zone: Europe/London');

  // Nothing is imported before somebody said that the suggestions are right.
  const go = app.button('Import into Housing repairs triage');
  await expect(go).toBeDisabled();
  await app.field('I have checked these suggestions').press('Space');
  await expect(go).toBeEnabled(); // a key on a button that is still off does nothing
  await go.press('Enter');
  await expect(page.getByText('120 runs imported into Housing repairs triage.')).toBeVisible();
  await app.accessible();

  // The next file of this form needs no explaining.
  await writeFile(csv, repairs().replaceAll('R-5', 'R-6'));
  await app.button('Import another file').click();
  await program.answer(csv);
  await app.button('Choose a file').click();
  await expect(
    page.getByText(/The mapping of IMP-\d+ \(repairs 2026\.csv, .*\) fits this file and is used/),
  ).toBeVisible();
  await expect(bar).toContainText('120 runs are read');
  await expect(go).toBeEnabled();

  // And a mapping from a file does the same.
  await app.button('Start from suggestions instead').click();
  await expect(bar).toContainText(/has no time zone/);
  await program.answer(kept);
  await app.button('Open a mapping').click();
  await expect(bar).toContainText('120 runs are read');

  // The same table from a spreadsheet, dropped on the window.
  const book = join(program.dir, 'repairs 2026.xlsx');
  const cells = repairs()
    .replaceAll('R-5', 'R-7')
    .split('\n')
    .map((row) => row.split(';'));
  await writeFile(book, workbook(cells));
  await app.go('/no/such/page');
  await dropped(page, book);
  await app.field('For which workflow?').selectOption({ value: 'WF-0003' });
  await expect(page.getByText(/Table \(Excel workbook\)/).first()).toBeVisible();
  await expect(app.field('What was done (activity)')).toHaveValue('What happened');
  await program.answer(kept);
  await app.button('Open a mapping').click();
  await expect(bar).toContainText('120 runs are read');
  await expect(go).toBeEnabled();
  await go.press('Enter');
  await expect(page.getByText('120 runs imported into Housing repairs triage.')).toBeVisible();
});

/** A spreadsheet saved as CSV: titles above the header, and a column of times in another form. */
function titled(): string {
  const rows = ['Fenwick DC - Repairs AI log,,,,,', 'Extracted 02/11/2026,,,,,', ',,,,,'];
  rows.push('Case Ref.,Date logged,Officer,Date checked,Decision,Sent to tenant');
  for (let i = 0; i < 120; i++) {
    const day = String((i % 28) + 1).padStart(2, '0');
    const officer = i % 5 ? 'c.ibbotson' : 't.unknown';
    const sent = i % 10 ? '10:41' : '09:30'; // some before the decision
    rows.push(
      `RR-${1000 + i},${day}/10/2026 09:00,${officer},${day}/10/2026 10:00,Agreed,${day}/10/26 ${sent}`,
    );
  }
  return rows.join('\n');
}

test('a spreadsheet with title rows becomes findings in at most eight choices', async ({
  app,
  page,
  program,
}) => {
  const csv = join(program.dir, 'repairs log.csv');
  await writeFile(csv, titled());
  await app.openSample();
  await app.go('/runs/import');
  let choices = 0;
  const choose = async (what: Promise<unknown>) => {
    choices++;
    await what;
  };
  await choose(app.field('For which workflow?').selectOption({ value: 'WF-0003' }));
  await program.answer(csv);
  await choose(app.button('Choose a file').click());

  // The sheet comes first, with the row of the names marked and each column explained.
  const sheet = page.getByRole('region', { name: 'The first rows of the file' });
  await expect(sheet.getByRole('row', { name: /Case Ref/ })).toHaveAttribute('aria-current', 'true');
  await expect(sheet.getByRole('row').first()).toContainText('Which run (identifier)');
  await expect(sheet.getByRole('row').first()).toContainText('When it was decided');
  await app.accessible();
  // Another row is pressed by mistake, and the right one again: what is suggested follows.
  await choose(sheet.getByRole('button', { name: 'Row 2 names the columns' }).click());
  await expect(sheet.getByRole('row', { name: /Extracted/ })).toHaveAttribute('aria-current', 'true');
  await choose(sheet.getByRole('button', { name: 'Row 4 names the columns' }).click());
  await expect(app.field('Which run (identifier)')).toHaveValue('Case Ref.');
  await expect(app.field('Who decided (account)', true)).toHaveValue('Officer');
  // Each column of times has its own form.
  await expect(app.field('Form of the times in Date checked')).toHaveValue('DD/MM/YYYY hh:mm');
  await expect(app.field('Form of the times in Sent to tenant')).toHaveValue('DD/MM/YY hh:mm');

  await choose(app.field('Time zone of the clock').selectOption('Europe/London'));
  const bar = page.getByRole('region', { name: 'Result of this mapping' });
  await expect(bar).toContainText('Priority decision: 0 prepared, 120 decided, 120 released');
  await choose(app.field('I have checked these suggestions').press('Space'));
  const go = app.button('Import into Housing repairs triage');
  await expect(go).toBeEnabled();
  await choose(go.click());
  await expect(page.getByText('120 runs imported into Housing repairs triage.')).toBeVisible();
  await choose(app.link('See what was found').click());
  await expect(page.getByRole('link', { name: /OVR-02/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /OVR-03/ })).toBeVisible();
  expect(choices).toBeLessThanOrEqual(8);
});

test('what nobody touched is suggested anew after each choice', async ({ app, page, program }) => {
  const csv = join(program.dir, 'tickets.csv');
  // Nothing is called what it is: a ticket stands in several rows.
  await writeFile(
    csv,
    'Alpha,Ref,Beta,When\n' +
      ['T1,1,Draft reply', 'T1,2,Approve reply', 'T2,3,Draft reply', 'T2,4,Approve reply']
        .map((row, i) => `${row},0${i + 1}/10/2026 09:00`)
        .join('\n'),
  );
  await app.openSample();
  await app.go('/runs/import?workflow=WF-0003');
  await program.answer(csv);
  await app.button('Choose a file').click();
  await expect(app.field('Which run (identifier)')).toHaveValue('Ref');
  await expect(app.field('A whole run')).toBeChecked();
  await app.field('Which run (identifier)').selectOption('Alpha');
  await expect(app.field('One thing that happened in a run')).toBeChecked();
  await expect(app.field('What was done (activity)')).toHaveValue('Beta');
  await expect(app.field('What it is: Approve reply')).toHaveValue('officer-decision/decide');
  // Of “When”, not of what was chosen.
  await expect(page.getByText('Suggested: The column is called so.')).toHaveCount(1);
});

/** Files are dropped on the window. */
async function dropped(page: Page, ...paths: string[]): Promise<void> {
  await page.evaluate((all) => (window as unknown as { dropFiles(p: string[]): void }).dropFiles(all), paths);
}

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

  // A log in XES, packed, is dropped on the window: the same runs under other names are new.
  const log = find(join(program.dir, 'state/sample'), /\.xes\.gz$/);
  const other = join(program.dir, 'other.xes.gz');
  const text = gunzipSync(await readFile(log)).toString();
  await writeFile(
    other,
    gzipSync(text.replace(/(<trace>\s*<string key="concept:name" value=")/g, '$1again-')),
  );
  await app.go('/no/such/page');
  await dropped(page, other);
  await app.field('For which workflow?').selectOption({ value: 'WF-0006' });
  await expect(page.getByText(/XES event log/).first()).toBeVisible();
  const go = app.button(/^Import into /);
  await expect(go).toBeEnabled();
  await go.press('Enter');
  await expect(page.getByText(/^\d+ runs imported into /)).toBeVisible();
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
  await app.explain('An officer from the agency decided, who is named in the rota of 3 August.');
  await expect(page.getByText(/findings? decided/)).toBeVisible();
  await expect(page.getByText('Nothing to work off')).toBeVisible();
  // Said too soon: they are open again, and said again.
  await app.button('Undo').press('Enter');
  await expect(page.getByText(/findings are open again/)).toBeVisible();
  await expect(page.getByRole('row')).not.toHaveCount(1);
  await page.getByRole('button', { name: /^Explain all \d+$/ }).click();
  await app.explain('An officer from the agency decided, who is named in the rota of 3 August.');
  await expect(page.getByText('Nothing to work off')).toBeVisible();

  await app.go('/runs/findings?workflow=WF-0003&code=OVR-01');
  await page.getByRole('button', { name: /^Raise an action for all/ }).click();
  await app.dialog().getByLabel('What will be done?').fill('Close the way round the gate');
  await app.dialog().getByLabel('By whom').selectOption({ index: 1 });
  await app.date('By when', '1', '2', '2027');
  await app
    .dialog()
    .getByLabel('What happened, and how do you know?')
    .fill('Releases left without anybody deciding: the platform lets the desk send them by itself.');
  await app.dialog().getByRole('button', { name: 'Raise an action' }).click();
  await expect(page.getByText('Nothing to work off')).toBeVisible();
  await app.go('/reviews/actions');
  await page.getByRole('searchbox').fill('close the way');
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
  // The boxes show the period in force, which is that of the runs.
  await expect(page.getByRole('group', { name: 'From' }).getByLabel('Year')).toHaveValue(/^20\d\d$/);
  const findings = page.getByRole('figure', { name: 'Findings over time' });
  await expect(findings.getByRole('img').first()).toHaveAccessibleName(/^[A-Z]{3}-\d\d\. \d+ from /);
  await findings.getByRole('button', { name: 'Show as table' }).click();
  await expect(findings.getByRole('row', { name: /^[A-Z]{3}-\d\d/ }).first()).toBeVisible();
  await app.field('Officer', true).selectOption({ index: 1 });
  await expect(page.getByText(/^The charts are those of runs that .+ decided, by month/)).toBeVisible();
  await expect(page.getByRole('figure', { name: 'Runs decided by month' }).getByRole('table')).toBeVisible();
  await expect(
    page
      .getByRole('figure', { name: /^Review time/ })
      .first()
      .getByRole('img'),
  ).toBeVisible();
  await app.accessible();
  await app.field('Officer', true).selectOption('All officers');
  await expect(chart.getByRole('table')).toBeVisible();
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
  await expect(page.getByText(/80% sure that fewer than 20 in 100/)).toBeVisible();
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
  // Not by whoever drew it: which runs are read, and what they showed, are two people's words.
  await app.dialog().getByRole('button', { name: 'Sign off' }).press('Enter');
  await expect(app.dialog().getByRole('alert')).toContainText('ask somebody else');
  await app
    .field('Who signs it off?')
    .selectOption({ label: 'Tomasz Wieland, Deputy Data Protection Officer' });
  await app.dialog().getByRole('button', { name: 'Sign off' }).press('Enter');
  await expect(page.getByText(/^Signed off by /)).toBeVisible();
  await expect(page.getByText(new RegExp(`^1 of ${all} were wrong: with 80% confidence`))).toBeVisible();
  await expect(page.getByRole('row', { name: /The boiler was an emergency/ })).toBeVisible();

  // It is in the log, found again, and saved as a workpaper.
  await app.go('/activity');
  await expect(page.getByText(/signed SMP-\d+ of WF-0003/)).toBeVisible();
  await app.go('/runs/samples');
  await page
    .getByRole('row', { name: /SMP-.*Signed off/ })
    .getByRole('link', { name: /^SMP-/ })
    .click();
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
  // All of them first, for other programs.
  await app.button('Save the runs').press('Enter');
  await app.dialog().getByLabel('OCEL 2.0 event log (SQLite)').check();
  const database = join(program.dir, 'runs.sqlite');
  await program.answer(database);
  await app.dialog().getByRole('button', { name: 'Choose where, and save' }).press('Enter');
  await expect(page.getByText(/^Saved \d+ runs as .*runs\.sqlite\.$/)).toBeVisible();
  expect(await readFile(database, 'latin1')).toMatch(/^SQLite format 3/);
  await page.locator('tbody a').first().click();
  await expect(app.heading(/^Run /)).toBeVisible();
  await expect(page.getByText(/ later$/).first()).toBeVisible();
  await app.accessible();
  await app.button('Explain this run').press('Enter');
  await expect(app.dialog()).toContainText('An officer reads, corrects and signs it');
  await app.accessible();
  const pdf = join(program.dir, 'letter.pdf');
  await program.answer(pdf);
  await app.dialog().getByRole('button', { name: 'Save as PDF', exact: true }).press('Enter');
  await expect.poll(() => readFile(pdf, 'latin1').catch(() => '')).toMatch(/^%PDF-/);

  // The officer edits it; what is left open is asked for, and what is sent is kept.
  await app.dialog().getByRole('button', { name: 'Edit the letter' }).press('Enter');
  await app.accessible();
  const keep = app.dialog().getByRole('button', { name: 'Keep, and save as PDF' });
  await keep.press('Enter');
  await expect(app.dialog().getByRole('alert')).toContainText('Write or take out what begins with “[name]”');
  await expect(app.dialog().getByRole('alert')).toContainText('Go through the questions');
  await app.field('Greeting').fill('Dear Ms Okafor,');
  for (const part of await app.dialog().locator('textarea').all())
    await part.fill((await part.inputValue()).replaceAll(/\[[^\]]*\]/g, 'We will hear you.'));
  await app.field('Signed by (name and role)').fill('Ada Holt, Housing Manager');
  await app.field('I went through these questions.').check();
  const sent = join(program.dir, 'sent.pdf');
  await program.answer(sent);
  await keep.press('Enter');
  await expect(page.getByText(/^The letter is kept as EV-\d+ and saved as /)).toBeVisible();
  expect(await readFile(sent, 'latin1')).toMatch(/^%PDF-/);
  await expect(app.dialog()).toHaveCount(0);
  const file = join(program.dir, 'one.jsonl');
  await program.answer(file);
  await app.button('Save this run').press('Enter');
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('"run_id"');
});

test('a workflow’s page says what its runs can show, and what not', async ({ app, page }) => {
  await app.openSample();
  await app.go('/workflows/WF-0003/runs');
  const gates = page.getByRole('table', { name: 'What is claimed of each gate' });
  await expect(gates.getByRole('cell', { name: 'Not held', exact: true }).first()).toBeVisible();
  await expect(gates.getByRole('columnheader', { name: 'Not shown' })).toBeVisible();
  const controls = page.getByRole('table', { name: 'Controls of ISO/IEC 42001, Annex A' });
  await expect(controls.getByRole('link', { name: /^A\.\d/ }).first()).toBeVisible();
  await expect(page.getByText(/Logs cannot show the other controls of Annex A/)).toBeVisible();
  const held = page.getByRole('table', { name: 'Runs read, beside the platform’s own count' });
  await expect(held.getByRole('row', { name: /IMP-\d+.*platform counts/ }).first()).toBeVisible();
  await expect(page.getByText('Days without a run')).toBeVisible();
  await app.accessible();
});

test('an import is purged when its time has come, and its proofs stay', async ({ app, page, program }) => {
  await app.openSample();
  await app.go('/workflows/WF-0003/edit');
  await app.field('Months for which personal data of its runs is kept').fill('1');
  await app.button('Save').click();
  await expect(page).toHaveURL(/#\/workflows\/WF-0003$/); // the form has the same heading
  await expect(app.heading('Housing repairs triage')).toBeVisible();

  await app.go('/reviews');
  const due = page.getByRole('link', { name: /^Purge the personal data of IMP-/ });
  await expect(due.first()).toBeVisible(); // counting does not wait for the list
  const before = await due.count();
  const ref = /IMP-\d+/.exec((await due.first().textContent()) ?? '')?.[0] ?? '';
  await due.first().click();
  await expect(page.getByText(/To be purged (on|since) .* for 1 months?/)).toBeVisible();
  const digest = await page.locator('dd.mono').first().textContent();
  await app.accessible();

  // What was refused is saved from here too, while it is there.
  const refused = app.button('Save the refused records');
  if (await refused.isVisible()) {
    const file = join(program.dir, 'refused.csv');
    await program.answer(file);
    await refused.click();
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('line');
  }

  await app.button('Purge the personal data').press('Enter');
  const dialog = app.dialog();
  await expect(dialog.getByRole('heading', { name: `Purge the personal data of ${ref}?` })).toBeVisible();
  await expect(dialog).toContainText('the digest of the file and of each run');
  await app.accessible();
  await dialog.getByRole('button', { name: 'Purge the personal data' }).click();
  await expect(dialog.getByRole('alert')).toContainText(`Type ${ref}`);
  await dialog.getByLabel(`Type ${ref} to confirm`).fill(ref);
  await dialog.getByRole('button', { name: 'Purge the personal data' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Say why the import is purged');
  await dialog.getByLabel('Why is it purged?').fill('The period of one month ends.');
  await dialog.getByRole('button', { name: 'Purge the personal data' }).press('Enter');

  await expect(page.getByText(/^Purged on 2 November 2026 by /)).toBeVisible();
  await expect(page.getByText('The period of one month ends.')).toBeVisible();
  expect(await page.locator('dd.mono').first().textContent()).toBe(digest);
  await expect(app.button('Purge the personal data')).toHaveCount(0);
  await app.accessible();
  await app.go('/reviews');
  await expect(app.heading('Reviews')).toBeVisible();
  await expect(due).toHaveCount(before - 1);
  await app.go('/activity');
  await expect(page.getByText(new RegExp(`Purged the personal data of ${ref}`)).first()).toBeVisible();
});

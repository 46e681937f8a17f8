// One workflow from nothing to a signed certificate: a new register, colleagues,
// a policy, a workflow from a template, its gates and account, an assessment that
// three people stand behind, runs, findings, keys, and the certificate itself.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test, type App } from './test';
import { start } from './program';

const passphrase = 'four unrelated words here';

async function newRegister(app: App, page: Page, file: string): Promise<void> {
  await app.open('/new');
  await app.field('Name of the organisation').fill('Fenwick District Council');
  await app.button('Continue').click();
  await app.field('Your name').fill('Ada Fenwick');
  await app.field('Job title').fill('Data Protection Officer');
  await app.button('Continue').click();
  await app.program.answer(file);
  await app.button('Choose where').click();
  await app.field('Passphrase', true).fill(passphrase);
  await app.field('Passphrase again').fill(passphrase);
  await app.button('Make the register').click();
  await app.keepWords();
  await expect(app.heading('Overview')).toBeVisible();
}

async function addPerson(app: App, page: Page, name: string, title: string, duty: string, senior = false) {
  await app.button('Add a person').click();
  const dialog = app.dialog();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Job title').fill(title);
  await dialog.getByRole('checkbox', { name: duty, exact: true }).check();
  if (senior) await dialog.getByRole('checkbox', { name: 'Senior' }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name, exact: true })).toBeVisible();
}

/** Runs as the platform exports them; the last one was released by nobody. */
function exported(): string {
  const line = (n: number, decided: boolean) => {
    const at = (minute: number) =>
      `2026-10-${String(n).padStart(2, '0')}T09:${String(minute).padStart(2, '0')}:00Z`;
    return JSON.stringify({
      run_id: `HR-${n}`,
      sequence: n,
      workflow: 'wf-repairs',
      workflow_version: '1.0',
      started: at(0),
      ended: at(20),
      outcome: 'routine',
      steps: [
        { name: 'Propose priority', actor: 'svc-repairs', actor_kind: 'agent', started: at(0), ended: at(1) },
        { name: 'Raise order', actor: 'svc-repairs', actor_kind: 'system', started: at(20), ended: at(20) },
      ],
      outputs: [{ text: 'routine', recommendation: 'routine', reasoning: 'No danger is described.' }],
      decisions: decided
        ? [
            {
              gate: 'priority-decision',
              prepared_by: 'svc-repairs',
              presented: at(1),
              opened: at(5),
              decided: at(7),
              account: n % 2 ? 'o.lane' : 'u.moss',
              officer_name: n % 2 ? 'Olive Lane' : 'Uma Moss',
              role: 'Triage officer',
              code: n % 3 ? 'approved' : 'approved_with_edits',
              edited: n % 3 === 0,
              reason: n % 3 ? '' : 'Changed the trade.',
              ai_recommendation: 'propose routine',
            },
          ]
        : [],
    });
  };
  const runs = Array.from({ length: 12 }, (_, i) => line(i + 1, i !== 11));
  const head = {
    assay_run_audit: 1,
    platform: 'Wayfinder',
    workflow: 'wf-repairs',
    from: '2026-10-01T00:00:00Z',
    to: '2026-10-31T00:00:00Z',
    exported: '2026-11-01T09:00:00Z',
    runs: 12,
  };
  return [JSON.stringify(head), ...runs].join('\n') + '\n';
}

test('a workflow is assessed from template to signed certificate', async ({ app, page, program }) => {
  test.setTimeout(600_000);
  page.setDefaultTimeout(30_000); // so that what cannot be found is named
  const file = join(program.dir, 'fenwick.assay');
  await newRegister(app, page, file);

  await test.step('colleagues', async () => {
    await app.go('/settings/people');
    await addPerson(app, page, 'Ravi Moor', 'Information governance manager', 'Reviewer');
    await addPerson(app, page, 'Celia Hart', 'Chief Executive', 'Approver', true);
    await app.go('/settings');
    await app.field('Public contact').fill('dpo@fenwick.example');
    await app.button('Save').click();
    await expect(page.getByText('Saved.').first()).toBeVisible();
  });

  await test.step('a policy in force', async () => {
    await app.go('/policies/new');
    await app.field('Title').fill('Policy on the use of AI');
    await app.field('What it is about').selectOption({ label: 'AI' });
    await app.field('Accountable person').selectOption({ label: 'Ada Fenwick, Data Protection Officer' });
    await app.field('Purpose').fill('AI helps people who decide; it decides nothing.');
    await app.field('Scope').fill('All services of the council.');
    await app.date('Next review', '1', '11', '2027');
    await app.field('Forbidden uses').fill('Decisions without a person');
    await app.field('Approval route').fill('Cabinet');
    await app.field('How people oversee AI', true).fill('An officer decides at every gate.');
    await app.button('Save').click();
    await app.button('Submit for approval').click();
    await app.button('Record the approval').click();
    await app.dialog().getByLabel('Approved by').selectOption({ label: 'Celia Hart, Chief Executive' });
    await app.dialog().getByLabel('In the role of').fill('Chief Executive');
    await app.dialog().getByLabel('Minute or decision record').fill('Cabinet, item 7');
    await app.dialog().getByRole('button', { name: 'Record the approval' }).click();
    await app.button('Bring into force').click();
    await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();
  });

  await test.step('a workflow from a template, whose words are suggestions', async () => {
    await app.go('/workflows/new');
    await app.field('Begin from').selectOption({ label: 'Sorting and prioritising requests' });
    await expect(page.getByText('Suggestion', { exact: true })).toBeVisible();
    await app.field('Name', true).fill('Housing repairs triage');
    await app.field('Service').fill('Housing');
    await app.field('Accountable person').selectOption({ label: 'Celia Hart, Chief Executive' });
    await app.button('Confirm: What it does, and for whom').click();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); // the buttons that stay in view cover no field
    await app.accessible();
    await app.button('Save').click();
    await expect(app.heading('Housing repairs triage')).toBeVisible();

    await app.go('/workflows/WF-0001/transparency');
    await expect(page.getByText(/parts are suggestions that nobody has confirmed/)).toBeVisible();
    await app.accessible();
    await app.link('Read and confirm them').click();
    // A change makes a suggestion one's own; the others are confirmed one by one.
    await app
      .field('How it reaches its output', true)
      .fill('It compares the words of the report with our rules for danger.');
    const confirm = page.getByRole('button', { name: /^Confirm: / });
    for (let left = await confirm.count(); left > 0; left = await confirm.count())
      await confirm.first().click();
    await page.getByRole('textbox', { name: /awful basis/ }).fill('Public task, as landlord');
    await app.button('Save').click();
    await expect(app.heading('Housing repairs triage')).toBeVisible();
    await expect(page.getByText(/suggestions that nobody has confirmed/)).toHaveCount(0);
  });

  await test.step('its gate, with officers', async () => {
    await app.go('/workflows/WF-0001/oversight');
    await app.link('Edit the gate').click();
    await expect(page.getByText('This gate is a suggestion from the template')).toBeVisible();
    await app.field('Authorised accounts').fill('o.lane\nu.moss');
    await page.getByRole('radio', { name: /By the platform/ }).check();
    await app.field('What shows the enforcement').fill('Settings of the platform, 1 October 2026');
    await app.field('Activities that prepare').fill('Propose priority');
    await app.field('Activities that release').fill('Raise order');
    await app.button('Save').click();
    await expect(page.getByText('Suggestion', { exact: true })).toHaveCount(0);
    await app.button('Add an account').click();
    await app.dialog().getByLabel('Account', { exact: true }).fill('svc-repairs');
    await app.dialog().getByLabel('What it stands for').selectOption({ label: 'System' });
    await app.accessible();
    await app.dialog().getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('svc-repairs', { exact: true })).toBeVisible();
  });

  await test.step('the policy applies, with the reason', async () => {
    await app.go('/workflows/WF-0001/policy');
    await app.button('Link a policy').click();
    await app.dialog().getByLabel('Policy', { exact: true }).selectOption({ index: 1 });
    await app.dialog().getByLabel('Why does it apply?').fill('It covers all use of AI.');
    await app.dialog().getByRole('button', { name: 'Save' }).click();
    await expect(app.link('Policy on the use of AI')).toBeVisible();
  });

  await test.step('the assessment, section by section', async () => {
    const document = join(program.dir, 'platform settings.txt');
    await writeFile(document, 'Release without a decision: off\n');
    await app.go('/workflows/WF-0001/risk');
    await app.button('Start a risk assessment').click();
    await expect(app.heading('Risk assessment of Housing repairs triage')).toBeVisible();
    await expect(page.getByText('0 of 23 questions answered')).toBeVisible();
    await app.accessible();
    for (const section of [
      'What it is for',
      'People and their data',
      'People who decide',
      'Right often enough',
      'People who are affected',
      'Supplier and security',
      'After it went live',
    ]) {
      await expect(page.getByRole('heading', { level: 2, name: section })).toBeVisible();
      for (const question of await page.getByRole('article').all()) {
        await question.getByRole('radio', { name: 'Yes' }).check();
        await question.getByRole('textbox').fill('Seen on site with the team on 2 November.');
      }
      if (section === 'People who decide') {
        // A document that is dropped on a question is kept, linked and named there.
        const place = page.getByRole('group', { name: /^Evidence for: Does a named officer decide/ });
        await place.scrollIntoViewIfNeeded();
        const box = await place.boundingBox();
        await page.evaluate(
          ([path, x, y]) =>
            (window as unknown as { dropFiles(p: string[], x: number, y: number): void }).dropFiles(
              [path],
              x,
              y,
            ),
          [document, box!.x + 20, box!.y + 10] as [string, number, number],
        );
        await expect(
          page.getByRole('article').first().getByRole('link', { name: 'platform settings' }),
        ).toBeVisible();
      }
      await page.getByRole('button', { name: /^Next: / }).click();
    }
    await expect(page.getByText('23 of 23 questions answered')).toBeVisible();

    // The catalogue suggests; each risk is rated, or said not to apply, with the reason.
    await expect(page.getByRole('heading', { level: 2, name: 'Risks' })).toBeVisible();
    const first = page.getByRole('list', { name: 'Risks' }).getByRole('listitem').first();
    await first.getByRole('button', { expanded: false }).click();
    for (const [stage, likelihood] of [
      ['Inherent', '4'],
      ['Current', '3'],
      ['Residual', '2'],
    ] as const) {
      const group = page.getByRole('group', { name: new RegExp(`^${stage}`) });
      await group.getByLabel('Likelihood').selectOption(likelihood);
      await group.getByLabel('Impact').selectOption('3');
    }
    await page.getByLabel('Controls that exist').fill('The officer sees the report beside the proposal');
    await first.getByLabel('Owner').selectOption({ label: 'Ada Fenwick, Data Protection Officer' });
    await first.getByLabel('Treatment', { exact: true }).selectOption({ label: 'Mitigate' });
    await app.date('Treatment due', '1', '3', '2027');
    await app.accessible();
    await first.getByRole('button', { expanded: true }).click();
    for (let i = 0; i < 14; i++) {
      const suggestion = page.getByRole('list', { name: 'Risks' }).getByRole('listitem').nth(1);
      await suggestion.getByRole('button', { expanded: false }).click();
      await suggestion.getByRole('button', { name: 'It does not apply here' }).click();
      await suggestion
        .getByLabel('Why does it not apply?')
        .fill('Looked at with the service; the tool only sorts.');
      await suggestion.getByRole('button', { name: 'Keep with the reason' }).click();
    }
    await expect(page.getByRole('heading', { name: 'Considered and found not to apply' })).toBeVisible();
    await page.getByRole('button', { name: 'Next: Basis' }).click();
    await app
      .field('Method')
      .fill('Likelihood and impact from 1 to 5, judged in one meeting with the service.');
    await page
      .getByLabel('Add', { exact: true })
      .selectOption({ label: 'Data protection impact assessment' });
    await app.field('Status').selectOption({ label: 'Approved' });
    await page.getByLabel('Reference', { exact: true }).fill('DPIA-2026-014');
    await page.getByRole('button', { name: 'Next: Hand over' }).click();
    await expect(page.getByText('Nothing stands in the way.')).toBeVisible();
    await app.accessible();
    await app.button('Hand over for review').click();
    await app.dialog().getByRole('button', { name: 'Hand over for review' }).click();
    await expect(page.getByText('It waits for a reviewer who did not prepare it.')).toBeVisible();
    await app.button('Record the review').click();
    await app
      .dialog()
      .getByLabel('Who reviewed it?')
      .selectOption({ label: 'Ravi Moor, Information governance manager' });
    await app.dialog().getByRole('button', { name: 'Record the review' }).click();
    await app.button('Approve').click();
    await app.dialog().getByLabel('Who approves it?').selectOption({ label: 'Celia Hart, Chief Executive' });
    await app.dialog().getByRole('button', { name: 'Approve' }).click();
    await expect(page.getByText('Approved', { exact: true }).first()).toBeVisible();
    await expect(page.getByText('Ravi Moor, 2 November 2026')).toBeVisible();
  });

  await test.step('it goes on trial', async () => {
    await app.go('/workflows/WF-0001');
    await app.button('Change stage').click();
    await app.dialog().getByRole('radio', { name: 'On trial' }).check();
    await app.dialog().getByLabel('Why is it changed?').fill('Assessed and approved.');
    await app.dialog().getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('On trial', { exact: true }).first()).toBeVisible();
  });

  await test.step('runs, and the finding that they lead to', async () => {
    const runs = join(program.dir, 'repairs.jsonl');
    await writeFile(runs, exported());
    await app.go('/runs/import?workflow=WF-0001');
    await program.answer(runs);
    await app.button('Choose a file').click();
    await expect(page.getByRole('heading', { name: 'What the tests would find' })).toBeVisible();
    await app.button('Import into Housing repairs triage').click();
    await expect(app.button('Import another file')).toBeVisible();
    await expect(page.getByText('OVR-01').first()).toBeVisible();
    await app.go('/certificates/issue/WF-0001');
    await expect(app.link('OVR-R03')).toBeVisible();
    await app.go('/runs/findings?workflow=WF-0001&code=OVR-01');
    await page.getByRole('button', { name: 'Explain' }).first().click();
    await app.explain('Raised by hand in the storm of 12 October; the log of calls shows who decided.');
    await expect(page.getByText(/findings? decided/)).toBeVisible();
    // The questions now show what the runs say.
    await app.go('/risks/RA-0001/oversight');
    await expect(page.getByRole('article').first()).toContainText('Released with a decision');
    await app.accessible();
  });

  await test.step('keys', async () => {
    await app.go('/settings/keys');
    await app.button('Make the root key').click();
    await app.dialog().getByLabel('Passphrase', { exact: true }).fill('the root is kept apart');
    await app.dialog().getByRole('button', { name: 'Make the root key' }).click();
    await expect(app.dialog()).toBeHidden({ timeout: 30_000 });
    for (const who of ['Ada Fenwick, Data Protection Officer', 'Celia Hart, Chief Executive']) {
      await app.button('Make a signing key').click();
      await app.dialog().getByLabel('For whom?').selectOption({ label: who });
      await app.dialog().getByLabel('Passphrase', { exact: true }).fill('a passphrase for signing');
      await app.dialog().getByLabel('Passphrase of the root key').fill('the root is kept apart');
      await app.dialog().getByRole('button', { name: 'Make a signing key' }).click();
      await expect(app.dialog()).toBeHidden({ timeout: 30_000 });
    }
  });

  await test.step('the certificate is issued, viewed, printed, saved and verified', async () => {
    await app.go('/workflows/WF-0001');
    await app.link('Issue a certificate').click();
    await expect(page.getByText('Nothing blocks a certificate.')).toBeVisible();
    await app.accessible();
    await app.field('Who approves it?').selectOption({ label: 'Celia Hart, Chief Executive' });
    await app
      .field('Who puts them right, unless named otherwise')
      .selectOption({ label: 'Ada Fenwick, Data Protection Officer' });
    await app.date('By when, unless given otherwise', '1', '3', '2027');
    await app.field('Passphrase of your signing key').fill('a passphrase for signing');
    await app.field('Passphrase of the approver’s key').fill('a passphrase for signing');
    await app.button('Sign and issue').click();
    await expect(app.heading(/^Certificate GC-2026-0001$/)).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();
    await expect(page.locator('iframe')).toBeVisible();
    await app.button('Open to print').click();
    await expect.poll(() => program.shown()).toMatch(/GC-2026-0001\.pdf/);
    const saved = join(program.dir, 'certificate.pdf');
    await program.answer(saved);
    await app.button('Save the PDF').click();
    await expect(page.getByText(`Saved to ${saved}`)).toBeVisible();
    await app.go('/verify');
    await program.answer(saved);
    await app.button('Choose a file').click();
    await expect(page.getByRole('heading', { name: 'Genuine', exact: true })).toBeVisible();
  });
});

test('half an answer survives a crash of the program', async ({ app, page, program }) => {
  const file = join(program.dir, 'crash.assay');
  await newRegister(app, page, file);
  await app.go('/workflows/new');
  await app.field('Name', true).fill('Summaries');
  await app.button('Save').click();
  await expect(app.heading('Summaries')).toBeVisible();
  await app.go('/workflows/WF-0001/risk');
  await app.button('Start a risk assessment').click();
  const question = page.getByRole('article').first();
  await question.getByRole('radio', { name: 'Partly' }).check();
  await question.getByRole('textbox').fill('The officers say one thing and the');
  await expect(page.getByText(/^Kept/)).toBeVisible();
  await program.stop('SIGKILL');
  const again = await start(program.dir);
  try {
    await page.goto(again.url);
    await page.getByRole('button', { name: /^Fenwick District Council/ }).click();
    await app.dialog().getByLabel('Passphrase').fill(passphrase);
    await app.dialog().getByRole('button', { name: 'Unlock' }).click();
    await app.heading('Overview').waitFor();
    await page.evaluate(() => (location.hash = '/risks/RA-0001/purpose'));
    await expect(page.getByText(/Your unsaved work from .* was brought back/)).toBeVisible();
    await expect(question.getByRole('radio', { name: 'Partly' })).toBeChecked();
    await expect(question.getByRole('textbox')).toHaveValue('The officers say one thing and the');
  } finally {
    await again.stop();
  }
});

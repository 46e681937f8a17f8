// The program is killed while somebody types: nothing but the last second is lost,
// in whatever form it was. Which forms there are is read from the sources, so that a
// new one cannot be forgotten.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { start } from './program';
import { expect, test } from './test';

test.use({ sample: true });

const src = join(import.meta.dirname, '../src');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.svelte'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(src, path), 'utf8') }));

/** The names under which forms keep their drafts, with a star for each record: "policy/*". */
function forms(): string[] {
  const tags = sources.flatMap(({ text }) => [...text.matchAll(/<Form\s+(name="((?:[^"{]|\{[^}]*\})*)")?/g)]);
  const names = tags.map(([, , name]) => (name ?? 'no name').replace(/\{[^}]*\}/g, '*'));
  return [...new Set(names.filter(Boolean))].sort(); // without a name: passphrases only
}

// Forms that keep nothing: what is typed into them is secret or a question, or no register
// is open that could keep it.
const keepNothing = [
  'certificates/Detail.svelte', // passphrases
  'certificates/More.svelte',
  'certificates/PackDialog.svelte',
  'handover/Receive.svelte', // before a register is open
  'risks/StepDialog.svelte', // only choices
  'runs/ExportRuns.svelte', // only choices
  'runs/Search.svelte', // a question
  'runs/samples/Draw.svelte', // what to draw
  'settings/Backup.svelte', // passphrases
  'settings/Keys.svelte',
  'shell/Form.svelte', // the one that keeps
  'start/New.svelte', // before a register is open
  'start/RecoveryWords.svelte', // two words of the recovery key
  'start/Unlock.svelte',
  'verify/Verify.svelte', // a question
  'workflows/ConfirmChange.svelte', // with the approver's passphrase
];

test('every form keeps what is typed, but for those that are named here', () => {
  const plain = sources.filter(({ text }) => /<form\b/.test(text)).map(({ path }) => path);
  expect(plain.sort()).toEqual(keepNothing);
});

const pattern = (form: string) => new RegExp(`^${form.replace(/\*/g, '[^/]+')}$`);

/** Where each form is: its page, and the buttons that lead to it. */
const ways: [path: string, ...buttons: (string | RegExp)[]][] = [
  ['/policies/new'],
  ['/policies/POL-0001', 'Withdraw'],
  ['/policies/POL-0006', 'Record the approval'],
  ['/policies/POL-0003', /^Delete /],
  ['/workflows/new'],
  ['/workflows/WF-0003/account'],
  ['/workflows/WF-0003/gates/new'],
  ['/workflows/WF-0003', 'Change stage'],
  ['/workflows/WF-0003/policy', 'Link a policy'],
  ['/workflows/WF-0003/oversight', 'Add an account'],
  ['/runs/findings?workflow=WF-0003&code=OVR-01', /^Explain/],
  ['/workflows/WF-0003/improvement', 'Record a change'],
  ['/certificates/issue/WF-0005'],
  ['/certificates/GC-2026-0001', 'Revoke'],
  ['/certificates/GC-2026-0001', 'Add a timestamp'],
  ['/reviews/hold/SCH-0001'],
  ['/reviews/schedules', 'Schedule a review'],
  ['/reviews/actions', 'Add an action'],
  ['/reviews/actions', /^Close/],
  ['/reviews/records', 'Add a record'],
  ['/standards/annex_a', /^Decide/],
  ['/standards/evidence', 'Keep a document'],
  ['/risks/RA-0001/risks', /RSK-0001/, 'Accept this risk'],
  ['/runs/imports/IMP-0001', /^Purge/],
  ['/runs/run/WF-0003/HR-2026-00001', 'Explain this run', 'Edit the letter'],
  ['/handover'],
  ['/settings'],
  ['/settings/people', 'Add a person'],
  ['/settings/keys', /^Revoke/],
];

/** Those at the end of a journey that walks them itself. */
const elsewhere = ['policy/document', 'sample/*/sign', 'todo/assign'];

/** Types into the first field of the form that takes text. */
async function type(page: Page): Promise<string> {
  const form = page.locator('form[data-draft]').last();
  await form
    .locator('input:not([type=password], [type=checkbox], [type=radio]), textarea')
    .first()
    .fill('77');
  return (await form.getAttribute('data-draft')) ?? '';
}

test('what was typed in any form survives a crash of the program', async ({ app, page, program }) => {
  await app.openSample();
  const typed: string[] = [];
  for (const [path, ...buttons] of ways) {
    await test.step([path, ...buttons].join(' '), async () => {
      await app.go('/no/such/page');
      await app.go(path);
      for (const name of buttons) await page.locator('main').getByRole('button', { name }).first().click();
      typed.push(await type(page));
    });
  }
  const missing = forms().filter(
    (form) => !elsewhere.includes(form) && !typed.some((name) => pattern(form).test(name)),
  );
  expect.soft(missing, 'forms that nobody typed into').toEqual([]);

  // One is open while the program is killed: what was typed more than a second ago is there.
  await app.go('/policies/new');
  await app.button('Discard it').click();
  await app.field('Title').fill('Half a policy');
  await app
    .field('Purpose')
    .pressSequentially('It was to be the best of all policies, but then ', { delay: 40 });
  await expect(page.getByText(/^Draft kept/)).toBeVisible();
  await program.stop('SIGKILL');
  const again = await start(program.dir);
  try {
    await page.goto(again.url);
    await page
      .getByRole('button', { name: /Brackenmere/ })
      .or(app.button('Open the sample council'))
      .first()
      .click();
    await app.heading('Overview').waitFor();
    for (const name of typed.filter((n) => n !== 'policy/new')) {
      const answer = await fetch(`${again.url}loopback/call`, {
        method: 'POST',
        body: JSON.stringify({ method: 'Drafts.Get', args: [name] }),
      });
      const { result } = (await answer.json()) as { result?: { body: string } };
      expect.soft(result?.body, `the draft of ${name}`).toMatch(/"typed":.*77/s);
    }
    await page.evaluate(() => (location.hash = '/policies/new'));
    await app.button('Continue with it').click();
    await expect(app.field('Title')).toHaveValue('Half a policy');
    await expect(app.field('Purpose')).toHaveValue(/^It was to be the best/);
    // What was only looked at is no draft.
    await page.evaluate(() => (location.hash = '/policies/POL-0001/edit'));
    await app.heading(/^Edit /).waitFor();
    await page.waitForTimeout(1000);
    await expect(page.getByText(/^Draft kept/)).toBeHidden();
  } finally {
    await again.stop();
  }
});

// Text from outside is hostile. It is shown as text: nothing in it runs, and
// nothing that it names is fetched (test.ts fails on any request elsewhere, any
// dialog and any error of a script).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './test';

const nasty =
  '<img src="http://evil.example/x" onerror="alert(1)"><script>alert(2)</script>\u202E\u0645\u0631\u062D\u0628\u0627 \u{1F4A5} {{7*7}} ${alert(3)}';

async function register(app: import('./test').App, dir: string): Promise<void> {
  await app.open('/new');
  await app.field('Name of the organisation').fill(`Council ${nasty}`);
  await app.button('Continue').click();
  await app.field('Your name').fill('Ada <b>Fenwick</b>');
  await app.button('Continue').click();
  await app.field('File').fill(join(dir, 'hostile.assay'));
  await app.field('Passphrase', true).fill('four unrelated words here');
  await app.field('Passphrase again').fill('four unrelated words here');
  await app.button('Make the register').click();
  await app.button('I have written them down').click();
  await expect(app.heading('Overview')).toBeVisible();
}

test('hostile text in a register and in a log is shown as text on every page', async ({
  app,
  page,
  program,
}) => {
  await register(app, program.dir);
  await app.go('/workflows/new');
  await app.field('Name', true).fill(`Triage ${nasty}`);
  await app.field('Service', true).fill(nasty);
  await app.field('What it does, and for whom').fill(`${nasty} ${'long '.repeat(20_000)}`);
  await app.field('Identifier on the platform').fill('hostile');
  await app.button('Save').click();
  await expect(page.locator('main h1')).toContainText('<script>alert(2)</script>');
  await expect(page.locator('main img')).toHaveCount(0);

  const log = join(program.dir, 'hostile.jsonl');
  const lines = [
    { format: 'assay-run-audit', version: 1, workflow: 'hostile' },
    { run_id: `R1 ${nasty}`, started: '2026-10-01T09:00:00Z', outcome: nasty },
    'not a record at all <img src=x onerror=alert(4)>',
  ];
  await writeFile(log, lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n'));
  await app.go('/runs/import?workflow=WF-0001');
  await program.answer(log);
  await app.button('Choose a file').click();
  await expect(
    page.getByRole('heading', { name: 'What importing would bring' }).or(page.getByRole('alert')),
  ).toBeVisible();

  for (const path of [
    '/',
    '/workflows',
    '/workflows/WF-0001',
    '/workflows/WF-0001/transparency',
    '/activity',
    '/settings',
    '/settings/people',
    '/reviews',
    '/runs',
    '/risks',
    '/standards',
    '/certificates',
  ]) {
    await app.go(path);
    await expect(page.locator('img, script[src*="evil"], iframe')).toHaveCount(0);
  }
});

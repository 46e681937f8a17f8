// Text from outside is hostile. It is shown as text: nothing in it runs, and
// nothing that it names is fetched (test.ts fails on any request elsewhere, any
// dialog and any error of a script).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addresses } from './addresses.js';
import { expect, test } from './test';

const nasty =
  '<img src="http://evil.example/x" onerror="alert(1)"><script>alert(2)</script>\u202E\u0645\u0631\u062D\u0628\u0627 \u{1F4A5} {{7*7}} ${alert(3)}';

test('hostile text in a register and in a log is shown as text on every page', async ({
  app,
  page,
  program,
}) => {
  test.setTimeout(400_000);
  await app.newRegister(join(program.dir, 'hostile.assay'), `Council ${nasty}`, 'Ada <b>Fenwick</b>');
  await app.go('/workflows/new');
  await app.field('Name', true).fill(`Triage ${nasty}`);
  await app.field('Service', true).fill(nasty);
  await app.field('What it does, and for whom').fill(`${nasty} ${'long '.repeat(20_000)}`);
  await app.field('Identifier on the platform').fill('hostile');
  await app.button('Save').click();
  await expect(page.locator('main h1')).toContainText('<script>alert(2)</script>');
  await expect(page.locator('main img')).toHaveCount(0);

  const run = 'R1 <b>bold</b> ?&#/%';
  const log = join(program.dir, 'hostile.jsonl');
  // Every value that an export may carry is hostile.
  const at = (minute: number) => `2026-10-01T09:${String(minute).padStart(2, '0')}:00Z`;
  const lines = [
    { assay_run_audit: 1, platform: nasty, workflow: 'hostile', runs: 2 },
    {
      run_id: run,
      workflow: 'hostile',
      workflow_version: nasty,
      model_version: nasty,
      prompt_version: nasty,
      started: at(0),
      ended: at(9),
      outcome: nasty,
      segment: nasty,
      steps: [{ name: nasty, actor: nasty, actor_kind: 'system', tool: nasty, ended: at(8) }],
      decisions: [
        { gate: nasty, account: nasty, code: 'rejected', reason: nasty, presented: at(1), decided: at(2) },
      ],
      trigger_channel: nasty,
      trigger_ref: nasty,
      accesses: [{ source: nasty, fields: [nasty], time: at(1) }],
      outputs: [{ text: `${nasty} ${'long '.repeat(20_000)}`, reasoning: nasty, recommendation: nasty }],
    },
  ];
  await writeFile(log, lines.map((l) => JSON.stringify(l)).join('\n'));
  await app.go('/runs/import?workflow=WF-0001');
  await program.answer(log);
  await app.button('Choose a file').click();
  await app.button(/^Import into/).click();
  await expect(page.getByRole('link', { name: 'IMP-0001' }).first()).toBeVisible({ timeout: 60_000 });

  // The same addresses as everywhere, of this register's own records.
  const own = addresses
    .map((path) => path.replaceAll('WF-0003', 'WF-0001').replace('HR-2026-00001', encodeURIComponent(run)))
    .concat('/runs/findings?workflow=WF-0001&code=OVR-09');
  for (const path of own) {
    await test.step(path, async () => {
      await page.evaluate((to) => (location.hash = to), path);
      // A record that this register does not have is a page that says so.
      await expect.soft(page.locator('main h1'), path).toBeVisible();
      await page.waitForTimeout(150);
      await expect(page.locator('img, script[src*="evil"], iframe, main b')).toHaveCount(0);
    });
  }
  // What is drawn of the page holds the text as text, to its end.
  await app.go(`/runs/run/WF-0001/${encodeURIComponent(run)}`);
  await expect(page.locator('main')).toContainText('<script>alert(2)</script>');
  // What finds records finds it too.
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('Triage');
  await expect(page.getByRole('option').first()).toContainText('Triage');
  await expect(page.locator('dialog img')).toHaveCount(0);
});

// A client hands the register over, a consultant works on it on another
// computer, and the client takes back what was changed.
import { join } from 'node:path';
import { start } from './program';
import { App, expect, test } from './test';

test.use({ sample: true, actionTimeout: 20_000 });

const rename = async (app: App, ref: string, name: string) => {
  await app.go(`/workflows/${ref}/edit`);
  await app.page.getByLabel('Name', { exact: true }).fill(name);
  await app.button('Save').first().click();
  // The form shows the new name too, just before it makes room for the page.
  await expect(app.page).toHaveURL(new RegExp(`#/workflows/${ref}$`));
  await expect(app.heading(name)).toBeVisible();
};

test('a register goes to a consultant and comes back', async ({ app, page, program, browser }) => {
  test.setTimeout(180_000);
  await app.openSample();
  await app.go('/settings/backup');
  await app.link('Hand over, or bring back').click();
  await expect(app.heading('Hand over')).toBeVisible();
  await app.link('Your key').click();
  await program.answer(join(program.dir, 'client.txt'));
  await app.button('Make a key').click();
  await expect(page.getByText(/^age1/)).toBeVisible();
  await app.accessible();
  const clientKey = await page.getByText(/^age1/).innerText();

  // The consultant's computer.
  const other = await start();
  const theirs = new App(await (await browser.newContext()).newPage(), other);
  try {
    await theirs.open();
    await theirs.link('Open a hand-over').click();
    await other.answer(join(other.dir, 'consultant.txt'));
    await theirs.button('Make a key').click();
    await expect(theirs.page.getByText(/^age1/)).toBeVisible();
    await theirs.accessible();
    const consultantKey = await theirs.page.getByText(/^age1/).innerText();

    await app.link('Hand over').last().click();
    await app.button('Write the hand-over').click();
    await expect(page.getByRole('alert')).toContainText('age1');
    await app.field('The recipient’s public key').fill(consultantKey);
    const out = join(program.dir, 'out.handover');
    await program.answer(out);
    await app.button('Write the hand-over').click();
    await expect(page.getByText('The hand-over is written')).toBeVisible({ timeout: 30_000 });
    await app.accessible();

    await other.answer(out);
    await theirs.button('Choose the hand-over').click();
    await theirs.field('Your name').fill('Cora Consultant');
    await other.answer(join(other.dir, 'work.assay'));
    await theirs.button('Choose where').click();
    await theirs.page.locator('input[type=password]').first().fill('a consultant’s passphrase');
    await theirs.page.locator('input[type=password]').last().fill('a consultant’s passphrase');
    await theirs.button('Make the register').click();
    await theirs.keepWords();
    await expect(theirs.heading('Overview')).toBeVisible();
    if (await theirs.field('Who is at the keyboard?').count()) {
      await theirs.field('Who is at the keyboard?').selectOption({ label: 'Cora Consultant' });
    }

    await rename(theirs, 'WF-0001', 'Validation, as the consultant names it');
    await rename(theirs, 'WF-0002', 'Summaries, as the consultant names them');
    await rename(app, 'WF-0002', 'Summaries, as the client names them');

    await theirs.go('/handover');
    await theirs.field('The recipient’s public key').fill(clientKey);
    const back = join(other.dir, 'back.handover');
    await other.answer(back);
    await theirs.button('Write the hand-over').click();
    await expect(theirs.page.getByText('The hand-over is written')).toBeVisible({ timeout: 30_000 });

    await app.go('/handover/back');
    await program.answer(back);
    await app.button('Choose the hand-over').click();
    await app.button('Compare').click();
    await expect(page.getByRole('heading', { name: 'Changed on both sides' })).toBeVisible({
      timeout: 30_000,
    });
    await expect(page.getByRole('cell', { name: 'Summaries, as the client names them' })).toBeVisible();
    await expect(page.getByRole('cell', { name: 'Summaries, as the consultant names them' })).toBeVisible();
    await expect(app.button('Merge')).toBeDisabled();
    await app.accessible();
    await page.getByRole('checkbox', { name: /WF-0002/ }).check();
    await app.button('Keep ours').click();
    await expect(page.getByRole('alert')).toContainText('reason');
    await app.field('Reason').fill('The service uses this name');
    await app.button('Keep ours').click();
    await expect(page.getByText('Ours stays')).toBeVisible();
    await app.button('Merge').click();
    await expect(page.getByText('Merged', { exact: true })).toBeVisible({ timeout: 30_000 });
    await app.accessible();

    await app.go('/workflows/WF-0001');
    await expect(app.heading('Validation, as the consultant names it')).toBeVisible();
    await app.go('/workflows/WF-0002');
    await expect(app.heading('Summaries, as the client names them')).toBeVisible();
    await app.go('/activity');
    await expect(page.getByText(/Merged the hand-back by Cora Consultant/)).toBeVisible();
    await expect(page.getByText(/The service uses this name/)).toBeVisible();
  } finally {
    await other.stop();
  }
});

// First start: a person makes a register of their own, closes it, and opens it again.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './test';

test('a new register in three steps, sealed with a passphrase', async ({ app, page, program }) => {
  const file = join(program.dir, 'fenwick.assay');
  await app.open();
  await app.accessible();
  await app.link('New register').click();
  await app.button('Continue').click();
  await expect(page.getByRole('alert')).toContainText('Enter the name of the organisation.');
  await app.accessible();
  await app.field('Name of the organisation').fill('Fenwick District Council');
  await app.button('Continue').click();
  await app.field('Your name').fill('Ada Fenwick');
  await app.field('Job title').fill('Data Protection Officer');
  await app.button('Continue').click();

  await program.answer(file);
  await app.button('Choose where').click();
  await expect(page.getByRole('group', { name: 'File' })).toContainText(file);
  await app.field('Passphrase', true).fill('four unrelated words here');
  await app.field('Passphrase again').fill('four unrelated words her');
  await app.button('Make the register').click();
  await expect(page.getByRole('alert')).toContainText('The two passphrases differ');
  await app.field('Passphrase again').fill('four unrelated words here');
  await app.button('Make the register').click();

  await expect(app.heading('Write down the recovery key')).toBeVisible({ timeout: 60_000 });
  await app.accessible();
  await app.keepWords();
  await expect(app.heading('Overview')).toBeVisible();
  await expect(page.getByText('The register is empty')).toBeVisible();
  await expect(page.getByText('Fenwick District Council')).toBeVisible();
  expect(existsSync(file)).toBe(true);

  // Closed, it stands among the recent ones and asks for its passphrase.
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('close the register');
  await page.keyboard.press('Enter');
  await expect(app.heading(/Govern your AI/)).toBeVisible();
  await page.getByRole('button', { name: /^Fenwick District Council/ }).click();
  await expect(app.dialog()).toContainText('This register is encrypted');
  await app.accessible();
  await app.dialog().getByLabel('Passphrase').fill('wrong words');
  await app.dialog().getByRole('button', { name: 'Unlock' }).click();
  await expect(app.dialog().locator('.govuk-error-message')).toBeVisible({ timeout: 20_000 });
  await app.dialog().getByLabel('Passphrase').fill('four unrelated words here');
  await app.dialog().getByRole('button', { name: 'Unlock' }).click();
  await expect(app.heading('Overview')).toBeVisible({ timeout: 20_000 });
});

test('a file that is no register is refused with a sentence', async ({ app, page, program }) => {
  await app.open();
  await program.answer(join(import.meta.dirname, 'start.spec.ts'));
  await app.button('Open a file').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('alert')).not.toContainText('Assay made a mistake');
});

test('a register that is dropped on the window opens', async ({ app, page, program }) => {
  const file = join(program.dir, 'dropped.assay');
  await app.open('/new');
  await app.field('Name of the organisation').fill('Dropped Council');
  await app.button('Continue').click();
  await app.field('Your name').fill('Ada');
  await app.button('Continue').click();
  await program.answer(file);
  await app.button('Choose where').click();
  await app.button('Make the register').click();
  await expect(page.getByRole('alert')).toContainText('passphrase');
  await app.field('Passphrase', true).fill('four unrelated words here');
  await app.field('Passphrase again').fill('four unrelated words here');
  await app.button('Make the register').click();
  await app.keepWords();
  await expect(app.heading('Overview')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('close the register');
  await page.keyboard.press('Enter');
  await expect(app.heading(/Govern your AI/)).toBeVisible();
  await page.evaluate(
    (path) => (window as unknown as { dropFiles(p: string[]): void }).dropFiles([path]),
    file,
  );
  await app.dialog().getByLabel('Passphrase').fill('four unrelated words here');
  await app.dialog().getByRole('button', { name: 'Unlock' }).click();
  await expect(app.heading('Overview')).toBeVisible();
});

// A passphrase that is forgotten: the words on paper open the register, and it gets another.
import { join } from 'node:path';
import { expect, passphrase, test } from './test';

test('a forgotten passphrase is replaced with the words of the recovery key', async ({
  app,
  page,
  program,
}) => {
  const file = join(program.dir, 'forgotten.assay');
  await app.open('/');
  await app.go('/new');
  await app.field('Name of the organisation').fill('Forgetful District Council');
  await app.button('Continue').click();
  await app.field('Your name').fill('Ada Fenwick');
  await app.button('Continue').click();
  await program.answer(file);
  await app.button('Choose where').click();

  await test.step('a passphrase is judged while it is typed, and words are proposed', async () => {
    const field = app.field('Passphrase', true);
    await field.fill('Password1');
    await expect(page.getByText('among the first that anybody tries')).toBeVisible();
    await app.field('Passphrase again').fill('Password1');
    await app.button('Make the register').click();
    await expect(page.getByRole('alert')).toContainText('among the first that anybody tries');
    await app.button('Propose six words').click();
    await expect(field).toHaveValue(/^(\S+ ){5}\S+$/);
    await expect(page.getByText('Strong')).toBeVisible();
    await app.accessible();
    await field.fill(passphrase);
    await app.field('Passphrase again').fill(passphrase);
  });
  await app.button('Make the register').click();

  let words: string[] = [];
  await test.step('the page of words is not left by accident, and asks two back', async () => {
    await expect(app.heading('Write down the recovery key')).toBeVisible({ timeout: 60_000 });
    const list = page.getByRole('list').getByRole('listitem');
    await expect(list).toHaveCount(24);
    words = await list.allTextContents();
    await app.accessible();
    await page.goBack();
    await page.evaluate(() => (location.hash = '/verify'));
    await page.keyboard.press('Control+k');
    await expect(app.heading('Write down the recovery key')).toBeVisible();
    await expect(list).toHaveText(words);

    await app.button('I have written them down').click();
    await app.accessible();
    for (const field of await page.getByLabel(/^Word \d+$/).all()) await field.fill('nonsense');
    await app.button('Continue').click();
    await expect(page.getByRole('alert')).toContainText('This is not word');
    await app.button('Show the words again').click();
    await expect(list).toHaveText(words);
    await app.keepWords();
    await expect(app.heading('Overview')).toBeVisible();
  });

  const lock = async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('lock the register');
    await page.keyboard.press('Enter');
    await expect(app.dialog()).toContainText('This register is encrypted');
  };
  const dialog = app.dialog();
  await test.step('the words open it once it has a new passphrase', async () => {
    await lock();
    await dialog.getByRole('button', { name: 'Use the recovery key' }).click();
    await app.accessible();
    await dialog.getByLabel('Recovery key').fill(words.slice(0, 23).join(' '));
    await dialog.getByLabel('New passphrase').fill('otters beside nine weirs');
    await dialog.getByLabel('Passphrase again').fill('otters beside nine weirs');
    await dialog.getByRole('button', { name: 'Open with the new passphrase' }).click();
    await expect(dialog).toContainText('has 24 words; you entered 23');
    await dialog.getByLabel('Recovery key').fill(words.join('\n').toUpperCase());
    await dialog.getByRole('button', { name: 'Open with the new passphrase' }).click();
    await expect(app.heading('Overview')).toBeVisible({ timeout: 60_000 });
  });
  await test.step('the old passphrase opens nothing any more, the new one does', async () => {
    await lock();
    await dialog.getByLabel('Passphrase').fill(passphrase);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await expect(dialog).toContainText('not the register', { timeout: 60_000 });
    await dialog.getByLabel('Passphrase').fill('otters beside nine weirs');
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await expect(app.heading('Overview')).toBeVisible({ timeout: 60_000 });
  });
  await test.step('new words are made in Settings, and the old ones end', async () => {
    await app.go('/settings/backup');
    await page.locator('#f-of_key').fill('otters beside nine weirs');
    await app.button('Make a new recovery key').click();
    const fresh = await app.keepWords();
    expect(fresh).not.toEqual(words);
    await expect(app.heading('Settings')).toBeVisible();
    await lock();
    await dialog.getByRole('button', { name: 'Use the recovery key' }).click();
    await dialog.getByLabel('Recovery key').fill(words.join(' '));
    await dialog.getByLabel('New passphrase').fill('seven rivers under a lamp');
    await dialog.getByLabel('Passphrase again').fill('seven rivers under a lamp');
    await dialog.getByRole('button', { name: 'Open with the new passphrase' }).click();
    await expect(dialog).toContainText('not the recovery key of this register');
  });
});

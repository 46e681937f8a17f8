// A person issues a certificate, sees it, checks it, and revokes it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { find, moment } from './program';
import { authority } from './authority';
import { expect, test } from './test';

test.use({ sample: true });

const passphrase = 'brackenmere sample council';

test('a certificate is refused while a blocking requirement is unmet, saying why', async ({ app, page }) => {
  await app.openSample();
  await app.go('/certificates/issue/WF-0003');
  await expect(page.getByText(/have to be met first/)).toBeVisible();
  await expect(app.link('OVR-R03')).toBeVisible();
  await expect(app.button('Sign and issue')).toHaveCount(0);
});

test('a certificate is signed, shown, verified, altered and revoked', async ({ app, page, program }) => {
  await app.openSample();
  await app.go('/certificates/issue/WF-0001');
  await expect(page.getByText(/It replaces GC-2026-0001/)).toBeVisible();
  await app.field('Who approves it?').selectOption({ index: 1 });
  const conditions = page.getByLabel('Who puts them right, unless named otherwise');
  if (await conditions.count()) {
    await conditions.selectOption({ index: 1 });
    await app.date('By when, unless given otherwise', '1', '3', '2027');
  }
  await app.field('Passphrase of your signing key').fill('not the passphrase');
  await app.button('Sign and issue').click();
  await expect(page.getByRole('alert')).toBeVisible({ timeout: 20_000 });
  await app.field('Passphrase of your signing key').fill(passphrase);
  await app.button('Sign and issue').click();
  await expect(app.heading(/^Certificate GC-2026-\d+$/)).toBeVisible({ timeout: 30_000 });
  const number = (await page.locator('main h1').innerText()).replace('Certificate ', '');
  // Signed by one of two, it says so wherever it is shown.
  await expect(page.getByText('Not yet approved').first()).toBeVisible();
  await app.accessible();
  const early = join(program.dir, 'early.pdf');
  await program.answer(early);
  await app.button('Save the PDF').click();
  await expect(page.getByText(`Saved to ${early}`)).toBeVisible();
  await app.go('/verify');
  await program.answer(early);
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'Not yet approved', exact: true })).toBeVisible();
  await app.go(`/certificates/${number}`);
  await app.button('Approver signs').click();
  await app.dialog().getByLabel('Passphrase of the approver’s key').fill(passphrase);
  await app.dialog().getByRole('button', { name: 'Approver signs' }).click();
  await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();

  // The frame shows the document itself, which carries no policy of the page's.
  const document = await page.request.get(`${program.url}documents/${number}.pdf`);
  expect(document.headers()['content-type']).toBe('application/pdf');
  expect(document.headers()['content-security-policy']).toBeUndefined();
  const bytes = await document.body();
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');

  const saved = join(program.dir, 'certificate.pdf');
  await program.answer(saved);
  await app.button('Save the PDF').click();
  await expect(page.getByText(`Saved to ${saved}`)).toBeVisible();

  await app.go('/verify');
  await program.answer(saved);
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'Genuine', exact: true })).toBeVisible();
  await app.accessible();

  const altered = join(program.dir, 'altered.pdf');
  const at = Math.floor(bytes.length / 3);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(altered, bytes);
  await program.answer(altered);
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'Altered', exact: true })).toBeVisible();

  await app.go(`/certificates/${number}`);
  await app.button('Revoke').click();
  await app.dialog().getByLabel('Why is it revoked?').fill('Issued to try it out');
  await app.dialog().getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('Issued to try it out').first()).toBeVisible();
  await app.go('/verify');
  await program.answer(saved);
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'Revoked', exact: true })).toBeVisible();
});

test('a member without a register checks a certificate against the root that they trust', async ({
  app,
  page,
  program,
}) => {
  await app.open();
  await app.link('Verify a document').click();
  const sample = join(program.dir, 'state/sample');
  await program.answer(find(sample, /GC-2026-0001.*\.pdf$/));
  await app.button('Choose a file').click();
  await expect(page.getByRole('heading', { name: 'Whole, signer unknown' })).toBeVisible();
  await program.answer(find(sample, /\.pem$/));
  await app.button('Choose a certificate').click();
  await expect(page.getByRole('heading', { name: 'Genuine', exact: true })).toBeVisible();
});

test('a certificate has other editions, is renewed, and the old one stays to be seen', async ({
  app,
  page,
  program,
}) => {
  await app.openSample();
  await app.go('/certificates/GC-2026-0001');
  // Counted by the clock of the program, which stands at 2 November 2026.
  await expect(page.getByText(/It ends in \d+ days?|Valid until/).first()).toBeVisible();

  await test.step('large print is signed again and saved', async () => {
    await app.button('Large print').click();
    await expect(app.dialog()).toBeVisible();
    await app.accessible();
    await app.dialog().getByLabel('Passphrase of your signing key').fill('not the passphrase');
    const saved = join(program.dir, 'large.pdf');
    await program.answer(saved);
    await app.dialog().getByRole('button', { name: 'Sign and save' }).click();
    await expect(app.dialog().getByRole('alert')).toBeVisible();
    await app.dialog().getByLabel('Passphrase of your signing key').fill(passphrase);
    const approver = app.dialog().getByLabel(/Passphrase of the approver/);
    await approver.fill(passphrase);
    await program.answer(saved);
    await app.dialog().getByRole('button', { name: 'Sign and save' }).click();
    await expect(page.getByText(`Saved to ${saved}`)).toBeVisible({ timeout: 60_000 });
    await expect(app.dialog()).toBeHidden();
    expect((await readFile(saved)).subarray(0, 5).toString()).toBe('%PDF-');
  });

  await test.step('the time is not attested by nobody', async () => {
    await app.button('Add a timestamp').click();
    await app.accessible();
    const address = app.dialog().getByLabel('Address of the authority');
    await address.fill('not an address');
    await app.dialog().getByRole('button', { name: 'Add a timestamp' }).click();
    await expect(app.dialog().getByRole('alert')).toBeVisible();
    await expect(address).toHaveValue('not an address');
    await app.accessible();
    await page.keyboard.press('Escape');
    await expect(app.dialog()).toBeHidden();
    await expect(app.button('Add a timestamp')).toBeFocused();
  });

  await test.step('an authority attests the time, and the document is completed', async () => {
    const tsa = await authority(moment);
    try {
      await app.button('Add a timestamp').click();
      await program.answer(tsa.root);
      await app.dialog().getByRole('button', { name: 'Choose its certificate' }).click();
      await expect(app.dialog()).toContainText('root.pem');
      await app.dialog().getByLabel('Address of the authority').fill(tsa.url);
      await app.dialog().getByRole('button', { name: 'Add a timestamp' }).click();
      await expect(page.getByText('The time is attested.')).toBeVisible();
      expect(tsa.asked()).toBe(1);
      await expect(app.button('Add a timestamp')).toHaveCount(0);

      await app.button('Add proofs for later').click();
      await app.accessible();
      await app.dialog().getByRole('button', { name: 'Add proofs for later' }).click();
      await expect(app.dialog().getByRole('alert')).toContainText('revocation list');
      await app.dialog().getByLabel('Passphrase of the root key').fill(passphrase);
      await app.dialog().getByRole('button', { name: 'Add proofs for later' }).click();
      await expect(page.getByText('The document is complete.')).toBeVisible();
      await expect(app.button('Add proofs for later')).toHaveCount(0);

      const saved = join(program.dir, 'completed.pdf');
      await program.answer(saved);
      await app.button('Save the PDF').click();
      await expect(page.getByText(`Saved to ${saved}`)).toBeVisible();
      const pdf = await readFile(saved);
      expect(pdf.includes('/DSS')).toBe(true);
      await app.go('/verify');
      await program.answer(saved);
      await app.button('Choose a file').click();
      await expect(page.getByRole('heading', { name: 'Genuine', exact: true })).toBeVisible();
      await app.go('/certificates/GC-2026-0001');
    } finally {
      await tsa.stop();
    }
  });

  await test.step('it is renewed', async () => {
    await app.link('Renew').click();
    await expect(page.getByText(/It replaces GC-2026-0001/)).toBeVisible();
    await app.accessible();
    await app.field('Who approves it?').selectOption({ index: 1 });
    const conditions = page.getByLabel('Who puts them right, unless named otherwise');
    if (await conditions.count()) {
      await conditions.selectOption({ index: 1 });
      await app.date('By when, unless given otherwise', '1', '3', '2027');
    }
    await app.field('Passphrase of your signing key').fill(passphrase);
    await app.field('Passphrase of the approver’s key').fill(passphrase);
    await app.button('Sign and issue').click();
    await expect(page.locator('main h1')).not.toContainText('Issue', { timeout: 60_000 });
    await app.go('/certificates/GC-2026-0001');
    await expect(page.getByText('Superseded').first()).toBeVisible();
    await app.accessible();
  });

  await test.step('the new one is revoked with the reason', async () => {
    await app.go('/certificates');
    await page
      .getByRole('row', { name: /In force/ })
      .first()
      .getByRole('link')
      .first()
      .click();
    await app.button('Revoke').click();
    await app.accessible();
    await app.dialog().getByRole('button', { name: 'Revoke' }).click();
    await expect(app.dialog().getByRole('alert')).toContainText('why');
    await app.dialog().getByLabel('Why is it revoked?').fill('Issued to try it out');
    await app.dialog().getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByText('Issued to try it out').first()).toBeVisible();
    await app.accessible();
  });
});

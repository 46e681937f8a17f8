// What goes wrong around a register: it is said in a sentence, and nothing is lost.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './program';
import { expect, passphrase, test, type App } from './test';

async function fillWorkflow(app: App, name: string, text = 'Sorts requests.'): Promise<void> {
  await app.go('/workflows/new');
  await app.field('Name', true).fill(name);
  await app.field('Service', true).fill('Housing');
  await app.field('What it does, and for whom').fill(text);
}

test('a second window on the same file says that it is open elsewhere', async ({ app, program, browser }) => {
  const file = join(program.dir, 'shared.assay');
  await app.newRegister(file);
  const second = await start(await mkdtemp(join(tmpdir(), 'assay-e2e-')));
  const page = await browser.newPage();
  try {
    await page.goto(second.url);
    await second.answer(file);
    await page.getByRole('button', { name: 'Open a file' }).click();
    // Where it asks for the passphrase first, it says so after that.
    const dialog = page.getByRole('dialog');
    const said = page
      .getByText(/is open in another Assay window or command\. Close it there first\./)
      .first();
    await expect(dialog.or(said).first()).toBeVisible();
    if (await dialog.isVisible()) {
      await dialog.getByLabel('Passphrase').fill(passphrase);
      await dialog.getByRole('button', { name: 'Unlock' }).click();
    }
    await expect(said).toBeVisible();
  } finally {
    await page.close();
    await second.stop();
    await rm(second.dir, { recursive: true, force: true });
  }
  // The first goes on.
  await fillWorkflow(app, 'Goes on');
  await app.button('Save').click();
  await expect(app.heading('Goes on')).toBeVisible();
});

test('a register that is renamed while it is open takes no change, and keeps what was typed', async ({
  app,
  page,
  program,
}) => {
  test.skip(process.platform === 'win32', 'Windows lets nobody rename a file that is open.');
  const file = join(program.dir, 'moved.assay');
  await app.newRegister(file);
  await fillWorkflow(app, 'Typed before');
  await rename(file, `${file}.away`);
  await app.button('Save').click();
  await expect(page.getByText(/was moved, renamed or deleted while it is open/).first()).toBeVisible();
  await expect(page.getByText('Assay made a mistake')).toHaveCount(0);
  await expect(app.field('Name', true)).toHaveValue('Typed before');
  await rename(`${file}.away`, file);
  await app.button('Save').click();
  await expect(app.heading('Typed before')).toBeVisible();
});

test('a disk that is full is said, and what was typed is saved once there is room', async ({
  app,
  page,
  program,
}) => {
  const disk = join(program.dir, 'disk');
  await mkdir(disk);
  // Making a register takes between 6 and 7 MiB, most of them for the write-ahead log.
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    test.skip(true, 'A small disk can be made by root on Linux only.');
  }
  try {
    await app.newRegister(join(disk, 'full.assay'));
    await fillWorkflow(app, 'Typed on a full disk', 'word '.repeat(20_000));
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(16 << 20)).catch(() => undefined); // until no more fits
    await app.button('Save').click();
    await expect(page.getByText(/The disk is full|cannot be read or written/).first()).toBeVisible();
    await expect(page.getByText('Assay made a mistake')).toHaveCount(0);
    await expect(app.field('Name', true)).toHaveValue('Typed on a full disk');
    await rm(filler);
    await app.button('Save').click();
    await expect(app.heading('Typed on a full disk')).toBeVisible();
  } finally {
    await program.stop('SIGTERM');
    execFileSync('umount', ['-l', disk], { stdio: 'ignore' });
  }
});

// Every dialog of the sample council is accessible.
import { expect, test } from './test';
import { everyPage, routeOf } from './walk';

test.use({ sample: true });

// Buttons that do their work at once: no dialog stands before it.
const atOnce =
  /^(save|submit|choose|open|copy|show|back up|check|print|export|download|import|mark|confirm)/i;

test('every dialog that a button opens is accessible in light and dark', async ({ app, page }) => {
  test.setTimeout(900_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const pressed = new Set<string>();
  const seen = new Set<string>();
  const both = async () => {
    await app.accessible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForTimeout(300); // what fades has faded
    await app.accessible(['color-contrast']);
    await page.emulateMedia({ colorScheme: 'light' });
  };
  await everyPage(app, page, async (path) => {
    const names = await page
      .locator('main button:visible:enabled:not([type=submit]):not(thead button):not(td button)')
      .evaluateAll((all) => all.map((b) => b.getAttribute('aria-label') ?? b.textContent?.trim() ?? ''));
    for (const name of names) {
      // "Edit" and a name: one of them stands for all on its page.
      const kind = `${routeOf(path)} ${name.split(' ')[0]}`;
      if (!name || atOnce.test(name) || pressed.has(kind)) continue;
      pressed.add(kind);
      const button = page.locator('main').getByRole('button', { name, exact: true }).first();
      if (!(await button.isVisible()) || !(await button.isEnabled())) continue;
      await button.click({ timeout: 5_000 });
      const dialog = page.locator('dialog[open]');
      const opened = await dialog.waitFor({ timeout: 400 }).then(
        () => true,
        () => false,
      );
      if (!opened) {
        // Whatever the button did, the next one finds the page as it was.
        await app.go('/no/such/page');
        await app.go(path);
        continue;
      }
      const title = await dialog.first().evaluate((d) => d.querySelector('h2')?.textContent ?? '');
      if (!seen.has(title)) {
        seen.add(title);
        await test.step(`dialog: ${title}`, both);
      }
      await page.keyboard.press('Escape');
    }
  });
  // Those of the shell open by keys.
  await app.go('/no/such/page');
  for (const key of ['?', 'Control+k']) {
    await page.locator('main h1').focus();
    await page.keyboard.press(key);
    await page.locator('dialog[open]').waitFor();
    await both();
    await page.keyboard.press('Escape');
  }
  expect([...seen].length, [...seen].join(', ')).toBeGreaterThan(8);
});

test('a dialog opened again at once after Escape stays open', async ({ app, page }) => {
  await app.openSample();
  await app.go('/policies/POL-0006');
  const approve = page.locator('.actions button', { hasText: 'Record the approval' }).first();
  await approve.click();
  await expect(app.dialog()).toBeVisible();
  // In one turn: the browser's own word that it closed comes after the second opening.
  await approve.evaluate((button: HTMLElement) => {
    document.querySelector<HTMLDialogElement>('dialog[open]')?.requestClose();
    button.click();
  });
  await page.waitForTimeout(500);
  await expect(app.dialog().getByLabel('Approved by')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(app.dialog()).toBeHidden();
});

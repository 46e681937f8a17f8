// A person looks round the sample council: every page shows, is accessible in
// light and dark, and reads at 320 pixels without scrolling sideways.
import type { Page } from '@playwright/test';
import { openRoutes, startRoutes } from '../src/routes';
import { addresses } from './addresses.js';
import { expect, test, type App } from './test';

test.use({ sample: true });

/** The route that an address leads to: the first that fits, as the router has it. */
function routeOf(address: string): string | undefined {
  const path = address.replace(/\?.*/, '');
  return Object.keys(openRoutes).find((route) => {
    const pattern = route
      .replace(/\/:\w+\?/g, '(?:/[^/]+)?')
      .replace(/:\w+/g, '[^/]+')
      .replace(/^\*$/, '.*');
    return new RegExp(`^${pattern}/?$`).test(path);
  });
}

test('every route has an address that the journeys walk', () => {
  const walked = new Set(addresses.map(routeOf));
  expect(Object.keys(openRoutes).filter((route) => !walked.has(route))).toEqual([]);
  // Without a register there are fewer pages, and of those no others.
  expect(Object.keys(startRoutes).filter((route) => !(route in openRoutes))).toEqual([]);
});

async function everyPage(app: App, page: Page, look: (path: string) => Promise<void>): Promise<void> {
  await app.openSample();
  for (const path of addresses) {
    await test.step(path, async () => {
      await app.go(path);
      await page.waitForTimeout(150);
      await expect(page.getByText('Assay made a mistake')).toHaveCount(0);
      await look(path);
    });
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page is accessible in ${colorScheme}`, async ({ app, page }) => {
    test.setTimeout(600_000);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The structure is the same in the dark; the colours are not.
    await everyPage(app, page, () => app.accessible(colorScheme === 'dark' ? ['color-contrast'] : undefined));
  });
}

test('every page keeps its contrast in forced colours', async ({ app, page }) => {
  test.setTimeout(600_000);
  await page.emulateMedia({ forcedColors: 'active' });
  await everyPage(app, page, () => app.accessible(['color-contrast']));
});

/** What makes the page scroll sideways; empty where nothing does. */
const tooWide = (page: Page) =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide <= 0) return '';
    const culprit = [...document.querySelectorAll('main *')].find(
      (e) => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll'),
    );
    return `${wide} pixels too wide: ${culprit?.outerHTML.slice(0, 200) ?? 'the shell'}`;
  });

// 1280 pixels at 200 % are 640, and at 400 % 320: what WCAG 1.4.10 asks for.
for (const width of [320, 640]) {
  test(`every page reads at ${width} pixels without scrolling sideways`, async ({ app, page }) => {
    test.setTimeout(600_000);
    await page.setViewportSize({ width, height: 640 });
    await everyPage(app, page, async (path) => expect.soft(await tooWide(page), path).toBe(''));
  });
}

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

test('the sample is marked on every page and removed in one click', async ({ app, page }) => {
  await app.openSample();
  for (const path of ['/', '/policies', '/settings/keys']) {
    await app.go(path);
    await expect(page.getByRole('button', { name: 'Sample data' })).toBeVisible();
  }
  await page.getByRole('button', { name: 'Sample data' }).click();
  await app.accessible();
  await app.dialog().getByRole('button', { name: 'Remove the sample' }).click();
  await expect(app.heading('Govern your AI, and show that you do')).toBeVisible();
  await expect(page.getByText('Recent registers')).toHaveCount(0);
});

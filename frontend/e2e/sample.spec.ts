// A person looks round the sample council: every page shows, is accessible in
// light, dark and forced colours, and reads at 320 pixels without scrolling
// sideways.
import type { Page } from '@playwright/test';
import { openRoutes, startRoutes } from '../src/routes';
import { addresses } from './addresses.js';
import { expect, test } from './test';
import { everyPage, routeOf } from './walk';

test.use({ sample: true });

test('every route has an address that the journeys walk', () => {
  const walked = new Set(addresses.map(routeOf));
  expect(Object.keys(openRoutes).filter((route) => !walked.has(route))).toEqual([]);
  // Without a register there are fewer pages, and of those no others.
  expect(Object.keys(startRoutes).filter((route) => !(route in openRoutes))).toEqual([]);
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

/** Waits until what changed with the colours or the width is drawn, and has faded where it fades. */
const drawn = (page: Page) =>
  page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    const ending = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((animation) => animation.finished));
    await frame();
  });

// Each page is loaded once and looked at in each way: light, dark and forced
// colours, and at the widths that 1280 pixels have at 200 % and at 400 %, which
// WCAG 1.4.10 asks for.
test('every page is accessible in light, dark and forced colours, and reads when it is narrow', async ({
  app,
  page,
}) => {
  test.setTimeout(900_000);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const wide = page.viewportSize() ?? { width: 1280, height: 800 };
  await everyPage(app, page, async (path) => {
    // Where an address names a record, the page is scrolled to it, and a link may be half
    // behind the edge: that is no fault of the link.
    await page.evaluate(() => document.querySelectorAll('*').forEach((e) => e.scrollTo(0, 0)));
    await app.accessible();
    // The structure is the same in other colours.
    for (const media of [
      { colorScheme: 'dark' },
      { colorScheme: 'light', forcedColors: 'active' },
    ] as const) {
      await page.emulateMedia(media);
      await drawn(page);
      await app.accessible(['color-contrast']);
    }
    await page.emulateMedia({ forcedColors: 'none' });
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 640 });
      await drawn(page);
      expect.soft(await tooWide(page), `${path} at ${width} pixels`).toBe('');
    }
    await page.setViewportSize(wide);
  });
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

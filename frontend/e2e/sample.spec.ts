// A person looks round the sample council: every page shows, is accessible in
// light and dark, and reads at 320 pixels without scrolling sideways.
import { expect, test } from './test';

test.use({ sample: true });

const pages = [
  '/',
  '/workflows',
  '/workflows/new',
  '/workflows/WF-0003',
  '/workflows/WF-0003/policy',
  '/workflows/WF-0003/risk',
  '/workflows/WF-0003/oversight',
  '/workflows/WF-0003/transparency',
  '/workflows/WF-0003/improvement',
  '/workflows/WF-0003/runs',
  '/workflows/WF-0003/certificates',
  '/workflows/WF-0003/edit',
  '/workflows/WF-0003/account',
  '/workflows/WF-0003/gates/new',
  '/policies',
  '/policies/new',
  '/policies/POL-0001',
  '/policies/POL-0001/edit',
  '/risks',
  '/risks/RA-0001',
  '/runs',
  '/runs/findings?workflow=WF-0003&code=OVR-01',
  '/runs/monitor?workflow=WF-0003',
  '/runs/list?workflow=WF-0003',
  '/runs/imports',
  '/runs/imports/IMP-0001',
  '/runs/import',
  '/reviews',
  '/reviews/month?month=2026-11',
  '/reviews/schedules',
  '/reviews/actions',
  '/reviews/records',
  '/reviews/hold/SCH-0001',
  '/standards',
  '/standards/annex_a',
  '/standards/map',
  '/standards/evidence',
  '/certificates',
  '/certificates/GC-2026-0001',
  '/certificates/issue/WF-0003',
  '/verify',
  '/activity',
  '/settings',
  '/settings/people',
  '/settings/keys',
  '/settings/backup',
  '/settings/appearance',
  '/no/such/page',
];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page is accessible in ${colorScheme}`, async ({ app, page }) => {
    test.setTimeout(600_000);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await app.openSample();
    for (const path of pages) {
      await test.step(path, async () => {
        await app.go(path);
        await page.waitForTimeout(150);
        await expect(page.getByText('Assay made a mistake')).toHaveCount(0);
        // The structure is the same in the dark; the colours are not.
        await app.accessible(colorScheme === 'dark' ? ['color-contrast'] : undefined);
      });
    }
  });
}

test('every page reads at 320 pixels without scrolling sideways', async ({ app, page }) => {
  test.setTimeout(300_000);
  await page.setViewportSize({ width: 320, height: 640 });
  await app.openSample();
  for (const path of pages) {
    await test.step(path, async () => {
      await app.go(path);
      await page.waitForTimeout(100);
      const over = await page.evaluate(() => {
        const wide = document.documentElement.scrollWidth - window.innerWidth;
        if (wide <= 0) return '';
        const culprit = [...document.querySelectorAll('main *')].find(
          (e) => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.scroll'),
        );
        return `${wide} pixels too wide: ${culprit?.outerHTML.slice(0, 200) ?? 'the shell'}`;
      });
      expect.soft(over, path).toBe('');
    });
  }
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

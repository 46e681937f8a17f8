// Pictures of every page of the sample council, for looking at:
//   node e2e/shots.mjs ADDRESS FOLDER [PATTERN]
import { chromium } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { addresses } from './addresses.js';

const [address, folder, pattern = ''] = process.argv.slice(2);
if (!address || !folder) {
  console.error('usage: node e2e/shots.mjs ADDRESS FOLDER [PATTERN]');
  process.exit(2);
}
/** A file's name for an address: what stands in it, in order. */
const nameOf = (path) => path.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'overview';
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const only = (process.env.SHOTS_MODES ?? 'light,dark').split(',');
const widths = (process.env.SHOTS_WIDTHS ?? '1280,1920').split(',').map(Number);

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.ASSAY_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const colorScheme of only) {
  for (const size of [...sizes, { width: 320, height: 640 }].filter((s) => widths.includes(s.width))) {
    const page = await browser.newPage({
      viewport: size,
      colorScheme,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
    });
    page.on('pageerror', (e) => console.error(`  error on ${page.url()}: ${e.message}`));
    page.on('console', (m) => m.type() === 'error' && console.error(`  ${page.url()}: ${m.text()}`));
    for (const path of addresses.filter((a) => nameOf(a).includes(pattern))) {
      await page.goto(`${address}#${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForTimeout(500);
      const full = process.env.SHOTS_FULL === '1';
      await page.screenshot({
        path: `${folder}/${nameOf(path)}-${size.width}-${colorScheme}.png`,
        fullPage: full,
      });
    }
    await page.close();
  }
}
await browser.close();

// Pictures of every page of the sample council, for looking at:
//   node e2e/shots.mjs ADDRESS FOLDER [PATTERN]
import { chromium } from '@playwright/test';
import { mkdir } from 'node:fs/promises';

const [address, folder, pattern = ''] = process.argv.slice(2);
if (!address || !folder) {
  console.error('usage: node e2e/shots.mjs ADDRESS FOLDER [PATTERN]');
  process.exit(2);
}
const pages = [
  ['overview', '/'],
  ['workflows', '/workflows'],
  ['workflow', '/workflows/WF-0003'],
  ['workflow-policy', '/workflows/WF-0003/policy'],
  ['workflow-risk', '/workflows/WF-0003/risk'],
  ['workflow-oversight', '/workflows/WF-0003/oversight'],
  ['workflow-transparency', '/workflows/WF-0003/transparency'],
  ['workflow-improvement', '/workflows/WF-0003/improvement'],
  ['workflow-runs', '/workflows/WF-0003/runs'],
  ['workflow-certificates', '/workflows/WF-0003/certificates'],
  ['workflow-new', '/workflows/new'],
  ['gate-new', '/workflows/WF-0003/gates/new'],
  ['account', '/workflows/WF-0003/account'],
  ['policies', '/policies'],
  ['policy', '/policies/POL-0001'],
  ['policy-edit', '/policies/POL-0001/edit'],
  ['policy-new', '/policies/new'],
  ['risks', '/risks'],
  ['assessment', '/risks/RA-0001'],
  ['findings', '/runs'],
  ['findings-work', '/runs/findings?workflow=WF-0003&code=OVR-06'],
  ['monitor', '/runs/monitor?workflow=WF-0003'],
  ['runs', '/runs/list?workflow=WF-0003'],
  ['imports', '/runs/imports'],
  ['import', '/runs/imports/IMP-0001'],
  ['import-wizard', '/runs/import'],
  ['reviews', '/reviews'],
  ['month', '/reviews/month?month=2026-11'],
  ['schedules', '/reviews/schedules'],
  ['actions', '/reviews/actions'],
  ['records', '/reviews/records'],
  ['hold', '/reviews/hold/SCH-0001'],
  ['standards', '/standards'],
  ['annex-a', '/standards/annex_a'],
  ['cross-map', '/standards/map'],
  ['documents', '/standards/evidence'],
  ['certificates', '/certificates'],
  ['issue', '/certificates/issue/WF-0003'],
  ['verify', '/verify'],
  ['activity', '/activity'],
  ['settings', '/settings'],
  ['people', '/settings/people'],
  ['keys', '/settings/keys'],
  ['backup', '/settings/backup'],
  ['appearance', '/settings/appearance'],
];
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
    for (const [name, path] of pages.filter(([n]) => n.includes(pattern))) {
      await page.goto(`${address}#${path}`);
      await page.locator('main h1').waitFor();
      await page.waitForTimeout(500);
      const full = process.env.SHOTS_FULL === '1';
      await page.screenshot({ path: `${folder}/${name}-${size.width}-${colorScheme}.png`, fullPage: full });
    }
    await page.close();
  }
}
await browser.close();

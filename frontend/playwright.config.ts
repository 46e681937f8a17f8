import { defineConfig } from '@playwright/test';

// Debian's own Chromium: nothing is downloaded for the journeys.
const chromium = process.env.ASSAY_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  globalSetup: './e2e/setup.ts',
  outputDir: 'test-results',
  // Each journey has its own program, browser and files, so that two share nothing.
  workers: 2,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    launchOptions: { executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] },
    trace: 'retain-on-failure',
  },
});

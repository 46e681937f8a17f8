// A walk through every page of the sample council, for the journeys that look
// at all of them.
import type { Page } from '@playwright/test';
import { openRoutes } from '../src/routes';
import { addresses } from './addresses.js';
import { expect, test, type App } from './test';

/** The route that an address leads to: the first that fits, as the router has it. */
export function routeOf(address: string): string | undefined {
  const path = address.replace(/\?.*/, '');
  return Object.keys(openRoutes).find((route) => {
    const pattern = route
      .replace(/\/:\w+\?/g, '(?:/[^/]+)?')
      .replace(/:\w+/g, '[^/]+')
      .replace(/^\*$/, '.*');
    return new RegExp(`^${pattern}/?$`).test(path);
  });
}

export async function everyPage(app: App, page: Page, look: (path: string) => Promise<void>): Promise<void> {
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

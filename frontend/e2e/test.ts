// What every journey begins with: the real program, a browser on its page, and
// three promises kept throughout: nothing is fetched from elsewhere, no script
// fails, and every page that is asked about is accessible.
import axe, { type RunOptions } from 'axe-core';
import { expect, test as base, type Page } from '@playwright/test';
import { start, type Program } from './program';
import { withSample } from './setup';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Journey {
  /** Whether the sample council lies ready. */
  sample: boolean;
  program: Program;
  app: App;
}

/** Of the registers that the journeys make. */
export const passphrase = 'four unrelated words here';

/** The window, as a person works it. */
export class App {
  constructor(
    readonly page: Page,
    readonly program: Program,
  ) {}

  async open(path = '/'): Promise<void> {
    await this.page.goto(`${this.program.url}#${path}`);
    await this.page.locator('main h1').waitFor();
  }
  /** Goes to a page while the window stays open, as a link does. */
  async go(path: string): Promise<void> {
    await this.page.evaluate((p) => (location.hash = p), path);
    await this.page.locator('main h1').waitFor();
  }
  async openSample(): Promise<void> {
    await this.open();
    await this.page.getByRole('button', { name: 'Open the sample council' }).click();
    await expect(this.page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  }
  /** Makes a register of one's own, and stands on its overview. */
  async newRegister(
    file: string,
    organisation = 'Fenwick District Council',
    person = 'Ada Fenwick',
  ): Promise<void> {
    await this.open('/new');
    await this.field('Name of the organisation').fill(organisation);
    await this.button('Continue').click();
    await this.field('Your name').fill(person);
    await this.button('Continue').click();
    await this.program.answer(file);
    await this.button('Choose where').click();
    await this.field('Passphrase', true).fill(passphrase);
    await this.field('Passphrase again').fill(passphrase);
    await this.button('Make the register').click();
    await this.keepWords();
    await expect(this.heading('Overview')).toBeVisible();
  }
  /** Reads the recovery key from its page and gives two words of it back. */
  async keepWords(): Promise<string[]> {
    await expect(this.heading('Write down the recovery key')).toBeVisible({ timeout: 60_000 });
    const words = await this.page.getByRole('list').getByRole('listitem').allTextContents();
    await this.button('I have written them down').click();
    for (const field of await this.page.getByLabel(/^Word \d+$/).all()) {
      const label = await this.page.locator(`label[for="${await field.getAttribute('id')}"]`).textContent();
      await field.fill(words[Number(label?.match(/\d+/)?.[0]) - 1] ?? '');
    }
    await this.button('Continue').click();
    return words;
  }
  /** Explains findings that state facts, in the dialog that is open: with what they rest on, and a second person. */
  async explain(why: string): Promise<void> {
    const dialog = this.dialog();
    await dialog.getByRole('radio', { name: 'A breach that was dealt with' }).check();
    await dialog.getByLabel('What happened, and how do you know?').fill(why);
    await dialog.getByLabel('What shows it').selectOption({ index: 1 });
    await dialog.getByLabel('Second person').selectOption({ index: 1 });
    await dialog.getByRole('button', { name: 'Explain' }).click();
  }
  heading(name: string | RegExp) {
    return this.page.getByRole('heading', { level: 1, name });
  }
  button(name: string | RegExp) {
    return this.page.getByRole('button', { name });
  }
  link(name: string | RegExp) {
    return this.page.getByRole('link', { name });
  }
  field(name: string | RegExp, exact = false) {
    return this.page.getByLabel(name, { exact });
  }
  dialog() {
    return this.page.getByRole('dialog');
  }
  async date(legend: string, day: string, month: string, year: string): Promise<void> {
    const group = this.page.getByRole('group', { name: legend });
    await group.getByLabel('Day').fill(day);
    await group.getByLabel('Month').fill(month);
    await group.getByLabel('Year').fill(year);
  }
  /** Fails if what is shown breaks a rule of WCAG 2.2 AA that axe can see. */
  async accessible(only?: string[]): Promise<void> {
    // Read once into a document, which a walk through the pages keeps.
    if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe.source);
    const options: RunOptions = {
      resultTypes: ['violations'],
      runOnly: only ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      iframes: false, // a PDF's viewer is the browser's own
    };
    const violations = await this.page.evaluate(async (options) => {
      const found = await (window as unknown as { axe: typeof axe }).axe.run(
        { exclude: ['iframe'] },
        options,
      );
      return found.violations;
    }, options);
    const said = violations.map(
      (v) =>
        `${v.id}: ${v.help}\n${v.nodes.map((n) => `    ${n.html.slice(0, 160)}\n    ${n.failureSummary}`).join('\n')}`,
    );
    expect.soft(said, `accessibility of ${this.page.url()}`).toEqual([]);
  }
}

export const test = base.extend<Journey>({
  sample: [false, { option: true }],
  program: async ({ sample }, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'assay-e2e-'));
    if (sample) await withSample(dir);
    const program = await start(dir);
    await use(program);
    await program.stop();
  },
  app: async ({ page, program }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(`script: ${error.message}`));
    page.on('request', (request) => {
      // Another port of this computer is the same program after a crash; a PDF's
      // viewer is the browser's own.
      if (/^(https?|wss?|ftp):/.test(request.url()) && new URL(request.url()).hostname !== '127.0.0.1') {
        wrong.push(`request: ${request.url()}`);
      }
    });
    page.on('dialog', (dialog) => wrong.push(`dialog: ${dialog.message()}`));
    await use(new App(page, program));
    expect(wrong).toEqual([]);
  },
});

export { expect };

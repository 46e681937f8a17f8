// A person who has no mouse: they get to a thing by Tab or by a shortcut, and see
// at every stop where they are.
import { expect, type Locator, type Page } from '@playwright/test';

/** What a person needs to see of the element that has the focus. */
interface Stop {
  name: string;
  /** An outline, a ring or a changed background shows the focus. */
  marked: boolean;
  /** It lies within the window, and nothing covers its middle. */
  inSight: boolean;
}

/** No page of Assay takes more stops than this. */
const most = 150;

export class Keys {
  constructor(readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }
  async type(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }
  /** Goes on from stop to stop until the focus is on what is sought. */
  async to(sought: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await expect(sought).toBeVisible();
    for (let i = 0; i < most; i++) {
      if (await sought.evaluate((e) => e === document.activeElement)) return this.seen();
      await this.page.keyboard.press(key);
      const stop = await this.stop();
      if (stop) expect.soft(stop.marked, `the focus shows on: ${stop.name}`).toBe(true);
    }
    throw new Error(`${String(sought)} is not reached by ${key}`);
  }
  /** Goes to a control and presses it. */
  async use(sought: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
    await this.to(sought);
    await this.press(key);
  }
  /** Goes to a field and writes over what it holds. */
  async write(field: Locator, text: string): Promise<void> {
    await this.to(field);
    await this.press('Control+a');
    await this.type(text);
    await expect(field).toHaveValue(text);
  }
  /** Goes to a list of choices and types the beginning of one. */
  async choose(list: Locator, choice: string): Promise<void> {
    await this.to(list);
    await this.page.keyboard.type(choice);
    await expect(list.locator('option:checked')).toContainText(choice);
  }
  async date(group: Locator, day: string, month: string, year: string): Promise<void> {
    await this.write(group.getByLabel('Day'), day);
    await this.write(group.getByLabel('Month'), month);
    await this.write(group.getByLabel('Year'), year);
  }
  /** Fails unless the focus is where a person can see it. */
  private async seen(): Promise<void> {
    const stop = await this.stop();
    expect.soft(stop?.inSight, `in sight: ${stop?.name}`).toBe(true);
  }
  private stop(): Promise<Stop | null> {
    return this.page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const style = getComputedStyle(e);
      const box = e.getBoundingClientRect();
      const top = document.elementFromPoint(
        Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
        Math.min(Math.max(box.y + Math.min(box.height / 2, 12), 0), innerHeight - 1),
      );
      // A field may show its focus on the box around it or on the label of its answer.
      const marks = [e, ...(e.parentElement ? [e.parentElement] : []), e.nextElementSibling].some((x) => {
        if (!x) return false;
        return [getComputedStyle(x), getComputedStyle(x, '::before')].some(
          (s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none',
        );
      });
      return {
        name: `${e.tagName.toLowerCase()} ${e.getAttribute('aria-label') ?? e.id ?? ''} ${(e.textContent ?? '').trim().slice(0, 60)}`,
        marked: marks || (e.tagName === 'IFRAME' && style.display !== 'none'),
        inSight:
          box.bottom > 0 &&
          box.top < innerHeight &&
          (e.contains(top) || (top?.contains(e) ?? false) || e.nextElementSibling?.contains(top) === true),
      };
    });
  }
}

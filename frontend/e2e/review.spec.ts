// A review is held and an action raised; anything is found with the keyboard.
import { expect, test } from './test';

test.use({ sample: true });

test('a review is completed and raises an action', async ({ app, page }) => {
  await app.openSample();
  await app.go('/reviews/schedules');
  await app.link('Hold the review').first().click();
  await app.button('Hold the review').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await app.field('Performance against its purpose').fill('It reads documents as well as officers do.');
  await app.field('What changed in its risks').fill('Nothing since spring.');
  await app.field('Standards and law').fill('The code of practice was read.');
  await app.field('Issues in operation').fill('Two complaints, both answered.');
  await page.getByRole('radio', { name: 'Continue with changes' }).check();
  await app.button('Add an action').click();
  await app.field('What is to be done').fill('Show officers the reasoning first');
  await app.field('By whom').selectOption({ index: 1 });
  await app.date('By when', '31', 'January', '2027');
  await app.accessible();
  await app.button('Hold the review').click();
  await expect(app.heading(/^Review REV-/)).toBeVisible();
  await expect(page.getByText('Show officers the reasoning first')).toBeVisible();
});

test('anything is found with Ctrl+K', async ({ app, page }) => {
  await app.openSample();
  await page.keyboard.press('Control+k');
  await app.accessible();
  await page.getByRole('combobox').fill('housing');
  await expect(page.getByRole('option', { name: /Housing repairs triage.*WF-0003/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(app.heading('Housing repairs triage')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('GC-2026-0002');
  await expect(page.getByRole('option', { name: /GC-2026-0002/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(app.heading('Certificate GC-2026-0002')).toBeVisible();
  // Words inside a record, a gate, a run by its identifier, and something to do.
  const seek = async (words: string, hit: RegExp) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).fill(words);
    await expect(page.getByRole('option', { name: hit })).toBeVisible();
    await app.accessible();
    await page.keyboard.press('Enter');
  };
  await seek(
    'a fault in the link to the planning register',
    /An application is registered with no decision.*A fault in the link/,
  );
  await expect(page.locator('main h1')).toContainText('Planning application validation');
  await seek('HR-2026-00001', /Housing repairs triage.*HR-2026-00001.*Run/);
  await expect(page).toHaveURL(/runs\/run\/WF-0003\/HR-2026-00001/);
  await seek('new policy', /^Add a policy/);
  await expect(page).toHaveURL(/policies\/new/);
  await seek('light and dark', /Switch between light and dark/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await seek('back up now', /Back up now/);
  await expect(page.getByText(/^Backed up to/)).toBeVisible();
  await page.keyboard.press('?');
  await expect(app.dialog()).toContainText('Keyboard shortcuts');
  await app.accessible();
});

test('a gate is added by the keyboard alone', async ({ app, page }) => {
  await app.openSample();
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(app.heading('Workflows')).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('complaints triage');
  await page.keyboard.press('Enter');
  await expect(app.heading('Complaints triage')).toBeFocused();

  const tabTo = async (name: RegExp) => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      const text = await page.evaluate(() => {
        const e = document.activeElement as HTMLInputElement | null;
        return e?.labels?.[0]?.textContent || e?.getAttribute('aria-label') || e?.textContent || '';
      });
      if (name.test(text.trim())) return;
    }
    throw new Error(`${name} cannot be reached with Tab`);
  };
  await tabTo(/^Oversight/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Gates' })).toBeVisible();
  await tabTo(/^Add a gate$/);
  await page.keyboard.press('Enter');
  await expect(app.heading('Add a gate')).toBeFocused();
  await tabTo(/^Title$/);
  await page.keyboard.type('Second look');
  await expect(app.field('Short key')).toHaveValue('second-look');
  await tabTo(/^What is decided here/);
  await page.keyboard.type('Whether the reply is fair');
  await tabTo(/^Responsible role/);
  await page.keyboard.type('Complaints manager');
  await tabTo(/^Authorised accounts/);
  await page.keyboard.type('a.fenwick');
  await tabTo(/^What shows the enforcement/);
  await page.keyboard.type('Screenshot of the platform');
  await tabTo(/^Save$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Second look' })).toBeVisible();
});

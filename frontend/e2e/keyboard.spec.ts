// All of it by keyboard alone: nothing is pointed at, and no field is written in
// before Tab or a shortcut has brought the person there.
import { Keys } from './keys';
import { expect, test } from './test';

test.use({ sample: true });

test('all of it by keyboard alone', async ({ app, page }) => {
  const keys = new Keys(page);
  await app.open();
  await keys.use(app.button('Open the sample council'));
  await expect(app.heading('Overview')).toBeVisible();

  await test.step('the first stop leads past the rail', async () => {
    await page.reload();
    await expect(app.heading('Overview')).toBeFocused();
    await keys.to(app.link('Skip to main content'), 'Shift+Tab');
    await keys.press('Enter');
    await expect(app.heading('Overview')).toBeFocused();
  });

  await test.step('a record is found with Ctrl+K', async () => {
    await keys.press('Control+k');
    await expect(page.getByRole('combobox')).toBeFocused();
    await keys.type('WF-0003');
    await expect(page.getByRole('option', { selected: true })).toContainText('WF-0003');
    await keys.press('Enter');
    await expect(page).toHaveURL(/workflows\/WF-0003$/);
    await expect(page.locator('main h1')).toBeFocused();
  });

  await test.step('the shortcuts open and close, and the focus comes back', async () => {
    await keys.press('g', 'p');
    await expect(app.heading('Policies')).toBeFocused();
    await keys.to(app.link('Add a policy'));
    await keys.press('?');
    await expect(app.dialog()).toBeVisible();
    await keys.press('Escape');
    await expect(app.dialog()).toBeHidden();
    await expect(app.link('Add a policy')).toBeFocused();
  });

  await test.step('a policy is registered and approved', async () => {
    await keys.press('Enter');
    await keys.write(app.field('Title'), 'Policy on drafts of letters');
    await keys.choose(app.field('What it is about'), 'AI');
    await keys.choose(app.field('Accountable person'), 'Priya Ravenscroft');
    await keys.write(app.field('Approval route'), 'Information Governance Board');
    await keys.date(page.getByRole('group', { name: 'Next review' }), '1', '11', '2027');
    await keys.write(app.field('Purpose'), 'Drafts save time; an officer answers for each letter.');
    await keys.write(app.field('Scope'), 'All letters to residents.');
    await keys.write(app.field('Forbidden uses'), 'decisions about staff');
    await keys.write(
      app.field('How people oversee AI', true),
      'The officer reads each letter before it is sent.',
    );
    await keys.use(page.getByRole('checkbox', { name: /Why the organisation uses AI/ }), 'Space');
    await keys.use(app.button('Save'));
    await expect(app.heading('Policy on drafts of letters')).toBeFocused();
    await keys.use(app.button('Submit for approval'));
    await expect(page.getByText('In review').first()).toBeVisible();

    const approve = app.button('Record the approval');
    await keys.use(approve);
    await expect(app.dialog()).toBeVisible();
    await keys.press('Escape');
    await expect(app.dialog()).toBeHidden();
    await expect(approve).toBeFocused();
    await keys.press('Enter');
    await keys.choose(app.dialog().getByLabel('Approved by'), 'Marguerite Hollis');
    await keys.write(app.dialog().getByLabel('In the role of'), 'Chief Executive');
    await keys.write(app.dialog().getByLabel('Minute or decision record'), 'Cabinet, item 7');
    await keys.use(app.dialog().getByRole('button', { name: 'Record the approval' }));
    await expect(app.dialog()).toBeHidden();
    await keys.use(app.button('Bring into force'));
    await expect(page.getByText('In force', { exact: true }).first()).toBeVisible();
  });

  await test.step('an assessment is started and a question answered', async () => {
    await keys.press('Control+k');
    await keys.type('WF-0002');
    await expect(page.getByRole('option', { selected: true })).toContainText('WF-0002');
    await keys.press('Enter');
    await expect(page).toHaveURL(/workflows\/WF-0002$/);
    await expect(page.locator('main h1')).toBeFocused();
    await keys.use(page.getByRole('link', { name: /^Risk/ }).last());
    await expect(page).toHaveURL(/workflows\/WF-0002\/risk$/);
    await keys.use(app.button('Start a risk assessment'));
    await expect(app.heading(/^Risk assessment of/)).toBeFocused();
    const question = page.getByRole('article').first();
    await keys.to(question.getByRole('radio', { name: 'Yes' }));
    await keys.press('ArrowDown');
    await expect(question.getByRole('radio', { name: 'Partly' })).toBeChecked();
    await keys.write(question.getByRole('textbox'), 'Two of the three teams do so.');
    await expect(page.getByText(/^Kept/)).toBeVisible();
  });

  await test.step('a certificate is issued', async () => {
    await keys.press('Control+k');
    await keys.type('WF-0001');
    await expect(page.getByRole('option', { selected: true })).toContainText('WF-0001');
    await keys.press('Enter');
    await expect(page).toHaveURL(/workflows\/WF-0001$/);
    await expect(page.locator('main h1')).toBeFocused();
    await keys.use(app.link(/^(Issue|Renew).*certificate/));
    await expect(app.heading(/^Issue/)).toBeFocused();
    await expect(page.getByText('Nothing blocks a certificate.')).toBeVisible();
    const conditions = app.field('Who puts them right, unless named otherwise');
    if (await conditions.count()) {
      await keys.choose(conditions, 'Priya Ravenscroft');
      await keys.date(page.getByRole('group', { name: 'By when, unless given otherwise' }), '1', '3', '2027');
    }
    await keys.choose(app.field('Who approves it?'), 'Marguerite Hollis');
    await keys.write(app.field('Passphrase of your signing key'), 'brackenmere sample council');
    await keys.use(app.button('Sign and issue'));
    await expect(app.heading(/^Certificate GC-2026-\d+$/)).toBeFocused({ timeout: 60_000 });
  });
});

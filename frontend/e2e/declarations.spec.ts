// What is declared and what is said of findings takes two people, and is shown before it is saved.
import { expect, test } from './test';

test.use({ sample: true });

test('a change that makes findings go away is shown first, and takes a reason and a second person', async ({
  app,
  page,
}) => {
  await app.openSample();
  await app.go('/workflows/WF-0003/oversight');
  await app.button('Add an account').click();
  await app.dialog().getByLabel('Account').fill('temp.agency');
  await app.dialog().getByRole('button', { name: 'Save' }).click();

  const change = page.getByRole('dialog', { name: 'This change makes findings go away' });
  await expect(change).toContainText('Roster, "temp.agency" (officer) added');
  await expect(change).toContainText('Tried on 640 runs');
  await expect(change.getByRole('row', { name: /^OVR-03 .* 4 0$/ })).toBeVisible();
  await expect(change).toContainText('It will hold for runs from 2 Nov 2026 on.');
  await app.accessible();

  // Neither a dot nor oneself is enough; and nothing was saved so far.
  await change.getByLabel('Why is it changed?').fill('.');
  await change.getByRole('button', { name: 'Save the change' }).click();
  await expect(change.getByRole('alert')).toContainText('Say why this is declared otherwise');
  await expect(change.getByLabel('Second person')).not.toContainText('Priya Ravenscroft');
  await change.getByRole('button', { name: 'Cancel' }).click();
  await expect(app.dialog()).not.toContainText('This change makes findings go away');
  await app.dialog().getByRole('button', { name: 'Save' }).click();
  await change
    .getByLabel('Why is it changed?')
    .fill('The agency’s officer was authorised in writing on 1 November for the storm desk.');
  await change.getByLabel('Second person').selectOption({ label: 'Marguerite Hollis, Chief Executive' });
  await change.getByLabel('Passphrase of the approver’s own key').fill('brackenmere sample council');
  await change.getByRole('button', { name: 'Save the change' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  // The findings on earlier runs stay, and the page says what was changed, by whom and what it does.
  await expect(page.getByRole('row', { name: /^OVR-03/ })).toContainText('11');
  const newest = page.getByRole('listitem').filter({ hasText: 'For runs from 2 Nov 2026' });
  await expect(newest).toContainText('Findings went away');
  await expect(newest).toContainText('OVR-03 4 fewer');
  await expect(newest).toContainText('Approved by Marguerite Hollis with their own key');
  await app.accessible();
});

test('a fact is explained with its kind of reason, what shows it, and a second person', async ({
  app,
  page,
}) => {
  await app.openSample();
  await app.go('/runs/findings?workflow=WF-0003&code=OVR-03');
  await page.getByRole('button', { name: /^Explain all \d+$/ }).click();
  const dialog = app.dialog();
  await expect(dialog).toContainText('One text will stand for all 11 findings');
  await app.accessible();
  await dialog.getByRole('button', { name: 'Explain' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('What happened, and how do you know?').fill('.');
  await dialog.getByRole('radio', { name: 'A breach that was dealt with' }).check();
  await dialog.getByRole('button', { name: 'Explain' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await app.explain('The agency covered the storm of 3 August; the rota names who decided on each day.');
  await expect(page.getByText(/findings decided/)).toBeVisible();

  // They are settled, and still counted: the rule is not held by what was said.
  await app.go('/runs/findings?workflow=WF-0003&code=OVR-03&status=explained');
  await expect(page.getByRole('row').nth(1)).toContainText('A breach that was dealt with.');
  await expect(page.getByRole('row').nth(1)).toContainText('recorded by Priya Ravenscroft as approved by');
  await app.go('/workflows/WF-0003/oversight');
  await page.getByText('Requirements of this area').click();
  await expect(page.getByText('Held but for explained cases').first()).toBeVisible();
  await app.accessible();
});

import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import DateInput from './DateInput.svelte';
import { join, split } from './day';

describe('join', () => {
  it.each([
    ['9', '3', '2026', '2026-03-09'],
    ['29', '2', '2028', '2028-02-29'],
    ['1', 'September', '2026', '2026-09-01'],
    ['9', '3', '26', '2026-03-09'],
    ['', '', '', ''],
  ])('%s %s %s is %s', (day, month, year, want) => expect(join({ day, month, year })).toBe(want));

  it.each([
    ['30', '2', '2026'],
    ['9', '3', '226'],
    ['9', '13', '2026'],
    ['', '3', '2026'],
    ['nine', '3', '2026'],
  ])('%s %s %s is passed on for the program to refuse', (day, month, year) => {
    const joined = join({ day, month, year });
    expect(joined).not.toBe('');
    expect(joined).not.toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('undoes split', () => expect(join(split('2026-12-01'))).toBe('2026-12-01'));
});

describe('DateInput', () => {
  it('is one group with three labelled boxes and its error', () => {
    render(DateInput, { name: 'due', legend: 'Due', value: '2026-03-09', error: 'Enter a date' });
    expect(screen.getByRole('group', { name: 'Due' })).toHaveAccessibleDescription(/Enter a date/);
    expect(screen.getByLabelText('Day')).toHaveValue('9');
    expect(screen.getByLabelText('Year')).toHaveValue('2026');
  });
  it('gives its owner the date once it is whole, and keeps every box', async () => {
    let due = $state('');
    render(DateInput, {
      name: 'due',
      legend: 'Due',
      get value() {
        return due;
      },
      set value(to: string) {
        due = to;
      },
    });
    await userEvent.type(screen.getByLabelText('Day'), '31');
    await userEvent.type(screen.getByLabelText('Month'), 'January');
    await userEvent.type(screen.getByLabelText('Year'), '2027');
    expect(due).toBe('2027-01-31');
    expect(screen.getByLabelText('Month')).toHaveValue('January');
  });
  it('does not rewrite what is being typed', async () => {
    const onchange = vi.fn();
    render(DateInput, { name: 'due', legend: 'Due', value: '', onchange });
    await userEvent.type(screen.getByLabelText('Day'), '0');
    expect(screen.getByLabelText('Day')).toHaveValue('0');
    await userEvent.type(screen.getByLabelText('Day'), '9');
    expect(screen.getByLabelText('Day')).toHaveValue('09');
    expect(onchange).toHaveBeenCalledTimes(2);
  });
});

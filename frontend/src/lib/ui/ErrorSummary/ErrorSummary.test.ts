import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { Fault } from '$lib/fault';
import ErrorSummary from './ErrorSummary.svelte';

describe('ErrorSummary', () => {
  it('takes the focus and leads to the field', async () => {
    document.body.innerHTML = '<input id="f-title">';
    render(ErrorSummary, {
      fault: new Fault('invalid', 'Enter the title', [{ name: 'title', message: 'Enter the title' }]),
    });
    expect(screen.getByRole('alert')).toHaveFocus();
    document.getElementById('f-title')!.scrollIntoView = () => {};
    await userEvent.click(screen.getByRole('link', { name: 'Enter the title' }));
    expect(document.getElementById('f-title')).toHaveFocus();
  });
  it('shows the sentence and position of a fault with no fields, as text', () => {
    render(ErrorSummary, { fault: new Fault('unreadable', '<b>bad</b> record', [], 'line 12') });
    expect(screen.getByText('line 12: <b>bad</b> record')).toBeInTheDocument();
  });
  it('shows nothing where nothing is wrong', () => {
    render(ErrorSummary, { fault: null });
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

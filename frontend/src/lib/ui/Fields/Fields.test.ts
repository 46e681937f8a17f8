import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { Fault } from '$lib/fault';
import Example from './Example.test.svelte';

describe('the fields of a form', () => {
  it('find their label, their hint and their name in the record', () => {
    render(Example, { fault: null });
    const owner = screen.getByLabelText('Accountable person');
    expect(owner).toHaveAttribute('name', 'owner_id');
    expect(owner).toHaveAccessibleDescription('Who answers for it.');
    expect(screen.getByLabelText('Role')).toHaveAttribute('name', 'gates[1].role');
  });
  it('say what was refused, each its own', () => {
    const fault = new Fault('invalid', 'Two things are wrong.', [
      { name: 'owner_id', message: 'Choose who answers for it.' },
      { name: 'gates[1].role', message: 'Enter the role.' },
      { name: 'gates[0].role', message: 'Of another gate.' },
    ]);
    render(Example, { fault });
    expect(screen.getByLabelText('Accountable person')).toHaveAccessibleDescription(
      'Who answers for it. Error: Choose who answers for it.',
    );
    expect(screen.getByLabelText('Role')).toHaveAccessibleDescription('Error: Enter the role.');
    expect(screen.getByLabelText('Role')).toBeInvalid();
    expect(screen.queryByText('Of another gate.')).toBeNull();
  });
  it('let what is said at the field itself come first', () => {
    render(Example, { fault: null });
    expect(screen.getByLabelText('In its own words')).toHaveAttribute('name', 'own');
  });
});

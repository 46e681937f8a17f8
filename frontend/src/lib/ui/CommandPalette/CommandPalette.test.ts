import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import CommandPalette from './CommandPalette.svelte';
import { match, type Command } from './match';

const commands: Command[] = [
  { key: '1', label: 'Overview', kind: 'Page', href: '#/' },
  {
    key: '2',
    label: 'Housing repairs triage',
    kind: 'Workflow',
    reference: 'WF-0003',
    href: '#/workflows/WF-0003',
  },
  { key: '3', label: 'AI policy', kind: 'Policy', reference: 'POL-0003', href: '#/policies/POL-0003' },
  { key: '4', label: 'Review of housing', kind: 'Review', reference: 'REV-0001', href: '#/reviews/REV-0001' },
];

describe('match', () => {
  const labels = (query: string) => match(commands, query).map((c) => c.label);
  it('puts what begins with the words first', () => {
    expect(labels('hous')).toEqual(['Housing repairs triage', 'Review of housing']);
    expect(labels('wf-0003')).toEqual(['Housing repairs triage']);
  });
  it('asks for all words, in any order, in name, reference or kind', () => {
    expect(labels('triage repairs')).toEqual(['Housing repairs triage']);
    expect(labels('policy ai')).toEqual(['AI policy']);
    expect(labels('zebra')).toEqual([]);
  });
  it('finds by other words, and keeps what the program found within, last', () => {
    const more: Command[] = [
      { key: '5', label: 'Rules', kind: 'Policy', found: '… the housing officer …' },
      ...commands,
      { key: '6', label: 'Add a policy', kind: 'Action', also: 'new' },
    ];
    expect(match(more, 'new policy').map((c) => c.key)).toEqual(['6', '5']);
    expect(match(more, 'housing').map((c) => c.key)).toEqual(['2', '4', '5']);
  });
  it('offers everything to an empty query', () => expect(labels('')).toHaveLength(4));
});

describe('CommandPalette', () => {
  it('is worked by the keyboard alone', async () => {
    const onchoose = vi.fn();
    render(CommandPalette, { open: true, commands, onchoose });
    const box = screen.getByRole('combobox', { name: 'Find anything' });
    await userEvent.type(box, 'housing');
    expect(screen.getAllByRole('option')).toHaveLength(2);
    await userEvent.keyboard('{ArrowDown}');
    const chosen = screen.getByRole('option', { selected: true });
    expect(box).toHaveAttribute('aria-activedescendant', chosen.id);
    await userEvent.keyboard('{Enter}');
    expect(onchoose).toHaveBeenCalledWith(commands[3]);
    expect(screen.queryByRole('combobox')).toBeNull();
  });
  it('shows records that the register finds', async () => {
    const search = vi.fn().mockResolvedValue([{ key: 'FND', label: 'Decided too fast', kind: 'Finding' }]);
    render(CommandPalette, { open: true, commands, search, onchoose: vi.fn() });
    await userEvent.type(screen.getByRole('combobox'), 'fast');
    expect(await screen.findByRole('option', { name: /Decided too fast/ })).toBeInTheDocument();
  });
  it('says when nothing is found', async () => {
    render(CommandPalette, { open: true, commands, onchoose: vi.fn() });
    await userEvent.type(screen.getByRole('combobox'), 'zebra');
    expect(screen.getByRole('status')).toHaveTextContent('Nothing found');
  });
});

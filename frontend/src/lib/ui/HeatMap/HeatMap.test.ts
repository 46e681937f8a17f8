import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { band } from './band';
import HeatMap, { type HeatCells } from './HeatMap.svelte';

const none = [0, 0, 0, 0, 0];
const cells: HeatCells = {
  inherent: [[0, 0, 0, 2, 0], none, none, none, none],
  current: [none, none, [0, 0, 0, 2, 0], none, none],
  residual: [none, none, none, [0, 1, 0, 0, 0], [0, 0, 0, 1, 0]],
};

describe('band', () => {
  it.each([
    [0, 'unrated'],
    [4, 'low'],
    [5, 'medium'],
    [9, 'medium'],
    [10, 'high'],
    [16, 'high'],
    [20, 'very_high'],
    [25, 'very_high'],
  ])('%d is %s', (score, want) => expect(band(score)).toBe(want));
});

describe('HeatMap', () => {
  it('is a table whose cells say band and score in words', () => {
    render(HeatMap, { caption: 'Risks', cells });
    expect(screen.getByRole('table', { name: 'Risks' })).toBeInTheDocument();
    expect(screen.getAllByRole('cell', { name: /Very high \(25\)/ })).toHaveLength(1);
    expect(screen.getByRole('button', { name: '2 risks: High (12)' })).toBeInTheDocument();
  });
  it('moves the risks from inherent to residual', async () => {
    render(HeatMap, { caption: 'Risks', cells });
    await userEvent.click(screen.getByRole('radio', { name: 'Residual' }));
    expect(screen.getAllByRole('button', { name: /^1 risk: Low \(4\)/ })).toHaveLength(2);
  });
  it('marks the chosen cell, and none when it is chosen again', async () => {
    render(HeatMap, { caption: 'Risks', cells });
    const cell = screen.getByRole('button', { name: /2 risks/ });
    await userEvent.click(cell);
    expect(cell).toHaveAttribute('aria-pressed', 'true');
    await userEvent.click(cell);
    expect(cell).toHaveAttribute('aria-pressed', 'false');
  });
});

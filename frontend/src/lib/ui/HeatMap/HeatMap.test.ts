import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { band } from './band';
import HeatMap, { type HeatRisk } from './HeatMap.svelte';

const risk = (key: string, i: [number, number], c: [number, number], r: [number, number]): HeatRisk => ({
  key,
  title: key,
  inherent: { likelihood: i[0], impact: i[1] },
  current: { likelihood: c[0], impact: c[1] },
  residual: { likelihood: r[0], impact: r[1] },
});
const risks = [risk('RSK-0001', [5, 4], [3, 4], [1, 4]), risk('RSK-0002', [5, 4], [3, 4], [2, 2])];

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
    render(HeatMap, { caption: 'Risks', risks });
    expect(screen.getByRole('table', { name: 'Risks' })).toBeInTheDocument();
    expect(screen.getAllByRole('cell', { name: /Very high \(25\)/ })).toHaveLength(1);
    expect(screen.getByRole('button', { name: '2 risks: High (12)' })).toBeInTheDocument();
  });
  it('moves the risks from inherent to residual', async () => {
    render(HeatMap, { caption: 'Risks', risks });
    await userEvent.click(screen.getByRole('radio', { name: 'Residual' }));
    expect(screen.getAllByRole('button', { name: /^1 risk: Low \(4\)/ })).toHaveLength(2);
  });
  it('gives the risks of the chosen cell, and none when it is chosen again', async () => {
    const onchoose = vi.fn();
    render(HeatMap, { caption: 'Risks', risks, onchoose });
    const cell = screen.getByRole('button', { name: /2 risks/ });
    await userEvent.click(cell);
    expect(onchoose).toHaveBeenLastCalledWith(['RSK-0001', 'RSK-0002']);
    expect(cell).toHaveAttribute('aria-pressed', 'true');
    await userEvent.click(cell);
    expect(onchoose).toHaveBeenLastCalledWith([]);
  });
});

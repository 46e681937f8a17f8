import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import Bars from './Bars.svelte';
import TimeSeries from './TimeSeries.svelte';

const series = [
  {
    name: 'Runs',
    values: [
      { date: '2026-09-01', value: 12 },
      { date: '2026-09-02', value: 30 },
    ],
  },
  { name: 'Rejected', values: [{ date: '2026-09-02', value: 3 }] },
];

describe('TimeSeries', () => {
  it('says in words what the picture shows', () => {
    render(TimeSeries, { title: 'Runs by day', series });
    expect(
      screen.getByRole('img', { name: /Runs by day.*Runs: highest 30 on 2 Sept? 2026/ }),
    ).toBeInTheDocument();
  });
  it('has the same figures as a table', async () => {
    render(TimeSeries, { title: 'Runs by day', series });
    await userEvent.click(screen.getByRole('button', { name: 'Show as table' }));
    expect(screen.getAllByRole('row')).toHaveLength(3);
    expect(screen.getByRole('row', { name: /^2 Sept? 2026 30 3$/ })).toBeInTheDocument();
  });
  it('copies the figures as CSV', async () => {
    const user = userEvent.setup();
    const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    render(TimeSeries, { title: 'Runs by day', series });
    await user.click(screen.getByRole('button', { name: 'Copy as CSV' }));
    expect(writeText.mock.calls[0]?.[0]).toMatch(
      /^Date,Runs,Rejected\r\n1 Sept? 2026,12,\r\n2 Sept? 2026,30,3\r\n$/,
    );
  });
  it('says that there is nothing to show', () => {
    render(TimeSeries, { title: 'Runs by day', series: [] });
    expect(screen.getByText('Nothing to show for this choice.')).toBeInTheDocument();
  });
});

describe('Bars', () => {
  it('writes each value beside its bar', () => {
    render(Bars, {
      title: 'Outcomes',
      unit: 'Runs',
      shares: true,
      bars: [
        { label: 'Approved', value: 3 },
        { label: 'Rejected', value: 1 },
      ],
    });
    expect(screen.getByText('Approved').closest('li')).toHaveTextContent(/3\s*75%/);
  });
});

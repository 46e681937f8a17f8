import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { tableQuery } from './tableQuery.svelte';
import { sorted } from './sort';
import Table, { type Column } from './Table.svelte';

interface Row {
  ref: string;
  title: string;
  runs: number;
}
const rows: Row[] = [
  { ref: 'WF-0002', title: 'Housing repairs', runs: 9 },
  { ref: 'WF-0010', title: 'complaints', runs: 120 },
  { ref: 'WF-0001', title: '', runs: 3 },
];
const columns: Column<Row>[] = [
  { key: 'ref', label: 'Reference', value: (r) => r.ref, head: true },
  { key: 'runs', label: 'Runs', value: (r) => r.runs, numeric: true },
  { key: 'title', label: 'Title' },
];
const cell = createRawSnippet<[Row, Column<Row>]>((row, column) => ({
  render: () => `<span>${String(row()[column().key as keyof Row])}</span>`,
}));
const props = { caption: 'Workflows', columns, rows, key: (r: Row) => r.ref, cell };
const refs = () => screen.getAllByRole('rowheader').map((th) => th.textContent?.trim());

describe('sorted', () => {
  it('orders numbers in references as numbers, ignores case, puts empty last', () => {
    expect(sorted(rows, (r) => r.title, 'asc').map((r) => r.title)).toEqual([
      'complaints',
      'Housing repairs',
      '',
    ]);
    expect(sorted(rows, (r) => r.title, 'desc').map((r) => r.title)).toEqual([
      'Housing repairs',
      'complaints',
      '',
    ]);
    expect(sorted(rows, (r) => r.runs, 'desc').map((r) => r.runs)).toEqual([120, 9, 3]);
  });
});

describe('Table', () => {
  it('sorts by a column on request, says so, and turns round', async () => {
    render(Table<Row>, props);
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    expect(refs()).toEqual(['WF-0001', 'WF-0002', 'WF-0010']);
    expect(screen.getByRole('columnheader', { name: 'Runs' })).toHaveAttribute('aria-sort', 'ascending');
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    expect(refs()).toEqual(['WF-0010', 'WF-0002', 'WF-0001']);
  });
  it('keeps rows that have all the words, and says how many', async () => {
    render(Table<Row>, { ...props, filter: (r: Row) => `${r.ref} ${r.title}` });
    await userEvent.type(screen.getByRole('searchbox'), 'repairs hous');
    expect(refs()).toEqual(['WF-0002']);
    expect(screen.getByRole('status')).toHaveTextContent('1 of 3');
  });
  it('leaves finding, sorting and paging to the program where it offers to', async () => {
    const asked = tableQuery();
    asked.total = 81;
    render(Table<Row>, { ...props, query: asked });
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    const pages = within(screen.getByRole('navigation'));
    expect(pages.getByRole('button', { name: 'Previous' })).toBeDisabled();
    await userEvent.click(pages.getByRole('button', { name: 'Next' }));
    expect(asked.query).toEqual({ words: '', sort: 'runs', down: true, from: 25, limit: 25 });
    expect(refs()).toEqual(['WF-0002', 'WF-0010', 'WF-0001']);
    await userEvent.type(screen.getByRole('searchbox'), 'hous');
    expect(asked.query).toMatchObject({ words: 'hous', from: 0 });
    await userEvent.click(pages.getByRole('button', { name: 'Show all 81' }));
    expect(asked.query).toMatchObject({ from: 0, limit: 0 });
  });
  it('turns the pages of many rows, and shows all of them on request', async () => {
    const many = Array.from({ length: 90 }, (_, i) => ({ ref: `WF-${i}`, title: '', runs: i }));
    render(Table<Row>, { ...props, rows: many });
    await vi.waitFor(() => expect(refs()).toHaveLength(25)); // those below the window follow a frame later
    await userEvent.click(screen.getByRole('button', { name: 'Next' }));
    expect(refs()[0]).toBe('WF-25');
    await userEvent.click(screen.getByRole('button', { name: 'Show all 90' }));
    expect(refs()).toHaveLength(90);
  });
  it('ticks all shown rows', async () => {
    render(Table<Row>, { ...props, selected: [] });
    await userEvent.click(screen.getByRole('checkbox', { name: 'Select all' }));
    expect(screen.getAllByRole('checkbox', { checked: true })).toHaveLength(4);
  });
  it('keeps words, order and page in the address, and finds them there again', async () => {
    location.hash = '#/workflows?workflow=x';
    const filter = (r: Row) => `${r.ref} ${r.title}`;
    const { unmount } = render(Table<Row>, { ...props, filter });
    await userEvent.type(screen.getByRole('searchbox'), 'wf');
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    await userEvent.click(screen.getByRole('button', { name: 'Runs' }));
    expect(location.hash).toBe('#/workflows?workflow=x&q=wf&sort=-runs');
    unmount();
    render(Table<Row>, { ...props, filter });
    expect(screen.getByRole('searchbox')).toHaveValue('wf');
    expect(refs()).toEqual(['WF-0010', 'WF-0002', 'WF-0001']);
    location.hash = '';
  });
  it('gives the list as it reads: whole, in its order, days as spreadsheets know them', async () => {
    const asked: unknown[] = [];
    vi.stubGlobal('go', { bind: { Lists: { Save: (x: unknown) => (asked.push(x), Promise.resolve('')) } } });
    const many = Array.from({ length: 60 }, (_, i) => ({ ref: `WF-${i}`, title: '2026-03-31', runs: i }));
    render(Table<Row>, {
      ...props,
      columns: columns.map((c) => (c.key === 'title' ? { ...c, value: (r: Row) => r.title } : c)),
      rows: many,
      filter: (r: Row) => r.ref,
    });
    await userEvent.click(screen.getByRole('button', { name: /CSV/ }));
    const list = asked[0] as { columns: string[]; rows: string[][]; format: string };
    expect([list.format, list.columns, list.rows.length]).toEqual([
      'csv',
      ['Reference', 'Runs', 'Title'],
      60,
    ]);
    expect(list.rows[59]).toEqual(['WF-59', '59', '2026-03-31']);
    vi.unstubAllGlobals();
  });
});

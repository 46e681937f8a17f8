import { describe, expect, it } from 'vitest';
import { neighbours, rememberList } from './list.svelte';

describe('neighbours', () => {
  it('offers the records before and after, on the tab that is shown, and the way back', () => {
    location.hash = '#/workflows?q=repairs&page=2';
    rememberList('Workflows', ['#/workflows/WF-0001', '#/workflows/WF-0010', '#/workflows/WF-0002']);
    expect(neighbours('/workflows/WF-0010/risk')).toEqual({
      title: 'Workflows',
      href: '#/workflows?q=repairs&page=2',
      place: 2,
      of: 3,
      before: '#/workflows/WF-0001/risk',
      after: '#/workflows/WF-0002/risk',
    });
    expect(neighbours('/workflows/WF-0001')?.before).toBe('');
    rememberList('Findings', [
      '#/runs/findings?workflow=WF-0001&code=OVR-01',
      '#/runs/findings?workflow=WF-0002',
    ]);
    expect(neighbours('/runs/findings', 'workflow=WF-0002')?.place).toBe(2);
    expect(neighbours('/runs/findings')).toBeNull();
    expect(neighbours('/workflows/WF-00')).toBeNull();
    expect(neighbours('/policies/POL-0001')).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { linked, refHref } from './link';

describe('linked', () => {
  it('leads from references and tests to their pages, and changes no letter of the text', () => {
    const text = 'Beyond 9: RSK-0022 (12); open findings OVR-01: 6. GC-2026-0001, XYZ-0001 and OVR-R03 stay.';
    const pieces = linked(text, 'WF-0003');
    expect(pieces.map((p) => p.text).join('')).toBe(text);
    expect(pieces.filter((p) => p.href).map((p) => [p.text, p.href])).toEqual([
      ['RSK-0022', '#/risks/risk/RSK-0022'],
      ['OVR-01', '#/runs/findings?workflow=WF-0003&code=OVR-01'],
      ['GC-2026-0001', '#/certificates/GC-2026-0001'],
    ]);
  });
});

describe('refHref', () => {
  it('opens a record, or the list in which it stands out', () => {
    expect(['WF-0003', 'ACT-0004', 'XYZ-1'].map(refHref)).toEqual([
      '#/workflows/WF-0003',
      '#/reviews/actions?ref=ACT-0004',
      '',
    ]);
  });
});

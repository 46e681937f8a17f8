import type { Policy, PolicyVersion, PolicyView } from '$lib/api';

/** A version about which nothing is written, or that begins as `like` stands. */
export const blankVersion = (number: string, like?: PolicyVersion): PolicyVersion => ({
  number,
  status: 'draft',
  purpose: like?.purpose ?? '',
  scope: like?.scope ?? '',
  principles: [...(like?.principles ?? [])],
  allowed_uses: [...(like?.allowed_uses ?? [])],
  forbidden_uses: [...(like?.forbidden_uses ?? [])],
  risk_approach: like?.risk_approach ?? '',
  oversight: like?.oversight ?? '',
  transparency: like?.transparency ?? '',
  review: like?.review ?? '',
  checklist: (like?.checklist ?? []).map((c) => ({ ...c })),
  submitted_by: '',
  submitted_on: '',
  approved_by: '',
  approved_role: '',
  approved_on: '',
  minute: '',
  in_force_from: '',
  ended_on: '',
  ended_reason: '',
  supersedes: like?.number ?? '',
  attachments: [],
  change_summary: '',
});

export const blankPolicy = (): Policy => ({
  id: '',
  ref: '',
  key: '',
  title: '',
  kind: 'ai',
  owner_id: '',
  approval_route: '',
  review_every_months: 12,
  next_review: '',
  sample: false,
  versions: [blankVersion('1.0')],
  communications: [],
  attestations: [],
  staff_in_scope: 0,
  links: [],
});

/** The number after the highest there is: 1.2 gives 1.3. */
export function nextNumber(versions: readonly { number: string }[]): string {
  const last = versions
    .map((v) => v.number.split('.').map(Number))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0))
    .at(-1);
  return last ? `${last[0]}.${(last[1] ?? 0) + 1}` : '1.0';
}

/** The policy itself, without what the screen derives from it. */
export function onlyPolicy(p: PolicyView): Policy {
  const blank = blankPolicy();
  return Object.fromEntries(
    Object.keys(blank).map((key) => [key, p[key as keyof PolicyView]]),
  ) as unknown as Policy;
}

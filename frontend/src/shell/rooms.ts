// The rooms of the rail, in their order, with the key that leads to each after "g".
import type { IconName } from '$lib/ui';

interface Room {
  key:
    | 'overview'
    | 'todo'
    | 'workflows'
    | 'policies'
    | 'risks'
    | 'runs'
    | 'reviews'
    | 'standards'
    | 'certificates'
    | 'activity'
    | 'settings'
    | 'verify';
  href: string;
  icon: IconName;
  letter: string;
}

export const rooms: Room[] = [
  { key: 'overview', href: '#/', icon: 'overview', letter: 'o' },
  { key: 'todo', href: '#/todo', icon: 'todo', letter: 'd' },
  { key: 'workflows', href: '#/workflows', icon: 'workflows', letter: 'w' },
  { key: 'policies', href: '#/policies', icon: 'policies', letter: 'p' },
  { key: 'risks', href: '#/risks', icon: 'warn', letter: 'k' },
  { key: 'runs', href: '#/runs', icon: 'runs', letter: 'r' },
  { key: 'reviews', href: '#/reviews', icon: 'reviews', letter: 'v' },
  { key: 'standards', href: '#/standards', icon: 'standards', letter: 's' },
  { key: 'certificates', href: '#/certificates', icon: 'certificates', letter: 'c' },
  { key: 'verify', href: '#/verify', icon: 'verify', letter: 'f' },
  { key: 'activity', href: '#/activity', icon: 'activity', letter: 'a' },
  { key: 'settings', href: '#/settings', icon: 'settings', letter: 't' },
];

/** The room in which a location such as /workflows/WF-0003 lies. */
export function roomOf(location: string): Room['key'] | '' {
  const first = location.split('/')[1] ?? '';
  if (first === 'guide') return '';
  if (first === 'handover') return 'settings';
  return rooms.find((r) => r.href === `#/${first}`)?.key ?? 'overview';
}

/** The page of the guide that helps at a location. */
export function guideFor(location: string): string {
  if (location.startsWith('/runs/import')) return 'import';
  if (location.startsWith('/runs')) return 'tests';
  if (location.startsWith('/verify')) return 'auditors';
  if (/^\/(settings\/backup|receive|handover)/.test(location)) return 'it';
  return 'first-certificate';
}

// How things stand, in sentences.
import type { Standing, TodoGroup } from '$lib/api';
import { count, fill } from '$lib/format';
import { word } from '$lib/link';
import { t } from '$lib/text';

/** "1 of 5 live workflows cannot be certified: 2 reasons. …" Never that nothing waits while something does. */
export function sentence(s: Standing, waiting: number, part: boolean, filtered = false): string {
  const w = t.todo.standing;
  const out: string[] = [];
  if (s.live > 0) {
    out.push(
      s.blocked > 0
        ? fill(s.live === 1 ? w.blockedOne : w.blocked, {
            n: s.blocked,
            all: s.live,
            why: count(s.reasons, w.reasons),
          })
        : count(s.live, w.free),
    );
  }
  if (s.coming > 0) {
    out.push(
      s.coming_blocked > 0
        ? fill(count(s.coming, w.comingBlocked), { blocked: s.coming_blocked })
        : count(s.coming, w.coming),
    );
  }
  if (s.overdue > 0) out.push(count(s.overdue, w.overdue));
  if (waiting === 0 && !filtered && !part && s.overdue === 0)
    out.push(s.live + s.coming > 0 ? w.nothing : w.empty);
  return out.join(' ');
}

/** What a group asks for. */
export const groupTitle = (g: TodoGroup): string =>
  g.kind === 'requirement' ? g.task : word(t.todo.due, g.kind);

/** "today", "in 3 days", "3 days overdue". */
export const when = (days: number): string =>
  days === 0 ? t.common.today : days > 0 ? count(days, t.common.inDays) : count(-days, t.common.daysLate);

// What an import holds beside what the platform states.
import { count } from '$lib/format';
import { t } from '$lib/text';

/** In words how the runs that a file holds compare with the platform's own count, -1 where it states none. */
export function against(v: { stated: number; read: number }): string {
  const w = t.runs.coverage;
  if (v.stated < 0) return w.againstNone;
  const short = v.stated - v.read;
  if (short === 0) return w.againstAll;
  return short > 0 ? count(short, w.againstFewer) : count(-short, w.againstMore);
}

// JSON in its one canonical form, and the rules of a certificate's record. The
// shapes come from the program that writes them (RULES, put in beside this).
import { altered, utf8, fromUTF8, equalBytes, isDay, isTime } from './bytes.js';

export const refPattern = /^[A-Z]{2,4}(-20\d\d)?-\d{4,}$/;
const numberPattern = /^GC-20\d\d-\d{4,}$/;
const hexPattern = /^[0-9a-f]{64}$/;

const short = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
// quote writes a string; the ends of lines of Unicode are escaped unless plain.
export const quote = (s, plain = false) =>
  '"' +
  s.replace(
    plain ? /["\\\x00-\x1f]/g : /["\\\x00-\x1f\u2028\u2029]/g,
    (c) => short[c] ?? '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
  ) +
  '"';

const odd = () => altered('it is not of the form that Assay writes');

// canonical writes a value as its shape says: 'string', 'int', 'bool', 'time',
// 'date', a list [shape] or an object { name: shape, … } with every member in order;
// of a name with a question mark, the member is there only where it is not empty.
function canonical(v, shape, indent = '') {
  if (typeof shape === 'string') {
    const fits =
      shape === 'int'
        ? Number.isSafeInteger(v)
        : shape === 'bool'
          ? typeof v === 'boolean'
          : typeof v === 'string' && (shape !== 'time' || isTime(v));
    if (!fits) throw odd();
    return typeof v === 'string' ? quote(v) : String(v);
  }
  const deeper = indent + '  ';
  if (Array.isArray(shape)) {
    if (!Array.isArray(v)) throw odd();
    if (v.length === 0) return '[]';
    return `[\n${v.map((x) => deeper + canonical(x, shape[0], deeper)).join(',\n')}\n${indent}]`;
  }
  if (v === null || typeof v !== 'object' || Array.isArray(v)) throw odd();
  const members = Object.entries(shape)
    .map(([n, of]) => (n.endsWith('?') ? [n.slice(0, -1), of, true] : [n, of, false]))
    .filter(([n, , optional]) => !optional || Object.hasOwn(v, n));
  if (Object.keys(v).length !== members.length) throw odd();
  if (members.some(([n, , optional]) => optional && v[n].length === 0)) throw odd();
  return `{\n${members.map(([n, of]) => `${deeper}${quote(n)}: ${canonical(v[n], of, deeper)}`).join(',\n')}\n${indent}}`;
}

// parseStatement reads a certificate's record. Whatever is not exactly in the
// canonical form, or contradicts itself, is refused.
export function parseStatement(bytes) {
  if (bytes.length > 8 << 20) throw altered('it is larger than 8 MB');
  let s;
  try {
    s = JSON.parse(fromUTF8(bytes));
  } catch {
    throw odd();
  }
  const shape = Object.hasOwn(RULES.statements, String(s?.format)) && RULES.statements[s.format];
  if (!shape || !equalBytes(utf8(canonical(s, shape) + '\n'), bytes)) throw odd();
  if (s.format === RULES.formats.first) {
    // What version 1 says of who signs, as version 2 says it.
    s.signatures = ['assessor', 'approver'].map((role) => ({ ...s[role], role }));
  }
  const wrong = contradiction(s);
  if (wrong) throw altered(`it contradicts itself: ${wrong}`);
  return s;
}

const filled = (s) => s.trim() !== '';

function addMonths(date, n) {
  const [y, m, d] = date.split('-').map(Number);
  const last = new Date(Date.UTC(y, m - 1 + n + 1, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + n, Math.min(d, last))).toISOString().slice(0, 10);
}

// answers are what a requirement may be, by the version of the record.
const answers = (s) =>
  s.format === RULES.formats.first
    ? ['met', 'not_met', 'not_applicable']
    : ['met', 'not_met', 'not_applicable', 'held', 'held_but_for', 'not_held', 'not_shown'];

const settled = (f) => f.explained + f.accepted + f.done;
const found = (f) => f.open + f.alone + f.actioned + settled(f);
const total = (list, of) => list.reduce((n, x) => n + of(x), 0);

// miscount says where the figures of version 2 do not add up.
function miscount(s) {
  const tests = {};
  for (const f of s.findings) {
    const n = found(f);
    if (total(f.said, (e) => e.findings) > n || f.tested > f.of || (f.of > 0 && n > f.of)) return 'its findings';
    tests[f.code] = f;
  }
  for (const r of s.requirements) {
    const rests = r.subjects.map((c) => tests[c]).filter(Boolean);
    const [short, dealt] = [total(rests, found), total(rests, settled)];
    if (r.status === 'held' && (short > 0 || r.counts.short > 0)) return 'its requirements';
    if (r.status !== 'held_but_for' && r.status !== 'not_held') continue;
    if (r.counts.short !== short || r.counts.settled !== dealt || short === 0) return 'its requirements';
    if ((short === dealt) !== (r.status === 'held_but_for')) return 'its requirements';
  }
  const months = s.evidence.months;
  if (months.some((m, i) => i > 0 && months[i - 1].month >= m.month) || total(months, (m) => m.runs) > s.runs)
    return 'its months';
  if (s.gates.some((g) => g.decided_first > g.released || g.named !== g.officers.length)) return 'its gates';
  if (total(s.gates, (g) => g.released) !== s.evidence.released) return 'its gates';
  if (total(s.gates, (g) => g.decided_first) !== s.evidence.decided_first) return 'its gates';
  if (s.root && !hexPattern.test(s.root)) return 'its root';
  return '';
}

// contradiction says where a statement contradicts itself or lacks something; ''
// if nowhere.
function contradiction(s) {
  if (!numberPattern.test(s.number)) return 'its number';
  if (s.supersedes && (!numberPattern.test(s.supersedes) || s.supersedes === s.number)) return 'what it supersedes';
  if (!filled(s.organisation.name) || !s.workflow.ref || !filled(s.workflow.name)) return 'its names';
  const exceptions = s.requirements.some((r) => r.status === 'held_but_for');
  if (s.verdict !== (s.conditions.length ? 'met_with_conditions' : exceptions ? 'met_with_exceptions' : 'met'))
    return 'its verdict';
  if (s.percent < 0 || s.percent > 100) return 'its score';
  const issued = s.issued.slice(0, 10);
  if (
    issued < '0001-01-02' ||
    !isDay(s.valid_until) ||
    s.valid_until < issued ||
    addMonths(issued, 12) < s.valid_until
  )
    return 'its dates';
  const unmet = new Set();
  const codes = new Set();
  const sum = {};
  for (const r of s.requirements) {
    if (!answers(s).includes(r.status) || codes.has(r.code)) return 'its requirements';
    codes.add(r.code);
    const t = (sum[r.area] ??= { met: 0, applicable: 0 });
    if (r.status !== 'not_applicable') t.applicable++;
    if (r.status === 'met' || r.status === 'held') t.met++;
    if (['not_met', 'not_held', 'not_shown'].includes(r.status)) {
      if (r.blocking) return 'a blocking requirement is not met';
      unmet.add(r.code);
    }
  }
  if (s.areas.length !== RULES.areas.length) return 'its areas';
  for (const [i, a] of s.areas.entries()) {
    const t = sum[a.area] ?? { met: 0, applicable: 0 };
    if (a.area !== RULES.areas[i] || a.met !== t.met || a.applicable !== t.applicable) return 'its areas';
  }
  for (const c of s.conditions) {
    if (!unmet.delete(c.requirement) || !isDay(c.due) || !filled(c.owner) || !filled(c.text)) return 'its conditions';
  }
  if (unmet.size) return 'its conditions';
  if (!s.sources.every((x) => hexPattern.test(x.sha256)) || !s.documents.every((x) => hexPattern.test(x.sha256)))
    return 'its evidence';
  if (s.signatures.map((x) => x.role).join() !== 'assessor,approver') return 'who signs it';
  const [a, b] = s.signatures;
  if (
    !a.name ||
    !a.person_id ||
    !hexPattern.test(a.key) ||
    !b.name ||
    !b.person_id ||
    (b.key && !hexPattern.test(b.key))
  )
    return 'who signs it';
  if (a.person_id === b.person_id || a.key === b.key) return 'who signs it';
  if (s.log.size < 0 || !hexPattern.test(s.log.root)) return 'its activity log';
  return s.format === RULES.formats.first ? '' : miscount(s);
}

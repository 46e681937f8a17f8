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
  s.replace(plain ? /["\\\x00-\x1f]/g : /["\\\x00-\x1f\u2028\u2029]/g, (c) => short[c] ?? '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) +
  '"';

const odd = () => altered('it is not of the form that Assay writes');

// canonical writes a value as its shape says: 'string', 'int', 'bool', 'time',
// 'date', a list [shape] or an object { name: shape, … } with every member in order.
function canonical(v, shape, indent = '') {
  if (typeof shape === 'string') {
    const fits =
      shape === 'int' ? Number.isSafeInteger(v) : shape === 'bool' ? typeof v === 'boolean' : typeof v === 'string' && (shape !== 'time' || isTime(v));
    if (!fits) throw odd();
    return typeof v === 'string' ? quote(v) : String(v);
  }
  const deeper = indent + '  ';
  if (Array.isArray(shape)) {
    if (!Array.isArray(v)) throw odd();
    if (v.length === 0) return '[]';
    return `[\n${v.map((x) => deeper + canonical(x, shape[0], deeper)).join(',\n')}\n${indent}]`;
  }
  const names = Object.keys(shape);
  if (v === null || typeof v !== 'object' || Array.isArray(v) || Object.keys(v).length !== names.length) throw odd();
  return `{\n${names.map((n) => `${deeper}${quote(n)}: ${canonical(v[n], shape[n], deeper)}`).join(',\n')}\n${indent}}`;
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
  if (!equalBytes(utf8(canonical(s, RULES.statement) + '\n'), bytes)) throw odd();
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

// contradiction says where a statement contradicts itself or lacks something; ''
// if nowhere.
function contradiction(s) {
  if (s.format !== RULES.format) return `its format is not ${RULES.format}`;
  if (!numberPattern.test(s.number)) return 'its number';
  if (s.supersedes && (!numberPattern.test(s.supersedes) || s.supersedes === s.number)) return 'what it supersedes';
  if (!filled(s.organisation.name) || !s.workflow.ref || !filled(s.workflow.name)) return 'its names';
  if (s.verdict !== (s.conditions.length ? 'met_with_conditions' : 'met')) return 'its verdict';
  if (s.percent < 0 || s.percent > 100) return 'its score';
  const issued = s.issued.slice(0, 10);
  if (issued < '0001-01-02' || !isDay(s.valid_until) || s.valid_until < issued || addMonths(issued, 12) < s.valid_until) return 'its dates';
  const unmet = new Set();
  const codes = new Set();
  const sum = {};
  for (const r of s.requirements) {
    if (!['met', 'not_met', 'not_applicable'].includes(r.status) || codes.has(r.code)) return 'its requirements';
    codes.add(r.code);
    const t = (sum[r.area] ??= { met: 0, applicable: 0 });
    if (r.status !== 'not_applicable') t.applicable++;
    if (r.status === 'met') t.met++;
    if (r.status === 'not_met') {
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
  if (!s.sources.every((x) => hexPattern.test(x.sha256)) || !s.documents.every((x) => hexPattern.test(x.sha256))) return 'its evidence';
  const [a, b] = [s.assessor, s.approver];
  if (!a.name || !a.person_id || !hexPattern.test(a.key) || !b.name || !b.person_id || (b.key && !hexPattern.test(b.key))) return 'who signs it';
  if (a.person_id === b.person_id || a.key === b.key) return 'who signs it';
  if (s.log.size < 0 || !hexPattern.test(s.log.root)) return 'its activity log';
  return '';
}

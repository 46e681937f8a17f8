// The activity log's folder in a pack: a signed head (a signed note), entries,
// and the proofs of a Merkle tree (RFC 6962).
import { altered, unreadable, utf8, fromUTF8, fromBase64, equalBytes, hex } from './bytes.js';
import { sha256 } from './hash.js';
import { holds } from './x509.js';
import { quote } from './statement.js';

const none = (what) => unreadable(`this is no ${what} of an Assay activity log`);
const node = (l, r) => sha256([1], l, r);
const power = (n) => {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k; // the largest power of 2 smaller than n
};

const hashOf = (s) => {
  const b = fromBase64(s);
  if (b?.length !== 32) throw none('hash');
  return b;
};
const number = (s) => {
  if (!/^(0|[1-9]\d{0,15})$/.test(s ?? '') || !Number.isSafeInteger(Number(s))) throw none('number');
  return Number(s);
};

// openHead reads a signed head. No signature by a trusted key may be wrong;
// signatures by others are passed over.
async function openHead(bytes, trusted) {
  const bad = () => none('head');
  const text = fromUTF8(bytes);
  const split = text === null ? -1 : text.indexOf('\n\n');
  if (
    split < 0 ||
    bytes.length > 100000 ||
    text.lastIndexOf('\n\n') !== split ||
    !text.endsWith('\n') ||
    /[\x00-\x09\x0b-\x1f]/.test(text)
  )
    throw bad();
  const body = text.slice(0, split + 1);
  // Heads had a time in a fourth line, and another name in the first, before logs had keys of their own.
  const m =
    /^(Assay activity log |assay\.example\/log\/)([^\s+\p{Cc}]{1,100})\n(\d+)\n([A-Za-z0-9+/=]{44})\n(?:time (.+)\n)?$/u.exec(
      body,
    );
  const old = m?.[1].startsWith('Assay');
  if (!m || old !== (m[5] !== undefined)) throw bad();
  if (old && (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(m[5]) || isNaN(new Date(m[5])))) throw bad();
  const h = { register: m[2], size: number(m[3]), root: hashOf(m[4]), signed: 0 };
  const lines = text
    .slice(split + 2)
    .split('\n')
    .slice(0, -1);
  if (lines.length > 100) throw bad();
  for (const line of lines) {
    const s = /^— ([^\s+]+) (\S+)$/.exec(line);
    const raw = s && fromBase64(s[2]);
    if (!raw || raw.length < 5) throw bad();
    const by = trusted.find((c) => c.keyDigest === s[1] && equalBytes(noteKeyHash(c), raw.subarray(0, 4)));
    if (!by) continue;
    if (!(await holds(by.key, 'SHA-256', utf8(body), raw.subarray(4)))) {
      throw altered('the signature on the head of the activity log is wrong: it was altered after it was signed');
    }
    h.signed++;
  }
  return h;
}

const noteKeyHash = (c) =>
  sha256(utf8(c.keyDigest + '\n'), [0xff], utf8('assay x509 sha256\n'), c.spki).subarray(0, 4);

// ---- entries

const oneLine = (s, most = 1000) => utf8(s).length <= most && !/\p{Cc}/u.test(s);
const isHash = (s) => /^[0-9a-f]{64}$/.test(s);
const inRows = (list, before) => list.every((x, i) => i === 0 || before(list[i - 1], x));
const less = (a, b) => {
  const [x, y] = [utf8(a), utf8(b)];
  for (let i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i] < y[i];
  return x.length < y.length;
};

// written puts an object on one line: its members in order, those marked ? left out where empty.
function written(v, shape) {
  if (v === null || typeof v !== 'object' || Array.isArray(v)) throw none('entry');
  const parts = [];
  let members = 0;
  for (const [name, kind] of shape) {
    const optional = name.endsWith('?');
    const key = optional ? name.slice(0, -1) : name;
    const x = v[key];
    if (x !== undefined) members++;
    if (optional && (x === undefined || x === '')) {
      if (x === '') throw none('entry');
      continue;
    }
    let s;
    if (kind === 'int' && Number.isSafeInteger(x)) s = String(x);
    else if (kind === 'string' && typeof x === 'string') s = quote(x);
    else if (kind === 'list' || typeof kind === 'string') throw none('entry');
    else if (Array.isArray(kind[0])) s = written(x, kind);
    else if (Array.isArray(x) && x.length > 0) s = `[${x.map((e) => written(e, kind.of)).join(',')}]`;
    else throw none('entry');
    parts.push(`${quote(key)}:${s}`);
  }
  if (members !== Object.keys(v).length) throw none('entry');
  return `{${parts.join(',')}}`;
}

const entryShape = [
  ['seq', 'int'],
  ['time', 'string'],
  [
    'actor',
    [
      ['id?', 'string'],
      ['name', 'string'],
      ['role?', 'string'],
    ],
  ],
  ['device?', 'string'],
  ['action', 'string'],
  ['subject?', 'string'],
  ['summary', 'string'],
  ['reason?', 'string'],
  [
    'changes?',
    {
      of: [
        ['table', 'string'],
        ['key', 'string'],
        ['op', 'string'],
        ['digest?', 'string'],
      ],
    },
  ],
  [
    'import?',
    [
      ['source', 'string'],
      ['runs', 'int'],
      ['root', 'string'],
    ],
  ],
  [
    'digests?',
    {
      of: [
        ['name', 'string'],
        ['sha256', 'string'],
      ],
    },
  ],
];

// parseEntry reads one line in its one spelling.
function parseEntry(line) {
  const bad = () => none('entry');
  const text = fromUTF8(line);
  let e;
  try {
    e = JSON.parse(text);
  } catch {
    throw bad();
  }
  if (written(e, entryShape) !== text || !utf8(text).every((x, i) => x === line[i])) throw bad();
  const t = /^(20|[3-9]\d|2[1-9])\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(e.time) ? new Date(e.time) : NaN;
  if (e.seq < 1 || isNaN(t) || t.toISOString() !== e.time) throw bad();
  if (!e.actor.name || !/^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+$/.test(e.action) || !e.summary) throw bad();
  if (e.import && (!isHash(e.import.source) || e.import.runs < 0 || !hashOf(e.import.root))) throw bad();
  const texts = [e.actor.id, e.actor.name, e.actor.role, e.device, e.subject, e.summary];
  if (!texts.every((s) => oneLine(s ?? '')) || !oneLine((e.reason ?? '').replace(/[\n\t]/g, ' '), 100000))
    throw bad();
  for (const c of e.changes ?? []) {
    if (!/^[a-z][a-z0-9_]*$/.test(c.table) || !c.key || !oneLine(c.key)) throw bad();
    if (c.op === 'put' ? !isHash(c.digest ?? '') : c.op !== 'delete' || c.digest) throw bad();
  }
  if (!inRows(e.changes ?? [], (a, b) => less(a.table, b.table) || (a.table === b.table && less(a.key, b.key))))
    throw bad();
  if (!(e.digests ?? []).every((d) => d.name && oneLine(d.name) && isHash(d.sha256))) throw bad();
  if (!inRows(e.digests ?? [], (a, b) => less(a.name, b.name))) throw bad();
  return e;
}

// ---- proofs

function parseProof(text, header, first, second) {
  const bad = () => none('proof');
  const lines = text.split('\n');
  if (lines.length < 4 || lines.length > 134 || lines[0] !== header || lines.at(-1) !== '') throw bad();
  const point = (line, label) => {
    const p = line.split(' ');
    if (p.length !== 3 || p[0] !== label) throw bad();
    return [number(p[1]), hashOf(p[2])];
  };
  const [n1, h1] = point(lines[1], first);
  const [n2, h2] = point(lines[2], second);
  if (n1 < 1 || n1 > n2) throw bad();
  return { n1, h1, n2, h2, hashes: lines.slice(3, -1).map(hashOf) };
}

const failedProof = () => altered('a proof of the activity log does not hold');

function runRecord(p, lo, hi, n, leaf) {
  if (lo + 1 === hi) {
    if (p.length) throw failedProof();
    return leaf;
  }
  if (!p.length) throw failedProof();
  const k = power(hi - lo);
  const rest = p.slice(0, -1);
  return n < lo + k
    ? node(runRecord(rest, lo, lo + k, n, leaf), p.at(-1))
    : node(p.at(-1), runRecord(rest, lo + k, hi, n, leaf));
}

function runTree(p, lo, hi, n, old) {
  if (n === hi) {
    if (p.length !== (lo === 0 ? 0 : 1)) throw failedProof();
    return lo === 0 ? [old, old] : [p[0], p[0]];
  }
  if (!p.length) throw failedProof();
  const k = power(hi - lo);
  const rest = p.slice(0, -1);
  if (n <= lo + k) {
    const [o, t] = runTree(rest, lo, lo + k, n, old);
    return [o, node(t, p.at(-1))];
  }
  const [o, t] = runTree(rest, lo + k, hi, n, old);
  return [node(p.at(-1), o), node(p.at(-1), t)];
}

function rootOf(leaves) {
  if (leaves.length === 0) return sha256([]);
  const stack = [];
  leaves.forEach((h, i) => {
    for (let n = i; n & 1; n >>>= 1) h = node(stack.pop(), h);
    stack.push(h);
  });
  return stack.reduceRight((right, left) => node(left, right));
}

// checkRows holds rows of the register against the digests that the newest entries
// recorded of them.
function checkRows(bytes, entries) {
  const text = fromUTF8(bytes);
  if (!text?.endsWith('\n')) throw unreadable('the last line of rows.jsonl is cut short');
  const id = (table, key) => JSON.stringify([table, key]);
  const newest = new Map(entries.flatMap((e) => e.changes ?? []).map((c) => [id(c.table, c.key), c.digest]));
  let last = null;
  for (const line of text.slice(0, -1).split('\n')) {
    let row;
    try {
      row = JSON.parse(line);
    } catch {
      throw none('row');
    }
    const { table, key } = row ?? {};
    if (typeof table !== 'string' || typeof key !== 'string') throw none('row');
    const head = `{"table":${quote(table, true)},"key":${quote(key, true)},"row":`;
    if (!line.startsWith(head)) throw none('row');
    if (last && !(less(last.table, table) || (last.table === table && less(last.key, key))))
      throw altered(`the row ${table} ${key} is out of its place in the log folder`);
    last = { table, key };
    if (newest.get(id(table, key)) !== hex(sha256(utf8(line.slice(head.length, -1))))) {
      throw altered(`the row ${table} ${key} is not the one that the activity log recorded last`);
    }
  }
}

// verifyLog checks everything in a log folder against its head. files is a map
// of names to bytes. It gives the number of entries of the log.
export async function verifyLog(files, trusted) {
  const read = (name) => {
    if (!files.has(name)) throw unreadable(`the log folder lacks ${name}`);
    known.add(name);
    return files.get(name);
  };
  const known = new Set();
  const head = await openHead(read('head.txt'), trusted);
  if (files.has('key.txt')) read('key.txt'); // the log's own keys: people's signatures on the head are what is checked here
  const lines = [];
  const all = read('entries.jsonl');
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(10, at);
    if (end < 0) throw unreadable('the last line of the activity log is cut short');
    lines.push(all.subarray(at, end));
    at = end + 1;
  }
  const leaves = lines.map((l) => sha256([0], l));
  const entries = lines.map(parseEntry);
  const seqs = entries.map((e) => e.seq);
  seqs.forEach((n, i) => {
    if ((i > 0 && seqs[i - 1] >= n) || n > head.size)
      throw altered(`entry ${n} is out of its place in the log folder`);
  });
  const proofs = [];
  if (files.has('proofs.txt')) {
    const text = fromUTF8(read('proofs.txt'));
    const parts = (text ?? '').slice(0, -1).split('\n\n');
    for (const p of parts) proofs.push(parseProof(p + '\n', 'Assay log inclusion', 'entry', 'size'));
    if (text !== parts.join('\n\n') + '\n') throw none('proof');
  }
  if (lines.length === head.size) {
    if (!equalBytes(rootOf(leaves), head.root))
      throw altered('the entries in the log folder are not those whose head was signed');
    if (proofs.length) throw altered('the log folder holds proofs beside a whole log');
  } else {
    if (proofs.length !== lines.length)
      throw altered(`the log folder holds ${lines.length} entries and ${proofs.length} proofs`);
    proofs.forEach((p, i) => {
      if (p.n1 !== seqs[i] || !equalBytes(p.h1, leaves[i]) || p.n2 !== head.size || !equalBytes(p.h2, head.root))
        throw failedProof();
      if (!equalBytes(runRecord(p.hashes, 0, p.n2, p.n1 - 1, p.h1), p.h2)) throw failedProof();
    });
  }
  if (files.has('rows.jsonl')) checkRows(read('rows.jsonl'), entries);
  for (let i = 1; files.has(`earlier-${String(i).padStart(4, '0')}-head.txt`); i++) {
    const name = `earlier-${String(i).padStart(4, '0')}`;
    const then = await openHead(read(`${name}-head.txt`), trusted);
    if (files.has(`${name}-token.der`)) read(`${name}-token.der`); // whose time it proves is for assay verify to say
    const g = parseProof(fromUTF8(read(`${name}-growth.txt`)) ?? '', 'Assay log growth', 'from', 'to');
    if (then.register !== head.register) throw altered('the two heads belong to different registers');
    if (g.n1 !== then.size || !equalBytes(g.h1, then.root) || g.n2 !== head.size || !equalBytes(g.h2, head.root))
      throw failedProof();
    const [o, t] = runTree(g.hashes, 0, g.n2, g.n1, g.h1);
    if (!equalBytes(o, g.h1) || !equalBytes(t, g.h2) || (g.n1 === g.n2 && g.hashes.length)) {
      throw altered(
        `the activity log was rewritten: at ${head.size} entries it no longer begins with the ${then.size} entries signed earlier`,
      );
    }
  }
  for (const name of files.keys()) if (!known.has(name)) throw unreadable(`${name} does not belong in a log folder`);
  return head.size;
}

// The seal of a certificate: "AY2:" (or "AY1:", of the first version) and the base45 (RFC 9285) of a COSE_Sign1
// (RFC 9052) in deterministic CBOR (RFC 8949, 4.2.1), in its one spelling.
import { unreadable, concat, utf8, fromUTF8, hex, clean, runes, dayOf } from './bytes.js';
import { holds, judgeSigner } from './x509.js';
import { reportOf, failed } from './cms.js';
import { worse } from './report.js';
import { refPattern } from './statement.js';

export const sealPrefix = 'AY2:';
const firstPrefix = 'AY1:';
export const isSeal = (text) => [sealPrefix, firstPrefix].some((p) => text.trim().startsWith(p));
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const damaged = () => unreadable('This seal is damaged or incomplete: scan it again.');

function parseBase45(s) {
  const out = [];
  for (let i = 0; i < s.length; i += 3) {
    const part = [...s.slice(i, i + 3)].map((c) => alphabet.indexOf(c));
    if (part.includes(-1) || part.length === 1) throw damaged();
    const n = part.reduceRight((v, d) => v * 45 + d, 0);
    if (n > (part.length === 3 ? 0xffff : 0xff)) throw damaged();
    if (part.length === 3) out.push(n >> 8);
    out.push(n & 0xff);
  }
  return Uint8Array.from(out);
}

// CBOR reads deterministic CBOR: lengths and numbers in their shortest form.
class CBOR {
  constructor(b) {
    this.b = b;
    this.at = 0;
  }

  head(major) {
    const first = this.b[this.at++];
    if (first === undefined || first >> 5 !== major) throw damaged();
    const info = first & 31;
    if (info < 24) return info;
    const n = { 24: 1, 25: 2, 26: 4 }[info];
    if (!n || this.at + n > this.b.length) throw damaged();
    let v = 0;
    for (let i = 0; i < n; i++) v = v * 256 + this.b[this.at++];
    if (v < { 1: 24, 2: 0x100, 4: 0x10000 }[n]) throw damaged();
    return v;
  }

  exactly(major, n) {
    if (this.head(major) !== n) throw damaged();
  }

  bytes(major = 2) {
    const n = this.head(major);
    if (this.at + n > this.b.length) throw damaged();
    this.at += n;
    return this.b.subarray(this.at - n, this.at);
  }

  text() {
    const s = fromUTF8(this.bytes(3));
    if (s === null) throw damaged();
    return s;
  }

  // key reads the next key of a map, which are 1, 2, 3, … here.
  key(n) {
    this.exactly(0, n);
    return this;
  }

  end() {
    if (this.at !== this.b.length) throw damaged();
  }
}

const cborBytes = (b) => {
  const n = b.length;
  return concat(n < 24 ? [0x40 | n] : n < 256 ? [0x58, n] : [0x59, n >> 8, n & 255], b);
};

const areas = ['policy', 'risk', 'oversight', 'transparency', 'improvement'];

// parseSeal reads the text of a seal without checking its signature. It takes
// nothing but the one spelling. Faults: unreadable.
export function parseSeal(text) {
  // Blanks and line ends after it do not count, nor that a blank at its end, which
  // is a digit of base 45, was lost.
  const bare = text.replace(/[ \t\r\n]+$/, '');
  let first;
  for (const t of new Set([text, bare, bare + ' '])) {
    try {
      return parseOne(t);
    } catch (e) {
      first ??= e;
    }
  }
  throw first;
}

function parseOne(text) {
  const version = text.startsWith(sealPrefix) ? 2 : 1;
  if (version === 1 && !text.startsWith(firstPrefix))
    throw unreadable(
      `This is no seal of an Assay certificate: its text begins with ${sealPrefix} or ${firstPrefix}.`,
    );
  if (text.length > 4296) throw damaged();
  const m = new CBOR(parseBase45(text.slice(sealPrefix.length)));
  m.exactly(6, 18);
  m.exactly(4, 4);
  const [prot] = [m.bytes()];
  m.exactly(5, 0);
  const payload = m.bytes();
  const signature = m.bytes();
  m.end();
  const p = new CBOR(prot);
  p.exactly(5, 2);
  p.key(1);
  const alg = p.b[p.at] >> 5 === 1 ? -1 - p.head(1) : p.head(0);
  const keyID = hex(p.key(4).bytes());
  p.end();
  const w = new CBOR(payload);
  w.exactly(5, version === 1 ? 9 : 11);
  const c = {
    number: w.key(1).text(),
    organisation: w.key(2).text(),
    workflowRef: w.key(3).text(),
    workflow: w.key(4).text(),
  };
  c.verdict = w.key(5).head(0);
  const [issued, until] = [w.key(6).head(0), w.key(7).head(0)];
  w.key(8).exactly(4, 5);
  c.scores = areas.map((area) => {
    w.exactly(4, 2);
    return { area, met: w.head(0), applicable: w.head(0) };
  });
  const record = w.key(9).bytes();
  const date = (n) => dayOf(new Date(n * 86400000));
  Object.assign(c, { version, conditions: [], allConditions: 0 });
  if (version > 1) {
    const n = w.key(10).head(4);
    if (n > 3) throw damaged();
    for (let i = 0; i < n; i++) {
      w.exactly(4, 2);
      const words = w.text();
      const due = w.head(0);
      if (words === '' || words !== clean(words) || runes(words) > 32 || due > 90000) throw damaged();
      c.conditions.push({ text: words, due: date(due) });
    }
    c.allConditions = w.key(11).head(0);
    if (c.allConditions > 999 || n !== Math.min(c.allConditions, 3)) throw damaged();
  }
  w.end();
  const name = (s) => s !== '' && s === clean(s) && runes(s) <= 80;
  if (
    keyID.length !== 16 ||
    record.length !== 32 ||
    issued > 90000 ||
    until > 90000 ||
    until < issued ||
    !refPattern.test(c.number) ||
    c.number.length > 24 ||
    !refPattern.test(c.workflowRef) ||
    c.workflowRef.length > 24 ||
    !name(c.organisation) ||
    !name(c.workflow) ||
    ![1, 2, 3].includes(c.verdict) ||
    (c.verdict === 3 && (version === 1 || c.allConditions > 0)) ||
    c.scores.some((s) => s.met > s.applicable || s.applicable > 999)
  ) {
    throw damaged();
  }
  Object.assign(c, { issued: date(issued), validUntil: date(until), digest: hex(record) });
  const signed = concat([0x84, 0x6a], utf8('Signature1'), cborBytes(prot), [0x40], cborBytes(payload));
  return { claims: c, keyID, alg, signed, signature };
}

// uncovered says in sentences what of a certificate's paper a seal says nothing about.
export function uncovered(c) {
  const out = [];
  if (c.version === 1) {
    out.push(
      'This is a seal of the first version: it does not cover the conditions of the certificate, nor the days by which they are to be met.',
    );
  } else if (c.allConditions > c.conditions.length) {
    out.push(
      `It names ${c.conditions.length} of ${c.allConditions} conditions; the others, and who puts each right, are in the certificate’s record.`,
    );
  } else if (c.allConditions > 0) {
    out.push('It does not cover who puts each condition right.');
  } else if (c.verdict === 2) {
    out.push(
      'It names no condition: seals that were made before said so of certificates that are met with exceptions, too.',
    );
  }
  out.push(
    'It does not cover the texts, the figures of the evidence, or the names on the paper that are not listed here.',
  );
  return out;
}

// The orders of the curves, for the one of a signature's two spellings that counts.
const orders = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384': 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

// oneText tells whether an ECDSA signature has the smaller s: with n − s the same
// signature would hold, and the seal would have two texts.
function oneText(key, version, sig) {
  if (version === 1 || key.kind !== 'ec') return true;
  const n = orders[key.curve.name];
  return n !== undefined && BigInt('0x' + hex(sig.subarray(sig.length / 2))) <= n / 2n;
}

// The COSE algorithms (RFC 9053, RFC 8230) by kind of key.
function coseHash(key, alg) {
  const fits =
    key.kind === 'rsa' ? alg === -37 : key.kind === 'ec' && alg === { 'P-256': -7, 'P-384': -35 }[key.curve.name];
  return fits ? (alg === -35 ? 'SHA-384' : 'SHA-256') : '';
}

// openSeal reads a seal and checks its signature. The seal names its key by id,
// so the assessor's certificate must be among those known.
export async function openSeal(text, trust, now) {
  const seal = parseSeal(text);
  const known = trust.known.filter((c) => c.keyDigest.startsWith(seal.keyID));
  if (known.length === 0) {
    const reason = `Nobody known here has the key ${seal.keyID.toUpperCase()} that this seal names: add the issuer’s certificates, or check the certificate as a PDF.`;
    return { seal, report: failed({}, 'unknown_signer', reason) };
  }
  let best;
  for (const c of known) {
    const issued = seal.claims.issued;
    // The issue date is a day, the certificate's start an instant of it.
    const claimed = dayOf(c.notBefore) === issued ? c.notBefore : new Date(issued + 'T00:00:00Z');
    let r = reportOf(c, claimed);
    const hash = coseHash(c.key, seal.alg);
    if (
      !hash ||
      !oneText(c.key, seal.claims.version, seal.signature) ||
      !(await holds(c.key, hash, seal.signed, seal.signature, 'cose'))
    ) {
      r = failed(r, 'altered', 'The seal’s signature does not match what it says.');
    } else {
      [r.status, r.reasons] = await judgeSigner(trust, c, [], claimed, now);
      if (r.status === 'genuine') r.reasons.push(`Sealed by ${r.signer}; the seal says what they sealed.`);
    }
    if (!best || worse(best.status, r.status) === best.status) best = r;
  }
  return { seal, report: best };
}

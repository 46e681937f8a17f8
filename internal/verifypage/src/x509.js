// X.509 certificates, revocation lists and trust (RFC 5280, as far as Assay's
// signatures need it). What is not understood makes no chain.
import { unreadable, altered, equalBytes, hex, clean, day, minute, fromBase64, fromUTF8 } from './bytes.js';
import { digest, sha256, fingerprint } from './hash.js';
import { parseDER, algorithm } from './der.js';

const damaged = () => altered('a certificate or signature in it is damaged');
const hour = 3600 * 1000;

const curves = {
  '1.2.840.10045.3.1.7': { name: 'P-256', bytes: 32 },
  '1.3.132.0.34': { name: 'P-384', bytes: 48 },
  '1.3.132.0.35': { name: 'P-521', bytes: 66 },
};

// signatureAlgorithms by identifier; hash is '' where the digest algorithm says it.
export const signatureAlgorithms = {
  '1.2.840.10045.4.3.2': { hash: 'SHA-256', rsa: false },
  '1.2.840.10045.4.3.3': { hash: 'SHA-384', rsa: false },
  '1.2.840.10045.4.3.4': { hash: 'SHA-512', rsa: false },
  '1.2.840.113549.1.1.11': { hash: 'SHA-256', rsa: true },
  '1.2.840.113549.1.1.12': { hash: 'SHA-384', rsa: true },
  '1.2.840.113549.1.1.13': { hash: 'SHA-512', rsa: true },
  '1.2.840.113549.1.1.1': { hash: '', rsa: true },
};

// publicKey reads a SubjectPublicKeyInfo.
function publicKey(spki) {
  const [algNode, bits] = spki.seq();
  const alg = algorithm(algNode);
  const raw = spki.raw;
  const { bytes, unused } = bits.bits();
  if (unused) throw damaged();
  if (alg.oid === '1.2.840.113549.1.1.1') {
    const [n, e] = parseDER(bytes)
      .seq()
      .map((x) => x.integer());
    if (n[0] >= 0x80 || e[0] >= 0x80 || alg.params !== '0500') throw damaged();
    const m = n[0] === 0 ? n.subarray(1) : n;
    return { raw, kind: 'rsa', bits: 8 * m.length - Math.clz32(m[0]) + 24 };
  }
  if (alg.oid === '1.2.840.10045.2.1' && alg.node) {
    const curve = curves[alg.node.oid()];
    if (!curve) return { raw, kind: 'other' };
    if (bytes[0] !== 4 || bytes.length !== 1 + 2 * curve.bytes) throw damaged();
    return { raw, kind: 'ec', curve };
  }
  return { raw, kind: 'other' };
}

// rawECDSA turns an ASN.1 signature into r and s of n bytes each, null if it is none.
function rawECDSA(der, n) {
  try {
    const two = parseDER(der)
      .seq()
      .map((x) => x.integer());
    if (two.length !== 2) return null;
    const out = new Uint8Array(2 * n);
    for (let i = 0; i < 2; i++) {
      const b = two[i][0] === 0 ? two[i].subarray(1) : two[i];
      if (two[i][0] >= 0x80 || b.length > n) return null;
      out.set(b, (i + 1) * n - b.length);
    }
    return out;
  } catch {
    return null;
  }
}

// holds tells whether sig is the key's signature over data. scheme is 'x509'
// (ECDSA in ASN.1, RSA PKCS #1 v1.5) or 'cose' (ECDSA as r and s, RSA-PSS).
export async function holds(key, hash, data, sig, scheme = 'x509') {
  try {
    if (key.kind === 'ec') {
      const raw = scheme === 'cose' ? sig : rawECDSA(sig, key.curve.bytes);
      if (!raw || raw.length !== 2 * key.curve.bytes) return false;
      const k = await crypto.subtle.importKey('spki', key.raw, { name: 'ECDSA', namedCurve: key.curve.name }, false, [
        'verify',
      ]);
      return await crypto.subtle.verify({ name: 'ECDSA', hash }, k, raw, data);
    }
    if (key.kind === 'rsa') {
      const name = scheme === 'cose' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
      const k = await crypto.subtle.importKey('spki', key.raw, { name, hash }, false, ['verify']);
      return await crypto.subtle.verify({ name, saltLength: 32 }, k, sig, data);
    }
  } catch {
    // a key or signature that WebCrypto will not take verifies nothing
  }
  return false;
}

function namesOf(node) {
  const out = {};
  for (const set of node.seq()) {
    for (const a of set.must(17).kids()) {
      const [type, value] = a.seq();
      (out[type.oid()] ??= []).push(value.text());
    }
  }
  return out;
}

const signedParts = (node) => {
  const [tbs, alg, sig, more] = node.seq();
  if (!sig || more) throw damaged();
  const { bytes, unused } = sig.bits();
  if (unused) throw damaged();
  return { tbs, alg: algorithm(alg), sig: bytes };
};

// parseCertificate reads one certificate from its DER.
export function parseCertificate(der) {
  const c = { raw: der };
  const parts = signedParts(parseDER(der));
  Object.assign(c, { tbs: parts.tbs.raw, alg: parts.alg, sig: parts.sig });
  const k = parts.tbs.seq();
  let i = 0;
  c.version = 1;
  if (k[0].is(0, 2)) {
    c.version = k[i++].kids()[0].small() + 1;
  }
  c.serial = hex(k[i++].integer());
  const inner = algorithm(k[i++]);
  if (inner.oid !== c.alg.oid || inner.params !== c.alg.params) throw damaged();
  c.issuer = k[i].raw;
  const issuer = namesOf(k[i++]);
  const validity = k[i++].seq();
  if (validity.length !== 2) throw damaged();
  [c.notBefore, c.notAfter] = validity.map((t) => t.time());
  c.subject = k[i].raw;
  const subject = namesOf(k[i++]);
  c.spki = k[i].raw;
  c.key = publicKey(k[i++]);
  const cn = subject['2.5.4.3']?.at(-1) ?? '';
  c.organisation = clean((subject['2.5.4.10'] ?? []).join(', '));
  c.title = clean(subject['2.5.4.12']?.at(-1) ?? '');
  c.name = clean(cn) || c.organisation || 'somebody without a name';
  c.issuerName = clean(issuer['2.5.4.3']?.at(-1) ?? '');
  Object.assign(c, { isCA: false, hasConstraints: false, maxPath: -1, usage: 0, ekus: [], unhandled: false });
  const seen = new Set();
  for (; i < k.length; i++) {
    if (!k[i].is(3, 2)) {
      if (!k[i].is(1, 2) && !k[i].is(2, 2)) throw damaged();
      continue;
    }
    for (const e of k[i].kids()[0].seq()) readExtension(c, e, seen);
  }
  c.keyDigest = hex(sha256(c.spki));
  return c;
}

function readExtension(c, e, seen) {
  const parts = e.seq();
  const oid = parts[0].oid();
  const critical = parts.length === 3 && parts[1].bool();
  if (parts.length < 2 || parts.length > 3 || seen.has(oid)) throw damaged();
  seen.add(oid);
  const value = parseDER(parts.at(-1).octets());
  switch (oid) {
    case '2.5.29.19': {
      const b = value.seq();
      c.hasConstraints = true;
      c.isCA = b.length > 0 && b[0].is(1) && b[0].bool();
      const path = b.find((x) => x.is(2));
      if (path) c.maxPath = path.small();
      return;
    }
    case '2.5.29.15': {
      const { bytes } = value.bits();
      for (let n = 0; n < 9; n++) if ((bytes[n >> 3] ?? 0) & (0x80 >> (n & 7))) c.usage |= 1 << n;
      return;
    }
    case '2.5.29.37':
      c.ekus = value.seq().map((x) => x.oid());
      return;
    case '2.5.29.30': // name constraints and the two about policies: not understood here
    case '2.5.29.33':
    case '2.5.29.36':
    case '2.5.29.54':
      c.unhandled = true;
      return;
    case '2.5.29.14':
    case '2.5.29.17':
    case '2.5.29.31':
    case '2.5.29.32':
    case '2.5.29.35':
    case '1.3.6.1.5.5.7.1.1':
      return;
  }
  c.unhandled ||= critical;
}

const digitalSignature = 1;
const contentCommitment = 2;
const certSign = 1 << 5;
const crlSign = 1 << 6;

async function issuedBy(parent, signed, usage) {
  const a = signatureAlgorithms[signed.alg.oid];
  if ((parent.version === 3 && !parent.hasConstraints) || (parent.hasConstraints && !parent.isCA)) return false;
  if (parent.usage !== 0 && !(parent.usage & usage)) return false;
  if (!a || !a.hash || a.rsa !== (parent.key.kind === 'rsa')) return false;
  return holds(parent.key, a.hash, signed.tbs, signed.sig);
}

export const certifiedBy = (c, parent) => issuedBy(parent, c, certSign);
export const listedBy = (list, parent) => issuedBy(parent, list, crlSign);

const sameCert = (a, b) => equalBytes(a.raw, b.raw);
export const containsCert = (list, c) => list.some((x) => sameCert(x, c));

// parseRevocationList reads a CRL.
export function parseRevocationList(der) {
  const parts = signedParts(parseDER(der));
  const l = { tbs: parts.tbs.raw, alg: parts.alg, sig: parts.sig, entries: [] };
  const k = parts.tbs.seq();
  let i = 0;
  if (k[0].is(2)) if (k[i++].small() !== 1) throw damaged();
  algorithm(k[i++]);
  l.issuer = k[i++].raw;
  l.thisUpdate = k[i++].time();
  if (k[i]?.is(23) || k[i]?.is(24)) k[i++].time();
  if (k[i]?.is(16)) {
    for (const e of k[i].seq()) {
      const [serial, at] = e.seq();
      l.entries.push({ serial: hex(serial.integer()), at: at.time() });
    }
  }
  return l;
}

// ---- trust

// Trust is what a verification starts from. The empty one trusts nobody.
export const nobody = () => ({ roots: [], known: [], revoked: [], revokedKeys: [] });

// parseTrust reads PEM blocks: self-signed authorities become roots, all others
// known; revocation lists are kept. Faults: unreadable.
export async function parseTrust(bytes) {
  const t = nobody();
  const text = fromUTF8(bytes) ?? '';
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----\s*?\n([A-Za-z0-9+/=\s]*?)-----END \1-----/g)];
  if (blocks.length !== text.split('-----BEGIN').length - 1)
    throw unreadable('This trust file is damaged: ask for it again.');
  for (const [, type, body] of blocks) {
    const der = fromBase64(body.replace(/\s/g, ''));
    if (!der) throw unreadable('This trust file is damaged: ask for it again.');
    try {
      if (type === 'X509 CRL') {
        t.revoked.push(parseRevocationList(der));
      } else if (type === 'CERTIFICATE') {
        const c = parseCertificate(der);
        const root = c.isCA && equalBytes(c.issuer, c.subject) && (await certifiedBy(c, c));
        (root ? t.roots : t.known).push(c);
      } else if (type === 'ASSAY REVOKED KEY') {
        const m = /^([0-9a-f]{64}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n$/.exec(fromUTF8(der) ?? '');
        if (!m || isNaN(new Date(m[2])))
          throw unreadable('This note of a revoked key is damaged: ask for the file again.');
        t.revokedKeys.push({ key: m[1], at: new Date(m[2]) });
      } else {
        throw unreadable(`A trust file holds certificates and revocation lists only; this is a “${clean(type)}”.`);
      }
    } catch (e) {
      throw e.status === 'unreadable'
        ? e
        : unreadable('A certificate in this trust file is damaged: ask for the file again.');
    }
  }
  if (blocks.length === 0)
    throw unreadable('There is no certificate in this file: choose the organisation’s root certificate (.pem).');
  return t;
}

// weakKey says why a key is too weak or of a kind that is not accepted; '' if it is fit.
function weakKey(key) {
  if (key.kind === 'rsa')
    return key.bits < 2048 ? `The RSA key has only ${key.bits} bits; at least 2048 are needed.` : '';
  return key.kind === 'ec' ? '' : 'The key is neither ECDSA (P-256 or longer) nor RSA.';
}

// Purposes that let a certificate sign documents: any, e-mail, document signing
// (RFC 9336), and those of Microsoft and Adobe.
const signingPurposes = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.36',
  '1.3.6.1.4.1.311.10.3.12',
  '1.2.840.113583.1.1.5',
];

function unfitToSign(c) {
  const weak = weakKey(c.key);
  if (weak) return weak;
  if (c.isCA) return 'The certificate is for issuing certificates, not for signing documents.';
  if (!(c.usage & (digitalSignature | contentCommitment)))
    return 'The certificate is not meant for signing documents (key usage).';
  if (c.ekus.length > 0 && !c.ekus.some((e) => signingPurposes.includes(e))) {
    return 'The certificate is not meant for signing documents (extended key usage).';
  }
  return '';
}

export function unfitToStamp(c) {
  if (weakKey(c.key)) return 'its key is too weak';
  return c.ekus.length === 1 && c.ekus[0] === '1.3.6.1.5.5.7.3.8' && (c.usage === 0 || c.usage & 3)
    ? ''
    : 'its certificate is not one for timestamps';
}

const outside = (c, at) => at < c.notBefore || at > c.notAfter;

// buildChain finds the chain from leaf to one of the roots, valid at the given
// time: { chain }, or { expired } with the certificate that was not valid, or {}.
async function buildChain(leaf, others, roots, at) {
  if (leaf.unhandled) return {};
  if (outside(leaf, at)) return { expired: leaf };
  if (containsCert(roots, leaf)) return { chain: [leaf] };
  let expired;
  let tries = 0;
  const climb = async (chain) => {
    const child = chain.at(-1);
    for (const [list, isRoot] of [
      [roots, true],
      [others, false],
    ]) {
      for (const c of list) {
        if (!equalBytes(c.subject, child.issuer) || containsCert(chain, c) || ++tries > 100 || chain.length > 8)
          continue;
        if (!(await certifiedBy(child, c)) || c.unhandled) continue;
        if (outside(c, at)) {
          expired = c;
          continue;
        }
        if (!c.hasConstraints || !c.isCA || (c.maxPath >= 0 && chain.length - 1 > c.maxPath)) continue;
        const found = isRoot ? [...chain, c] : await climb([...chain, c]);
        if (found) return found;
      }
    }
    return null;
  };
  const chain = await climb([leaf]);
  return chain ? { chain } : { expired };
}

// rootOf is the trusted root that vouches for a certificate, at whatever time; null where none does.
export async function rootOf(trust, cert) {
  let c = cert;
  for (let i = 0; i < 8; i++) {
    for (const r of trust.roots) if (equalBytes(r.subject, c.issuer) && (await certifiedBy(c, r))) return r;
    let next = null;
    for (const k of trust.known)
      if (k.isCA && k !== c && equalBytes(k.subject, c.issuer) && (await certifiedBy(c, k))) next = k;
    if (!next) return null;
    c = next;
  }
  return null;
}

// judgeSigner decides whether leaf may be believed for a signature with the
// given claimed time (null where there is none), and says why. Every certificate
// that came with the signature must have a part in the chain.
export async function judgeSigner(trust, leaf, bag, claimed, now) {
  const unfit = unfitToSign(leaf);
  if (unfit) return ['unfit', [unfit]];
  const { chain, expired } = await buildChain(leaf, [...bag, ...trust.known], trust.roots, now);
  if (expired) {
    return now < expired.notBefore
      ? ['out_of_time', [`The certificate of ${expired.name} is not valid before ${day(expired.notBefore)}.`]]
      : [
          'out_of_time',
          [
            `The certificate of ${expired.name} ended on ${day(expired.notAfter)}, and no timestamp proves that it signed before then.`,
          ],
        ];
  }
  if (!chain) {
    return [
      'unknown_signer',
      [
        `Whoever signed this is not known here. The signature says that it is by ${leaf.name} under “${leaf.issuerName}”: ask them for their root certificate, compare its fingerprint with them, and add it.`,
      ],
    ];
  }
  const stray = bag.find((c) => !containsCert(chain, c));
  if (stray) return ['altered', [`The signature carries a certificate (${stray.name}) that has no part in it.`]];
  for (const c of chain.slice(1)) {
    const weak = weakKey(c.key);
    if (weak) return ['unfit', [`The certificate of ${c.name} is too weak. ${weak}`]];
  }
  if (claimed) {
    if (claimed > new Date(now.getTime() + 24 * hour))
      return ['out_of_time', [`The claimed signing time (${minute(claimed)}) lies in the future.`]];
    if (outside(leaf, claimed)) {
      return [
        'out_of_time',
        [`The claimed signing time (${minute(claimed)}) is outside the validity of the certificate of ${leaf.name}.`],
      ];
    }
  }
  for (const c of chain) {
    const k = trust.revokedKeys.find((x) => x.key === c.keyDigest);
    if (k)
      return [
        'revoked',
        [`The key of ${c.name} was revoked on ${day(k.at)}, and nothing proves that this was signed before.`],
      ];
  }
  for (let i = 0; i + 1 < chain.length; i++) {
    for (const l of trust.revoked) {
      if (!equalBytes(l.issuer, chain[i + 1].subject) || !(await listedBy(l, chain[i + 1]))) continue;
      const e = l.entries.find((x) => x.serial === chain[i].serial);
      if (e)
        return [
          'revoked',
          [
            `The key of ${chain[i].name} was revoked on ${day(e.at)}, and nothing proves that this was signed before.`,
          ],
        ];
    }
  }
  return ['genuine', []];
}

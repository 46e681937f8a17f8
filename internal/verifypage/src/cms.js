// CMS signed data (RFC 5652) with the attributes of CAdES baseline B-B: one
// signer, signed attributes, signing-certificate-v2 (RFC 5035).
import { altered, equalBytes, hex, minute, startsWith, fromUTF8, fromBase64 } from './bytes.js';
import { digest, fingerprint } from './hash.js';
import { parseDER, parseAll, algorithm, inOrder } from './der.js';
import { parseCertificate, signatureAlgorithms, holds, judgeSigner, unfitToStamp, containsCert } from './x509.js';
import { worse } from './report.js';

const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertV2: '1.2.840.113549.1.9.16.2.47',
  timestamp: '1.2.840.113549.1.9.16.2.14',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
};
const digests = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};

const damaged = () => altered('the signature is damaged');
const form = () => altered('it is of a form that is not accepted');

function digestName(alg) {
  const h = digests[alg.oid];
  if (!h || (alg.params && alg.params !== '0500'))
    throw altered('its digest algorithm is not accepted (SHA-256, SHA-384 or SHA-512)');
  return h;
}

// attributes reads a set of attributes with no type twice, in order.
function attributes(node) {
  const out = new Map();
  for (const a of inOrder(node.kids())) {
    const [type, values, more] = a.seq();
    if (!values || more) throw damaged();
    const list = values.setOf();
    if (list.length === 0 || out.has(type.oid())) throw damaged();
    out.set(type.oid(), list);
  }
  if (out.size === 0) throw damaged();
  return out;
}

// parseCMS reads signed data with one signer. Its faults are for the sentence
// "The signature cannot be read: …".
export function parseCMS(der) {
  if (der.length > 1 << 20) throw altered('it is too large');
  const [type, wrapped, extra] = parseDER(der).seq();
  if (!wrapped || extra || type.oid() !== oids.signedData || !wrapped.is(0, 2) || !wrapped.compound) throw damaged();
  const c = { content: null };
  const sd = parseDER(wrapped.content).seq();
  const version = sd[0].small();
  const named = sd[1].setOf();
  const [encapType, encapContent, encapMore] = sd[2].seq();
  c.type = encapType.oid();
  const detached = c.type === oids.data;
  if (sd.length !== 5 || !sd[3].is(0, 2) || !sd[3].compound || named.length !== 1 || encapMore) throw form();
  if (detached ? version !== 1 || encapContent : version !== 3 || c.type !== oids.tstInfo || !encapContent?.is(0, 2))
    throw form();
  if (!detached) c.content = parseDER(encapContent.content).octets();
  const signers = sd[4].setOf();
  if (signers.length !== 1) throw altered(`it has ${signers.length} signers where one is expected`);
  const si = signers[0].seq();
  if (si[0].small() !== 1) throw form();
  const [issuer, serial, more] = si[1].seq();
  if (!serial || more) throw damaged();
  const digestAlg = algorithm(si[2]);
  c.hash = digestName(digestAlg);
  const outer = algorithm(named[0]);
  if (digestName(outer) !== c.hash || (detached && outer.params !== digestAlg.params))
    throw altered('it names two digest algorithms');
  c.bag = parseAll(sd[3].content).map((n) => {
    try {
      return parseCertificate(n.raw);
    } catch {
      throw altered('it carries a damaged certificate');
    }
  });
  if (c.bag.length > 16 || c.bag.some((b, i) => containsCert(c.bag.slice(0, i), b)))
    throw altered('it carries too many certificates');
  const id = hex(serial.integer());
  c.cert = c.bag.findLast((b) => equalBytes(b.issuer, issuer.raw) && b.serial === id);
  if (!c.cert) throw altered('the signer’s certificate is missing');
  if (!si[3]?.is(0, 2) || !si[3].compound) throw form();
  c.attrs = attributes(si[3]);
  c.signed = si[3].raw.slice();
  c.signed[0] = 0x31; // what is signed is the set itself, not its place in the message
  const sigAlg = algorithm(si[4]);
  const known = signatureAlgorithms[sigAlg.oid];
  if (!known) throw altered('its algorithm is not accepted (ECDSA or RSA with SHA-256, SHA-384 or SHA-512)');
  const isRSA = c.cert.key.kind === 'rsa';
  if (isRSA !== known.rsa || (sigAlg.params && !(isRSA && sigAlg.params === '0500')))
    throw altered('its algorithm does not fit its key');
  c.sigHash = known.hash || c.hash;
  c.sig = si[5].octets();
  c.token = null;
  if (si.length > 6) {
    if (si.length > 7 || !si[6].is(1, 2) || !si[6].compound) throw form();
    const list = attributes(si[6]).get(oids.timestamp);
    if (!list || list.length !== 1 || attributes(si[6]).size !== 1)
      throw altered('it carries an unsigned attribute other than one timestamp');
    c.token = list[0].raw;
  }
  return c;
}

// one gives the single value of a signed attribute, null if it is absent.
function one(c, oid) {
  const list = c.attrs.get(oid);
  return list && list.length === 1 ? list[0] : null;
}

export const statesTime = (c) => c.attrs.has(oids.signingTime);

// checkCMS holds the signature against the digest of the content. It does not
// ask who the signer is.
export async function checkCMS(c, contentDigest) {
  const md = one(c, oids.messageDigest);
  if (!md || !equalBytes(md.octets(), contentDigest)) throw altered('the content is not what was signed');
  const ct = one(c, oids.contentType);
  if (!ct || ct.oid() !== c.type) throw altered('the signed content type is wrong');
  const v2 = one(c, oids.signingCertV2);
  if (!v2)
    throw altered(
      'the signature does not name its certificate (signing-certificate-v2), so it is no ETSI baseline signature',
    );
  const wrong = altered('the signature was made under another certificate than the one it carries');
  const first = v2.seq()[0]?.seq()[0]?.seq();
  if (!first?.length) throw wrong;
  let hash = 'SHA-256';
  if (first[0].is(16)) hash = digestName(algorithm(first.shift()));
  if (!equalBytes(await digest(hash, c.cert.raw), first[0].octets())) throw wrong;
  if (first[1] && hex(first[1].seq().at(-1).integer()) !== c.cert.serial) throw wrong;
  if (!(await holds(c.cert.key, c.sigHash, c.signed, c.sig)))
    throw altered('the signature does not match its content and key');
}

// checkToken holds a timestamp (RFC 3161) against the signature that it is over.
// No authority is trusted here, so that it proves nothing even where it holds.
export async function checkToken(c, now) {
  const t = parseCMS(c.token);
  if (!t.content) throw altered('it is no timestamp');
  const info = parseDER(t.content).seq();
  if (info[0].small() !== 1) throw altered('it is damaged');
  const [alg, imprint] = info[2].seq();
  if (!equalBytes(await digest(digestName(algorithm(alg)), c.sig), imprint.octets()))
    throw altered('it is over something else');
  await checkCMS(t, await digest(t.hash, t.content));
  const unfit = unfitToStamp(t.cert);
  if (unfit) throw altered(unfit);
  const at = info[4].time();
  if (at > new Date(now.getTime() + 24 * 3600 * 1000)) throw altered('its time lies in the future');
  return `A timestamp says that it existed on ${minute(at)}, but the authority (${t.cert.name}) is not among those trusted here, so that is not proven.`;
}

// judgeCMS says what a parsed signature over a digest says about its signer.
export async function judgeCMS(c, contentDigest, claimed, trust, now) {
  const r = reportOf(c.cert, claimed);
  let note = 'The signing time is the one claimed by the signer’s computer; no timestamp proves it.';
  try {
    await checkCMS(c, contentDigest);
  } catch (e) {
    return failed(r, 'altered', `The signature does not hold: ${why(e)}.`);
  }
  try {
    if (c.token) note = await checkToken(c, now);
  } catch (e) {
    return failed(r, 'altered', `The timestamp in the signature does not hold: ${why(e)}.`);
  }
  const [status, reasons] = await judgeSigner(trust, c.cert, c.bag, claimed, now);
  r.status = status;
  r.reasons = [...reasons];
  if (status === 'genuine') r.reasons.push(`Signed by ${r.signer}; the content is as it was signed.`);
  r.reasons.push(note);
  return r;
}

export function reportOf(cert, claimed) {
  return {
    status: '',
    reasons: [],
    cert,
    claimed,
    signer: cert.name,
    role: cert.title,
    organisation: cert.organisation,
    fingerprint: fingerprint(cert.spki),
  };
}

export function failed(r, status, reason) {
  return { ...r, status: worse(r.status ?? '', status), reasons: [reason, ...(r.reasons ?? [])] };
}

// why is a fault's sentence within another; whatever else went wrong is damage.
export const why = (e) => (e.status ? e.message.replace(/\.$/, '') : 'it is damaged');

// verifyDetached checks a detached signature (DER, or PEM in its usual spelling).
export async function verifyDetached(content, signature, trust, now) {
  let c;
  try {
    if (startsWith(signature, '-----BEGIN')) {
      const m =
        /^-----BEGIN (CMS|PKCS7)-----\n((?:[A-Za-z0-9+/=]{64}\n)*[A-Za-z0-9+/=]{1,64}\n)-----END \1-----\n$/.exec(
          fromUTF8(signature) ?? '',
        );
      const der = m && fromBase64(m[2].replaceAll('\n', ''));
      if (!der) throw damaged();
      signature = der;
    }
    c = parseCMS(signature);
    if (c.content) throw form();
  } catch (e) {
    return failed({}, 'altered', `The signature cannot be read: ${why(e)}.`);
  }
  let claimed;
  try {
    claimed = one(c, oids.signingTime).time();
  } catch {
    return failed({}, 'altered', 'The signature does not state its time.');
  }
  return judgeCMS(c, await digest(c.hash, content), claimed, trust, now);
}

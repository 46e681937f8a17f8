// Signatures of a PDF, and all that was added after the first of them.
import { unreadable, altered, latin, unhex, clean } from './bytes.js';
import { digest } from './hash.js';
import { PDF, get, has, isName, sameValue, waitsFor } from './pdf.js';
import { parseCMS, judgeCMS, statesTime, failed, why } from './cms.js';
import { worse } from './report.js';
import { validationData, isValidationData } from './validation.js';

const maxSignatures = 32;

// signatureKeys are what a signature dictionary may hold: nothing with which it
// could at the same time be something that a reader shows.
const signatureKeys = [
  'Type',
  'Filter',
  'SubFilter',
  'ByteRange',
  'Contents',
  'M',
  'Name',
  'Reason',
  'Location',
  'ContactInfo',
  'Reference',
  'Prop_Build',
];

// verifyPDF checks every signature of a PDF and everything that was added after
// the first of them. It fails closed: what it cannot account for in full is not
// genuine. The report is { status, reasons, signatures, pdf }.
export async function verifyPDF(src, trust, now) {
  const rep = { status: '', reasons: [], signatures: [] };
  const fail = (status, reason) => {
    rep.status = worse(rep.status, status);
    rep.reasons.unshift(reason);
  };
  let sigs;
  try {
    rep.pdf = new PDF(src);
    sigs = findSignatures(rep.pdf);
  } catch (e) {
    fail(e.status ?? 'unreadable', e.status ? e.message : 'This PDF is damaged.');
    return rep;
  }
  const { pdf } = rep;
  if (sigs.length === 0) {
    if (promisesCertification(pdf))
      fail('altered', 'This PDF says that it was certified, but its signature was taken away.');
    else fail('unsigned', 'This PDF has no signature.');
    return rep;
  }
  const material = await validationData(pdf, sigs, now);
  const believed = {
    ...trust,
    known: [...trust.known, ...material.certs],
    revoked: [...trust.revoked, ...material.crls],
  };
  let certified = false;
  // foreign: all that is wrong is a matter of form, such as a signature of another kind
  let foreign = true;
  for (const [i, s] of sigs.entries()) {
    let r;
    if (i === 0 && s.docMDP > 0) certified = true;
    if (s.err) {
      r = failed({}, 'altered', `The signature in the field “${clean(s.field)}” cannot be accepted: ${s.err}.`);
      r.signer = s.says;
      foreign &&= s.form;
    } else if (s.docMDP > 0 && i > 0)
      r = failed(
        {},
        'altered',
        `The signature in the field “${clean(s.field)}” claims to certify the document, but it is not the first.`,
      );
    else {
      const d = await digest(s.cms.hash, src.subarray(0, s.gap), src.subarray(s.end, pdf.sections[s.rev].end));
      r = await judgeCMS(s.cms, d, s.claimed, believed, now);
    }
    if (!s.err && r.status === 'altered' && !(s.docMDP > 0 && i > 0)) foreign = false;
    rep.signatures.push(r);
    rep.status = worse(rep.status, r.status);
    if (r.status !== 'genuine') rep.reasons.push(...r.reasons);
  }
  const attempt = (check) => {
    try {
      check();
    } catch (e) {
      fail('altered', e.status ? e.message : 'The file was changed after it was signed.');
      foreign &&= !certified;
    }
  };
  attempt(() => certificationPermitted(pdf, sigs));
  for (let rev = Math.max(0, sigs[0].rev) + 1; rev < pdf.sections.length; rev++) {
    if (isValidationData(pdf, rev, material)) {
      attempt(() => unexpected(pdf, pdf.view(rev - 1), pdf.sections[rev]));
      continue;
    }
    if (certified && sigs[0].docMDP === 1) {
      fail('altered', 'The file was changed after it was certified, and the certification permits no change.');
      break;
    }
    if (!sigs.some((s) => s.rev === rev) && isArchival(pdf, rev)) {
      fail(
        'cannot_tell',
        'Something was added after it was signed, as archives do. This page cannot check that: use Assay.',
      );
      continue;
    }
    attempt(() => permitted(pdf, rev, sigs));
  }
  rep.foreign = rep.status === 'altered' && foreign;
  if (rep.status === 'genuine') {
    rep.reasons.push(`Every byte of this file is as ${rep.signatures.map((s) => s.signer).join(' and ')} signed it.`);
  }
  return rep;
}

function isStamp(view, v) {
  try {
    return isName(get(view.resolve(v), 'Type'), 'DocTimeStamp');
  } catch {
    return false; // it is judged as a signature, and found wanting
  }
}

// findSignatures reads the signatures of the newest view in the order of their
// revisions. What is wrong with one of them is in its err.
function findSignatures(pdf) {
  const now = pdf.view();
  const out = [];
  for (const { name, obj } of now.sigFields()) {
    if (!has(obj.val, 'V')) continue;
    if (out.length >= maxSignatures) throw unreadable(`This PDF has more than ${maxSignatures} signatures.`);
    const v = get(obj.val, 'V');
    if (isStamp(now, v)) continue; // no signer: what brought it is judged as an addition
    const s = { field: name, fieldNum: obj.num, num: v.n, rev: -1, docMDP: 0, err: '', form: false, says: '' };
    try {
      if (v.k !== 'ref') throw altered('it is not an object of its own');
      readSignature(s, pdf, now);
    } catch (e) {
      s.err = why(e);
    }
    if (!s.err && out.some((o) => o.num === s.num || o.rev === s.rev))
      s.err = 'it stands in two fields, or two signatures were saved at once';
    out.push(s);
  }
  return out.sort((a, b) => a.rev - b.rev);
}

// readSignature fills s from its dictionary and holds its byte range against the
// file: the range must be the whole of the revision that brought the signature
// but for exactly the string that holds the signature.
function readSignature(s, pdf, now) {
  const malformed = () => altered('its dictionary is malformed');
  pdf.sections.forEach((sec, i) => {
    for (const sub of sec.subs) {
      const e = sub.entries[s.num - sub.first];
      if (!e) continue;
      if (e.kind !== 'plain' || s.rev >= 0) throw altered('it was replaced after it was made');
      s.rev = i;
    }
  });
  if (s.rev < 0) throw altered('it is missing');
  const o = now.load(s.num);
  if (!o || o.data || o.val.k !== 'dict') throw malformed();
  const d = o.val;
  // another program signs in another way: that is no change
  const other = (message) => {
    s.form = true;
    return altered(message);
  };
  const says = get(d, 'Name');
  s.says = says.k === 'string' ? clean(says.s) : '';
  for (const k of d.map.keys())
    if (!signatureKeys.includes(k)) throw other(`its dictionary holds /${clean(k)}, which has no place there`);
  const type = get(d, 'Type');
  if (type.k !== 'null' && !isName(type, 'Sig')) throw malformed();
  if (!isName(get(d, 'SubFilter'), 'ETSI.CAdES.detached'))
    throw other('it is not of the kind ETSI.CAdES.detached (PAdES)');
  const range = get(d, 'ByteRange');
  const c = get(d, 'Contents');
  if (range.k !== 'array' || range.list.length !== 4 || c.k !== 'string' || o.src[c.start] !== 60) throw malformed();
  if (!range.list.every((e) => e.k === 'int' && e.n >= 0)) throw malformed();
  [s.gap, s.end] = [c.start, c.end];
  const want = [0, s.gap, s.end, pdf.sections[s.rev].end - s.end];
  if (!range.list.every((e, i) => e.n === want[i]))
    throw altered('it does not cover the whole file as it was when it was signed');
  const der = contentsOf(latin(o.src.subarray(c.start, c.end)));
  s.form = true; // from here on, what is wrong is a matter of form
  s.cms = parseCMS(der);
  s.says = s.cms.cert.name;
  if (s.cms.content) {
    s.form = false;
    throw malformed();
  }
  if (statesTime(s.cms)) throw altered('it states its time in the wrong place');
  s.claimed = pdfDate(get(d, 'M'));
  readDocMDP(s, now, d);
  s.form = false;
}

function readDocMDP(s, now, d) {
  for (const ref of now.resolve(get(d, 'Reference')).list ?? []) {
    const r = now.resolve(ref);
    if (!isName(get(r, 'TransformMethod'), 'DocMDP'))
      throw altered('it uses a transform method that is not accepted');
    const params = now.resolve(get(r, 'TransformParams'));
    const p = has(params, 'P') ? get(params, 'P') : { k: 'int', n: 2 };
    if (p.k !== 'int' || p.n < 1 || p.n > 3 || s.docMDP) throw altered('its permissions are malformed');
    s.docMDP = p.n;
  }
}

// contentsOf decodes the hexadecimal string of a signature: one case of letters,
// DER, then zeros and nothing else.
function contentsOf(text) {
  const digits = text.slice(1, -1);
  const raw = /[a-f]/.test(digits) && /[A-F]/.test(digits) ? null : unhex(digits);
  if (!raw) throw altered('its text was altered');
  const cut = () => altered('it is empty or cut off');
  if (raw.length < 2 || raw[0] !== 0x30) throw cut();
  let n = raw[1];
  let head = 2;
  if (n >= 0x80) {
    const k = n & 0x7f;
    head = 2 + k;
    if (k < 1 || k > 4 || raw.length < head) throw cut();
    n = raw.subarray(2, head).reduce((v, x) => v * 256 + x, 0);
  }
  if (n > raw.length - head) throw cut();
  if (raw.subarray(head + n).some((b) => b !== 0)) throw altered('something stands in the space after it');
  return raw.subarray(0, head + n);
}

// pdfDate reads D:YYYYMMDDHHmmSS with Z or an offset such as +01'00'.
function pdfDate(v) {
  const m =
    v.k === 'string' &&
    /^(?:D:)?(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z|([+-])(\d\d)(\d\d))$/.exec(v.s.replace(/'/g, ''));
  const none = () => altered('it does not state its time (with its zone)');
  if (!m) throw none();
  const t = new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`);
  if (isNaN(t) || t.getUTCDate() !== Number(m[3]) || Number(m[8] ?? 0) > 24 || Number(m[9] ?? 0) > 59) throw none();
  const offset = m[7] ? (Number(m[8]) * 60 + Number(m[9])) * (m[7] === '+' ? 1 : -1) : 0;
  return new Date(t.getTime() - offset * 60000);
}

// certificationPermitted holds the catalogue's /Perms against the signatures: a
// certification is one in both places or in neither.
function certificationPermitted(pdf, sigs) {
  const now = pdf.view();
  const perms = now.resolve(get(now.catalogue().val, 'Perms'));
  for (const k of perms.map?.keys() ?? [])
    if (k !== 'DocMDP') throw altered('The document states permissions that are not accepted.');
  const p = get(perms, 'DocMDP');
  const first = sigs[0];
  if (!first.err && (first.docMDP > 0 ? p.k !== 'ref' || p.n !== first.num : p.k !== 'null')) {
    throw altered('The document’s certification does not lead to its first signature.');
  }
}

function promisesCertification(pdf) {
  try {
    const now = pdf.view();
    return has(now.resolve(get(now.catalogue().val, 'Perms')), 'DocMDP');
  } catch {
    return true;
  }
}

// permitted throws unless all that section rev changed is one further signature
// in a field that was there before.
function permitted(pdf, rev, sigs) {
  const sec = pdf.sections[rev];
  const [old, now] = [pdf.view(rev - 1), pdf.view(rev)];
  const changed = (what) => altered(`The file was changed after it was signed: ${what}.`);
  for (const k of ['Root', 'Info']) {
    if (!sameValue(get(old.trailer, k), get(now.trailer, k)))
      throw changed('it points to another document than the one that was signed');
  }
  const ok = new Set();
  let signed = false;
  if (sec.stream) ok.add(sec.number);
  for (const s of sigs.filter((x) => x.rev === rev)) {
    ok.add(s.num);
    signed = true;
    if (!addsOnly(old, now, s.fieldNum, 'V'))
      throw changed(`the signature field “${clean(s.field)}” is not the one that was signed`);
    ok.add(s.fieldNum);
  }
  for (const sub of sec.subs) {
    sub.entries.forEach((e, i) => {
      const n = sub.first + i;
      const existed = old.find(n) !== null;
      if (ok.has(n) && (n !== sec.number || !existed)) return;
      if (e.kind === 'free') {
        if (existed) throw changed(`object ${n} was removed`);
        return;
      }
      throw changed(`${describe(existed ? old : now, n)} was ${existed ? 'replaced' : 'added'}`);
    });
  }
  if (!signed) throw changed('it was saved again without a signature');
  unexpected(pdf, old, sec);
  accounted(pdf, rev);
}

// isArchival tells whether a saving looks like one of an archive: all that it
// replaces is the catalogue, the properties and their metadata, and pages that
// differ in nothing but their annotations; and it brings validation data or a
// document timestamp. Whether that is all in order, this page does not say.
function isArchival(pdf, rev) {
  try {
    const [old, now] = [pdf.view(rev - 1), pdf.view(rev)];
    const without = (v, ...keys) => {
      const map = new Map(v.map);
      for (const k of keys) map.delete(k);
      return { k: 'dict', map };
    };
    const [was, is] = [old.catalogue(), now.catalogue()];
    if (
      !sameValue(get(old.trailer, 'Root'), get(now.trailer, 'Root')) ||
      !sameValue(get(old.trailer, 'Info'), get(now.trailer, 'Info'))
    )
      return false;
    if (
      !sameValue(without(was.val, 'DSS', 'Extensions', 'AcroForm'), without(is.val, 'DSS', 'Extensions', 'AcroForm'))
    )
      return false;
    const info = get(old.trailer, 'Info').n;
    const xmp = get(was.val, 'Metadata').n;
    const form = get(was.val, 'AcroForm').n;
    let brings = !sameValue(get(was.val, 'DSS'), get(is.val, 'DSS'));
    const dss = new Set();
    const into = (v, deep) => {
      if (deep > 8 || !v) return;
      if (v.k === 'ref') {
        if (dss.has(v.n)) return;
        dss.add(v.n);
        into(old.load(v.n)?.val, deep + 1);
      }
      for (const x of v.list ?? v.map?.values() ?? []) into(x, deep + 1);
    };
    into(get(was.val, 'DSS'), 0);
    for (const sub of pdf.sections[rev].subs) {
      for (let i = 0; i < sub.entries.length; i++) {
        const n = sub.first + i;
        const before = old.find(n);
        if (!before) {
          if (sub.entries[i].kind === 'free') continue;
          const o = now.load(n);
          if (isName(get(o.val, 'Type'), 'DocTimeStamp')) brings = true;
          if (has(o.val, 'Contents') && isName(get(o.val, 'Type'), 'Page')) return false;
          continue;
        }
        if (n === was.num || n === info || n === xmp || n === form || dss.has(n)) continue;
        const [a, b] = [old.load(n), now.load(n)];
        if (
          !isName(get(a.val, 'Type'), 'Page') ||
          b?.val.k !== 'dict' ||
          !sameValue(without(a.val, 'Annots'), without(b.val, 'Annots'))
        )
          return false;
      }
    }
    return brings;
  } catch {
    return false;
  }
}

// addsOnly tells whether object n differs from its former self in nothing but an
// added entry under key.
function addsOnly(old, now, n, key) {
  const [a, b] = [old.load(n), now.load(n)];
  if (!a || !b || a.data || b.data || b.val.k !== 'dict') return false;
  const rest = new Map(b.val.map);
  rest.delete(key);
  return sameValue(a.val, { k: 'dict', map: rest });
}

// unexpected refuses new objects that the document was already waiting for: a
// reference to an object that does not exist yet would show, once somebody has
// signed along, what was not there when the document was signed first.
function unexpected(pdf, old, sec) {
  const added = new Set();
  for (const sub of sec.subs) sub.entries.forEach((_, i) => old.find(sub.first + i) || added.add(sub.first + i));
  for (const s of pdf.sections.slice(0, old.rev + 1)) {
    for (const sub of s.subs) {
      for (let i = 0; i < sub.entries.length; i++) {
        const n = sub.first + i;
        if (old.find(n)?.sec !== s) continue;
        if (waitsFor(old.load(n).val, added)) {
          throw altered(
            `The file was changed after it was signed: an object was added for which ${describe(old, n)} was waiting.`,
          );
        }
      }
    }
  }
}

// accounted throws unless the bytes of an increment are its objects, one after
// the other, and its cross-reference, with nothing between them.
function accounted(pdf, rev) {
  const sec = pdf.sections[rev];
  const loose = () => altered('The file was changed after it was signed: bytes were added that belong to nothing.');
  const at = sec.subs
    .flatMap((sub) => sub.entries)
    .filter((e) => e.kind === 'plain' && e.at !== sec.start)
    .map((e) => e.at);
  at.sort((a, b) => a - b);
  let pos = pdf.sections[rev - 1].end;
  for (const [i, off] of [...at, sec.start].entries()) {
    if (off < pos || off - pos > 64 || !/^[ \r\n\t]*$/.test(latin(pdf.src.subarray(pos, off)))) throw loose();
    if (i === at.length) return;
    const o = pdf.object(off);
    if (o.end === 0) throw unreadable('This PDF is damaged: a stream does not state its length.');
    pos = o.end;
  }
}

// describe names an object for a sentence.
function describe(view, n) {
  let what = '';
  try {
    const d = view.load(n).val;
    const [type, sub] = [get(d, 'Type'), get(d, 'Subtype')];
    const root = get(view.trailer, 'Root');
    if (root.k === 'ref' && root.n === n) what = 'the catalogue';
    else if (isName(type, 'Page') || isName(type, 'Pages')) what = 'a page';
    else if (isName(type, 'Annot') || has(d, 'FT')) what = 'an annotation or form field';
    else if (isName(type, 'Font') || isName(type, 'FontDescriptor')) what = 'a font';
    else if (isName(type, 'EmbeddedFile') || isName(type, 'Filespec')) what = 'an attachment';
    else if (isName(sub, 'Image')) what = 'an image';
  } catch {
    // its number must do
  }
  return what ? `${what} (object ${n})` : `object ${n}`;
}

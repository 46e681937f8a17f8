// One verdict on one thing: the same answers as the program's "assay verify".
import { unreadable, latin, fromUTF8, startsWith, day, dayOf, clean, isDay, isTime, utf8, hex } from './bytes.js';
import { digest } from './hash.js';
import { nobody, parseTrust, rootOf } from './x509.js';
import { verifyPDF } from './pdfverify.js';
import { attachment, get, has } from './pdf.js';
import { parseStatement, refPattern } from './statement.js';
import { openSeal, isSeal, uncovered } from './seal.js';
import { Bag, verifyBag } from './pack.js';
import { verifyDetached, why } from './cms.js';
import { verifyLog } from './ledger.js';
import { answerOf, answerRank } from './report.js';

export const sentences = {
  genuine: 'This is genuine.',
  seal_genuine: 'The seal is genuine. Compare the lines below with the paper: they must be the same.',
  not_yet_approved: 'This is as it was signed, but it is not approved: a signature that it asks for is not there.',
  cannot_judge: 'This is as it was signed, but something was added that cannot be checked.',
  not_assay: 'This is no document of Assay: its signature says nothing about the governance of an AI workflow.',
  unknown_signer:
    'This is whole, but nothing shows who signed it: give the organisation’s certificate that you trust.',
  expired: 'This is genuine, but it is no longer valid: its last day has passed.',
  superseded: 'This is genuine, but a newer certificate has taken its place.',
  revoked: 'This has been revoked: do not rely on it.',
  unfit: 'The signature cannot be relied on.',
  unsigned: 'This is not signed.',
  altered: 'This is not as it was signed: do not rely on it.',
  unreadable: 'This cannot be read as an Assay document.',
  cannot_tell: 'This page cannot tell: use Assay to check this.',
};

function finding(kind) {
  return {
    kind,
    answer: '',
    reasons: [],
    problems: [],
    signatures: [],
    // worsen keeps the worse of two answers, and puts the decisive reason first
    worsen(answer, reason) {
      const worse = this.answer === '' || !(answerRank[answer] <= answerRank[this.answer]);
      if (worse) this.answer = answer in answerRank ? answer : 'altered';
      if (reason && worse) this.reasons.unshift(reason);
      else if (reason) this.reasons.push(reason);
    },
    finish() {
      this.answer ||= 'unreadable';
      this.sentence = sentences[this.answer];
      return this;
    },
  };
}

// parseWithdrawals reads a signed list of withdrawn certificates: text, an empty
// line, a signature. It counts only where the signature is genuine. Faults: unreadable, altered.
export async function parseWithdrawals(bytes, trust, now) {
  const bad = () => unreadable('This withdrawal list is damaged: ask for it again.');
  const whole = fromUTF8(bytes);
  const cut = whole === null ? -1 : whole.indexOf('\n\n');
  if (cut < 0 || bytes.length > 16 << 20) throw bad();
  const lines = whole.slice(0, cut).split('\n');
  const line = (s) => s !== '' && s === s.trim() && s === clean(s);
  if (
    lines[0] !== 'assay withdrawal list v1' ||
    !line(lines[1] ?? '') ||
    !isTime(lines[2] ?? '') ||
    lines[3] !== String(lines.length - 4)
  )
    throw bad();
  const items = new Map();
  let last = '';
  for (const s of lines.slice(4)) {
    const m = /^(\S+) (\S+) (\S+) (.+)$/.exec(s);
    if (
      !m ||
      !refPattern.test(m[1]) ||
      m[1] <= last ||
      !isDay(m[2]) ||
      !line(m[4]) ||
      (m[3] !== '-' && !refPattern.test(m[3]))
    )
      throw bad();
    last = m[1];
    items.set(m[1], { date: m[2], superseded: m[3] === '-' ? '' : m[3], reason: m[4] });
  }
  const r = await verifyDetached(utf8(whole.slice(0, cut + 1)), utf8(whole.slice(cut + 2)), trust, now);
  if (r.status !== 'genuine' || r.claimed.getTime() !== new Date(lines[2]).getTime() || r.organisation !== lines[1]) {
    throw unreadable(`The withdrawal list is not signed by somebody whom you trust. ${r.reasons[0] ?? ''}`);
  }
  return { organisation: lines[1], issued: lines[2], items };
}

// rootsOf are the trusted roots that vouch for signatures.
async function rootsOf(trust, signatures) {
  const out = [];
  for (const s of signatures) {
    if (!s.cert || ['altered', 'unknown_signer'].includes(s.status)) continue;
    const root = await rootOf(trust, s.cert);
    if (root && !out.includes(root)) out.push(root);
  }
  return out;
}

function creatorOf(pdf) {
  try {
    const view = pdf.view();
    return view.resolve(get(view.resolve(get(view.trailer, 'Info')), 'Creator')).s ?? '';
  } catch {
    return '';
  }
}

// approved holds the signatures that a record asks for against those that are there.
// sealed is the key whose seal over this record is inside; '' where there is none.
function approved(v, st, signatures, sealed) {
  const assessor = st.signatures[0];
  if (signatures[0]?.cert?.keyDigest !== assessor.key)
    v.worsen('altered', 'The record names another key than the one that signed.');
  v.needed = st.signatures.map((n) => ({
    ...n,
    found: signatures.some(
      (s, i) =>
        s.cert &&
        (n === assessor ? i === 0 : i > 0 && s.cert.keyDigest !== assessor.key) &&
        (n.key ? s.cert.keyDigest === n.key : s.cert.name === n.name),
    ),
  }));
  for (const n of v.needed) {
    if (n.found || signatures.length > 1 || n === v.needed[0] || !sealed || n.key !== sealed) continue;
    n.found = true;
    v.reasons.push(`That ${n.name} approved it, the seal inside shows.`);
  }
  for (const n of v.needed.filter((x) => x.role !== 'assessor' && !x.found)) {
    const also =
      signatures.length > 1
        ? ` It is also signed by ${signatures.at(-1).signer}, whom the record does not name as ${n.role}.`
        : '';
    v.worsen('not_yet_approved', `${n.name} was to sign ${st.number} as ${n.role}, and has not signed it.${also}`);
  }
}

// Verifier checks documents for somebody who trusts trust, at the moment now.
export class Verifier {
  constructor({ trust = nobody(), withdrawals = null, now = new Date(), progress = null } = {}) {
    Object.assign(this, { trust, withdrawals, now, progress });
  }

  // file verifies a file (a Blob) by what it holds, not by its name.
  async file(blob) {
    const head = new Uint8Array(await blob.slice(0, 1024).arrayBuffer());
    const text = latin(head);
    if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06'))
      return this.guarded('pack', () => this.#pack(blob));
    if (text.includes('%PDF-')) {
      return this.guarded('document', async () => {
        if (blob.size > 1 << 30) throw unreadable('This PDF is larger than 1 GB: use Assay to check it.');
        return this.#pdf(new Uint8Array(await blob.arrayBuffer()));
      });
    }
    if (isSeal(text) && blob.size < 65536)
      return this.seal(latin(new Uint8Array(await blob.arrayBuffer())).trimStart());
    const v = finding('document');
    const forOthers =
      text.startsWith('\xd2\x84') || text.trimStart().startsWith('{"payloadType"') || text.startsWith('c2sp.org/tlog-proof@');
    if (forOthers) {
      v.worsen('cannot_tell', 'This is a statement or proof for other programs: assay verify checks it. Check the PDF here.');
      return v.finish();
    }
    v.worsen(
      'unreadable',
      startsWith(head, '\x89PNG') || startsWith(head, '\xff\xd8\xff')
        ? 'This page does not read pictures. Scan the seal with a telephone and paste its text, or use Assay.'
        : 'This is neither a PDF, an evidence pack nor the text of a seal.',
    );
    return v.finish();
  }

  async seal(text) {
    return this.guarded('seal', () => this.#seal(text));
  }

  // guarded makes an answer of whatever goes wrong, and never a good one.
  async guarded(kind, check) {
    try {
      return await check();
    } catch (e) {
      const v = finding(kind);
      if (e.status) v.worsen(answerOf(e.status), e.message);
      else
        v.worsen('cannot_tell', 'Something went wrong in this page while it checked. Use Assay, or another browser.');
      return v.finish();
    }
  }

  async #pdf(src) {
    const v = finding('document');
    const rep = await verifyPDF(src, this.trust, this.now);
    v.answer = answerOf(rep.status);
    v.reasons.push(...rep.reasons);
    v.signatures.push(...rep.signatures);
    const first = rep.signatures[0];
    Object.assign(v, {
      signer: first?.signer,
      fingerprint: first?.fingerprint,
      organisation: first?.organisation,
      issued: first?.claimed?.toISOString(),
    });
    v.roots = await rootsOf(this.trust, rep.signatures);
    // Nothing that it says can be believed.
    if (['unreadable', 'unsigned'].includes(v.answer) || (v.answer === 'altered' && !rep.foreign)) return v.finish();
    let record;
    let broken = false;
    try {
      record = attachment(rep.pdf, RULES.record);
    } catch {
      broken = true;
    }
    if (!record && !broken && creatorOf(rep.pdf) !== 'Assay') {
      v.answer = 'not_assay';
      const who = [
        ...new Set(
          rep.signatures.map((s) =>
            s.signer
              ? s.signer + (s.status === 'genuine' ? '' : ' (as the signature says itself)')
              : 'somebody who is not named',
          ),
        ),
      ];
      v.reasons.unshift(`It is signed by ${who.join(' and ')}, and holds no record of Assay.`);
      return v.finish();
    }
    if (['altered', 'cannot_tell'].includes(v.answer)) return v.finish();
    if (broken) {
      v.worsen('altered', 'The record inside the document cannot be read.');
      return v.finish();
    }
    if (!record) return v.finish();
    v.kind = 'certificate';
    let st;
    try {
      st = parseStatement(record);
    } catch (e) {
      v.worsen('altered', `The record inside the document is not one of Assay’s: ${why(e)}.`);
      return v.finish();
    }
    Object.assign(v, {
      number: st.number,
      organisation: st.organisation.name,
      workflow: st.workflow.name,
      verdict: st.verdict,
      issued: st.issued,
      validUntil: st.valid_until,
      sample: st.sample,
      digest: hex(await digest('SHA-256', record)),
      conditions: st.conditions,
      areas: st.areas,
    });
    approved(v, st, rep.signatures, await this.#sealedBy(rep.pdf, st, v.digest));
    this.#inForce(v);
    return v.finish();
  }

  // #sealedBy gives the key whose seal over a record is attached to a document, if it
  // holds and is by somebody who is trusted.
  async #sealedBy(pdf, st, recordDigest) {
    try {
      const text = attachment(pdf, RULES.seal);
      // what has a place for the approver's signature needs it
      if (!text || pdf.view().sigFields().some((f) => !has(f.obj.val, 'V'))) return '';
      const { seal, report } = await openSeal(latin(text), this.trust, this.now);
      return report.status === 'genuine' && seal.claims.digest === recordDigest && seal.claims.number === st.number
        ? report.cert.keyDigest
        : '';
    } catch {
      return '';
    }
  }

  #inForce(v) {
    const w = this.withdrawals?.items.get(v.number);
    if (w?.superseded) v.worsen('superseded', `${v.number} was superseded by ${w.superseded} on ${day(w.date)}.`);
    else if (w) v.worsen('revoked', `${v.number} was revoked on ${day(w.date)}: ${w.reason}`);
    if (v.validUntil < dayOf(this.now)) v.worsen('expired', `It was valid until ${day(v.validUntil)}.`);
  }

  async #seal(text) {
    const v = finding('seal');
    const { seal, report } = await openSeal(text, this.trust, this.now);
    const c = seal.claims;
    v.answer = answerOf(report.status);
    if (v.answer === 'genuine') v.answer = 'seal_genuine';
    v.reasons.push(...report.reasons);
    v.signatures.push(report);
    Object.assign(v, {
      number: c.number,
      organisation: c.organisation,
      workflow: c.workflow,
      validUntil: c.validUntil,
      issued: c.issued,
      digest: c.digest,
      verdict: { 1: 'met', 2: 'met_with_conditions', 3: 'met_with_exceptions' }[c.verdict],
      signer: report.signer,
      fingerprint: report.fingerprint,
      scores: c.scores,
      sealVersion: c.version,
      sealedConditions: c.conditions,
      allConditions: c.allConditions,
      uncovered: uncovered(c),
      roots: await rootsOf(this.trust, [report]),
    });
    this.#inForce(v);
    return v.finish();
  }

  // #oneRoot holds the root that a pack brings against its signature: a second root
  // in that file would let somebody else's signature pass the steps of HOW-TO-CHECK.
  async #oneRoot(v, bag) {
    if (!bag.names().includes(RULES.root)) return;
    let t;
    try {
      t = await parseTrust(await bag.read(RULES.root));
    } catch {
      v.worsen('unfit', `The file ${RULES.root} in the pack cannot be read.`);
      return;
    }
    const n = t.roots.length + t.known.length;
    if (t.roots.length !== 1 || n !== 1) {
      v.worsen(
        'unfit',
        `The file ${RULES.root} in the pack holds ${n} certificates where one root has to be: with it, somebody else’s signature would pass.`,
      );
    } else if (v.roots.length && v.roots[0].keyDigest !== t.roots[0].keyDigest) {
      v.worsen(
        'unfit',
        `The file ${RULES.root} in the pack holds another root than the one that its signature leads to.`,
      );
    }
  }

  async #pack(blob) {
    const v = finding('pack');
    const bag = await Bag.open(blob);
    let sig = { status: '', reasons: [] };
    const rep = await verifyBag(
      bag,
      async (content, signature) => {
        sig = await verifyDetached(content, signature, this.trust, this.now);
        return ['altered', 'unreadable', 'unsigned', 'cannot_tell'].includes(sig.status) ? sig.reasons.join(' ') : '';
      },
      this.progress,
    );
    v.number = bag.name;
    v.problems = rep.problems;
    v.signatures.push(sig);
    Object.assign(v, {
      signer: sig.signer,
      fingerprint: sig.fingerprint,
      organisation: sig.organisation,
      issued: sig.claimed?.toISOString(),
      files: rep.files.length,
    });
    if (!rep.signed) v.worsen('altered', 'The signature over the pack’s lists does not hold.');
    else v.worsen(answerOf(sig.status), sig.reasons.join(' '));
    for (const p of rep.problems) v.worsen('altered', `${p.name}: ${p.message}`);
    if (v.answer === 'altered') return v.finish();
    if (rep.second)
      v.reasons.push(
        'The pack has a second signature (ML-DSA-65), which this page does not check: assay verify does, and OpenSSL 3.5.',
      );
    v.roots = await rootsOf(this.trust, [sig]);
    await this.#oneRoot(v, bag);
    for (const name of rep.files) {
      if (!name.endsWith('.pdf') || name.includes(`/${RULES.evidence}/`)) continue; // attached documents are as they were given
      this.progress?.(`Checking ${clean(name)}`);
      const inner = await this.#pdf(await bag.read(name));
      if (['genuine', 'expired', 'superseded', answerOf(sig.status)].includes(inner.answer)) continue;
      if (inner.answer === 'not_yet_approved')
        v.reasons.push(`${clean(name)}: not yet approved. ${inner.reasons.join(' ')}`);
      else v.worsen(inner.answer, `${clean(name)}: ${inner.reasons.join(' ')}`);
    }
    try {
      const folder = `data/${RULES.log}/`;
      const files = new Map();
      for (const name of bag.names())
        if (name.startsWith(folder)) files.set(name.slice(folder.length), await bag.read(name));
      v.logSize = await verifyLog(files, [...this.trust.known, ...this.trust.roots]);
    } catch (e) {
      if (e.status === 'cannot_tell') throw e;
      v.worsen('altered', `The activity log in the pack does not hold: ${why(e)}.`);
    }
    return v.finish();
  }
}

// One verdict on one thing: the same answers as the program's "assay verify".
import { unreadable, latin, fromUTF8, startsWith, day, dayOf, clean, isDay, isTime, utf8, hex } from './bytes.js';
import { digest } from './hash.js';
import { nobody } from './x509.js';
import { verifyPDF } from './pdfverify.js';
import { attachment } from './pdf.js';
import { parseStatement, refPattern } from './statement.js';
import { openSeal, sealPrefix } from './seal.js';
import { Bag, verifyBag } from './pack.js';
import { verifyDetached, why } from './cms.js';
import { verifyLog } from './ledger.js';
import { answerOf, answerRank } from './report.js';

export const sentences = {
  genuine: 'This is genuine.',
  unknown_signer: 'This is whole, but nothing shows who signed it: give the organisation’s certificate that you trust.',
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
    kind, answer: '', reasons: [], problems: [], signatures: [],
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
  if (lines[0] !== 'assay withdrawal list v1' || !line(lines[1] ?? '') || !isTime(lines[2] ?? '') || lines[3] !== String(lines.length - 4)) throw bad();
  const items = new Map();
  let last = '';
  for (const s of lines.slice(4)) {
    const m = /^(\S+) (\S+) (\S+) (.+)$/.exec(s);
    if (!m || !refPattern.test(m[1]) || m[1] <= last || !isDay(m[2]) || !line(m[4]) || (m[3] !== '-' && !refPattern.test(m[3]))) throw bad();
    last = m[1];
    items.set(m[1], { date: m[2], superseded: m[3] === '-' ? '' : m[3], reason: m[4] });
  }
  const r = await verifyDetached(utf8(whole.slice(0, cut + 1)), utf8(whole.slice(cut + 2)), trust, now);
  if (r.status !== 'genuine' || r.claimed.getTime() !== new Date(lines[2]).getTime() || r.organisation !== lines[1]) {
    throw unreadable(`The withdrawal list is not signed by somebody whom you trust. ${r.reasons[0] ?? ''}`);
  }
  return { organisation: lines[1], issued: lines[2], items };
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
    if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return this.guarded('pack', () => this.#pack(blob));
    if (text.includes('%PDF-')) {
      return this.guarded('document', async () => {
        if (blob.size > 1 << 30) throw unreadable('This PDF is larger than 1 GB: use Assay to check it.');
        return this.#pdf(new Uint8Array(await blob.arrayBuffer()));
      });
    }
    if (text.trimStart().startsWith(sealPrefix) && blob.size < 65536) return this.seal(latin(new Uint8Array(await blob.arrayBuffer())).trim());
    const v = finding('document');
    v.worsen('unreadable', startsWith(head, '\x89PNG') || startsWith(head, '\xff\xd8\xff')
      ? 'This page does not read pictures. Scan the seal with a telephone and paste its text, or use Assay.'
      : 'This is neither a PDF, an evidence pack nor the text of a seal.');
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
      else v.worsen('cannot_tell', 'Something went wrong in this page while it checked. Use Assay, or another browser.');
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
    Object.assign(v, { signer: first?.signer, fingerprint: first?.fingerprint, organisation: first?.organisation, issued: first?.claimed?.toISOString() });
    if (['unreadable', 'altered', 'cannot_tell'].includes(v.answer)) return v.finish(); // nothing that it says can be believed
    let record;
    try {
      record = attachment(rep.pdf, RULES.record);
    } catch {
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
      number: st.number, organisation: st.organisation.name, workflow: st.workflow.name, verdict: st.verdict, issued: st.issued,
      validUntil: st.valid_until, sample: st.sample, digest: hex(await digest('SHA-256', record)), conditions: st.conditions, areas: st.areas,
    });
    if (first?.cert && first.cert.keyDigest !== st.signatures[0].key) v.worsen('altered', 'The record names another key than the one that signed.');
    this.#inForce(v);
    return v.finish();
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
    v.reasons.push(...report.reasons);
    v.signatures.push(report);
    Object.assign(v, {
      number: c.number, organisation: c.organisation, workflow: c.workflow, validUntil: c.validUntil, issued: c.issued, digest: c.digest,
      verdict: c.verdict === 1 ? 'met' : 'met_with_conditions', signer: report.signer, fingerprint: report.fingerprint, scores: c.scores,
    });
    this.#inForce(v);
    return v.finish();
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
    Object.assign(v, { signer: sig.signer, fingerprint: sig.fingerprint, organisation: sig.organisation, issued: sig.claimed?.toISOString(), files: rep.files.length });
    if (!rep.signed) v.worsen('altered', 'The signature over the pack’s lists does not hold.');
    else v.worsen(answerOf(sig.status), sig.reasons.join(' '));
    for (const p of rep.problems) v.worsen('altered', `${p.name}: ${p.message}`);
    if (v.answer === 'altered') return v.finish();
    for (const name of rep.files) {
      if (!name.endsWith('.pdf') || name.includes(`/${RULES.evidence}/`)) continue; // attached documents are as they were given
      this.progress?.(`Checking ${clean(name)}`);
      const inner = await verifyPDF(await bag.read(name), this.trust, this.now);
      if (inner.status !== 'genuine' && inner.status !== sig.status) v.worsen(answerOf(inner.status), `${clean(name)}: ${inner.reasons.join(' ')}`);
    }
    try {
      const folder = `data/${RULES.log}/`;
      const files = new Map();
      for (const name of bag.names()) if (name.startsWith(folder)) files.set(name.slice(folder.length), await bag.read(name));
      v.logSize = await verifyLog(files, [...this.trust.known, ...this.trust.roots]);
    } catch (e) {
      if (e.status === 'cannot_tell') throw e;
      v.worsen('altered', `The activity log in the pack does not hold: ${why(e)}.`);
    }
    return v.finish();
  }
}

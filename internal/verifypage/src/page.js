// The page itself: it takes files and text, and shows the verdict. Whatever comes
// from a file is put in as text, never as markup.
import { startsWith, day, clean } from './bytes.js';
import { nobody, parseTrust } from './x509.js';
import { parseWithdrawals, Verifier } from './verify.js';
import { fingerprint } from './hash.js';

const $ = (id) => document.getElementById(id);

const words = {
  genuine: ['Genuine', 'good'],
  expired: ['Expired', 'warn'],
  superseded: ['Superseded', 'warn'],
  unknown_signer: ['Unknown signer', 'warn'],
  seal_genuine: ['Seal genuine', 'good'],
  not_yet_approved: ['Not yet approved', 'bad'],
  not_assay: ['Not an Assay document', 'bad'],
  cannot_judge: ['Cannot judge', 'warn'],
  cannot_tell: ['Cannot tell here', 'warn'],
  unfit: ['Not to be relied on', 'bad'],
  revoked: ['Revoked', 'bad'],
  unsigned: ['Not signed', 'bad'],
  unreadable: ['Unreadable', 'bad'],
  altered: ['Altered', 'bad'],
};
const areaNames = {
  policy: 'Policies',
  risk: 'Risk',
  oversight: 'Oversight',
  transparency: 'Transparency',
  improvement: 'Improvement',
};
const kinds = { certificate: 'Certificate', pack: 'Evidence pack', seal: 'Seal', document: 'Document' };
const verdicts = {
  met: 'Met',
  met_with_exceptions: 'Met with exceptions',
  met_with_conditions: 'Met with conditions',
};

const state = { given: [], trust: nobody(), lists: [] };

function make(tag, text, ...kids) {
  const e = document.createElement(tag);
  if (text) e.textContent = text;
  e.append(...kids);
  return e;
}

// addTrust takes certificates, revocation lists and withdrawal lists.
async function addTrust(files) {
  $('trust-error').textContent = '';
  for (const f of files) {
    try {
      if (f.size > 16 << 20) throw new Error('This file is larger than 16 MB.');
      const bytes = new Uint8Array(await f.arrayBuffer());
      if (startsWith(bytes, 'assay withdrawal list')) {
        state.lists.push({ name: f.name, bytes });
      } else {
        const t = await parseTrust(bytes);
        for (const k of ['roots', 'known', 'revoked', 'revokedKeys']) state.trust[k].push(...t[k]);
        state.given.push({ name: f.name, ...t });
      }
    } catch (e) {
      $('trust-error').textContent = `${clean(f.name)}: ${e.message}`;
    }
  }
  showTrust();
  hideResult();
}

function showTrust() {
  const list = $('trusted-list');
  list.replaceChildren();
  for (const g of state.given) {
    for (const c of g.roots) {
      const mark = make('span', fingerprint(c.spki));
      mark.className = 'mono';
      list.append(
        make(
          'li',
          '',
          `${clean(g.name)}: root of ${c.organisation || c.name}. Fingerprint of its key: `,
          mark,
          '. Compare it with what the organisation says by telephone or on its website.',
        ),
      );
    }
    if (g.known.length)
      list.append(
        make('li', `${clean(g.name)}: ${g.known.map((c) => c.name).join(', ')} (known, not trusted by itself)`),
      );
    if (g.revokedKeys.length)
      list.append(
        make(
          'li',
          `${clean(g.name)}: names ${g.revokedKeys.length} revoked key${g.revokedKeys.length > 1 ? 's' : ''}`,
        ),
      );
    if (g.revoked.length)
      list.append(make('li', `${clean(g.name)}: revocation list of ${day(g.revoked[0].thisUpdate)}`));
  }
  for (const l of state.lists)
    list.append(make('li', `${clean(l.name)}: withdrawal list (its signature is checked when you check a document)`));
  $('trusted').hidden = list.children.length === 0;
}

function hideResult() {
  $('result').hidden = true;
  $('progress').textContent = '';
  delete $('result').dataset.answer;
}

async function check() {
  const file = $('file').files[0] ?? state.dropped;
  const text = $('seal').value.replace(/[\r\n\t]/g, '');
  hideResult();
  $('what-error').textContent = '';
  if (!file && text.trim() === '') {
    $('what-error').textContent = 'Choose a certificate or an evidence pack, or enter the text of a seal.';
    $('file').focus();
    return;
  }
  if (file && text.trim() !== '') {
    $('what-error').textContent = 'Choose a file or enter the text of a seal, not both: empty one of them.';
    $('seal').focus();
    return;
  }
  $('check').disabled = true;
  $('progress').textContent = 'Checking…';
  try {
    const now = new Date();
    let withdrawals = null;
    for (const l of state.lists) {
      const w = await parseWithdrawals(l.bytes, state.trust, now);
      if (!withdrawals || w.issued > withdrawals.issued) withdrawals = w;
    }
    const v = new Verifier({
      trust: state.trust,
      withdrawals,
      now,
      progress: (s) => ($('progress').textContent = s + '…'),
    });
    let r = file ? await v.file(file) : await v.seal(text);
    if (!file && r.answer === 'unreadable' && text !== text.trim()) r = await v.seal(text.trim());
    show(r, file ? file.name : 'pasted text', withdrawals);
    $('progress').textContent = `Checked. ${words[r.answer][0]}: the answer is below.`;
  } catch (e) {
    $('trust-error').textContent = e.status
      ? e.message
      : 'Something went wrong in this page. Use Assay, or another browser.';
    $('trust').focus();
    $('progress').textContent = '';
  } finally {
    $('check').disabled = false;
  }
}

function show(r, name, w) {
  const [word, tone] = words[r.answer];
  const box = $('result');
  box.dataset.tone = tone;
  box.dataset.answer = r.answer;
  $('word').textContent = word;
  $('sentence').textContent = r.sentence;
  const believed = !['altered', 'unreadable', 'cannot_tell'].includes(r.answer);
  const facts = make('dl');
  const fact = (what, value) => value && facts.append(make('dt', what), make('dd', value));
  fact('Checked', `${kinds[r.kind]}: ${clean(name)}`);
  if (believed) {
    fact('Number', r.number && clean(r.number));
    fact('Organisation', r.organisation && clean(r.organisation));
    fact('AI workflow', r.workflow && clean(r.workflow));
    fact('Verdict', verdicts[r.verdict]);
    fact('Issued', r.issued && `${day(r.issued)} (as claimed)`);
    fact('Valid until', r.validUntil && day(r.validUntil));
    fact(
      'Signed by',
      r.signatures
        .map((s) => s.signer && `${s.signer}${s.role ? `, ${s.role}` : ''}`)
        .filter(Boolean)
        .join('; '),
    );
    fact('Fingerprint of the signer’s key', r.fingerprint);
    fact('SHA-256 of the record', r.digest);
    fact('Files in the pack', r.files && String(r.files));
    fact('Entries of the activity log', r.logSize && String(r.logSize));
  }
  if (believed && r.kind === 'seal') {
    for (const s of r.scores ?? []) fact(`Score: ${areaNames[s.area]}`, `${s.met} of ${s.applicable}`);
    if (r.sealVersion > 1) fact('Conditions', String(r.allConditions));
    for (const [i, c] of (r.sealedConditions ?? []).entries())
      fact(`Condition ${i + 1}`, `${c.text}, by ${day(c.due)}`);
  }
  for (const n of believed ? (r.needed ?? []) : [])
    fact(
      n.role === 'approver' ? 'Approver' : 'Assessor',
      `${n.name}: ${n.found ? 'signed' : 'NOT SIGNED'}${n.key_made ? `, with a key ${n.key_made}` : ''}`,
    );
  fact(
    'Root that the answer rests on',
    (r.roots ?? []).map((c) => `${c.organisation || c.name} (${fingerprint(c.spki)})`).join('; '),
  );
  fact(
    'Roots trusted for this check',
    state.trust.roots.map((c) => `${c.organisation || c.name} (${fingerprint(c.spki)})`).join('; ') || 'None',
  );
  fact('Withdrawal list', w ? `Of ${w.organisation}, ${day(w.issued)}` : 'None given');
  const parts = [facts];
  if (r.sample)
    parts.unshift(
      Object.assign(make('p', 'This is a sample for a fictional organisation. It certifies nothing.'), {
        className: 'notice',
      }),
    );
  if (r.answer === 'unknown_signer')
    parts.push(make('p', 'What it says above is only what it claims: nothing shows that it is true.'));
  if (r.kind === 'seal' && believed)
    parts.push(make('p', 'Compare each of these with the paper in your hand. They must be the same.'));
  parts.push(
    make('h3', 'Why'),
    make(
      'ul',
      '',
      ...[...r.reasons, ...(r.uncovered ?? [])]
        .filter(Boolean)
        .slice(0, 60)
        .map((x) => make('li', x)),
    ),
  );
  parts.push(make('p', `Checked on ${day(new Date())} by this computer’s clock.`));
  $('details').replaceChildren(...parts);
  box.hidden = false;
  $('verdict').focus();
}

function drop(files) {
  const trust = files.filter((f) => /\.(pem|crt|cer|crl)$/i.test(f.name) || /withdraw/i.test(f.name));
  const rest = files.filter((f) => !trust.includes(f));
  if (trust.length) addTrust(trust);
  if (rest.length) {
    $('file').value = '';
    state.dropped = rest[0];
    $('what-error').textContent = '';
    check();
  }
}

function start() {
  if (!globalThis.crypto?.subtle) {
    $('what-error').textContent =
      'This browser does not let this page check signatures. Use a current Firefox, Chrome, Edge or Safari, or Assay itself.';
    $('check').disabled = true;
    return;
  }
  $('trust').addEventListener('change', (e) => addTrust([...e.target.files]));
  $('forget').addEventListener('click', () => {
    Object.assign(state, { given: [], trust: nobody(), lists: [] });
    $('trust').value = '';
    showTrust();
    hideResult();
    $('trust').focus();
  });
  $('file').addEventListener('change', () => {
    state.dropped = null;
    hideResult();
  });
  $('seal').addEventListener('input', hideResult);
  $('form').addEventListener('submit', (e) => {
    e.preventDefault();
    check();
  });
  document.addEventListener('dragover', (e) => e.preventDefault());
  document.addEventListener('drop', (e) => {
    e.preventDefault();
    drop([...e.dataTransfer.files]);
  });
}

// What the page answers with, for programs that drive a browser.
globalThis.assayVerify = Object.freeze({ Verifier, parseTrust, parseWithdrawals, nobody });
if (globalThis.document) start();

// Validation data (PAdES B-LT, /DSS in the catalogue): certificates and revocation
// lists put beside a signature for later readers. No signature covers them, so
// they are accepted in one form only: the increment must be, byte for byte, the
// one that Assay writes for certificates that belong to the signatures and lists
// that their issuers signed.
import { concat, equalBytes, compareBytes, utf8 } from './bytes.js';
import { get, has } from './pdf.js';
import { parseCertificate, parseRevocationList, certifiedBy, listedBy, containsCert } from './x509.js';
import { parseCMS, checkToken } from './cms.js';

const none = () => ({ certs: [], crls: [] });

// bagsOf are the certificates that came with signatures and timestamps.
async function bagsOf(sigs, now) {
  const out = [];
  for (const { cms } of sigs) {
    if (!cms) continue;
    out.push(...cms.bag);
    if (!cms.token) continue;
    try {
      await checkToken(cms, now);
      out.push(...parseCMS(cms.token).bag);
    } catch {
      // a timestamp that does not hold brings nothing with it
    }
  }
  return out;
}

async function some(list, test) {
  for (const x of list) if (await test(x)) return true;
  return false;
}

// validationData reads the data that belong to the document's signatures; all
// else in it is left out, and isValidationData then refuses the increment.
export async function validationData(pdf, sigs, now) {
  const m = none();
  let dss;
  const view = pdf.view();
  try {
    const cat = view.catalogue();
    if (!has(cat.val, 'DSS')) return m;
    dss = view.resolve(get(cat.val, 'DSS'));
  } catch {
    return m;
  }
  const bags = await bagsOf(sigs, now);
  const read = async (key, use) => {
    try {
      const list = view.resolve(get(dss, key)).list ?? [];
      if (list.length > 100) return;
      for (const ref of list) {
        const o = ref.k === 'ref' ? view.load(ref.n) : null;
        if (!o?.data) return;
        const der = pdf.decoded(o);
        if (der.length > 16 << 20) return;
        await use(der);
      }
    } catch {
      // what cannot be read is left out
    }
  };
  const parsed = (parse, der) => {
    try {
      return parse(der);
    } catch {
      return null;
    }
  };
  await read('Certs', async (der) => {
    const c = parsed(parseCertificate, der);
    if (!c) return;
    const root =
      c.isCA &&
      equalBytes(c.issuer, c.subject) &&
      (await certifiedBy(c, c)) &&
      (await some(bags, (b) => certifiedBy(b, c)));
    if (containsCert(bags, c) || root) m.certs.push(c);
  });
  await read('CRLs', async (der) => {
    const l = parsed(parseRevocationList, der);
    if (l && (await some(m.certs, (c) => listedBy(l, c)))) m.crls.push({ ...l, raw: der });
  });
  return m;
}

// increment writes the data as Assay does after section rev; null where it would not.
function increment(pdf, rev, m) {
  const view = pdf.view(rev);
  const last = pdf.sections[rev];
  const size = get(last.trailer, 'Size');
  if (size.k !== 'int' || size.n < 1 || last.end > 2 ** 31 - 2 ** 24) return null;
  if (pdf.sections.slice(0, rev + 1).some((s) => s.subs.some((sub) => sub.first + sub.entries.length > size.n)))
    return null;
  const cat = view.catalogue();
  if (has(cat.val, 'DSS')) return null;
  let next = size.n;
  const dss = next++;
  const bodies = new Map();
  const list = (key, ders) => {
    const refs = ders.toSorted(compareBytes).map((der) => {
      bodies.set(next, concat(utf8(`<< /Length ${der.length} >>\nstream\n`), der, utf8('\nendstream')));
      return ` ${next++} 0 R`;
    });
    return ` /${key} [${refs.join('')} ]`;
  };
  const certs = list(
    'Certs',
    m.certs.map((c) => c.raw),
  );
  bodies.set(
    dss,
    utf8(
      `<< /Type /DSS${certs}${list(
        'CRLs',
        m.crls.map((l) => l.raw),
      )} >>`,
    ),
  );
  bodies.set(cat.num, concat(cat.src.subarray(cat.val.start, cat.val.end - 2), utf8(` /DSS ${dss} 0 R >>`)));
  const parts = [];
  let at = last.end;
  const put = (...ps) => {
    for (const p of ps) {
      const b = typeof p === 'string' ? utf8(p) : p;
      parts.push(b);
      at += b.length;
    }
  };
  if (![10, 13].includes(pdf.src[last.end - 1])) put('\n');
  const places = [];
  for (const n of [...bodies.keys()].sort((a, b) => a - b)) {
    const e = view.find(n)?.e;
    const gen = e?.kind === 'plain' ? e.gen : 0;
    places.push({ n, at, gen });
    put(`${n} ${gen} obj\n`, bodies.get(n), '\nendobj\n');
  }
  const start = at;
  const keep = [];
  for (const [k, v] of last.trailer.map)
    if (['Root', 'Info', 'ID'].includes(k)) keep.push(utf8(` /${k} `), pdf.src.subarray(v.start, v.end));
  const prev = ` /Prev ${last.start}`;
  if (!last.stream) {
    const rows = places.map(
      (p) => `${p.n} 1\n${String(p.at).padStart(10, '0')} ${String(p.gen).padStart(5, '0')} n \n`,
    );
    put('xref\n', ...rows, `trailer\n<< /Size ${next}`, ...keep, `${prev} >>\n`);
  } else {
    const self = next++;
    places.push({ n: self, at: start, gen: 0 });
    const rows = Uint8Array.from(
      places.flatMap((p) => [
        1,
        (p.at >>> 24) & 255,
        (p.at >>> 16) & 255,
        (p.at >>> 8) & 255,
        p.at & 255,
        p.gen >> 8,
        p.gen & 255,
      ]),
    );
    const index = places.map((p) => `${p.n} 1`).join(' ');
    put(
      `${self} 0 obj\n<< /Type /XRef /W [1 4 2] /Index [${index}] /Size ${next}`,
      ...keep,
      `${prev} /Length ${rows.length} >>\nstream\n`,
      rows,
      '\nendstream\nendobj\n',
    );
  }
  put(`startxref\n${start}\n%%EOF\n`);
  return concat(...parts);
}

// isValidationData tells whether section rev is exactly the increment that brings
// this validation data.
export function isValidationData(pdf, rev, m) {
  if (m.certs.length === 0 || rev === 0) return false;
  try {
    const want = increment(pdf, rev - 1, m);
    return want !== null && equalBytes(pdf.src.subarray(pdf.sections[rev - 1].end, pdf.sections[rev].end), want);
  } catch {
    return false;
  }
}

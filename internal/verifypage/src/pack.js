// Evidence packs: a BagIt bag in a zip file, its manifests signed. What two zip
// programs could unpack differently is refused.
import { unreadable, cannotTell, Fault, latin, fromUTF8, startsWith, hex, clean } from './bytes.js';
import { digest, SHA256, crc32 } from './hash.js';
import { inflate } from './inflate.js';

const maxFiles = 100000;
const maxName = 200;
const maxTotal = 64 * 2 ** 30;
const maxTagFile = 64 << 20;
const inMemory = 1 << 30; // the most that is unpacked or held at once
const inOnePiece = 64 << 20; // from here on files are digested piece by piece
const declaration = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const tagManifest = 'tagmanifest-sha256.txt';
const signatureFile = tagManifest + '.p7s';
const secondFile = tagManifest + '.mldsa.p7s'; // by ML-DSA-65, which no browser knows: for assay verify and OpenSSL to check

const noPack = () => unreadable('This is no evidence pack, or it is damaged: it cannot be read as a zip file.');
const shown = (name) => clean(name);

// permitted tells whether a name may stand in a pack.
export function permittedName(name) {
  if (
    name === null ||
    name === '' ||
    new TextEncoder().encode(name).length > maxName ||
    name.normalize('NFC') !== name
  )
    return false;
  return name.split('/').every((part) => {
    if (part === '' || part === '.' || part === '..' || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\:*?"<>|%]/u.test(part))
      return false;
    const stem = part.split('.')[0].replace(/ +$/, '').toUpperCase();
    return !/^ |[ .]$/.test(part) && !/^(CON|PRN|AUX|NUL|CLOCK\$|(COM|LPT)[1-9¹²³])$/.test(stem);
  });
}

async function part(blob, at, n) {
  if (at < 0 || at + n > blob.size) throw noPack();
  return new Uint8Array(await blob.slice(at, at + n).arrayBuffer());
}

const u16 = (b, at) => b[at] | (b[at + 1] << 8);
const u32 = (b, at) => (u16(b, at) | (u16(b, at + 2) << 16)) >>> 0;

// Bag is a pack that was opened. Nothing about it has been checked but its outer
// form until verifyBag has.
export class Bag {
  static async open(blob) {
    const end = await part(blob, blob.size - 22, 22);
    if (!startsWith(end, 'PK\x05\x06')) throw noPack();
    const [count, size, offset] = [u16(end, 10), u32(end, 12), u32(end, 16)];
    if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff)
      throw cannotTell('This pack is larger than 4 GB or has more than 65,534 files.');
    if (u16(end, 4) || u16(end, 6) || u16(end, 8) !== count || u16(end, 20) || offset + size !== blob.size - 22)
      throw noPack();
    const bag = new Bag();
    Object.assign(bag, { blob, name: '', files: new Map() });
    const dir = await part(blob, offset, size);
    const entries = [];
    const keys = new Set();
    let total = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      const f = readEntry(dir, at);
      at = f.next;
      entries.push(f);
      const name = shown(f.full ?? '');
      const slash = f.full?.indexOf('/') ?? -1;
      if (slash <= 0 || (bag.name && f.full.slice(0, slash) !== bag.name))
        throw unreadable(`A pack has one folder with everything in it; ${name} stands outside it.`);
      bag.name = f.full.slice(0, slash);
      f.name = f.full.slice(slash + 1);
      if (!permittedName(bag.name)) throw unreadable(`${name}: this name is not permitted in a pack.`);
      if (f.dir && f.size === 0 && (f.name === '' || permittedName(f.name.slice(0, -1))) && f.mode === 'dir')
        continue;
      if (!permittedName(f.name))
        throw unreadable(
          `${name}: this name is not permitted in a pack: it could be written to another place when it is unpacked.`,
        );
      if (f.mode !== '') throw unreadable(`${name}: this is a link or a device; a pack holds files only.`);
      const key = f.name.toLowerCase().normalize('NFC');
      if (keys.has(key)) throw unreadable(`${name}: this name stands in the pack twice.`);
      keys.add(key);
      if ((f.method !== 0 && f.method !== 8) || f.flags & 1)
        throw unreadable(`${name}: this file is encrypted or compressed in a way that is not accepted.`);
      if (f.size > 64 << 20 && f.size / 200 > f.packed)
        throw unreadable(`${name}: this file would unpack to far more than its size (a zip bomb); it is not read.`);
      if ((total += f.size) > maxTotal)
        throw unreadable('This pack would unpack to more than 64 GB; it is not read.');
      bag.files.set(f.name, f);
    }
    if (at !== dir.length || count > maxFiles) throw noPack();
    if (!bag.files.has('bagit.txt')) throw unreadable('This zip file is no evidence pack: bagit.txt is missing.');
    await contiguous(blob, entries, offset);
    return bag;
  }

  // in the order of their names, as bytes
  names() {
    const enc = new TextEncoder();
    return [...this.files.keys()]
      .map((n) => [latin(enc.encode(n)), n])
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .map((x) => x[1]);
  }

  // read gives a whole file, of at most limit bytes.
  async read(name, limit = inMemory) {
    const f = this.files.get(name);
    if (!f) throw unreadable(`${name} is missing.`);
    if (f.size > limit || f.packed > limit + 1024) {
      throw limit === inMemory
        ? cannotTell(`${shown(name)} is larger than 1 GB.`)
        : unreadable(`${shown(name)} is too large.`);
    }
    const bad = () => unreadable(`${shown(name)} is damaged.`);
    let data = await part(this.blob, f.data, f.packed);
    if (f.method === 8) data = inflate(data, f.size).data;
    if (data.length !== f.size) throw bad();
    if (!this.#intact(f, crc32(data))) throw bad();
    return data;
  }

  // sha256 gives a file's digest, in pieces where it is large.
  async sha256(name) {
    const f = this.files.get(name);
    if (f.method === 8 || f.size <= inOnePiece) return hex(await digest('SHA-256', await this.read(name)));
    const h = new SHA256();
    let crc = 0;
    for (let at = 0; at < f.packed; at += 8 << 20) {
      const b = await part(this.blob, f.data + at, Math.min(8 << 20, f.packed - at));
      h.update(b);
      crc = crc32(b, crc);
    }
    if (f.packed !== f.size || !this.#intact(f, crc)) throw unreadable(`${shown(name)} is damaged.`);
    return hex(h.digest());
  }

  #intact(f, crc) {
    if (f.descriptor) {
      const at = startsWith(f.descriptor, 'PK\x07\x08') ? 4 : 0;
      return u32(f.descriptor, at) === f.crc && crc === f.crc;
    }
    return f.crc === 0 || crc === f.crc;
  }
}

function readEntry(dir, at) {
  const b = dir.subarray(at);
  if (b.length < 46 || !startsWith(b, 'PK\x01\x02')) throw noPack();
  const [n, extra, comment] = [u16(b, 28), u16(b, 30), u16(b, 32)];
  if (b.length < 46 + n + extra + comment) throw noPack();
  const raw = b.slice(46, 46 + n);
  const f = {
    raw,
    full: fromUTF8(raw),
    flags: u16(b, 8),
    method: u16(b, 10),
    crc: u32(b, 16),
    packed: u32(b, 20),
    size: u32(b, 24),
    head: u32(b, 42),
    next: at + 46 + n + extra + comment,
  };
  if (f.packed === 0xffffffff || f.size === 0xffffffff || f.head === 0xffffffff)
    throw cannotTell('A file of this pack is larger than 4 GB.');
  f.dir = raw.at(-1) === 47;
  const host = b[5];
  const attrs = u32(b, 38);
  f.mode = '';
  if (host === 3 || host === 19) {
    const type = (attrs >>> 16) & 0xf000;
    f.mode =
      { 0x4000: 'dir', 0x1000: 'other', 0x2000: 'other', 0x6000: 'other', 0xa000: 'other', 0xc000: 'other' }[type] ??
      '';
  } else if (host === 0 || host === 11 || host === 14) {
    f.mode = attrs & 0x10 ? 'dir' : '';
  }
  if (f.dir) f.mode = f.mode === 'other' ? 'other' : 'dir';
  return f;
}

// contiguous holds the entries against the bytes of the file: each begins where
// the one before it ends, the first at the beginning, the directory after the
// last, and each head names its entry as the directory does.
async function contiguous(blob, entries, directory) {
  const hidden = (f) =>
    unreadable(`Something is hidden before ${shown(f?.full ?? 'the directory')}, or its head names another file.`);
  for (const f of entries) {
    const h = await part(blob, f.head, 30);
    if (!startsWith(h, 'PK\x03\x04')) throw unreadable(`${shown(f.full)}: this entry is damaged.`);
    f.data = f.head + 30 + u16(h, 26) + u16(h, 28);
  }
  let end = 0;
  let between = [0];
  for (const f of entries.toSorted((a, b) => a.data - b.data)) {
    const n = f.data - end;
    if (n < 30 || n > 30 + 24 + 2 * maxName + 1024) throw hidden(f);
    const b = await part(blob, end, n);
    const isHead = (h) =>
      h.length >= 30 &&
      startsWith(h, 'PK\x03\x04') &&
      h.length === 30 + u16(h, 26) + u16(h, 28) &&
      latin(h.subarray(30, 30 + u16(h, 26))) === latin(f.raw) &&
      u16(h, 8) === f.method;
    if (!between.some((k) => n > k && isHead(b.subarray(k)))) throw hidden(f);
    end = f.data + f.packed;
    between = [0];
    if (f.flags & 8) {
      between = [12, 16, 20, 24]; // a data descriptor: with or without its mark, of 32 or 64 bits
      f.descriptor = await part(blob, end, Math.min(16, blob.size - end));
    }
  }
  if (!between.includes(directory - end)) throw hidden(null);
}

// parseManifest adds the lines of a manifest to expected; false if it is none.
function parseManifest(bytes, contents, expected) {
  if (bytes.length === 0) return contents;
  const text = fromUTF8(bytes);
  if (text === null || !text.endsWith('\n')) return false;
  let last = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const m = /^([0-9a-f]{64})  (.+)$/.exec(line);
    const key = m && latin(new TextEncoder().encode(m[2]));
    if (
      !m ||
      !permittedName(m[2]) ||
      (last !== null && key <= last) ||
      m[2].startsWith('data/') !== contents ||
      expected.size > maxFiles
    )
      return false;
    last = key;
    expected.set(m[2], m[1]);
  }
  return true;
}

// verifyBag reads every file of the pack once and holds it against the
// manifests, and these against the signature, with check. The report is
// { problems, signed, files: names of the contents that are as they were signed }.
export async function verifyBag(bag, check, progress) {
  const rep = { problems: [], signed: false, files: [] };
  const problem = (name, message) => {
    if (rep.problems.length < 100) rep.problems.push({ name: shown(name), message });
  };
  const small = async (name, limit = maxTagFile) => {
    try {
      return await bag.read(name, limit);
    } catch (e) {
      if (e.status === 'cannot_tell') throw e;
      return null;
    }
  };
  const d = await small('bagit.txt', 1024);
  if (!d || latin(d) !== declaration) problem('bagit.txt', 'This is not the declaration of a BagIt 1.0 bag.');
  const tags = await small(tagManifest);
  if (!tags) {
    problem(tagManifest, 'The list of the pack’s own files is missing or damaged.');
    return rep;
  }
  const sig = await small(signatureFile, 1 << 20);
  if (!sig) problem(signatureFile, 'The pack is not signed: its signature is missing or damaged.');
  else {
    const wrong = await check(tags, sig);
    if (wrong) problem(signatureFile, `The signature does not hold: ${wrong}`);
    else rep.signed = true;
  }
  const expected = new Map();
  if (!parseManifest(tags, false, expected)) problem(tagManifest, 'This is not a list as Assay writes it.');
  const lists = await small('manifest-sha256.txt');
  if (!lists) problem('manifest-sha256.txt', 'The list of the contents is missing or damaged.');
  else if (!parseManifest(lists, true, expected))
    problem('manifest-sha256.txt', 'This is not a list as Assay writes it.');
  for (const name of ['bagit.txt', 'bag-info.txt', 'manifest-sha256.txt']) {
    if (!expected.has(name)) problem(name, 'This file is not on the signed list, so anybody could have changed it.');
  }
  let size = 0;
  const names = bag.names();
  for (const [i, name] of names.entries()) {
    const want = expected.get(name);
    expected.delete(name);
    if (name === secondFile) rep.second = true;
    if (name === tagManifest || name === signatureFile || name === secondFile) {
      if (want) problem(tagManifest, 'It lists itself or its signature.');
      continue;
    }
    if (!want) {
      problem(name, 'This file was added: it is on no list of the pack.');
      continue;
    }
    progress?.(`Checking file ${i + 1} of ${names.length}`);
    let got = '';
    try {
      got = await bag.sha256(name);
    } catch (e) {
      if (e.status === 'cannot_tell' || !(e instanceof Fault)) throw e;
    }
    if (got === '') problem(name, 'This file is damaged.');
    else if (got !== want)
      problem(
        name,
        `This file was changed: its SHA-256 is ${got.slice(0, 16)}…, the list says ${want.slice(0, 16)}….`,
      );
    else if (name.startsWith('data/')) {
      rep.files.push(name);
      size += bag.files.get(name).size;
    }
  }
  for (const name of [...expected.keys()].sort()) problem(name, 'This file is missing.');
  const info = fromUTF8((await small('bag-info.txt')) ?? new Uint8Array([255]));
  if (info === null) {
    problem('bag-info.txt', 'The description of the pack is missing or damaged.');
    return rep;
  }
  for (const line of info.replace(/\n$/, '').split('\n')) {
    const at = line.indexOf(': ');
    if (at < 0) problem('bag-info.txt', 'The description of the pack has a line without a label.');
    else if (
      line.slice(0, at) === 'Payload-Oxum' &&
      rep.problems.length === 0 &&
      line.slice(at + 2) !== `${size}.${rep.files.length}`
    ) {
      problem(
        'bag-info.txt',
        `The description does not count the ${size} bytes in ${rep.files.length} files that are there.`,
      );
    }
  }
  return rep;
}

// A small, strict reader of PDF (ISO 32000-1) syntax, for checking signatures
// and for nothing else. Where other readers repair, it refuses: a file that two
// readers understand differently must not be called genuine.
import { unreadable, latin, fromLatin, unhex, startsWith, fromUTF8, clean } from './bytes.js';
import { unzlib } from './inflate.js';

const maxObjects = 4000000;
const maxSections = 256;
const maxObject = 16 << 20;
const maxInflated = 64 << 20;
const maxRefDepth = 32;
const maxDepth = 64;
const maxValues = 1000000;

const broken = (at, what) => unreadable(`This PDF is damaged: ${what} (byte ${at}).`);

// A value is { k: kind, … }: n of an int, bool or reference, gen of a reference,
// s of a name, string or real, list of an array, map of a dictionary; its text is
// src[start, end).
const Null = { k: 'null' };

export const get = (v, key) => v.map?.get(key) ?? Null;
export const has = (v, key) => v.map?.has(key) ?? false;
export const isName = (v, s) => v.k === 'name' && v.s === s;
const kidsOf = (v) => v.list ?? (v.map ? [...v.map.values()] : []);

// sameValue compares content, not spelling; dictionaries regardless of order.
export function sameValue(a, b) {
  if (a.k !== b.k || a.n !== b.n || a.gen !== b.gen || a.s !== b.s) return false;
  if (a.map) {
    if (a.map.size !== b.map.size) return false;
    for (const [k, v] of a.map) if (!b.map.has(k) || !sameValue(v, b.map.get(k))) return false;
  }
  return !a.list || (a.list.length === b.list.length && a.list.every((v, i) => sameValue(v, b.list[i])));
}

const isSpace = (c) => c === 32 || c === 10 || c === 13 || c === 9 || c === 12 || c === 0;
const delimiters = new Set([...'()<>[]{}/%'].map((c) => c.charCodeAt(0)));
const isRegular = (c) => !isSpace(c) && !delimiters.has(c);

export class Lexer {
  constructor(src, pos = 0, base = 0) {
    Object.assign(this, { src, pos, base, values: 0 });
  }

  fail(what) {
    return broken(this.base + this.pos, what);
  }

  short() {
    return broken(this.base + this.pos, 'an object has no end');
  }

  space() {
    const s = this.src;
    while (this.pos < s.length) {
      if (isSpace(s[this.pos])) this.pos++;
      else if (s[this.pos] === 37) while (this.pos < s.length && s[this.pos] !== 10 && s[this.pos] !== 13) this.pos++;
      else return;
    }
  }

  word() {
    const start = this.pos;
    while (this.pos < this.src.length && isRegular(this.src[this.pos])) this.pos++;
    if (this.pos - start > maxObject) throw this.fail('a word is too long');
    return latin(this.src.subarray(start, this.pos));
  }

  keyword(w) {
    this.space();
    if (latin(this.src.subarray(this.pos, this.pos + w.length)) !== w) throw this.fail(`“${w}” is missing`);
    this.pos += w.length;
  }

  // integer reads an unsigned integer, after space.
  integer() {
    this.space();
    const w = this.word();
    if (this.pos === this.src.length) throw this.short();
    const n = Number(w);
    if (!/^(\d+|-0+)$/.test(w) || !Number.isSafeInteger(n)) throw this.fail('a number is missing');
    return n + 0;
  }

  value(depth = 0) {
    this.space();
    if (depth > maxDepth) throw this.fail(`objects are nested more than ${maxDepth} deep`);
    if (++this.values > maxValues) throw this.fail(`an object holds more than ${maxValues} values`);
    if (this.pos >= this.src.length) throw this.short();
    const start = this.pos;
    const v = this.#bare(depth);
    v.start = start;
    v.end = this.pos;
    return v;
  }

  #bare(depth) {
    const c = this.src[this.pos];
    if (c === 47) return this.#name();
    if (c === 40) return this.#literal();
    if (c === 60) return this.src[this.pos + 1] === 60 ? this.#dict(depth) : this.#hex();
    if (c === 91) {
      this.pos++;
      const list = [];
      for (;;) {
        this.space();
        if (this.src[this.pos] === 93) {
          this.pos++;
          return { k: 'array', list };
        }
        list.push(this.value(depth + 1));
      }
    }
    if (c === 43 || c === 45 || c === 46 || (c >= 48 && c <= 57)) return this.#number();
    const w = this.word();
    if (this.pos === this.src.length) throw this.short();
    if (w === 'null') return { k: 'null' };
    if (w === 'true' || w === 'false') return { k: 'bool', n: w === 'true' ? 1 : 0 };
    throw this.fail(`“${clean(w)}” is no object`);
  }

  // #number reads an integer, a real or a reference ("12 0 R").
  #number() {
    const w = this.word();
    if (this.pos === this.src.length) throw this.short();
    if (!/^[+-]?\d+$/.test(w)) {
      if (!/^[+-]?(\d+\.\d*|\.\d+)$/.test(w) || w.length > 64) throw this.fail(`“${clean(w)}” is no number`);
      return { k: 'real', s: w };
    }
    const n = Number(w) + 0;
    if (!Number.isSafeInteger(n)) throw this.fail(`“${clean(w)}” is too large a number`);
    if (n < 0 || w[0] === '+') return { k: 'int', n };
    const after = this.pos;
    this.space();
    const g = this.word();
    if (this.pos === this.src.length) throw this.short();
    if (/^\d+$/.test(g) && Number.isSafeInteger(Number(g))) {
      this.space();
      const r = this.word();
      if (this.pos === this.src.length && (r === 'R' || r === '')) throw this.short();
      if (r === 'R') return { k: 'ref', n, gen: Number(g) };
    }
    this.pos = after;
    return { k: 'int', n };
  }

  #name() {
    this.pos++;
    const w = this.word();
    if (this.pos === this.src.length) throw this.short();
    if (w.replace(/#(?!00)[0-9a-fA-F]{2}/g, '').includes('#')) throw this.fail('a name is malformed');
    return { k: 'name', s: w.replace(/#([0-9a-fA-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))) };
  }

  #literal() {
    const src = this.src;
    const out = [];
    let open = 1;
    for (this.pos++; this.pos < src.length; this.pos++) {
      let c = src[this.pos];
      if (c === 40) open++;
      else if (c === 41) {
        if (--open === 0) {
          this.pos++;
          return { k: 'string', s: latin(Uint8Array.from(out)) };
        }
      } else if (c === 13) {
        if (src[this.pos + 1] === 10) this.pos++;
        c = 10;
      } else if (c === 92) {
        if (++this.pos >= src.length) throw this.short();
        const e = src[this.pos];
        if (e >= 48 && e <= 55) {
          let n = 0;
          for (let k = 0; k < 3 && src[this.pos] >= 48 && src[this.pos] <= 55; k++) n = n * 8 + src[this.pos++] - 48;
          this.pos--;
          c = n & 255;
        } else if (e === 13) {
          if (src[this.pos + 1] === 10) this.pos++;
          continue;
        } else if (e === 10) {
          continue;
        } else {
          const i = 'nrtbf'.indexOf(String.fromCharCode(e));
          c = i >= 0 ? '\n\r\t\b\f'.charCodeAt(i) : e;
        }
      }
      out.push(c);
      if (out.length > maxObject) throw this.fail('a string is too long');
    }
    throw this.short();
  }

  #hex() {
    const end = this.src.indexOf(62, this.pos);
    if (end < 0 || end - this.pos > maxObject) throw this.short();
    let digits = latin(this.src.subarray(this.pos + 1, end)).replace(/[ \n\r\t\f\0]/g, '');
    if (digits.length % 2) digits += '0';
    const b = unhex(digits);
    if (!b) throw this.fail('a hexadecimal string is malformed');
    this.pos = end + 1;
    return { k: 'string', s: latin(b) };
  }

  #dict(depth) {
    this.pos += 2;
    const map = new Map();
    for (;;) {
      this.space();
      if (this.src.length - this.pos < 2) throw this.short();
      if (this.src[this.pos] === 62 && this.src[this.pos + 1] === 62) {
        this.pos += 2;
        return { k: 'dict', map };
      }
      if (this.src[this.pos] !== 47) throw this.fail('a dictionary’s key is missing');
      const key = this.#name().s;
      if (map.has(key)) throw this.fail(`a dictionary holds /${clean(key)} twice`);
      map.set(key, this.value(depth + 1));
    }
  }
}

// lexerAt reads a short stretch of the file, as if it ended there.
function lexerAt(src, at, n = 64) {
  const part = new Uint8Array(Math.min(n, src.length - at) + 1);
  part.set(src.subarray(at, at + n));
  part[part.length - 1] = 32;
  return new Lexer(part, 0, at);
}

const entryOf = (s, n) => {
  for (const sub of s.subs)
    if (n >= sub.first && n < sub.first + sub.entries.length) return sub.entries[n - sub.first];
  return null;
};
const free = { kind: 'free' };

// PDF is a file whose cross-reference sections, oldest first, have been read.
// A section is the file as it was after one saving.
export class PDF {
  constructor(src) {
    this.src = src;
    this.sections = [];
    this.objects = new Map();
    this.packed = new Map();
    if (src.length === 0) throw unreadable('This file is empty.');
    if (!startsWith(src, '%PDF-1.') && !startsWith(src, '%PDF-2.')) throw unreadable('This file is not a PDF.');
    let start = this.#lastStart();
    let objects = 0;
    for (let end = src.length; ;) {
      const s = this.#section(start);
      if (has(s.trailer, 'Encrypt')) throw unreadable('This PDF is encrypted: save it without a password first.');
      if (s.end > end) throw broken(start, 'its cross-reference sections overlap');
      for (const sub of s.subs) objects += sub.entries.length;
      if (objects > maxObjects || this.sections.length >= maxSections)
        throw unreadable('This PDF is too large to be checked.');
      this.sections.unshift(s);
      if (!has(s.trailer, 'Prev')) break;
      const prev = get(s.trailer, 'Prev');
      // Each section must lie before the one that follows it: no loops.
      if (prev.k !== 'int' || prev.n <= 0 || prev.n >= start)
        throw broken(start, 'its cross-reference sections do not form a line');
      [start, end] = [prev.n, s.start];
    }
    if (this.sections.at(-1).end !== src.length) throw broken(this.sections.at(-1).end, 'something follows its end');
  }

  view(rev = this.sections.length - 1) {
    return new View(this, rev);
  }

  #need(at) {
    if (at < 0 || at >= this.src.length) throw broken(at, 'it points outside itself');
  }

  #lastStart() {
    const off = Math.max(0, this.src.length - 64);
    const tail = this.src.subarray(off);
    const i = latin(tail).lastIndexOf('startxref');
    if (i < 0) throw broken(this.src.length, 'its end is missing');
    return new Lexer(tail, i + 9, off).integer();
  }

  #section(start) {
    this.#need(start);
    const s = { start, subs: [], stream: false, number: 0 };
    const after = startsWith(this.src.subarray(start, start + 4), 'xref') ? this.#table(s) : this.#xrefStream(s);
    if (has(s.trailer, 'XRefStm'))
      throw unreadable('This PDF has two cross-references that may differ (hybrid): save it anew.');
    this.#need(after);
    const l = lexerAt(this.src, after);
    l.keyword('startxref');
    if (l.integer() !== start) throw broken(after, 'its cross-reference does not stand where it says');
    const size = l.src.length - 1;
    while (l.pos < size && isSpace(l.src[l.pos])) l.pos++;
    if (latin(l.src.subarray(l.pos, l.pos + 5)) !== '%%EOF') throw broken(after, '%%EOF is missing');
    l.pos += 5;
    const rest = latin(l.src.subarray(l.pos, size));
    l.pos += rest.startsWith('\r\n') ? 2 : /^[\r\n]/.test(rest) ? 1 : 0;
    s.end = after + l.pos;
    return s;
  }

  #table(s) {
    const src = this.src;
    const l = new Lexer(src, s.start + 4);
    for (;;) {
      l.space();
      if (l.pos >= src.length) throw l.short();
      if (src[l.pos] === 116) break;
      const [first, count] = [l.integer(), l.integer()];
      while (l.pos < src.length && isSpace(src[l.pos])) l.pos++;
      if (count > maxObjects || first > maxObjects || count * 20 > src.length)
        throw l.fail('its cross-reference table is too large');
      if (l.pos + count * 20 > src.length) throw l.fail('its cross-reference table is cut off');
      const entries = [];
      for (let i = 0; i < count; i++, l.pos += 20) {
        const m = /^(\d{10}) (\d{5}) ([nf])( \n| \r|\r\n)$/.exec(latin(src.subarray(l.pos, l.pos + 20)));
        if (!m || Number(m[2]) > 65535) throw l.fail('its cross-reference table is malformed');
        entries.push(m[3] === 'n' ? { kind: 'plain', at: Number(m[1]), gen: Number(m[2]) } : free);
      }
      this.#add(s, { first, entries });
    }
    l.keyword('trailer');
    s.trailer = l.value();
    if (s.trailer.k !== 'dict') throw l.fail('its trailer is missing');
    return l.pos;
  }

  #add(s, sub) {
    for (const o of s.subs) {
      if (sub.first < o.first + o.entries.length && o.first < sub.first + sub.entries.length) {
        throw broken(s.start, 'its cross-reference names an object twice');
      }
    }
    if (s.subs.length > 100000) throw broken(s.start, 'its cross-reference is too large');
    s.subs.push(sub);
  }

  #xrefStream(s) {
    const o = this.object(s.start);
    const bad = () => broken(s.start, 'its cross-reference stream is malformed');
    if (!o.data || !isName(get(o.val, 'Type'), 'XRef')) throw broken(s.start, 'its cross-reference is missing');
    const data = this.decoded(o);
    Object.assign(s, { trailer: o.val, stream: true, number: o.num });
    const ints = (v) => v.k === 'array' && v.list.every((e) => e.k === 'int' && e.n >= 0) && v.list.map((e) => e.n);
    const w = ints(get(o.val, 'W'));
    if (!w || w.length !== 3 || w.some((n) => n > 8) || w[1] === 0) throw bad();
    const row = w[0] + w[1] + w[2];
    const size = get(o.val, 'Size');
    const index = ints(has(o.val, 'Index') ? get(o.val, 'Index') : { k: 'array', list: [{ k: 'int', n: 0 }, size] });
    if (!index || index.length % 2) throw bad();
    let p = 0;
    for (let i = 0; i < index.length; i += 2) {
      const [first, count] = [index[i], index[i + 1]];
      if (first > maxObjects || count > Math.floor((data.length - p) / row)) throw bad();
      const entries = [];
      for (let k = 0; k < count; k++) {
        const v = [1, 0, 0];
        for (let j = 0; j < 3; j++) {
          if (w[j] > 0) v[j] = 0;
          for (let n = 0; n < w[j]; n++) v[j] = v[j] * 256 + data[p++];
          if (!Number.isSafeInteger(v[j])) throw bad();
        }
        if (v[0] > 2) throw broken(s.start, 'its cross-reference stream has an entry of unknown type');
        entries.push(v[0] === 0 ? free : { kind: v[0] === 1 ? 'plain' : 'packed', at: v[1], gen: v[2] });
      }
      this.#add(s, { first, entries });
    }
    if (p !== data.length) throw broken(s.start, 'its cross-reference stream is longer than it says');
    return o.end;
  }

  // object reads the indirect object at an offset.
  object(off) {
    const kept = this.objects.get(off);
    if (kept) return kept;
    this.#need(off);
    const { src } = this;
    const l = new Lexer(src, off);
    if (src[off] < 48 || src[off] > 57) throw l.fail('no object begins where its cross-reference says');
    const o = { src, off, data: 0, end: 0 };
    o.num = l.integer();
    o.gen = l.integer();
    l.keyword('obj');
    o.val = l.value();
    if (l.pos - off > maxObject) throw broken(off, 'an object is too large');
    l.space();
    if (src.length - l.pos < 8) throw l.short();
    if (!startsWith(src.subarray(l.pos, l.pos + 6), 'stream')) {
      l.keyword('endobj');
      o.end = l.pos;
    } else {
      l.pos += 6;
      if (o.val.k !== 'dict') throw l.fail('a stream has no dictionary');
      if (src[l.pos] === 10) l.pos++;
      else if (src[l.pos] === 13 && src[l.pos + 1] === 10) l.pos += 2;
      else throw l.fail('a stream does not begin with a line end');
      o.data = l.pos;
      // The end of a stream is known where its length is direct, as it must be
      // wherever the end matters (cross-reference streams, signed revisions).
      const n = get(o.val, 'Length');
      if (n.k === 'int' && n.n >= 0 && n.n <= src.length - o.data) o.end = this.#streamEnd(o.data + n.n);
    }
    this.objects.set(off, o);
    return o;
  }

  #streamEnd(at) {
    this.#need(at);
    const t = lexerAt(this.src, at);
    t.keyword('endstream');
    t.keyword('endobj');
    return at + t.pos;
  }

  // decoded gives the data of a stream that has no filter or is deflated. Length
  // may be given where it stands in an object of its own.
  decoded(o, length) {
    const stated = get(o.val, 'Length');
    if (length === undefined && (o.end === 0 || stated.k !== 'int'))
      throw broken(o.off, 'a stream does not state its length');
    const n = length ?? stated.n;
    const single = (v) => (v.k === 'array' && v.list.length === 1 ? v.list[0] : v);
    const filter = single(get(o.val, 'Filter'));
    let data = this.src.subarray(o.data, o.data + n);
    if (isName(filter, 'FlateDecode')) data = unzlib(data, maxInflated);
    else if (filter.k !== 'null') throw broken(o.off, 'a stream is compressed in an unusual way');
    const parms = single(get(o.val, 'DecodeParms'));
    return parms.k === 'null' ? data : unpredict(o, data, parms);
  }
}

// unpredict undoes the PNG predictors.
function unpredict(o, data, parms) {
  const bad = () => broken(o.off, 'a stream is compressed in an unusual way');
  const p = get(parms, 'Predictor');
  const columns = get(parms, 'Columns');
  if (parms.k !== 'dict') throw bad();
  if (p.k === 'null' || (p.k === 'int' && p.n === 1)) return data;
  const n = columns.n;
  if (
    p.k !== 'int' ||
    p.n < 10 ||
    p.n > 15 ||
    columns.k !== 'int' ||
    n < 1 ||
    n > 64 ||
    data.length % (n + 1) ||
    has(parms, 'Colors') ||
    has(parms, 'BitsPerComponent')
  ) {
    throw bad();
  }
  const out = new Uint8Array((data.length / (n + 1)) * n);
  for (let r = 0, at = 0; r < data.length; r += n + 1) {
    const type = data[r];
    if (type > 4) throw bad();
    for (let i = 0; i < n; i++, at++) {
      const left = i > 0 ? out[at - 1] : 0;
      const up = at >= n ? out[at - n] : 0;
      const corner = i > 0 && at >= n ? out[at - n - 1] : 0;
      out[at] = data[r + 1 + i] + [0, left, up, (left + up) >> 1, paeth(left, up, corner)][type];
    }
  }
  return out;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// View is the file as it was after one of its savings.
export class View {
  constructor(pdf, rev) {
    Object.assign(this, { pdf, rev });
  }

  get trailer() {
    return this.pdf.sections[this.rev].trailer;
  }

  // find is where object n stands, with the section that says so; null if it does not exist.
  find(n) {
    for (let i = this.rev; i >= 0; i--) {
      const e = entryOf(this.pdf.sections[i], n);
      if (e) return e.kind === 'free' ? null : { e, sec: this.pdf.sections[i] };
    }
    return null;
  }

  // load reads object n as this view has it; null if there is none.
  load(n) {
    const found = this.find(n);
    if (!found) return null;
    const { e, sec } = found;
    if (e.kind === 'plain') {
      // A section may not speak of what was saved after it: it would mean one
      // thing when it was signed and another now.
      if (e.at >= sec.end) throw broken(e.at, `object ${n} stands outside its revision`);
      const o = this.pdf.object(e.at);
      if (o.num !== n || o.gen !== e.gen) throw broken(e.at, `another object stands where object ${n} should`);
      return o;
    }
    const holder = this.find(e.at)?.e;
    if (holder?.kind !== 'plain') throw broken(0, `the object stream of object ${n} is missing`);
    const stm = this.#objStm(e.at);
    if (e.gen >= stm.numbers.length || stm.numbers[e.gen] !== n)
      throw broken(holder.at, `object ${n} is not in its object stream`);
    const part = stm.src.subarray(stm.offsets[e.gen], stm.offsets[e.gen + 1] ?? stm.src.length);
    const src = new Uint8Array(part.length + 1);
    src.set(part);
    src[part.length] = 32;
    const l = new Lexer(src, 0, holder.at);
    const o = { num: n, gen: 0, src, off: -1, data: 0, end: 0, val: l.value() };
    l.space();
    if (l.pos !== src.length) throw broken(holder.at, `object ${n} in an object stream is malformed`);
    return o;
  }

  #objStm(n) {
    const o = this.load(n);
    const { pdf } = this;
    const kept = pdf.packed.get(o.off);
    if (kept) return kept;
    const bad = () => broken(o.off, 'an object stream is malformed');
    const [count, first] = [get(o.val, 'N'), get(o.val, 'First')];
    if (!o.data || !isName(get(o.val, 'Type'), 'ObjStm') || count.k !== 'int' || first.k !== 'int') throw bad();
    const src = pdf.decoded(o);
    if (first.n < 0 || first.n > src.length || count.n < 0 || count.n > first.n) throw bad();
    const s = { src, numbers: [], offsets: [] };
    const head = new Uint8Array(first.n + 1);
    head.set(src.subarray(0, first.n));
    head[first.n] = 32;
    const l = new Lexer(head, 0, o.off);
    for (let i = 0; i < count.n; i++) {
      s.numbers.push(l.integer());
      const off = l.integer() + first.n;
      if (off > src.length || off < (s.offsets.at(-1) ?? 0)) throw bad();
      s.offsets.push(off);
    }
    pdf.packed.set(o.off, s);
    return s;
  }

  // resolve follows references until something else is there.
  resolve(x) {
    for (let i = 0; i < maxRefDepth; i++) {
      if (x.k !== 'ref') return x;
      const o = this.load(x.n);
      if (!o) return Null;
      if (o.data) return o.val;
      x = o.val;
    }
    throw broken(0, 'references run in a circle');
  }

  // catalogue is the document's root dictionary, as an object.
  catalogue() {
    const root = get(this.trailer, 'Root');
    const o = root.k === 'ref' ? this.load(root.n) : null;
    if (o?.val.k !== 'dict') throw broken(this.pdf.sections[this.rev].start, 'its catalogue is missing');
    return o;
  }

  // sigFields lists the signature fields of the document's form.
  sigFields() {
    const form = this.resolve(get(this.catalogue().val, 'AcroForm'));
    const out = [];
    const seen = new Set();
    const bad = () => broken(0, 'its form is malformed');
    if (form.k === 'null') return out;
    if (form.k !== 'dict') throw bad();
    const walk = (listed, prefix, isSig, depth) => {
      const list = this.resolve(listed);
      if (list.k !== 'array' || depth > maxRefDepth) throw bad();
      for (const ref of list.list) {
        if (ref.k !== 'ref' || seen.has(ref.n) || seen.size > 10000) throw bad();
        seen.add(ref.n);
        const o = this.load(ref.n);
        if (o?.val.k !== 'dict') throw broken(0, 'a field of its form is missing');
        const t = this.resolve(get(o.val, 'T'));
        const ft = this.resolve(get(o.val, 'FT'));
        const sig = (isSig && ft.k === 'null') || isName(ft, 'Sig');
        const full = (prefix + '.' + textOf(t.s ?? '')).replace(/^\.+|\.+$/g, '');
        if (has(o.val, 'Kids') && !this.#onlyShown(o)) {
          walk(get(o.val, 'Kids'), full, sig, depth + 1);
          if (!has(o.val, 'V')) continue;
        }
        if (sig) out.push({ name: full, obj: o });
      }
    };
    if (has(form, 'Fields')) walk(get(form, 'Fields'), '', false, 0);
    return out;
  }

  // #onlyShown tells whether the kids of a field are no fields but the widgets
  // that show it: they have no name of their own (ISO 32000-1, 12.7.3.1).
  #onlyShown(field) {
    try {
      const kids = this.resolve(get(field.val, 'Kids'));
      return (
        kids.k === 'array' &&
        has(field.val, 'T') &&
        kids.list.every((k) => {
          const o = k.k === 'ref' ? this.load(k.n) : null;
          return o?.val.k === 'dict' && !has(o.val, 'T') && !has(o.val, 'Kids');
        })
      );
    } catch {
      return false;
    }
  }
}

// waitsFor tells whether a value refers to one of the objects.
export function waitsFor(v, added) {
  return (v.k === 'ref' && added.has(v.n)) || kidsOf(v).some((x) => waitsFor(x, added));
}

// textOf is a PDF text string: UTF-16 with a mark, UTF-8 with a mark, or Latin.
export function textOf(s) {
  if (s.startsWith('\xFE\xFF')) return new TextDecoder('utf-16be').decode(fromLatin(s.slice(2)));
  if (s.startsWith('\xEF\xBB\xBF')) return fromUTF8(fromLatin(s.slice(3))) ?? '';
  return s;
}

// attachment reads a file attached as one of the document's associated files
// (ISO 32000-2, 14.13), as the newest revision has it; null if there is none.
export function attachment(pdf, name) {
  const v = pdf.view();
  const files = v.resolve(get(v.catalogue().val, 'AF'));
  for (const ref of kidsOf(files)) {
    const spec = v.resolve(ref);
    const title = v.resolve(get(spec, 'UF'));
    if (title.k !== 'string' || textOf(title.s) !== name) continue;
    const stream = get(v.resolve(get(spec, 'EF')), 'F');
    const o = stream.k === 'ref' ? v.load(stream.n) : null;
    const length = o?.data ? v.resolve(get(o.val, 'Length')) : Null;
    if (length.k !== 'int' || length.n < 0 || length.n > pdf.src.length)
      throw broken(0, `the attached file “${name}” cannot be read`);
    return pdf.decoded(o, length.n);
  }
  return null;
}

// DER (X.690): one reading of each byte string, and no other encoding taken.
import { altered, latin, fromUTF8, compareBytes, hex } from './bytes.js';

const damaged = () => altered('a certificate or signature in it is damaged');

// Node is one element: its class (0 universal, 2 context), tag and content.
export class Node {
  constructor(src, at, end) {
    this.src = src;
    this.start = at;
    const need = (n) => {
      if (at + n > end) throw damaged();
    };
    need(2);
    const head = src[at++];
    this.cls = head >> 6;
    this.compound = (head & 0x20) !== 0;
    this.tag = head & 31;
    if (this.tag === 31) throw damaged();
    let n = src[at++];
    if (n >= 0x80) {
      const k = n & 0x7f;
      if (k < 1 || k > 4) throw damaged();
      need(k);
      n = 0;
      for (let i = 0; i < k; i++) n = n * 256 + src[at++];
      if (n < 0x80 || src[at - k] === 0) throw damaged(); // not the shortest form
    }
    need(n);
    this.body = at;
    this.end = at + n;
  }

  get raw() {
    return this.src.subarray(this.start, this.end);
  }
  get content() {
    return this.src.subarray(this.body, this.end);
  }

  is(tag, cls = 0) {
    return this.tag === tag && this.cls === cls;
  }

  // must gives the node itself if it has this universal tag.
  must(tag, compound = tag === 16 || tag === 17) {
    if (!this.is(tag) || this.compound !== compound) throw damaged();
    return this;
  }

  kids() {
    if (!this.compound) throw damaged();
    return nodes(this.src, this.body, this.end);
  }

  seq() {
    return this.must(16).kids();
  }

  // setOf gives the elements of a SET OF, which DER puts in order.
  setOf() {
    return inOrder(this.must(17).kids());
  }

  oid() {
    const b = this.must(6).content;
    if (b.length === 0 || b[b.length - 1] & 0x80) throw damaged();
    const out = [];
    let v = 0;
    let first = true;
    for (const x of b) {
      if (first && x === 0x80) throw damaged();
      v = v * 128 + (x & 0x7f);
      if (v > Number.MAX_SAFE_INTEGER / 256) throw damaged();
      if (!(first = (x & 0x80) === 0)) continue;
      if (out.length === 0) {
        const top = Math.min(2, Math.floor(v / 40));
        out.push(top, v - 40 * top);
      } else out.push(v);
      v = 0;
    }
    return out.join('.');
  }

  // integer gives the bytes of an INTEGER as they stand.
  integer(tag = 2, cls = 0) {
    if (!this.is(tag, cls) || this.compound) throw damaged();
    const b = this.content;
    if (b.length === 0) throw damaged();
    if (b.length > 1 && ((b[0] === 0 && b[1] < 0x80) || (b[0] === 0xff && b[1] >= 0x80))) throw damaged();
    return b;
  }

  // small is an INTEGER from 0 to 65535.
  small() {
    const b = this.integer();
    if (b.length > 3 || b[0] >= 0x80) throw damaged();
    return b.reduce((n, x) => n * 256 + x, 0);
  }

  bool() {
    const b = this.must(1).content;
    if (b.length !== 1 || (b[0] !== 0 && b[0] !== 0xff)) throw damaged();
    return b[0] === 0xff;
  }

  octets() {
    return this.must(4, false).content;
  }

  // bits gives a BIT STRING's bytes; unused is how many of the last are padding.
  bits() {
    const b = this.must(3, false).content;
    const unused = b[0];
    if (
      b.length === 0 ||
      unused > 7 ||
      (b.length === 1 && unused > 0) ||
      (unused > 0 && b[b.length - 1] & ((1 << unused) - 1))
    ) {
      throw damaged();
    }
    return { bytes: b.subarray(1), unused };
  }

  // time is a UTCTime or GeneralizedTime in UTC to the second.
  time() {
    if (this.cls !== 0 || this.compound) throw damaged();
    let s = latin(this.content);
    if (this.tag === 23 && /^\d{12}Z$/.test(s)) s = (s < '50' ? '20' : '19') + s;
    else if (this.tag !== 24 || !/^\d{14}Z$/.test(s)) throw damaged();
    const iso = s.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
    const t = new Date(iso);
    if (isNaN(t) || t.toISOString().slice(0, 19) + 'Z' !== iso) throw damaged();
    return t;
  }

  text() {
    const b = this.content;
    switch (this.cls === 0 && !this.compound ? this.tag : -1) {
      case 12: // UTF8String
      case 19: // PrintableString
      case 22: // IA5String
        return fromUTF8(b) ?? '';
      case 20: // T61String
        return latin(b);
      case 30: // BMPString
        return b.length % 2
          ? ''
          : latin(b).replace(/(.)(.)/gs, (_, h, l) => String.fromCharCode(h.charCodeAt(0) * 256 + l.charCodeAt(0)));
    }
    return '';
  }
}

function nodes(src, at, end) {
  const out = [];
  while (at < end) {
    if (out.length > 100000) throw damaged();
    out.push(new Node(src, at, end));
    at = out[out.length - 1].end;
  }
  return out;
}

export function inOrder(list) {
  for (let i = 1; i < list.length; i++) if (compareBytes(list[i - 1].raw, list[i].raw) > 0) throw damaged();
  return list;
}

// parseDER reads one element that takes up all of b.
export function parseDER(b) {
  const n = new Node(b, 0, b.length);
  if (n.end !== b.length) throw damaged();
  return n;
}

export const parseAll = (b) => nodes(b, 0, b.length);

// algorithm reads an AlgorithmIdentifier; params is hexadecimal, '' where absent.
export function algorithm(node) {
  const k = node.seq();
  if (k.length < 1 || k.length > 2) throw damaged();
  return { oid: k[0].oid(), node: k[1], params: k[1] ? hex(k[1].raw) : '' };
}

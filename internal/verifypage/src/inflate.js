// DEFLATE (RFC 1951) and zlib (RFC 1950). A decoder of our own rather than the
// browser's: it is strict in the same way everywhere, bounded, and stops where
// the data stop.
import { unreadable } from './bytes.js';
import { adler32 } from './hash.js';

const bad = () => unreadable('A part of this file cannot be decompressed.');

// huffman builds the canonical code of the given lengths: counts by length and
// symbols in order. A code must be complete, or of a single symbol of one bit.
function huffman(lengths) {
  const count = new Uint16Array(16);
  for (const n of lengths) count[n]++;
  count[0] = 0;
  let left = 1;
  let symbols = 0;
  for (let n = 1; n < 16; n++) {
    left = 2 * left - count[n];
    symbols += count[n];
    if (left < 0) throw bad();
  }
  if (left > 0 && !(symbols === 0 || (symbols === 1 && count[1] === 1))) throw bad();
  const next = new Uint16Array(16);
  for (let n = 1; n < 15; n++) next[n + 1] = next[n] + count[n];
  const symbol = new Uint16Array(symbols);
  lengths.forEach((n, i) => {
    if (n) symbol[next[n]++] = i;
  });
  return { count, symbol };
}

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const fixed = [
  huffman([...Array(288)].map((_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  huffman(Array(32).fill(5)),
];

// inflate decompresses src, and refuses more than limit bytes. It gives the
// bytes and how many of src were used.
export function inflate(src, limit) {
  let out = new Uint8Array(Math.min(limit, Math.max(1024, 4 * src.length)));
  let size = 0;
  let pos = 0;
  let hold = 0;
  let held = 0;
  const bits = (n) => {
    while (held < n) {
      if (pos >= src.length) throw bad();
      hold |= src[pos++] << held;
      held += 8;
    }
    const v = hold & ((1 << n) - 1);
    hold >>>= n;
    held -= n;
    return v;
  };
  const decode = ({ count, symbol }) => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let n = 1; n < 16; n++) {
      if (held === 0) {
        if (pos >= src.length) throw bad();
        hold = src[pos++];
        held = 8;
      }
      code |= hold & 1;
      hold >>>= 1;
      held--;
      if (code - first < count[n]) return symbol[index + code - first];
      index += count[n];
      first = (first + count[n]) << 1;
      code <<= 1;
    }
    throw bad();
  };
  const room = (n) => {
    if (size + n > limit) throw unreadable(`A part of this file grows to more than ${limit} bytes.`);
    if (size + n <= out.length) return;
    const more = new Uint8Array(Math.min(limit, Math.max(2 * out.length, size + n)));
    more.set(out.subarray(0, size));
    out = more;
  };
  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 3) throw bad();
    if (kind === 0) {
      hold = held = 0; // to the next byte
      if (pos + 4 > src.length) throw bad();
      const n = src[pos] | (src[pos + 1] << 8);
      if (n !== (~(src[pos + 2] | (src[pos + 3] << 8)) & 0xffff) || pos + 4 + n > src.length) throw bad();
      room(n);
      out.set(src.subarray(pos + 4, pos + 4 + n), size);
      size += n;
      pos += 4 + n;
      continue;
    }
    let [literals, distances] = fixed;
    if (kind === 2) {
      const [nl, nd, nc] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
      if (nl > 286 || nd > 30) throw bad();
      const codes = new Uint8Array(19);
      for (let i = 0; i < nc; i++) codes[codeOrder[i]] = bits(3);
      const table = huffman(codes);
      const lengths = new Uint8Array(nl + nd);
      for (let i = 0; i < lengths.length;) {
        const s = decode(table);
        if (s < 16) {
          lengths[i++] = s;
          continue;
        }
        if (s === 16 && i === 0) throw bad();
        const v = s === 16 ? lengths[i - 1] : 0;
        const n = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7);
        if (i + n > lengths.length) throw bad();
        lengths.fill(v, i, i + n);
        i += n;
      }
      if (lengths[256] === 0) throw bad();
      literals = huffman(lengths.subarray(0, nl));
      distances = huffman(lengths.subarray(nl));
    }
    for (let s; (s = decode(literals)) !== 256;) {
      if (s < 256) {
        if (size >= out.length) room(1);
        out[size++] = s;
        continue;
      }
      if (s > 285) throw bad();
      const n = lengthBase[s - 257] + bits(lengthExtra[s - 257]);
      const d = decode(distances);
      if (d > 29) throw bad();
      const back = distBase[d] + bits(d < 2 ? 0 : (d >> 1) - 1);
      if (back > size) throw bad();
      room(n);
      for (let i = 0; i < n; i++, size++) out[size] = out[size - back];
    }
  }
  return { data: out.subarray(0, size), used: pos };
}

// unzlib decompresses a zlib stream and holds it against its checksum.
export function unzlib(src, limit) {
  if (src.length < 6 || (src[0] & 15) !== 8 || src[0] >> 4 > 7 || ((src[0] << 8) | src[1]) % 31 !== 0 || src[1] & 32)
    throw bad();
  const { data, used } = inflate(src.subarray(2), limit);
  const at = 2 + used;
  if (at + 4 > src.length) throw bad();
  if (((src[at] << 24) | (src[at + 1] << 16) | (src[at + 2] << 8) | src[at + 3]) >>> 0 !== adler32(data)) throw bad();
  return data;
}

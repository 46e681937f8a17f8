// Digests: WebCrypto's for what is at hand in one piece, and a SHA-256 of our
// own for what comes in pieces or is too small to be worth a promise.
import { concat, hex } from './bytes.js';

const K = new Uint32Array(64);
const H0 = new Uint32Array(8);
(() => {
  // The constants of FIPS 180-4: fractions of the cube and square roots of the primes.
  let n = 0;
  for (let p = 2; n < 64; p++) {
    let prime = true;
    for (let d = 2; d * d <= p; d++) if (p % d === 0) prime = false;
    if (!prime) continue;
    const fraction = (x) => Math.floor((x - Math.floor(x)) * 0x100000000);
    if (n < 8) H0[n] = fraction(Math.sqrt(p));
    K[n++] = fraction(Math.cbrt(p));
  }
})();

export class SHA256 {
  constructor() {
    this.h = H0.slice();
    this.block = new Uint8Array(64);
    this.used = 0;
    this.length = 0;
    this.w = new Uint32Array(64);
  }

  update(b) {
    this.length += b.length;
    let at = 0;
    if (this.used > 0) {
      at = Math.min(64 - this.used, b.length);
      this.block.set(b.subarray(0, at), this.used);
      this.used += at;
      if (this.used < 64) return this;
      this.#compress(this.block, 0);
      this.used = 0;
    }
    for (; at + 64 <= b.length; at += 64) this.#compress(b, at);
    this.block.set(b.subarray(at));
    this.used = b.length - at;
    return this;
  }

  digest() {
    const bits = this.length * 8;
    const pad = new Uint8Array((this.used < 56 ? 64 : 128) - this.used);
    pad[0] = 0x80;
    const view = new DataView(pad.buffer);
    view.setUint32(pad.length - 8, Math.floor(bits / 0x100000000));
    view.setUint32(pad.length - 4, bits >>> 0);
    this.update(pad);
    const out = new DataView(new ArrayBuffer(32));
    this.h.forEach((x, i) => out.setUint32(4 * i, x));
    return new Uint8Array(out.buffer);
  }

  #compress(b, at) {
    const w = this.w;
    for (let i = 0; i < 16; i++, at += 4) w[i] = (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const v = this.h;
    let a = v[0],
      b1 = v[1],
      c = v[2],
      d = v[3],
      e = v[4],
      f = v[5],
      g = v[6],
      h = v[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b1) ^ (a & c) ^ (b1 & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b1;
      b1 = a;
      a = (t1 + t2) | 0;
    }
    v[0] += a;
    v[1] += b1;
    v[2] += c;
    v[3] += d;
    v[4] += e;
    v[5] += f;
    v[6] += g;
    v[7] += h;
  }
}

export const sha256 = (...parts) => parts.reduce((s, p) => s.update(Uint8Array.from(p)), new SHA256()).digest();

// digest is WebCrypto's: 'SHA-256', 'SHA-384' or 'SHA-512' of the parts.
export async function digest(name, ...parts) {
  const whole = parts.length === 1 ? parts[0] : concat(...parts);
  return new Uint8Array(await crypto.subtle.digest(name, whole));
}

export const fingerprint = (spki) => hex(sha256(spki)).toUpperCase().match(/.{4}/g).join(' ');

const crcTable = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

// crc32 continues the CRC of what came before.
export function crc32(b, crc = 0) {
  let c = ~crc;
  for (let i = 0; i < b.length; i++) c = crcTable[(c ^ b[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

export function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length;) {
    for (const end = Math.min(i + 3800, bytes.length); i < end; i++) b += a += bytes[i];
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

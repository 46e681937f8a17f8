// Bytes, text and the faults that every other part speaks in.

// Fault is a refusal with a plain sentence. status is one of the answers of a
// verification; 'cannot_tell' says that this page, not the file, falls short.
export class Fault extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const unreadable = (message) => new Fault('unreadable', message);
export const altered = (message) => new Fault('altered', message);
export const cannotTell = (what) =>
  new Fault('cannot_tell', `${what} This page cannot check that: use Assay (assay verify).`);

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export function equalBytes(a, b) {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

// compareBytes orders as strings of bytes are ordered, the shorter first.
export function compareBytes(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

// latin gives each byte as one character, so that bytes can be compared and searched as text.
export function latin(b) {
  let s = '';
  for (let i = 0; i < b.length; i += 8192) s += String.fromCharCode.apply(null, b.subarray(i, i + 8192));
  return s;
}

export function fromLatin(s) {
  const b = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) b[i] = s.charCodeAt(i);
  return b;
}

export const startsWith = (b, s) => b.length >= s.length && latin(b.subarray(0, s.length)) === s;

export function hex(b) {
  let s = '';
  for (const x of b) s += x.toString(16).padStart(2, '0');
  return s;
}

// unhex reads pairs of hexadecimal digits, null if there is anything else.
export function unhex(s) {
  if (s.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(s)) return null;
  const b = new Uint8Array(s.length / 2);
  for (let i = 0; i < b.length; i++) b[i] = parseInt(s.slice(2 * i, 2 * i + 2), 16);
  return b;
}

const encoder = new TextEncoder();
export const utf8 = (s) => encoder.encode(s);

// fromUTF8 gives null for what is not UTF-8.
export function fromUTF8(b) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b);
  } catch {
    return null;
  }
}

// fromBase64 takes the one usual spelling of base64 (RFC 4648, with padding and
// without stray bits) and gives null for any other.
export function fromBase64(s) {
  try {
    const b = atob(s);
    return btoa(b) === s ? fromLatin(b) : null;
  } catch {
    return null;
  }
}

// clean makes text from a file fit for a sentence: no control or direction
// characters, at most 100 of them.
export function clean(s) {
  const cs = [...s.replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '')];
  return cs.length > 100 ? cs.slice(0, 99).join('') + '…' : cs.join('');
}

export const runes = (s) => [...s].length;

const months = 'January February March April May June July August September October November December'.split(' ');

// day is a date as people write it; it takes a Date or YYYY-MM-DD.
export function day(t) {
  const s = typeof t === 'string' ? t : t.toISOString();
  return `${Number(s.slice(8, 10))} ${months[Number(s.slice(5, 7)) - 1]} ${s.slice(0, 4)}`;
}

export const minute = (t) => `${day(t)} ${t.toISOString().slice(11, 16)} UTC`;

// isDay tells whether s is a day of the calendar as YYYY-MM-DD, 1900 to 2199.
export function isDay(s) {
  if (!/^\d{4}-\d\d-\d\d$/.test(s) || s < '1900' || s >= '2200') return false;
  const t = new Date(s + 'T00:00:00Z');
  return !isNaN(t) && t.toISOString().slice(0, 10) === s;
}

// isTime tells whether s is a time in UTC to the second, 2026-11-23T09:30:00Z.
export function isTime(s) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(s)) return false;
  const t = new Date(s);
  return !isNaN(t) && t.toISOString().slice(0, 19) + 'Z' === s;
}

export const dayOf = (t) => t.toISOString().slice(0, 10);

/**
 * der: reads DER (X.690), as far as certificates, CMS, time stamps and keys need it. Definite lengths only,
 * written in the shortest way. Pure.
 */
import { Broken, must } from "./broken.js";

export const Tag = Object.freeze({
  BOOLEAN: 0x01, INTEGER: 0x02, BIT_STRING: 0x03, OCTET_STRING: 0x04, NULL: 0x05, OID: 0x06, UTC_TIME: 0x17, GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30, SET: 0x31,
});

/** A value with its tag. Its bytes are views into what was read. */
export class Der {
  tag;
  /** With tag and length. */
  whole;
  /** Without. */
  content;

  /** @param {number} tag @param {Uint8Array} whole @param {Uint8Array} content */
  constructor(tag, whole, content) {
    this.tag = tag;
    this.whole = whole;
    this.content = content;
  }

  /** What a constructed value holds. @returns {Der[]} */
  get children() {
    must(this.tag & 0x20, "der");
    return readAll(this.content);
  }

  /** The number in an INTEGER of at most 6 bytes. */
  get number() {
    must(this.tag === Tag.INTEGER && this.content.length > 0 && this.content.length <= 6 && !(this.content[0] & 0x80), "der");
    return this.content.reduce((n, byte) => n * 256 + byte, 0);
  }

  /** Dotted object identifier. */
  get oid() {
    must(this.tag === Tag.OID && this.content.length > 0 && this.content.length < 32, "der");
    const arcs = /** @type {number[]} */ ([]);
    let arc = 0;
    for (const byte of this.content) {
      arc = arc * 128 + (byte & 0x7f);
      must(arc < 2 ** 40, "der");
      if (byte & 0x80) continue;
      if (!arcs.length) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
      else arcs.push(arc);
      arc = 0;
    }
    must(arc === 0, "der");
    return arcs.join(".");
  }

  /** Bytes of a BIT STRING of whole bytes. */
  get bits() {
    must(this.tag === Tag.BIT_STRING && this.content[0] === 0, "der");
    return this.content.subarray(1);
  }

  /** A time in milliseconds since 1970. */
  get time() {
    const text = String.fromCharCode(...this.content.subarray(0, 32));
    must([Tag.UTC_TIME, Tag.GENERALIZED_TIME].includes(/** @type {any} */ (this.tag)), "der");
    const full = this.tag === Tag.UTC_TIME ? (text < "5" ? "20" : "19") + text : text;
    const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,9})?Z$/.exec(full);
    must(match, "der");
    const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
}

/** The first value of some bytes. @param {Uint8Array} bytes @returns {Der} */
function readFirst(bytes) {
  must(bytes.length >= 2 && (bytes[0] & 0x1f) !== 0x1f, "der");
  let length = bytes[1];
  let head = 2;
  if (length & 0x80) {
    const digits = length & 0x7f;
    must(digits >= 1 && digits <= 4 && bytes.length >= 2 + digits, "der");
    length = bytes.subarray(2, 2 + digits).reduce((n, byte) => n * 256 + byte, 0);
    must(length >= 0x80 && bytes[2] !== 0, "der");
    head += digits;
  }
  must(head + length <= bytes.length, "der");
  return new Der(bytes[0], bytes.subarray(0, head + length), bytes.subarray(head, head + length));
}

/** Values one after the other. @param {Uint8Array} bytes @returns {Der[]} */
function readAll(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length;) {
    const value = readFirst(bytes.subarray(at));
    out.push(value);
    at += value.whole.length;
  }
  return out;
}

/**
 * The one value that some bytes are.
 * @param {Uint8Array} bytes
 * @param {number} [tag]  that it must have
 * @throws {import("./broken.js").Broken} "der"
 */
export function readDer(bytes, tag) {
  const value = readFirst(bytes);
  must(value.whole.length === bytes.length && (tag === undefined || value.tag === tag), "der");
  return value;
}

/**
 * Children of a SEQUENCE, at least so many.
 * @param {Der | undefined} value @param {number} [least]
 */
export function sequence(value, least = 0) {
  must(value && value.tag === Tag.SEQUENCE, "der");
  const children = value.children;
  must(children.length >= least, "der");
  return children;
}

/** @param {string} base64 */
function fromBase64(base64) {
  try {
    return Uint8Array.from(atob(base64.replace(/\s/g, "")), (c) => c.charCodeAt(0));
  } catch {
    throw new Broken("pem");
  }
}

/**
 * The blocks of a PEM file.
 * @param {string} text
 * @returns {{ label: string, bytes: Uint8Array }[]}
 * @throws {import("./broken.js").Broken} "pem" if there are none
 */
export function readPem(text) {
  must(text.length < 1 << 20, "pem");
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/g)];
  must(blocks.length, "pem");
  return blocks.map(([, label, body]) => ({ label, bytes: fromBase64(body) }));
}

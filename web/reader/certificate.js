/**
 * certificate: X.509 certificates, as far as a chain to a root that the bank publishes needs them (RFC 5280): names,
 * times, basic constraints, key usage, signatures with ECDSA (P-256, P-384, P-521) and RSA (PKCS#1 v1.5 and PSS).
 * No revocation: the root and what was issued are the bank's own, and the time stamp says when.
 */
import { Tag, readDer, readPem, sequence } from "./der.js";
import { isSame, plain } from "./bytes.js";
import { must } from "./broken.js";
import { readText } from "./canonical.js";

const { subtle } = globalThis.crypto;
const CHAIN_MAX = 6;
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const EMAIL = "1.3.6.1.5.5.7.3.4";
const EC = "1.2.840.10045.2.1";
const RSA = "1.2.840.113549.1.1.1";
export const PSS = "1.2.840.113549.1.1.10";
const CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_USAGE = "2.5.29.37";
const SUBJECT_KEY = "2.5.29.14";
/** Extensions that a critical mark may stand on: those that are looked at here, and names, policies. */
const KNOWN = new Set([CONSTRAINTS, KEY_USAGE, EXTENDED_USAGE, SUBJECT_KEY, "2.5.29.35", "2.5.29.17", "2.5.29.32"]);

/** @type {Map<string, { name: string, bytes: number }>} */
const CURVES = new Map([
  ["1.2.840.10045.3.1.7", { name: "P-256", bytes: 32 }],
  ["1.3.132.0.34", { name: "P-384", bytes: 48 }],
  ["1.3.132.0.35", { name: "P-521", bytes: 66 }],
]);

/** Hashes by object identifier. */
export const HASHES = new Map([
  ["2.16.840.1.101.3.4.2.1", "SHA-256"], ["2.16.840.1.101.3.4.2.2", "SHA-384"], ["2.16.840.1.101.3.4.2.3", "SHA-512"],
]);

/** The hash that a signature algorithm names itself; "" if it is said elsewhere. */
const SIGNATURES = new Map([
  ["1.2.840.10045.4.3.2", "SHA-256"], ["1.2.840.10045.4.3.3", "SHA-384"], ["1.2.840.10045.4.3.4", "SHA-512"],
  ["1.2.840.113549.1.1.11", "SHA-256"], ["1.2.840.113549.1.1.12", "SHA-384"], ["1.2.840.113549.1.1.13", "SHA-512"],
  [RSA, ""], [PSS, ""],
]);

/** r || s of a DER signature, each of `bytes`. @param {Uint8Array} der @param {number} bytes */
export function rawSignature(der, bytes) {
  const out = new Uint8Array(2 * bytes);
  const numbers = sequence(readDer(der), 2);
  must(numbers.length === 2, "der");
  numbers.forEach((value, i) => {
    must(value.tag === Tag.INTEGER && value.content.length > 0, "der");
    const digits = value.content[0] === 0 ? value.content.subarray(1) : value.content;
    must(digits.length <= bytes, "der");
    out.set(digits, (i + 1) * bytes - digits.length);
  });
  return out;
}

/** r || s in DER, written in the one way. @param {Uint8Array} raw  64 bytes */
export function derSignature(raw) {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((half) => {
    let at = 0;
    while (at < half.length - 1 && half[at] === 0) at++;
    const digits = half[at] & 0x80 ? [0, ...half.subarray(at)] : [...half.subarray(at)];
    return [Tag.INTEGER, digits.length, ...digits];
  });
  const body = integers.flat();
  return Uint8Array.of(Tag.SEQUENCE, body.length, ...body);
}

/** Hash and length of salt that the parameters of PSS name. @param {import("./der.js").Der | undefined} params */
function pssOf(params) {
  const fields = new Map((params ? sequence(params) : []).map((field) => [field.tag, field.children[0]]));
  const hash = fields.get(0xa0) ? HASHES.get(sequence(fields.get(0xa0), 1)[0].oid) : undefined;
  must(hash, "algorithm");
  return { hash, saltLength: fields.get(0xa2)?.number ?? 20 };
}

/**
 * True if a signature holds.
 * @param {Uint8Array} spki  the public key, SubjectPublicKeyInfo
 * @param {import("./der.js").Der} algorithm  AlgorithmIdentifier of the signature
 * @param {string} hash  what the algorithm does not say itself
 * @param {Uint8Array} signature  as in certificates and CMS
 * @param {Uint8Array} text
 */
export async function verifySignature(spki, algorithm, hash, signature, text) {
  const [oid, params] = sequence(algorithm, 1);
  const named = SIGNATURES.get(oid.oid);
  must(named !== undefined, "algorithm");
  const [keyAlgorithm] = sequence(readDer(spki), 2);
  const [kind, curveId] = sequence(keyAlgorithm, 1);
  if (kind.oid === EC) {
    const curve = CURVES.get(curveId?.oid ?? "");
    must(curve && named, "algorithm");
    const key = await importKey(spki, { name: "ECDSA", namedCurve: curve.name });
    return subtle.verify({ name: "ECDSA", hash: named }, key, plain(rawSignature(signature, curve.bytes)), plain(text));
  }
  must(kind.oid === RSA, "algorithm");
  if (oid.oid === PSS) {
    const pss = pssOf(params);
    const key = await importKey(spki, { name: "RSA-PSS", hash: pss.hash });
    return subtle.verify({ name: "RSA-PSS", saltLength: pss.saltLength }, key, plain(signature), plain(text));
  }
  const key = await importKey(spki, { name: "RSASSA-PKCS1-v1_5", hash: named || hash });
  return subtle.verify("RSASSA-PKCS1-v1_5", key, plain(signature), plain(text));
}

/**
 * A public key to verify with.
 * @param {Uint8Array} spki  SubjectPublicKeyInfo @param {any} algorithm  of WebCrypto
 * @throws {import("./broken.js").Broken} "key_form"
 */
export async function importKey(spki, algorithm) {
  try {
    return await subtle.importKey("spki", plain(spki), algorithm, true, ["verify"]);
  } catch {
    must(false, "key_form");
  }
}

/** One certificate, taken apart: its frame at once, what it says when checked() is called. */
export class Certificate {
  whole;
  serial;
  issuer;
  subject;
  from = NaN;
  to = NaN;
  spki;
  #parts;
  #signed;
  #algorithm;
  /** @type {Uint8Array} */
  #signature = new Uint8Array();
  #extensions = /** @type {Map<string, Uint8Array>} */ (new Map());
  #critical = /** @type {Set<string>} */ (new Set());

  /** @param {Uint8Array} der @throws {import("./broken.js").Broken} */
  constructor(der) {
    const [signed, algorithm, signature] = sequence(readDer(der), 3);
    const fields = sequence(signed, 6);
    const parts = fields[0].tag === 0xa0 ? fields.slice(1) : fields; /* without the version */
    must(parts.length >= 6, "der");
    this.whole = der;
    this.serial = parts[0].content;
    this.issuer = parts[2].whole;
    this.subject = parts[4].whole;
    this.spki = parts[5].whole;
    this.#parts = { parts, signature };
    this.#signed = signed.whole;
    this.#algorithm = algorithm;
  }

  /** Itself, with its times, signature and extensions. @throws {import("./broken.js").Broken} */
  checked() {
    const { parts, signature } = this.#parts;
    const [from, to] = sequence(parts[3], 2);
    must(isSame(parts[1].whole, this.#algorithm.whole), "certificate");
    this.from = from.time;
    this.to = to.time;
    this.#signature = signature.bits;
    const extensions = parts.slice(6).find((field) => field.tag === 0xa3);
    if (extensions && !this.#extensions.size) this.#readExtensions(extensions);
    return this;
  }

  /** @param {import("./der.js").Der} extensions */
  #readExtensions(extensions) {
    for (const extension of sequence(extensions.children[0])) {
      const parts = sequence(extension, 2);
      const isCritical = parts.length === 3 && parts[1].content[0] !== 0;
      const id = parts[0].oid;
      must(!this.#extensions.has(id) && (!isCritical || KNOWN.has(id)), "certificate");
      if (isCritical) this.#critical.add(id);
      this.#extensions.set(id, parts[parts.length - 1].content);
    }
  }

  /** Purposes of the extended usage; null if it has none. @returns {string[] | null} */
  get purposes() {
    const bytes = this.#extensions.get(EXTENDED_USAGE);
    return bytes ? sequence(readDer(bytes)).map((purpose) => purpose.oid) : null;
  }

  /** May it sign seals? As OpenSSL's purpose smimesign: no purpose at all, or mail among them. */
  get maySeal() {
    return this.mayBeUsed(0, 1) && this.maySealBelow;
  }

  /** May certificates below it sign seals? */
  get maySealBelow() {
    return this.purposes?.includes(EMAIL) ?? true;
  }

  /** May it stamp times? As OpenSSL's purpose timestampsign: that purpose alone, critical, and no use of the key but signing. */
  get mayStamp() {
    const { purposes } = this;
    return purposes?.length === 1 && purposes[0] === TIME_STAMPING && this.#critical.has(EXTENDED_USAGE) && this.mayBeUsed(0, 1) && !this.#isUsedFor(2, 3, 4, 5, 6, 7, 8);
  }

  /** How many authorities may stand between it and a leaf. */
  get pathLength() {
    const bytes = this.#extensions.get(CONSTRAINTS);
    const [, length] = bytes ? sequence(readDer(bytes)) : [];
    return length?.number ?? Infinity;
  }

  get isSelfIssued() {
    return isSame(this.issuer, this.subject);
  }

  /** @returns {Uint8Array | null} */
  get subjectKey() {
    const bytes = this.#extensions.get(SUBJECT_KEY);
    return bytes ? readDer(bytes, Tag.OCTET_STRING).content : null;
  }

  get isAuthority() {
    const bytes = this.#extensions.get(CONSTRAINTS);
    const [ca] = bytes ? sequence(readDer(bytes)) : [];
    return ca?.tag === Tag.BOOLEAN && ca.content[0] !== 0;
  }

  /** True if it names no usage, or one of these bits. @param {...number} bits  of RFC 5280 4.2.1.3 */
  mayBeUsed(...bits) {
    return !this.#extensions.has(KEY_USAGE) || this.#isUsedFor(...bits);
  }

  /** @param {...number} bits */
  #isUsedFor(...bits) {
    const bytes = this.#extensions.get(KEY_USAGE);
    if (!bytes) return false;
    const usage = readDer(bytes, Tag.BIT_STRING).content;
    return bits.some((bit) => ((usage[1 + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1);
  }

  /** The common name, for people; "" if there is none. */
  get name() {
    for (const part of sequence(readDer(this.subject))) {
      for (const pair of part.children) {
        const [type, value] = sequence(pair, 2);
        if (type.oid === "2.5.4.3") return readText(value.content);
      }
    }
    return "";
  }

  /** @param {Certificate} issuer */
  async isSignedBy(issuer) {
    if (!isSame(this.issuer, issuer.subject) || !issuer.isAuthority || !issuer.mayBeUsed(5)) return false;
    return verifySignature(issuer.spki, this.#algorithm, "SHA-256", this.#signature, this.#signed);
  }

  /** @param {number} atMs */
  isValidAt(atMs) {
    return this.from <= atMs && atMs <= this.to;
  }
}

/** What stands around the blocks of a PEM file may be any bytes. @param {Uint8Array} bytes */
const latin1 = (bytes) => new TextDecoder("latin1").decode(bytes);

/** The certificates of a PEM file. @param {Uint8Array} pem */
export function readCertificates(pem) {
  return readPem(latin1(pem)).filter(({ label }) => label === "CERTIFICATE").map(({ bytes }) => new Certificate(bytes).checked());
}

/**
 * Follows a certificate up to a root: a certificate of an authority that signed itself. One that is itself among the roots
 * is no signer.
 * @param {Certificate} leaf
 * @param {Certificate[]} others  that came with the signature
 * @param {Certificate[]} roots
 * @param {number} atMs  when the signature was made; all of them must have been valid
 * @param {(authority: Certificate) => boolean} [isFit]  what every authority must be
 * @throws {import("./broken.js").Broken} "chain", "expired"
 */
export async function mustLeadToRoot(leaf, others, roots, atMs, isFit = () => true) {
  must(!isAmong(roots, leaf), "chain", { name: leaf.name });
  let at = leaf;
  for (let i = 0, between = 0; i < CHAIN_MAX; i++) {
    must(at.isValidAt(atMs), "expired", { name: at.name });
    if (isAmong(roots, at) && (await at.isSignedBy(at))) return;
    const issuer = await findIssuer(at, [...roots, ...others]);
    must(issuer && isFit(issuer) && issuer.pathLength >= between, "chain", { name: at.name });
    if (!issuer.isSelfIssued) between++;
    at = issuer;
  }
  must(false, "chain", { name: at.name });
}

/** @param {Certificate[]} all @param {Certificate} one */
const isAmong = (all, one) => all.some((each) => isSame(each.whole, one.whole));

/** @param {Certificate} certificate @param {Certificate[]} all */
async function findIssuer(certificate, all) {
  for (const candidate of all) {
    if (!isSame(candidate.whole, certificate.whole) && (await certificate.isSignedBy(candidate))) return candidate;
  }
  return null;
}

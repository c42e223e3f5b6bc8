/**
 * cms: signatures of RFC 5652 with the attributes of CAdES-BES (docs/EVIDENCE.md section 7), and time stamps of
 * RFC 3161 (8.3). One signer; signed attributes; SHA-256 or stronger.
 */
import { Certificate, HASHES, PSS, mustLeadToRoot, verifySignature } from "./certificate.js";
import { must } from "./broken.js";
import { Tag, readDer, sequence } from "./der.js";
import { concat, isSame, plain } from "./bytes.js";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const DATA = "1.2.840.113549.1.7.1";
const TOKEN_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_TIME = "1.2.840.113549.1.9.5";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
const { subtle } = globalThis.crypto;

/** @param {string} hash @param {Uint8Array} bytes */
const digest = async (hash, bytes) => new Uint8Array(await subtle.digest(hash, plain(bytes)));

/** @typedef {import("./der.js").Der} Der */

/** An algorithm, named without a parameter but for PSS (RFC 5754). @param {Der} algorithm @returns {string} its object identifier */
function plainId(algorithm) {
  const [id, parameter] = sequence(algorithm, 1);
  must(!parameter || id.oid === PSS || (parameter.tag === Tag.NULL && !parameter.content.length), "cms");
  return id.oid;
}

/** Parts of a SignedData. */
class SignedData {
  type;
  /** What was signed, if it is inside. */
  content = /** @type {Uint8Array | null} */ (null);
  certificates = /** @type {Certificate[]} */ ([]);
  signer;
  #hashes;

  /** @param {Uint8Array} der  ContentInfo */
  constructor(der) {
    const [type, wrapped] = sequence(readDer(der), 2);
    must(type.oid === SIGNED_DATA && wrapped.tag === 0xa0 && wrapped.children.length === 1, "cms");
    const fields = sequence(wrapped.children[0], 4);
    const [contentType, content] = sequence(fields[2], 1);
    must(fields[0].tag === Tag.INTEGER && fields[1].tag === Tag.SET && (!content || content.tag === 0xa0), "cms");
    this.type = contentType.oid;
    if (content) this.content = readDer(content.content, Tag.OCTET_STRING).content;
    const certificates = fields.find((field, i) => i > 2 && field.tag === 0xa0);
    for (const each of certificates?.children ?? []) {
      if (each.tag === Tag.SEQUENCE) this.certificates.push(new Certificate(each.whole));
    }
    const signers = fields[fields.length - 1];
    must(signers.tag === Tag.SET && signers.children.length === 1, "cms");
    this.signer = new Signer(signers.children[0]);
    this.#hashes = fields[1].children.map(plainId);
  }

  /** What the signer does not sign must fit him all the same. @throws {import("./broken.js").Broken} */
  mustFit() {
    must(this.#hashes.includes(this.signer.hashId), "cms");
    for (const each of this.certificates) each.checked();
  }

  /** The certificate that the signer names. */
  get certificate() {
    const found = this.certificates.find((certificate) => this.signer.isOf(certificate));
    must(found, "cms_certificate");
    return found;
  }
}

/** Parts of a SignerInfo. */
class Signer {
  hashId;
  #id;
  #hash;
  #algorithm;
  #signature;
  #signedBytes;
  #attributes = /** @type {Map<string, Der>} */ (new Map());

  /** @param {Der} info */
  constructor(info) {
    const [version, id, hash, attributes, algorithm, signature] = sequence(info, 6);
    must(version.tag === Tag.INTEGER && attributes.tag === 0xa0 && signature.tag === Tag.OCTET_STRING, "cms");
    this.#id = id;
    this.hashId = plainId(hash);
    this.#hash = HASHES.get(this.hashId);
    plainId(algorithm);
    this.#algorithm = algorithm;
    this.#signature = signature.content;
    this.#signedBytes = concat(Uint8Array.of(Tag.SET), attributes.whole.subarray(1)); /* RFC 5652 5.4 */
    for (const attribute of attributes.children) {
      const [type, values] = sequence(attribute, 2);
      must(values.tag === Tag.SET && values.children.length === 1 && !this.#attributes.has(type.oid), "cms");
      this.#attributes.set(type.oid, values.children[0]);
    }
  }

  /** @param {Certificate} certificate */
  isOf(certificate) {
    if (this.#id.tag === 0x80) return certificate.subjectKey !== null && isSame(this.#id.content, certificate.subjectKey);
    const [issuer, serial] = sequence(this.#id, 2);
    return isSame(issuer.whole, certificate.issuer) && serial.tag === Tag.INTEGER && isSame(serial.content, certificate.serial);
  }

  get timeMs() {
    return this.#attributes.get(SIGNING_TIME)?.time ?? null;
  }

  /**
   * @param {string} type @param {Uint8Array} content @param {Certificate} certificate
   * @throws {import("./broken.js").Broken} "cms_digest", "cms_certificate", "cms_signature"
   */
  async mustHold(type, content, certificate) {
    must(this.#hash, "algorithm");
    const contentType = this.#attributes.get(CONTENT_TYPE);
    const expected = this.#attributes.get(MESSAGE_DIGEST);
    must(contentType?.oid === type && expected?.tag === Tag.OCTET_STRING, "cms");
    must(isSame(expected.content, await digest(this.#hash, content)), "cms_digest");
    await this.#mustName(certificate);
    const holds = await verifySignature(certificate.spki, this.#algorithm, this.#hash, this.#signature, this.#signedBytes);
    must(holds, "cms_signature");
  }

  /** The signed attributes name the certificate, so that no other with the same key can be put in its place. @param {Certificate} certificate */
  async #mustName(certificate) {
    const second = this.#attributes.get(SIGNING_CERTIFICATE_V2);
    const named = second ?? this.#attributes.get(SIGNING_CERTIFICATE);
    must(named, "cms_certificate");
    const parts = sequence(sequence(sequence(named, 1)[0], 1)[0], 1);
    const hasHash = second && parts[0].tag === Tag.SEQUENCE;
    const hash = hasHash ? HASHES.get(sequence(parts[0], 1)[0].oid) : second ? "SHA-256" : "SHA-1";
    must(hash, "algorithm");
    must(isSame(parts[hasHash ? 1 : 0].content, await digest(hash, certificate.whole)), "cms_certificate");
  }
}

/**
 * The public key of the one who signed, without any check: SubjectPublicKeyInfo.
 * @param {Uint8Array} p7s
 */
export function signerKey(p7s) {
  return new SignedData(p7s).certificate.spki;
}

/**
 * Checks a detached signature.
 * @param {Uint8Array} p7s  DER
 * @param {Uint8Array} content
 * @param {Certificate[]} roots
 * @returns {Promise<{ name: string, timeMs: number }>}  of the signer's certificate; when he says he signed
 * @throws {import("./broken.js").Broken}
 */
export async function verifyCms(p7s, content, roots) {
  const signed = new SignedData(p7s);
  must(signed.type === DATA && signed.content === null, "cms");
  signed.mustFit();
  const { certificate, signer } = signed;
  must(certificate.maySeal, "usage");
  must(signer.timeMs !== null, "cms");
  await signer.mustHold(DATA, content, certificate);
  await mustLeadToRoot(certificate, signed.certificates, roots, signer.timeMs, (authority) => authority.maySealBelow);
  return { name: certificate.name, timeMs: signer.timeMs };
}

/**
 * Checks an RFC 3161 response.
 * @param {Uint8Array} tsr  DER, TimeStampResp
 * @param {Uint8Array} content  that was stamped
 * @param {Certificate[]} roots
 * @param {Uint8Array} notary  SubjectPublicKeyInfo of the one who sealed: he cannot stamp it himself
 * @returns {Promise<{ name: string, timeMs: number }>}  the authority; its time
 * @throws {import("./broken.js").Broken}
 */
export async function verifyTimeStamp(tsr, content, roots, notary) {
  const [status, token] = sequence(readDer(tsr), 1);
  must(sequence(status, 1)[0].number <= 1 && token, "stamp_status");
  const signed = new SignedData(token.whole);
  must(signed.type === TOKEN_INFO && signed.content, "cms");
  signed.mustFit();
  const info = sequence(readDer(signed.content), 5);
  const [hash, imprint] = sequence(info[2], 2);
  must(HASHES.get(sequence(hash, 1)[0].oid) === "SHA-256", "algorithm");
  must(isSame(imprint.content, await digest("SHA-256", content)), "stamp_other");
  const { certificate, signer } = signed;
  must(certificate.mayStamp, "usage");
  must(!signed.certificates.some(({ spki }) => isSame(spki, notary)), "stamp_own");
  await signer.mustHold(TOKEN_INFO, signed.content, certificate);
  await mustLeadToRoot(certificate, signed.certificates, roots, info[4].time);
  return { name: certificate.name, timeMs: info[4].time };
}


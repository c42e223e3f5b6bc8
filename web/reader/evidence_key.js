/**
 * evidence_key: the bank's evidence key, read in the page and never sent anywhere: PKCS#8 in PEM, in clear or under a
 * passphrase as `openssl genpkey -aes-256-cbc` writes it (PBES2, PBKDF2 with HMAC-SHA-256, AES-256-CBC; RFC 8018).
 * Opens key.wrapped (docs/EVIDENCE.md section 5). Knows no page.
 */
import { Broken, must } from "./broken.js";
import { Tag, readDer, readPem, sequence } from "./der.js";
import { plain, utf8 } from "./bytes.js";

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const HMAC_SHA256 = "1.2.840.113549.2.9";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";
const ITERATIONS_MAX = 10_000_000;
const CONTENT_KEY_BYTES = 32;
const { subtle } = globalThis.crypto;

/** @param {string} pem */
function blockOf(pem) {
  const block = readPem(pem).find(({ label }) => label === "PRIVATE KEY" || label === "ENCRYPTED PRIVATE KEY");
  must(block, "pem_key");
  return block;
}

/** True if a passphrase is needed. @param {string} pem @throws {Broken} "pem", "pem_key" */
export const isEncrypted = (pem) => blockOf(pem).label === "ENCRYPTED PRIVATE KEY";

/** Salt and iterations of PBKDF2. @param {import("./der.js").Der} algorithm */
function readDerivation(algorithm) {
  const [oid, params] = sequence(algorithm, 2);
  must(oid.oid === PBKDF2, "pem_cipher");
  const [salt, iterations, ...rest] = sequence(params, 2);
  must(salt.tag === Tag.OCTET_STRING && iterations.number > 0 && iterations.number <= ITERATIONS_MAX, "pem_cipher");
  const prf = rest.find((value) => value.tag === Tag.SEQUENCE);
  must(prf && sequence(prf, 1)[0].oid === HMAC_SHA256, "pem_cipher");
  return { salt: salt.content, iterations: iterations.number };
}

/** PKCS#8 in clear out of EncryptedPrivateKeyInfo. @param {Uint8Array} der @param {string} passphrase */
async function decrypt(der, passphrase) {
  const [algorithm, bytes] = sequence(readDer(der), 2);
  const [oid, params] = sequence(algorithm, 2);
  must(oid.oid === PBES2, "pem_cipher");
  const [derivation, cipher] = sequence(params, 2);
  const { salt, iterations } = readDerivation(derivation);
  const [cipherId, iv] = sequence(cipher, 2);
  must(cipherId.oid === AES_256_CBC && iv.content.length === 16, "pem_cipher");
  const secret = await subtle.importKey("raw", plain(utf8(passphrase)), "PBKDF2", false, ["deriveKey"]);
  const kdf = { name: "PBKDF2", hash: "SHA-256", salt: plain(salt), iterations };
  const key = await subtle.deriveKey(kdf, secret, { name: "AES-CBC", length: 256 }, false, ["decrypt"]);
  try {
    return new Uint8Array(await subtle.decrypt({ name: "AES-CBC", iv: plain(iv.content) }, key, plain(bytes.content)));
  } catch {
    throw new Broken("passphrase");
  }
}

/**
 * The private key of a PEM file; it cannot be taken out of the browser's memory again.
 * @param {string} pem
 * @param {string} [passphrase]  as typed
 * @returns {Promise<CryptoKey>}
 * @throws {Broken} "pem", "pem_key": no private key; "pem_cipher": protected in another way; "passphrase": wrong
 */
export async function readEvidenceKey(pem, passphrase = "") {
  const { label, bytes } = blockOf(pem);
  const isLocked = label === "ENCRYPTED PRIVATE KEY";
  const pkcs8 = isLocked ? await decrypt(bytes, passphrase) : bytes;
  try {
    return await subtle.importKey("pkcs8", plain(pkcs8), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["decrypt"]);
  } catch {
    throw new Broken(isLocked ? "passphrase" : "pem_key"); /* by chance the padding of a wrong passphrase may look right */
  }
}

/**
 * The content key out of key.wrapped.
 * @param {CryptoKey} key
 * @param {Uint8Array} wrapped
 * @returns {Promise<Uint8Array>}  32 bytes
 * @throws {Broken} "wrapped": made for another key, or damaged
 */
export async function unwrap(key, wrapped) {
  let content;
  try {
    content = new Uint8Array(await subtle.decrypt({ name: "RSA-OAEP" }, key, plain(wrapped)));
  } catch {
    throw new Broken("wrapped");
  }
  must(content.length === CONTENT_KEY_BYTES, "wrapped");
  return content;
}

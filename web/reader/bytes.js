/** bytes: small helpers of this folder over web/shared. */
import { sha256, toHex } from "../shared/sealing.js";

export { fromHex, sha256, toHex } from "../shared/sealing.js";
export { concat } from "../shared/wire.js";

/** SHA-256 as 64 digits. @param {...Uint8Array} parts */
export async function sha256Hex(...parts) {
  return toHex(await sha256(...parts));
}

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array} a @param {Uint8Array} b */
export const isSame = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** A copy that WebCrypto takes. @param {Uint8Array} bytes */
export const plain = (bytes) => /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

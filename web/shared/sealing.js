/**
 * sealing: keys between agent and viewer that the gateway never has (docs/PROTOCOL.md section 5).
 * WebCrypto only; also runs in Node.js for the tests.
 */
import { ProtocolError, TAG_BYTES, concat, writeHeader } from "./wire.js";

const COUNTER_MAX = 0xffffffff;
const utf8 = new TextEncoder();
const { subtle } = globalThis.crypto;

/** @param {Uint8Array} bytes */
const buffer = (bytes) => /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** @param {...Uint8Array} parts */
export async function sha256(...parts) {
  return new Uint8Array(await subtle.digest("SHA-256", buffer(concat(...parts))));
}

/** @param {string} hex */
export function fromHex(hex) {
  if (!/^([0-9a-f]{2})*$/.test(hex)) throw new ProtocolError("not hexadecimal");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function isSame(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** @param {Uint8Array} ikm @param {Uint8Array} salt @param {string} info @param {number} bytes */
async function hkdf(ikm, salt, info, bytes) {
  const key = await subtle.importKey("raw", buffer(ikm), "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: buffer(salt), info: buffer(utf8.encode(info)) };
  return new Uint8Array(await subtle.deriveBits(params, key, bytes * 8));
}

/** @param {Uint8Array} raw */
function importAes(raw) {
  return subtle.importKey("raw", buffer(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Nonce of a frame. @param {"A>V" | "V>A"} direction @param {number} seq */
function nonce(direction, seq) {
  const out = new Uint8Array(12);
  out.set(utf8.encode(direction));
  new DataView(out.buffer).setUint32(8, seq);
  return out;
}

/** @param {CryptoKey} key @param {Uint8Array} iv @param {Uint8Array} header @param {Uint8Array} payload */
async function open(key, iv, header, payload) {
  try {
    const params = { name: "AES-GCM", iv: buffer(iv), additionalData: buffer(header) };
    return new Uint8Array(await subtle.decrypt(params, key, buffer(payload)));
  } catch {
    throw new ProtocolError("a sealed frame does not open");
  }
}

/**
 * The keys of one session as the viewer holds them. Counters only grow; a frame that repeats one closes.
 */
export class Sealer {
  #receiveKey;
  #sendKey;
  #received = 0;
  #sent = 0;

  /**
   * @param {CryptoKey} receiveKey  K_av @param {CryptoKey} sendKey  K_va
   * @param {number} [received]  last counter of the agent seen under an earlier agreement: it goes on through all of them
   */
  constructor(receiveKey, sendKey, received = 0) {
    this.#receiveKey = receiveKey;
    this.#sendKey = sendKey;
    this.#received = received;
  }

  /** Last counter that was received. */
  get received() {
    return this.#received;
  }

  /**
   * Opens a sealed frame. Call in the order of arrival; the counter is checked at once.
   * @param {import("./wire.js").Frame} frame
   */
  open(frame) {
    if (!frame.sealed || frame.seq <= this.#received) throw new ProtocolError(`counter ${frame.seq}`);
    this.#received = frame.seq;
    return open(this.#receiveKey, nonce("A>V", frame.seq), frame.header, frame.payload);
  }

  /**
   * Seals a frame; the counter is taken at once, so frames must be sent in the order of the calls.
   * @param {number} kind @param {Uint8Array} plain @param {number} [grant]
   */
  async seal(kind, plain, grant = 0) {
    if (this.#sent === COUNTER_MAX) throw new ProtocolError("counter used up");
    const seq = ++this.#sent;
    const header = writeHeader(kind, plain.length + TAG_BYTES, { sealed: true, seq, grant });
    const params = { name: "AES-GCM", iv: buffer(nonce("V>A", seq)), additionalData: buffer(header) };
    return concat(header, new Uint8Array(await subtle.encrypt(params, this.#sendKey, buffer(plain))));
  }
}

/**
 * One agreement on keys with the agent (section 5.1). Use once: start(), then reveal(), then secret().
 */
export class Pairing {
  #session;
  #words;
  #pair = /** @type {CryptoKeyPair | null} */ (null);
  #commitment = /** @type {Uint8Array | null} */ (null);
  #answer = new Uint8Array(0);
  #wrapKey = /** @type {CryptoKey | null} */ (null);
  #sendKey = /** @type {CryptoKey | null} */ (null);

  /** @param {string} session  32 hexadecimal digits @param {string[]} words  the 2,048 words */
  constructor(session, words) {
    this.#session = fromHex(session);
    this.#words = words;
  }

  /** Takes PAIR_COMMIT; returns the payload of PAIR_KEY. @param {Uint8Array} commitment */
  async answer(commitment) {
    if (this.#commitment || commitment.length !== 32) throw new ProtocolError("commitment");
    this.#commitment = commitment.slice();
    this.#pair = /** @type {CryptoKeyPair} */ (
      await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"])
    );
    const point = new Uint8Array(await subtle.exportKey("raw", this.#pair.publicKey));
    this.#answer = concat(point, crypto.getRandomValues(new Uint8Array(32)));
    return this.#answer;
  }

  /**
   * Takes PAIR_REVEAL: checks the commitment, derives the keys.
   * @param {Uint8Array} reveal  162 bytes
   * @returns {Promise<{ words: string, sign: string }>}  two words joined by a space; the agent's signing point
   */
  async reveal(reveal) {
    if (!this.#commitment || !this.#pair || reveal.length !== 162) throw new ProtocolError("reveal");
    const point = reveal.subarray(0, 65);
    const expected = await sha256(utf8.encode("guichet/1 commit"), reveal);
    if (!isSame(expected, this.#commitment)) throw new ProtocolError("the commitment does not hold");
    const label = utf8.encode("guichet/1 transcript");
    const transcript = await sha256(label, this.#session, reveal, this.#answer);
    const z = await this.#agree(point);
    this.#wrapKey = await importAes(await hkdf(z, transcript, "guichet/1 wrap", 32));
    this.#sendKey = await importAes(await hkdf(z, transcript, "guichet/1 viewer to agent", 32));
    const w = await hkdf(transcript, new Uint8Array(32), "guichet/1 words", 4);
    const n = new DataView(w.buffer).getUint32(0);
    const words = `${this.#words[n >>> 21]} ${this.#words[(n >>> 10) & 2047]}`;
    return { words, sign: toHex(reveal.subarray(97)) };
  }

  /** Takes PAIR_SECRET. @param {import("./wire.js").Frame} frame @param {number} [received]  see {@link Sealer} */
  async secret(frame, received) {
    if (!this.#wrapKey || !this.#sendKey) throw new ProtocolError("secret before reveal");
    const key = await open(this.#wrapKey, new Uint8Array(12), frame.header, frame.payload);
    if (key.length !== 32) throw new ProtocolError("secret");
    return new Sealer(await importAes(key), this.#sendKey, received);
  }

  /** @param {Uint8Array} point */
  async #agree(point) {
    try {
      const params = { name: "ECDH", namedCurve: "P-256" };
      const peer = await subtle.importKey("raw", buffer(point), params, false, []);
      const pair = /** @type {CryptoKeyPair} */ (this.#pair);
      return new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: peer }, pair.privateKey, 256));
    } catch {
      throw new ProtocolError("not a point of the curve");
    }
  }
}

/** The 2,048 words out of their file. @param {string} text */
export function readWords(text) {
  const words = text.trim().split("\n");
  if (words.length !== 2048) throw new Error(`${words.length} words`);
  return words;
}


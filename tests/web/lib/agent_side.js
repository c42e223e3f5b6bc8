/**
 * agent_side: the agent's half of docs/PROTOCOL.md sections 5 to 7, written a second time for the tests:
 * only node:crypto, nothing of web/.
 */
import {
  createCipheriv, createDecipheriv, createECDH, createHash, generateKeyPairSync, hkdfSync, randomBytes, sign,
} from "node:crypto";

export const ZEROS = "0".repeat(64);

/** @param {...(Buffer | Uint8Array | string)} parts */
export function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** @param {number} kind @param {number} length @param {{ flags?: number, seq?: number, grant?: number }} [fields] */
export function header(kind, length, { flags = 0, seq = 0, grant = 0 } = {}) {
  const out = Buffer.alloc(16);
  out.writeUInt8(1, 0);
  out.writeUInt8(kind, 1);
  out.writeUInt16BE(flags, 2);
  out.writeUInt32BE(length, 4);
  out.writeUInt32BE(seq, 8);
  out.writeUInt32BE(grant, 12);
  return out;
}

/** @param {number} kind @param {Buffer | Uint8Array} [payload] @param {number} [grant] */
export function frame(kind, payload = Buffer.alloc(0), grant = 0) {
  return Buffer.concat([header(kind, payload.length, { grant }), payload]);
}

/** @param {number} kind @param {object} value */
export function jsonFrame(kind, value) {
  return frame(kind, Buffer.from(JSON.stringify(value)));
}

/** @param {Buffer} bytes  one whole frame */
export function parse(bytes) {
  return {
    kind: bytes[1], flags: bytes.readUInt16BE(2), seq: bytes.readUInt32BE(8), grant: bytes.readUInt32BE(12),
    header: bytes.subarray(0, 16), payload: bytes.subarray(16),
  };
}

/** An ArrayBuffer of its own, as a WebSocket hands it out. @param {Uint8Array} bytes */
export function arrayBuffer(bytes) {
  return Uint8Array.from(bytes).buffer;
}

/** @param {string} direction @param {number} seq */
function nonce(direction, seq) {
  const out = Buffer.alloc(12);
  out.write(direction, 0, "latin1");
  out.writeUInt32BE(seq, 8);
  return out;
}

/** @param {Buffer} key @param {Buffer} iv @param {Buffer} aad @param {Buffer | Uint8Array} plain */
function encrypt(key, iv, aad, plain) {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The point of a P-256 key. Not as JWK: Node.js 18 can lock itself up in that. @param {import("node:crypto").KeyObject} key */
const pointOf = (key) => key.export({ type: "spki", format: "der" }).subarray(-65);

export class AgentSide {
  #ecdh = createECDH("prime256v1");
  #signing = generateKeyPairSync("ec", { namedCurve: "P-256" });
  #point = pointOf(this.#signing.publicKey);
  #nonce = randomBytes(32);
  #words;
  #session;
  #contentKey = randomBytes(32);
  #agentKey = randomBytes(32); /* of no agreement yet */
  #transcript = Buffer.alloc(0);
  #wrapKey = Buffer.alloc(0);
  #viewerKey = Buffer.alloc(0);
  #sent = 0;
  #lines = 0;
  #prev = ZEROS;
  spoken = "";

  /** @param {string} session @param {string[]} words */
  constructor(session, words) {
    this.#session = session;
    this.#words = words;
    this.#ecdh.generateKeys();
  }

  /** Takes the session's number when it is known only after the keys were made. @param {string} session */
  join(session) {
    this.#session = session;
  }

  /** The signing point, 65 bytes. */
  get point() {
    return this.#point;
  }

  get sign() {
    return this.point.toString("hex");
  }

  /** What a `paired` line says of this agreement. */
  get paired() {
    return {
      event: "paired", seq: this.#sent, transcript: this.#transcript.toString("hex"), words: sha256(this.spoken).toString("hex"),
    };
  }

  /** Payload of PAIR_REVEAL. */
  reveal() {
    return Buffer.concat([this.#ecdh.getPublicKey(), this.#nonce, this.point]);
  }

  /** Payload of PAIR_COMMIT. */
  commit() {
    return sha256("guichet/1 commit", this.reveal());
  }

  /** Takes the payload of PAIR_KEY. @param {Uint8Array} key */
  agree(key) {
    const transcript = sha256("guichet/1 transcript", Buffer.from(this.#session, "hex"), this.reveal(), key);
    this.#transcript = transcript;
    this.#agentKey = Buffer.from(hkdfSync("sha256", this.#contentKey, transcript, "guichet/1 agent to viewer", 32));
    const z = this.#ecdh.computeSecret(key.subarray(0, 65));
    this.#wrapKey = Buffer.from(hkdfSync("sha256", z, transcript, "guichet/1 wrap", 32));
    this.#viewerKey = Buffer.from(hkdfSync("sha256", z, transcript, "guichet/1 viewer to agent", 32));
    const w = Buffer.from(hkdfSync("sha256", transcript, Buffer.alloc(32), "guichet/1 words", 4)).readUInt32BE(0);
    this.spoken = `${this.#words[Math.floor(w / 2 ** 21) % 2048]} ${this.#words[Math.floor(w / 2 ** 10) % 2048]}`;
  }

  /** The whole PAIR_SECRET frame. */
  secret() {
    const head = header(0x24, 48, { flags: 1 });
    return Buffer.concat([head, encrypt(this.#wrapKey, Buffer.alloc(12), head, this.#agentKey)]);
  }

  /** A sealed frame. @param {number} kind @param {Buffer | Uint8Array} plain @param {number} [grant] */
  seal(kind, plain, grant = 0) {
    const seq = ++this.#sent;
    const head = header(kind, plain.length + 16, { flags: 1, seq, grant });
    return Buffer.concat([head, encrypt(this.#agentKey, nonce("A>V\0", seq), head, plain)]);
  }

  /** The plain text of a sealed frame from the viewer; throws if it does not open. @param {Buffer} bytes */
  open(bytes) {
    const { header: head, seq, payload } = parse(bytes);
    const decipher = createDecipheriv("aes-256-gcm", this.#viewerKey, nonce("V>A\0", seq));
    decipher.setAAD(head);
    decipher.setAuthTag(payload.subarray(-16));
    return Buffer.concat([decipher.update(payload.subarray(0, -16)), decipher.final()]);
  }

  /**
   * The next line of the chain, signed: payload of a CONSENT frame.
   * @param {Record<string, unknown>} event  @param {Record<string, unknown>} [wrong]  overrides, for attacks
   */
  line(event, wrong = {}) {
    const all = {
      boot_ms: 1000 + this.#lines, n: this.#lines, prev: this.#prev, session: this.#session, wall_ms: 1764000000000,
      ...event, ...wrong,
    };
    const line = JSON.stringify(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))));
    this.#lines++;
    this.#prev = sha256(line).toString("hex");
    return this.signed(line);
  }

  /** @param {string} line */
  signed(line) {
    const sig = sign("sha256", Buffer.from(line), { key: this.#signing.privateKey, dsaEncoding: "ieee-p1363" });
    return Buffer.from(JSON.stringify({ line, sig: sig.toString("hex") }));
  }
}

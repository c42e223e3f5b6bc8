/**
 * recording: chunks of sealed frames (docs/EVIDENCE.md section 6), the key that opens them, and the frames in clear.
 * Knows no page and no network: lecteur.html and the office's replay use it alike.
 */
import { Broken, must } from "./broken.js";
import { fromHex, isSame, plain, sha256, sha256Hex, toHex, utf8 } from "./bytes.js";
import { HEADER_BYTES, Kind, readFrame } from "../shared/wire.js";

const MAGIC = utf8("GUICHETR");
const CHUNK_HEAD = 64;
const KINDS = new Set(/** @type {number[]} */ ([Kind.PICTURE, Kind.CURSOR, Kind.SCREENS, Kind.NOTICE, Kind.CHAT]));
const { subtle } = globalThis.crypto;

/**
 * @typedef {import("../shared/wire.js").Frame & { ms: number }} SealedFrame  ms: after from_ms of its chunk
 * @typedef {{ atMs: number, kind: number, plain: Uint8Array }} OpenFrame  wall clock of the gateway; layouts of PROTOCOL.md 7
 */

/**
 * @typedef {Object} Chunk
 * @property {string} session
 * @property {number} number  from 1
 * @property {number} fromMs
 * @property {number} toMs
 * @property {SealedFrame[]} frames
 */

/** File name of a chunk in a bundle. @param {number} n  from 1 */
export const chunkName = (n) => `chunks/${String(n).padStart(6, "0")}`;

/**
 * Takes a chunk apart.
 * @param {Uint8Array} bytes
 * @returns {Chunk}
 * @throws {Broken} "chunk": not as 6.1 says
 */
export function readChunk(bytes) {
  must(bytes.length >= CHUNK_HEAD && isSame(bytes.subarray(0, MAGIC.length), MAGIC), "chunk");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const time = (/** @type {number} */ at) => {
    const ms = view.getBigUint64(at);
    must(ms <= 2n ** 53n, "chunk");
    return Number(ms);
  };
  const chunk = { session: toHex(bytes.subarray(8, 24)), number: view.getUint32(24), fromMs: time(32), toMs: time(40), frames: readFrames(bytes, view) };
  must(chunk.frames.length === view.getUint32(28) && chunk.fromMs <= chunk.toMs, "chunk");
  must(chunk.frames.every((frame) => chunk.fromMs + frame.ms <= chunk.toMs), "chunk");
  return chunk;
}

/** @param {Uint8Array} bytes @param {DataView} view */
function readFrames(bytes, view) {
  const frames = /** @type {SealedFrame[]} */ ([]);
  for (let at = CHUNK_HEAD; at < bytes.length;) {
    must(at + 4 + HEADER_BYTES <= bytes.length, "chunk");
    const ms = view.getUint32(at);
    const end = at + 4 + HEADER_BYTES + view.getUint32(at + 8);
    must(end <= bytes.length, "chunk");
    frames.push({ ...sealedFrame(bytes.subarray(at + 4, end)), ms });
    must(frames.length < 2 || ms >= frames[frames.length - 2].ms, "chunk");
    at = end;
  }
  return frames;
}

/** @param {Uint8Array} bytes */
function sealedFrame(bytes) {
  let frame;
  try {
    frame = readFrame(plain(bytes));
  } catch {
    throw new Broken("chunk");
  }
  must(frame.sealed && frame.seq > 0 && KINDS.has(frame.kind), "chunk");
  return frame;
}

/** The root of a recording (6.4). @param {string[]} hashes  of the chunks, in order */
export function recordingRoot(hashes) {
  return sha256Hex(utf8(hashes.map((hash, i) => `${hash}  ${chunkName(i + 1)}\n`).join("")));
}

/**
 * The content key in a file content.key, or in digits.
 * @param {string} text
 * @returns {Uint8Array}  32 bytes
 * @throws {Broken} "content_form"
 */
export function readContentKey(text) {
  must(/^[0-9a-f]{64}\n?$/.test(text), "content_form");
  return fromHex(text.trim());
}

/** True if this is the key that the agent's line `open` speaks of (3). @param {Uint8Array} key @param {string} keyCheck */
export async function isContentKey(key, keyCheck) {
  return toHex(await sha256(utf8("guichet/1 content key"), key)) === keyCheck;
}

/** @param {number} seq */
function nonceOf(seq) {
  const out = new Uint8Array(12);
  out.set(utf8("A>V"));
  new DataView(out.buffer).setUint32(8, seq);
  return out;
}

/**
 * The agreements of a session (section 5): up to which counter frames were sealed before each, and its transcript.
 * @typedef {{ seq: number, transcript: string }} Agreement
 */

/** Agreements out of what the agent signed. @param {{ fields: any }[]} signed  lines in order @returns {Agreement[]} */
export function agreementsOf(signed) {
  return signed.map(({ fields }) => fields).filter(({ event }) => event === "paired").map(({ seq, transcript }) => ({ seq, transcript }));
}

/** Opens the frames of one recording. */
export class Opener {
  #keys;

  /** @param {{ seq: number, key: CryptoKey }[]} keys  with growing counters */
  constructor(keys) {
    this.#keys = keys;
  }

  /**
   * @param {Uint8Array} contentKey  32 bytes
   * @param {Agreement[]} agreements
   */
  static async with(contentKey, agreements) {
    const master = await subtle.importKey("raw", plain(contentKey), "HKDF", false, ["deriveKey"]);
    const keys = await Promise.all(agreements.map(async ({ seq, transcript }) => {
      const kdf = { name: "HKDF", hash: "SHA-256", salt: plain(fromHex(transcript)), info: plain(utf8("guichet/1 agent to viewer")) };
      return { seq, key: await subtle.deriveKey(kdf, master, { name: "AES-GCM", length: 256 }, false, ["decrypt"]) };
    }));
    return new Opener(keys);
  }

  /** @param {number} seq */
  #keyOf(seq) {
    return this.#keys.findLast((each) => each.seq < seq)?.key ?? null;
  }

  /**
   * The frames of one chunk in clear.
   * @param {Chunk} chunk
   * @returns {Promise<OpenFrame[]>}
   * @throws {Broken} "frame" with the number of the chunk if one does not open
   */
  async open(chunk) {
    return Promise.all(chunk.frames.map(async (frame) => {
      const params = { name: "AES-GCM", iv: nonceOf(frame.seq), additionalData: plain(frame.header) };
      const key = this.#keyOf(frame.seq);
      must(key, "frame", { n: chunk.number });
      try {
        const bytes = new Uint8Array(await subtle.decrypt(params, key, plain(frame.payload)));
        return { atMs: chunk.fromMs + frame.ms, kind: frame.kind, plain: bytes };
      } catch {
        throw new Broken("frame", { n: chunk.number });
      }
    }));
  }
}

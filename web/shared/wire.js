/**
 * wire: frames of docs/PROTOCOL.md section 2, browser side. Pure: no DOM, no socket.
 * Integers are unsigned, in network byte order.
 */

export const HEADER_BYTES = 16;
export const TAG_BYTES = 16;
export const PAYLOAD_MAX = 65520;
const VERSION = 1;

/** Bits of the flags field. */
export const Flag = Object.freeze({ SEALED: 1 });

/** @enum {number} kinds of include/guichet/messages.def that a viewer sends or receives */
export const Kind = Object.freeze({
  CONSENT: 0x02,
  REFUSED: 0x12,
  SESSION: 0x18,
  AGENT_STATE: 0x19,
  PAIR_START: 0x20,
  PAIR_COMMIT: 0x21,
  PAIR_KEY: 0x22,
  PAIR_REVEAL: 0x23,
  PAIR_SECRET: 0x24,
  PAIR_RESUME: 0x25,
  PAIR_RESUMED: 0x26,
  ASK: 0x30,
  ASK_CANCEL: 0x31,
  GIVE_BACK: 0x32,
  END: 0x33,
  RECORD_PAUSE: 0x34,
  RECORD_RESUME: 0x35,
  NOTE: 0x36,
  PICTURE: 0x40,
  CURSOR: 0x41,
  SCREENS: 0x42,
  PICTURE_ACK: 0x43,
  KEY_FRAME: 0x44,
  VISIBILITY: 0x45,
  NOTICE: 0x46,
  CHAT: 0x47,
  POINT: 0x50,
  MOUSE: 0x51,
  TEXT: 0x52,
  KEY: 0x53,
  FILE_OFFER: 0x60,
  FILE_ASK: 0x61,
  FILE_STOP: 0x62,
  FILE_PUT: 0x63,
  FILE_TAKEN: 0x64,
  FILE_GO: 0x67,
  FILE_DATA: 0x68,
  FILE_STATE: 0x69,
  CHAT_SAY: 0x54,
  WRITE: 0x55,
  PING: 0x70,
  PONG: 0x71,
});

const JSON_MAX = 8192;
const DEPTH_MAX = 4;

/**
 * Length of the payload, and whether it is sealed, as the rows of messages.def say: [min, max, sealed].
 * @type {Map<number, [number, number, boolean]>}
 */
const ROWS = new Map([
  [Kind.CONSENT, [2, JSON_MAX, false]],
  [Kind.REFUSED, [2, 1024, false]],
  [Kind.SESSION, [2, JSON_MAX, false]],
  [Kind.AGENT_STATE, [2, 1024, false]],
  [Kind.PAIR_START, [0, 0, false]],
  [Kind.PAIR_COMMIT, [32, 32, false]],
  [Kind.PAIR_KEY, [97, 97, false]],
  [Kind.PAIR_REVEAL, [162, 162, false]],
  [Kind.PAIR_SECRET, [48, 48, true]],
  [Kind.PAIR_RESUME, [16, 16, true]],
  [Kind.PAIR_RESUMED, [16, 16, true]],
  [Kind.ASK, [2, 256, false]],
  [Kind.ASK_CANCEL, [2, 256, false]],
  [Kind.GIVE_BACK, [2, 256, false]],
  [Kind.END, [2, 256, false]],
  [Kind.RECORD_PAUSE, [2, 64, false]],
  [Kind.RECORD_RESUME, [2, 2, false]],
  [Kind.NOTE, [10, 1024, false]],
  [Kind.PICTURE, [28, PAYLOAD_MAX, true]],
  [Kind.CURSOR, [17, PAYLOAD_MAX, true]],
  [Kind.SCREENS, [18, 4096, true]],
  [Kind.PICTURE_ACK, [12, 12, false]],
  [Kind.KEY_FRAME, [0, 0, false]],
  [Kind.VISIBILITY, [1, 1, false]],
  [Kind.NOTICE, [18, 256, true]],
  [Kind.CHAT, [18, 417, true]],
  [Kind.POINT, [33, 33, true]],
  [Kind.MOUSE, [30, 30, true]],
  [Kind.TEXT, [20, 272, true]],
  [Kind.KEY, [20, 20, true]],
  [Kind.FILE_OFFER, [2, 2048, false]],
  [Kind.FILE_ASK, [2, 64, false]],
  [Kind.FILE_STOP, [2, 64, false]],
  [Kind.FILE_PUT, [9, 8192, false]],
  [Kind.FILE_TAKEN, [8, 8, false]],
  [Kind.FILE_GO, [12, 12, false]],
  [Kind.FILE_DATA, [9, 8192, false]],
  [Kind.FILE_STATE, [2, 256, false]],
  [Kind.CHAT_SAY, [17, 416, true]],
  [Kind.WRITE, [25, 184, true]],
  [Kind.PING, [8, 8, false]],
  [Kind.PONG, [8, 8, false]],
]);

/** The row of a kind, for the tests. @param {number} kind */
export const rowOf = (kind) => ROWS.get(kind);

/** The other side sent bytes that break the protocol: close the link, do not guess. */
export class ProtocolError extends Error {}

/**
 * @typedef {Object} Frame
 * @property {number} kind
 * @property {boolean} sealed
 * @property {number} seq      counter of a sealed frame, else 0
 * @property {number} grant    number of the grant, else 0
 * @property {Uint8Array} header   the 16 bytes as received: associated data of a sealed frame
 * @property {Uint8Array} payload  a view into the received buffer
 */

/**
 * Reads the one frame of a WebSocket message.
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 * @throws {ProtocolError} if it is not exactly one frame of this version
 */
export function readFrame(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new ProtocolError(`frame of ${buffer.byteLength} bytes`);
  const view = new DataView(buffer);
  const kind = view.getUint8(1);
  const flags = view.getUint16(2);
  const length = view.getUint32(4);
  if (view.getUint8(0) !== VERSION) throw new ProtocolError(`version ${view.getUint8(0)}`);
  const row = ROWS.get(kind);
  if (!row || flags !== (row[2] ? Flag.SEALED : 0)) throw new ProtocolError(`kind ${kind}, flags ${flags}`);
  if (length !== buffer.byteLength - HEADER_BYTES || length < row[0] || length > row[1]) {
    throw new ProtocolError(`length ${length} in a message of ${buffer.byteLength} bytes`);
  }
  return {
    kind,
    sealed: (flags & Flag.SEALED) !== 0,
    seq: view.getUint32(8),
    grant: view.getUint32(12),
    header: new Uint8Array(buffer, 0, HEADER_BYTES),
    payload: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/**
 * Header of a frame.
 * @param {number} kind
 * @param {number} length  payload, bytes, tag included
 * @param {{ sealed?: boolean, seq?: number, grant?: number }} [fields]
 */
export function writeHeader(kind, length, { sealed = false, seq = 0, grant = 0 } = {}) {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, kind);
  view.setUint16(2, sealed ? Flag.SEALED : 0);
  view.setUint32(4, length);
  view.setUint32(8, seq);
  view.setUint32(12, grant);
  return header;
}

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** An unsealed frame. @param {number} kind @param {Uint8Array} [payload] @param {number} [grant] */
export function plainFrame(kind, payload = new Uint8Array(0), grant = 0) {
  return concat(writeHeader(kind, payload.length, { grant }), payload);
}

/** An unsealed frame of JSON. @param {number} kind @param {object} value */
export function jsonFrame(kind, value) {
  return plainFrame(kind, new TextEncoder().encode(JSON.stringify(value)));
}

/**
 * True if an object in this JSON names a key twice, or if it is nested too deeply. The text has been parsed.
 * @param {string} text
 */
function isAmbiguous(text) {
  const keys = /** @type {Set<string>[]} */ ([]);
  let last = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") {
      if (keys.push(new Set()) > DEPTH_MAX) return true;
    } else if (token === "}" || token === "]") {
      keys.pop();
    } else if (token === ":") {
      const names = keys[keys.length - 1];
      const name = JSON.parse(last);
      if (names.has(name)) return true;
      names.add(name);
    } else {
      last = token;
    }
  }
  return false;
}

/** @param {string} _key @param {unknown} value */
function exact(_key, value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new ProtocolError("number");
  return value;
}

/**
 * The object in a JSON text, read strictly (section 2).
 * @param {string} text
 * @returns {any}
 */
export function readObject(text) {
  let value;
  try {
    value = JSON.parse(text, exact);
  } catch {
    throw new ProtocolError("not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ProtocolError("no object");
  if (isAmbiguous(text)) throw new ProtocolError("a key twice, or too deep");
  return value;
}

/**
 * The object in a JSON payload, with exactly the expected kinds of fields.
 * @param {Uint8Array} payload
 * @param {Record<string, "string" | "number" | "boolean" | "list">} fields  all of them required, no other allowed
 * @returns {any}
 */
export function readJson(payload, fields) {
  let text;
  try {
    if (payload.length > JSON_MAX) throw new ProtocolError("long");
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw new ProtocolError("not UTF-8, or too long");
  }
  const value = readObject(text);
  const names = Object.keys(fields);
  if (Object.keys(value).length !== names.length) throw new ProtocolError("unknown or missing field");
  for (const name of names) {
    const is = fields[name] === "list" ? Array.isArray(value[name]) : typeof value[name] === fields[name];
    if (!is || !Object.hasOwn(value, name)) throw new ProtocolError(`field ${name}`);
  }
  return value;
}

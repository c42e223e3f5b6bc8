/**
 * film: the frames of a recording in clear, put in order for a player: whole updates, which of them are key frames,
 * where the cursor was, what was written. Takes frames chunk by chunk; knows no key, no page, no decoder.
 */
import { Broken } from "./broken.js";
import { Kind } from "../shared/wire.js";

const HEAD_BYTES = 12;
const UPDATE_MAX = 64 << 20;

/** @typedef {{ atMs: number, number: number, isKey: boolean, parts: Uint8Array[] }} Update */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ width: number, height: number, hotX: number, hotY: number, rgba: Uint8ClampedArray<ArrayBuffer> }} Shape */
/** @typedef {{ atMs: number, isShown: boolean, place: Point, shape: Shape | null }} Cursor  from this moment on */

/** @typedef {{ atMs: number, who: "customer" | "advisor", text: string }} Message */

/** Index of the last element that is not later than a moment; -1 if there is none. @param {{ atMs: number }[]} list @param {number} atMs */
export function lastUntil(list, atMs) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A film that grows. */
export class Film {
  updates = /** @type {Update[]} */ ([]);
  cursors = /** @type {Cursor[]} */ ([]);
  messages = /** @type {Message[]} */ ([]);
  #pending = { number: 0, total: -1, filled: 0, parts: /** @type {Uint8Array[]} */ ([]) };

  /**
   * Takes frames in the order in which they were sent.
   * @param {Iterable<import("./recording.js").OpenFrame>} frames
   * @throws {Broken} "film": one has not the layout of docs/PROTOCOL.md 7
   */
  add(frames) {
    for (const { atMs, kind, plain } of frames) {
      const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
      try {
        if (kind === Kind.PICTURE) this.#takePicture(view, plain, atMs);
        if (kind === Kind.CURSOR) this.#takeCursor(view, plain, atMs);
        if (kind === Kind.CHAT) this.messages.push(readMessage(plain, atMs));
      } catch {
        throw new Broken("film");
      }
    }
  }

  /** A fragment. What was cut off by a loss never becomes whole. @param {DataView} view @param {Uint8Array} plain @param {number} atMs */
  #takePicture(view, plain, atMs) {
    const [number, offset, total] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)];
    const part = plain.subarray(HEAD_BYTES);
    if (total > UPDATE_MAX || offset + part.length > total || part.length === 0) throw new RangeError();
    if (offset === 0) this.#pending = { number, total, filled: 0, parts: [] };
    const pending = this.#pending;
    if (number !== pending.number || total !== pending.total || offset !== pending.filled) return;
    pending.parts.push(part);
    pending.filled += part.length;
    if (pending.filled < total) return;
    this.updates.push({ atMs, number, isKey: (pending.parts[0][0] & 1) === 1, parts: pending.parts });
    this.#pending = { number: 0, total: -1, filled: 0, parts: [] };
  }

  /** @param {DataView} view @param {Uint8Array} plain @param {number} atMs */
  #takeCursor(view, plain, atMs) {
    const { place, shape } = this.cursors[this.cursors.length - 1] ?? { place: { x: 0, y: 0 }, shape: null };
    const kind = view.getUint8(0);
    const cursor = { atMs, isShown: kind !== 0, place, shape };
    if (kind === 1) cursor.place = { x: view.getInt32(1), y: view.getInt32(5) };
    if (kind === 2) cursor.shape = readShape(view, plain);
    this.cursors.push(cursor);
  }

  /** The bytes of an update. @param {number} index */
  bytesOf(index) {
    const { parts } = this.updates[index];
    if (parts.length === 1) return parts[0];
    const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** The last key frame up to an update; -1 if there is none. @param {number} index */
  keyBefore(index) {
    let at = index;
    while (at >= 0 && !this.updates[at].isKey) at--;
    return at;
  }
}

/** @param {DataView} view @param {Uint8Array} plain @returns {Shape} */
function readShape(view, plain) {
  const [width, height, hotX, hotY] = [view.getUint16(1), view.getUint16(3), view.getUint16(5), view.getUint16(7)];
  if (!width || !height || width > 64 || height > 64 || plain.length !== 9 + width * height * 4) throw new RangeError();
  return { width, height, hotX, hotY, rgba: new Uint8ClampedArray(plain.slice(9).buffer) };
}

/** docs/PROTOCOL.md 7.7. @param {Uint8Array} plain @param {number} atMs @returns {Message} */
function readMessage(plain, atMs) {
  if (plain.length < 2 || (plain[0] !== 1 && plain[0] !== 2)) throw new RangeError();
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain.subarray(1));
  return { atMs, who: plain[0] === 1 ? "customer" : "advisor", text };
}

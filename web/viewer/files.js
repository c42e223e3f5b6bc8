/**
 * files: the files of one assistance on the advisor's side, both ways (docs/PROTOCOL.md section 10). Knows no DOM.
 *
 * What a customer decided comes out of his signed lines only; where bytes stand, out of what the gateway says. A
 * received file is kept in memory, and handed out only when it is whole and its SHA-256 is the one that was signed.
 */
import { Kind } from "../shared/wire.js";
import { toHex } from "../shared/sealing.js";

const CHUNK = 8184;
const BUFFERED_MAX = 32 << 10;
const PUMP_MS = 15;
const TELL_BYTES = 16 << 10;
const SIZE_MAX = 1 << 30;

/**
 * @typedef {Object} Transfer
 * @property {number} id
 * @property {"down" | "up"} way  to the customer; to the advisor
 * @property {string} name  "" before it is known
 * @property {number} size  bytes
 * @property {string} sha256
 * @property {"asked" | "filling" | "checking" | "moving" | "done" | "failed" | "refused"} state
 * @property {string} why  a word of section 10.5
 * @property {number} at  bytes, of the leg that moves
 * @property {Uint8Array | null} bytes  of a file that is sent
 * @property {number} sent @property {number} known @property {number} until
 * @property {Uint8Array[]} pieces @property {number} have @property {number} told
 * @property {Blob | null} blob  of a file that was received and verified
 * @property {number} since  performance.now() of the first byte
 */

/** What of a session is used here. @typedef {EventTarget & { sendFile(kind: number, content: object | Uint8Array): void, buffered: number }} Channel */

/** Event: "change". */
export class Files extends EventTarget {
  #channel;
  #last = 0;
  #pumpTimer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  #ac = new AbortController();

  /** By number, the oldest first. */
  transfers = /** @type {Map<number, Transfer>} */ (new Map());

  /** @param {Channel} channel */
  constructor(channel) {
    super();
    this.#channel = channel;
    /** @param {string} name @param {(detail: any) => void} take */
    const on = (name, take) => channel.addEventListener(name, (event) => take(/** @type {CustomEvent} */ (event).detail), { signal: this.#ac.signal });
    on("line", (line) => this.#onLine(line));
    on("file-state", (state) => this.#onState(state));
    on("file-go", (go) => this.#onGo(go));
    on("file-data", (data) => this.#onData(data));
    on("lost", () => this.#onLost());
  }

  close() {
    clearTimeout(this.#pumpTimer);
    this.#ac.abort();
    for (const t of this.transfers.values()) {
      t.bytes = null;
      if (isUnderWay(t)) this.#set(t, "failed", "end");
    }
  }

  /** True while a file is on its way in this direction. @param {"down" | "up"} way */
  isBusy(way) {
    return [...this.transfers.values()].some((t) => t.way === way && isUnderWay(t));
  }

  /** Offers a file to the customer; his program asks him. @param {File} file */
  async offer(file) {
    const bytes = file.size > 0 && file.size < SIZE_MAX ? new Uint8Array(await file.arrayBuffer()) : null;
    const sha256 = bytes ? toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) : "";
    const t = this.#begin("down", { name: file.name, size: file.size, sha256, bytes });
    if (bytes) this.#channel.sendFile(Kind.FILE_OFFER, { file: t.id, name: cut(file.name), sha256, size: file.size });
    else this.#set(t, "failed", "size");
  }

  /** Asks the customer for a file, which he chooses himself. */
  ask() {
    const t = this.#begin("up", {});
    this.#channel.sendFile(Kind.FILE_ASK, { file: t.id });
  }

  /** @param {number} id */
  stop(id) {
    this.#channel.sendFile(Kind.FILE_STOP, { file: id });
  }

  /** @param {"down" | "up"} way @param {Partial<Transfer>} fields */
  #begin(way, fields) {
    this.#last += 1;
    const t = /** @type {Transfer} */ ({ id: this.#last, way, name: "", size: 0, sha256: "", state: "asked", why: "", at: 0,
      bytes: null, sent: 0, known: 0, until: 0, pieces: [], have: 0, told: 0, blob: null, since: 0, ...fields });
    this.transfers.set(t.id, t);
    this.#changed();
    return t;
  }

  /** The one of a signed line; a page that was loaded anew does not know it yet. @param {any} line */
  #of(line) {
    this.#last = Math.max(this.#last, line.file);
    const known = this.transfers.get(line.file);
    if (known) return known;
    const last = this.#last;
    this.#last = line.file - 1;
    const t = this.#begin(line.way === "down" ? "down" : "up", {});
    this.#last = last;
    return t;
  }

  /** @param {any} line */
  #onLine(line) {
    if (!line.event.startsWith("file_")) return;
    const t = this.#of(line);
    if (line.event === "file_accept") {
      Object.assign(t, { name: line.name, size: line.size, sha256: line.sha256 });
      if (t.state === "moving") this.#tell(t); /* of before this page was loaded */
    }
    if (line.event === "file_refuse" && isUnderWay(t)) this.#set(t, "refused", line.why);
    if (line.event === "file_cancelled") this.#set(t, "failed", line.why);
    if (line.event === "file_received") this.#set(t, "done", "");
    this.#changed();
  }

  /** @param {{ file: number, state: any, why: string, at: number, size: number }} said */
  #onState({ file, state, why, at }) {
    const t = this.transfers.get(file) ?? this.#of({ file, way: "up" });
    if (!isUnderWay(t)) return;
    t.at = at;
    if (state === "refused") this.#set(t, "failed", why);
    else if (state === "done") this.#set(t, t.way === "up" && !t.blob ? "moving" : "done", "");
    else this.#set(t, state, why);
    if (state === "moving" && t.way === "up" && t.sha256) this.#tell(t);
  }

  /** @param {Transfer} t @param {Transfer["state"]} state @param {string} why */
  #set(t, state, why) {
    if ((state === "filling" || state === "moving") && t.state !== state) t.since = performance.now();
    t.state = state;
    t.why = why;
    if (!isUnderWay(t)) {
      t.bytes = null;
      t.pieces = [];
    }
    this.#changed();
  }

  /* ---- sending ---- */

  /** @param {number[]} go */
  #onGo([id, at, until]) {
    const t = this.transfers.get(id);
    if (!t?.bytes) { /* this page was loaded anew: the file is not here any more */
      this.stop(id);
      return;
    }
    t.sent = Math.max(t.sent, at);
    t.known = at;
    t.until = Math.min(until, t.size);
    this.#pump();
  }

  #pump() {
    clearTimeout(this.#pumpTimer);
    let isWaiting = false;
    for (const t of this.transfers.values()) {
      while (t.bytes && t.sent < t.until && this.#channel.buffered < BUFFERED_MAX) this.#put(t, t.bytes);
      isWaiting ||= t.bytes !== null && t.sent < t.until;
    }
    if (isWaiting) this.#pumpTimer = setTimeout(() => this.#pump(), PUMP_MS);
  }

  /** @param {Transfer} t @param {Uint8Array} bytes */
  #put(t, bytes) {
    const end = Math.min(t.sent + CHUNK, t.until);
    const frame = new Uint8Array(8 + end - t.sent);
    putNumbers(frame, t.id, t.sent);
    frame.set(bytes.subarray(t.sent, end), 8);
    this.#channel.sendFile(Kind.FILE_PUT, frame);
    t.sent = end;
  }

  /** What was on its way is lost: it goes on from what the gateway is known to have. */
  #onLost() {
    clearTimeout(this.#pumpTimer);
    for (const t of this.transfers.values()) {
      t.sent = t.known;
      t.until = t.known;
    }
  }

  /* ---- receiving ---- */

  /** @param {Transfer} t */
  #tell(t) {
    const frame = new Uint8Array(8);
    putNumbers(frame, t.id, t.have);
    t.told = t.have;
    this.#channel.sendFile(Kind.FILE_TAKEN, frame);
  }

  /** @param {Uint8Array} data */
  #onData(data) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const t = this.transfers.get(view.getUint32(0));
    const bytes = data.subarray(8);
    if (!t || t.way !== "up" || t.state !== "moving" || view.getUint32(4) !== t.have || t.have + bytes.length > t.size) return;
    t.pieces.push(bytes);
    t.have += bytes.length;
    t.at = t.have;
    if (t.have === t.size) this.#finish(t);
    else if (t.have - t.told >= TELL_BYTES) this.#tell(t);
    this.#changed();
  }

  /** Whole: taken only if it is what was signed. @param {Transfer} t */
  async #finish(t) {
    const blob = new Blob(/** @type {BlobPart[]} */ (t.pieces), { type: "application/octet-stream" });
    const sha256 = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())));
    if (!isUnderWay(t)) return;
    if (sha256 !== t.sha256) {
      this.stop(t.id);
      this.#set(t, "failed", "hash");
      return;
    }
    t.blob = blob;
    this.#tell(t);
    this.#set(t, "done", "");
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Transfer} t */
export const isUnderWay = (t) => ["asked", "filling", "checking", "moving"].includes(t.state);

/** @param {Uint8Array} frame @param {number} id @param {number} at */
function putNumbers(frame, id, at) {
  const view = new DataView(frame.buffer);
  view.setUint32(0, id);
  view.setUint32(4, at);
}

/** A name that is far too long would not fit its frame; the gateway makes every name clean. @param {string} name */
function cut(name) {
  const dot = name.lastIndexOf(".");
  return name.length <= 200 ? name : name.slice(0, 150) + (dot > 150 && name.length - dot < 40 ? name.slice(dot) : "");
}

/**
 * verify: is a bundle genuine? The items of docs/EVIDENCE.md section 11, in their order; the first that fails ends
 * the check. WebCrypto only: runs in the page and in Node.js. Shows nothing and keeps nothing.
 */
import { Broken, must } from "./broken.js";
import { Opener, agreementsOf, chunkName, isContentKey, readChunk, readContentKey, recordingRoot } from "./recording.js";
import { fromHex, isSame, plain, sha256Hex, utf8 } from "./bytes.js";
import { actedWithout, grantInPause, intervalsOf, uncovered } from "./control.js";
import { Continuity } from "./continuity.js";
import { readJournal, readSigned } from "./journal.js";
import { mustHave, readCanonical, readLines, readText } from "./canonical.js";
import { mustInclude, readCheckpoint, readInclusions } from "./merkle.js";
import { derSignature, importKey, readCertificates } from "./certificate.js";
import { signerKey, verifyCms, verifyTimeStamp } from "./cms.js";

const NEEDED = [
  "LISEZMOI.txt", "lecteur.html", "VERIFIER.sh", "journal.jsonl", "seal.json", "seal.p7s", "checkpoint.txt", "checkpoint.p7s", "inclusion.txt",
  "root.crt", "SHA256SUMS",
];
const OPTIONAL = ["private.jsonl", "key.wrapped", "after.jsonl", "terms.txt", "agent.pub", "checkpoint.tsr", "tsa.crt", "content.key"];
const NUMBERED = /^(chunks\/(\d{6}|[1-9]\d{6,8})|grants\/(\d{4}|[1-9]\d{4,8})\.(txt|sig))$/;
const UNLISTED = new Set(["SHA256SUMS", "content.key"]);
const P256 = { name: "ECDSA", namedCurve: "P-256" };
/** What stands before the point of a P-256 key in SubjectPublicKeyInfo. */
const P256_SPKI = fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const { subtle } = globalThis.crypto;

/**
 * @typedef {"ok" | "waiting" | "none"} State  none: not part of this bundle
 * @typedef {{ item: string, ok: boolean, state: State | "broken", text: string, why: string, values: import("./broken.js").Values }} Item
 */

/** What the checks learn from each other. Filled in the order of the items. */
export class Facts {
  journal = { session: "", lines: /** @type {import("./journal.js").Line[]} */ ([]) };
  signed = /** @type {import("./journal.js").SignedLine[]} */ ([]);
  chunks = /** @type {import("./recording.js").Chunk[]} */ ([]);
  chunkHashes = /** @type {string[]} */ ([]);
  /** Of key.wrapped, as the journal says; "" if there was no key. */
  keyHash = "";
  secrets = /** @type {Map<string, string>} */ (new Map());
  after = /** @type {import("./journal.js").Line[]} */ ([]);
  seal = /** @type {any} */ (null);
  sealedBy = { name: "", timeMs: 0 };
  stampedBy = /** @type {{ name: string, timeMs: number } | null} */ (null);
  logName = "";
  logSize = 0;
  contentKey = /** @type {Uint8Array | null} */ (null);

  /** The first line of the journal of one kind. @param {string} event @returns {any} */
  data(event) {
    return this.journal.lines.find((line) => line.event === event)?.data ?? null;
  }

  /** The last one. @param {string} event @returns {any} */
  lastData(event) {
    return this.journal.lines.findLast((line) => line.event === event)?.data ?? null;
  }

  /** Line 0 of the agent. @returns {any} */
  get opened() {
    return this.signed[0]?.fields ?? null;
  }
}

/** One check of one bundle. */
class Check {
  #files;
  #options;
  facts = new Facts();
  #hashes = /** @type {Map<string, string>} */ (new Map());
  #continuity = new Continuity([], []);

  /** @param {Map<string, Uint8Array>} files @param {Options} options */
  constructor(files, options) {
    this.#files = files;
    this.#options = options;
  }

  /** @param {string} name */
  #file(name) {
    const bytes = this.#files.get(name);
    must(bytes, "missing", { name });
    return bytes;
  }

  /** @param {string} name */
  #hash(name) {
    return this.#hashes.get(name) ?? "";
  }

  /** @returns {Promise<State>} */
  async files() {
    for (const name of NEEDED) must(this.#files.has(name), "missing", { name });
    for (const name of this.#files.keys()) {
      must(NEEDED.includes(name) || OPTIONAL.includes(name) || NUMBERED.test(name), "unknown", { name });
    }
    const sums = this.#sums();
    must([...sums.keys()].every((name, i, names) => i === 0 || names[i - 1] < name), "sums");
    for (const [name, bytes] of this.#files) {
      const hash = await sha256Hex(bytes);
      this.#hashes.set(name, hash);
      if (!UNLISTED.has(name)) must(sums.get(name) === hash, sums.has(name) ? "changed" : "unlisted", { name });
      this.#options.onProgress?.(this.#hashes.size / this.#files.size / 2);
    }
    return "ok";
  }

  #sums() {
    const sums = /** @type {Map<string, string>} */ (new Map());
    for (const line of readLines(this.#file("SHA256SUMS"))) {
      const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      must(name && !sums.has(name) && !UNLISTED.has(name), "sums");
      must(this.#files.has(name), "missing", { name });
      sums.set(name, hash);
    }
    return sums;
  }

  /** @returns {Promise<State>} */
  async journal() {
    this.facts.journal = await readJournal(this.#file("journal.jsonl"));
    const { lines } = this.facts.journal;
    must(lines[0]?.event === "session" && lines.filter((line) => line.event === "session").length === 1, "first_line");
    return "ok";
  }

  /** @returns {Promise<State>} */
  async agent() {
    const agents = this.facts.journal.lines.filter((line) => line.event === "agent");
    const firstSigned = this.facts.journal.lines.findIndex((line) => line.event === "consent");
    const agent = agents[agents.length - 1];
    must(firstSigned < 0 || !agent || agent.n < firstSigned, "agent_late", { line: (agent?.n ?? 0) + 1 });
    this.facts.signed = await readSigned(this.facts.journal);
    if (!agents.length && !this.facts.signed.length) {
      must(!this.#files.has("agent.pub") && !this.#names("grants/").length, "no_agent");
      return "none";
    }
    const point = agent?.data.sign ?? "";
    must(/^04[0-9a-f]{128}$/.test(point), "agent_key");
    must(!this.facts.opened || this.facts.opened.sign === point, "agent_key");
    this.#mustBePem(point);
    const key = await importPoint(point);
    for (const { text, sig, line } of this.facts.signed) {
      must(await subtle.verify({ ...P256, hash: "SHA-256" }, key, plain(fromHex(sig)), plain(utf8(text))), "signed", { line: line.n + 1 });
    }
    this.#grants();
    return "ok";
  }

  /** @param {string} point */
  #mustBePem(point) {
    const base64 = btoa(String.fromCharCode(...P256_SPKI, ...fromHex(point)));
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
    must(isSame(this.#file("agent.pub"), utf8(pem)), "agent_key");
  }

  /** @param {string} folder */
  #names(folder) {
    return [...this.#files.keys()].filter((name) => name.startsWith(folder));
  }

  /** The copies in grants/ are the agent's lines, and all that should be there are. */
  #grants() {
    const { signed } = this.facts;
    const lastHead = signed.findLastIndex(({ fields }) => fields.event === "head");
    const names = /** @type {Set<string>} */ (new Set());
    signed.forEach(({ text, sig, fields }, n) => {
      if (fields.event === "counts" || (fields.event === "head" && n !== lastHead)) return;
      const base = `grants/${String(n).padStart(4, "0")}`;
      must(isSame(this.#file(`${base}.txt`), utf8(text)), "grant_copy", { name: `${base}.txt` });
      must(isSame(this.#file(`${base}.sig`), derSignature(fromHex(sig))), "grant_copy", { name: `${base}.sig` });
      names.add(`${base}.txt`).add(`${base}.sig`);
    });
    for (const name of this.#names("grants/")) must(names.has(name), "unknown", { name });
  }

  /** @returns {Promise<State>} */
  async heads() {
    const heads = this.facts.signed.filter(({ fields }) => fields.event === "head");
    if (!heads.length) return "none";
    const key = await this.#notaryKey();
    for (const { fields, line } of heads) {
      must(/^[0-9a-f]{128}$/.test(fields.gateway_sig), "head", { line: line.n + 1 });
      this.#mustBeTrue(fields.gateway, line);
      const signature = plain(fromHex(fields.gateway_sig));
      must(await subtle.verify({ ...P256, hash: "SHA-256" }, key, signature, plain(utf8(fields.gateway))), "head_signature", { line: line.n + 1 });
    }
    return "ok";
  }

  /** A seal.p7s without a key is no signature at all: that is what does not hold, not the heads. */
  async #notaryKey() {
    try {
      return await importKey(signerKey(this.#file("seal.p7s")), P256);
    } catch {
      throw new Broken("head_key", {}, "signature");
    }
  }

  /** @param {string} text @param {import("./journal.js").Line} at */
  #mustBeTrue(text, at) {
    const head = readCanonical(text);
    mustHave(head, "chunks:i head:s n:i session:s wall_ms:i");
    const { lines, session } = this.facts.journal;
    const chunks = lines.slice(0, head.n).filter((line) => line.event === "chunk").length;
    const isTrue = head.n >= 1 && head.n <= at.n && head.session === session && lines[head.n - 1].hash === head.head && chunks === head.chunks;
    must(isTrue, "head", { line: at.n + 1 });
  }

  /** @returns {Promise<State>} */
  async terms() {
    const accepted = this.facts.lastData("accepted");
    if (!accepted) {
      must(!this.#files.has("terms.txt"), "terms");
      return "none";
    }
    const bytes = this.#file("terms.txt");
    must(this.#hash("terms.txt") === accepted.terms, "terms");
    const text = readText(bytes);
    const starts = [...text.matchAll(/(?<![^\n])## ([1-7])\. /g)]; /* a line feed ends a line, nothing else does */
    must(starts.length === 7 && starts.every((start, i) => start[1] === String(i + 1)) && accepted.articles.length === 7, "articles");
    for (const [i, start] of starts.entries()) {
      must((await sha256Hex(utf8(text.slice(start.index, starts[i + 1]?.index)))) === accepted.articles[i], "article", { n: i + 1 });
    }
    return "ok";
  }

  /** @returns {Promise<State>} */
  async private() {
    if (!this.#files.has("private.jsonl")) return "none";
    const hashes = this.facts.lastData("accepted")?.private ?? {};
    for (const line of readLines(this.#file("private.jsonl"))) {
      const secret = readCanonical(line);
      mustHave(secret, "name:s salt:s value:s");
      const { name, salt, value } = secret;
      must(/^[0-9a-f]{32}$/.test(salt) && Object.hasOwn(hashes, name) && !this.facts.secrets.has(name), "private", { name });
      must((await sha256Hex(utf8(`${name}\n${salt}\n${value}`))) === hashes[name], "private", { name });
      this.facts.secrets.set(name, value);
    }
    must(this.facts.secrets.size === Object.keys(hashes).length, "private", { name: "private.jsonl" });
    return "ok";
  }

  /** @returns {Promise<State>} */
  async recording() {
    const lines = this.facts.journal.lines.filter((line) => line.event === "chunk");
    must(this.#names("chunks/").length <= lines.length, "chunk_left");
    this.#continuity = new Continuity(this.facts.journal.lines, this.facts.signed);
    let seq = 0;
    for (const [i, line] of lines.entries()) {
      const name = chunkName(i + 1);
      must(this.#files.has(name), "chunk_missing", { n: i + 1 });
      must(this.#hash(name) === line.data.sha256, "chunk_changed", { n: i + 1 });
      seq = this.#takeChunk(this.#file(name), line.data, i + 1, seq);
    }
    const lost = this.#continuity.firstLost();
    must(!lost, "frames_lost", { line: (lost?.n ?? 0) + 1 });
    return lines.length ? "ok" : "none";
  }

  /** @param {Uint8Array} bytes @param {any} data @param {number} n @param {number} seq @returns {number} last counter */
  #takeChunk(bytes, data, n, seq) {
    const chunk = readChunk(bytes);
    const { frames, fromMs, toMs } = chunk;
    const said = [data.n, data.bytes, data.frames, data.from_ms, data.to_ms, data.first_seq, data.last_seq];
    const is = [n, bytes.length, frames.length, fromMs, toMs, frames[0]?.seq ?? 0, frames[frames.length - 1]?.seq ?? 0];
    must(chunk.session === this.facts.journal.session && chunk.number === n && is.every((value, i) => value === said[i]), "chunk_line", { n });
    const isWhole = frames.every((frame, i) => frame.seq === seq + 1 + i);
    for (const frame of frames) {
      must(frame.seq > seq, "chunk_order", { n });
      seq = frame.seq;
    }
    const framed = this.facts.chunks.findLast((chunk) => chunk.frames.length > 0);
    must(isWhole || this.#continuity.isBroken(framed?.fromMs ?? 0, toMs), "frames_gap", { n });
    const before = this.facts.chunks[this.facts.chunks.length - 1];
    if (before) this.#mustFollow(before, chunk);
    this.facts.chunks.push(chunk);
    this.facts.chunkHashes.push(data.sha256);
    return seq;
  }

  /** @param {import("./recording.js").Chunk} before @param {import("./recording.js").Chunk} chunk */
  #mustFollow(before, chunk) {
    must(chunk.fromMs >= before.toMs, "chunk_order", { n: chunk.number });
    if (chunk.fromMs === before.toMs) return;
    must(this.#continuity.isExplained(before.toMs, chunk.fromMs), "chunk_gap", { n: chunk.number });
  }

  /** @returns {Promise<State>} */
  async key() {
    const lines = this.facts.journal.lines.filter((line) => line.event === "key");
    const hash = lines[0]?.data.sha256 ?? "";
    must(lines.every((line) => line.data.sha256 === hash), "key");
    must(!this.facts.opened || this.facts.opened.content_key === hash, "key");
    this.facts.keyHash = hash;
    if (!this.#files.has("key.wrapped")) return "none";
    must(this.#hash("key.wrapped") === hash, "key");
    return "ok";
  }

  /** @returns {any} */
  #sealFile() {
    const lines = readLines(this.#file("seal.json"));
    must(lines.length === 1, "seal_form");
    return readCanonical(lines[0]);
  }

  /** @returns {Promise<State>} */
  async control() {
    const { journal, signed, chunks } = this.facts;
    must(grantInPause(signed) < 0, "control_pause", { line: grantInPause(signed) + 1 });
    const acted = actedWithout(journal.lines, signed);
    must(!acted, "control_acted", { line: (acted?.n ?? 0) + 1 });
    const intervals = intervalsOf(journal.lines, signed, "control");
    for (const interval of intervals) {
      const isExcused = (/** @type {number} */ from, /** @type {number} */ to) => interval.isLoss && this.#continuity.isAccident(from, to);
      const at = uncovered(interval, chunks, isExcused);
      must(at === null, "control", { at: at ?? 0 });
    }
    return intervals.length ? "ok" : "none";
  }

  /** @returns {Promise<State>} */
  async seal() {
    const seal = this.#sealFile();
    mustHave(seal, "agent_head:s agent_lines:i build:s chunks:i journal:s journal_head:s journal_lines:i key:s reason:s recording:s session:s v:i wall_ms:i");
    const { journal, signed, chunkHashes, keyHash } = this.facts;
    const ends = journal.lines.filter((line) => line.event === "end");
    const expected = {
      v: 1, session: journal.session, journal: this.#hash("journal.jsonl"), journal_lines: journal.lines.length,
      journal_head: journal.lines[journal.lines.length - 1].hash, agent_lines: signed.length, chunks: chunkHashes.length,
      agent_head: signed[signed.length - 1]?.hash ?? "0".repeat(64), recording: await recordingRoot(chunkHashes), key: keyHash,
      reason: ends.length ? ends[0].data.reason : seal.reason,
    };
    for (const [name, value] of Object.entries(expected)) must(seal[name] === value, "seal", { name });
    for (const name of ["build", "reason"]) must(/^[ -[\]-~]*$/.test(seal[name]) && !seal[name].includes('"'), "seal", { name });
    this.facts.seal = seal;
    return "ok";
  }

  #roots() {
    const roots = readCertificates(this.#file("root.crt"));
    must(roots.length, "root_crt");
    return roots;
  }

  /** @returns {Promise<State>} */
  async signature() {
    this.facts.sealedBy = await verifyCms(this.#file("seal.p7s"), this.#file("seal.json"), this.#roots());
    return "ok";
  }

  /** @returns {Promise<State>} */
  async log() {
    const checkpoint = readCheckpoint(this.#file("checkpoint.txt"));
    const [opened, sealed] = readInclusions(this.#file("inclusion.txt"));
    const { session, lines } = this.facts.journal;
    await mustInclude(opened, checkpoint, { event: "opened", session, hash: lines[0].hash });
    await mustInclude(sealed, checkpoint, { event: "sealed", session, hash: this.#hash("seal.json") });
    await verifyCms(this.#file("checkpoint.p7s"), this.#file("checkpoint.txt"), this.#roots());
    this.facts.logName = checkpoint.name;
    this.facts.logSize = checkpoint.size;
    return "ok";
  }

  /** @returns {Promise<State>} */
  async time() {
    if (!this.#files.has("checkpoint.tsr")) return "waiting";
    const roots = readCertificates(this.#file("tsa.crt"));
    const notary = signerKey(this.#file("seal.p7s"));
    this.facts.stampedBy = await verifyTimeStamp(this.#file("checkpoint.tsr"), this.#file("checkpoint.txt"), roots, notary);
    return "ok";
  }

  /** @returns {Promise<State>} */
  async after() {
    if (!this.#files.has("after.jsonl")) return "none";
    const expected = { session: this.facts.journal.session, first: this.#hash("seal.json") };
    this.facts.after = (await readJournal(this.#file("after.jsonl"), expected)).lines;
    must(this.facts.after.length, "cut");
    return "ok";
  }

  /** @returns {Promise<State>} */
  async content() {
    const given = this.#options.contentKey ?? null;
    if (!given && !this.#files.has("content.key")) return "none";
    must(given || this.#file("content.key").length === 65, "content_form"); /* 64 digits and a line feed */
    const key = given ?? readContentKey(readText(this.#file("content.key")));
    must(await isContentKey(key, this.facts.opened?.key_check ?? ""), "content_key");
    const opener = await Opener.with(key, agreementsOf(this.facts.signed));
    for (const [i, chunk] of this.facts.chunks.entries()) {
      const frames = await opener.open(chunk);
      this.#options.onFrames?.(frames);
      this.#options.onProgress?.(0.5 + (i + 1) / this.facts.chunks.length / 2);
    }
    this.facts.contentKey = key;
    return "ok";
  }
}

/** @typedef {"files" | "journal" | "agent" | "heads" | "terms" | "private" | "recording" | "key" | "control" | "seal" | "signature" | "log" | "time" | "after" | "content"} ItemName */

/** @type {readonly ItemName[]} in the order of section 11 */
export const ITEMS = Object.freeze([
  "files", "journal", "agent", "heads", "terms", "private", "recording", "key", "control", "seal", "signature", "log", "time", "after", "content",
]);

/** @param {string} point  130 digits */
async function importPoint(point) {
  try {
    return await subtle.importKey("raw", plain(fromHex(point)), P256, false, ["verify"]);
  } catch {
    throw new Broken("agent_key");
  }
}

/**
 * @typedef {Object} Options
 * @property {Uint8Array} [contentKey]  32 bytes, in place of a file content.key
 * @property {(share: number) => void} [onProgress]  from 0 to 1
 * @property {(frames: import("./recording.js").OpenFrame[]) => void} [onFrames]  of each chunk in turn, once they are open
 */

/**
 * Checks a bundle.
 * @param {Map<string, Uint8Array>} files  by name (section 10)
 * @param {Options} [options]
 * @returns {Promise<{ ok: boolean, items: Item[], first: string, facts: Facts }>}  first: the item that failed, or "";
 *   the facts of a bundle that failed are incomplete and prove nothing
 */
export async function verifyBundle(files, options = {}) {
  const check = new Check(files, options);
  const items = /** @type {Item[]} */ ([]);
  for (const item of ITEMS) {
    const result = await run(check, item);
    items.push(result);
    if (!result.ok) return { ok: false, items, first: result.item, facts: check.facts };
  }
  return { ok: true, items, first: "", facts: check.facts };
}

/** @param {Check} check @param {ItemName} item @returns {Promise<Item>} */
async function run(check, item) {
  try {
    const state = await check[item]();
    return { item, ok: true, state, text: state, why: "", values: {} };
  } catch (error) {
    const broken = error instanceof Broken ? error : new Broken("odd", { name: String(error) });
    return { item: broken.item || item, ok: false, state: "broken", text: broken.message, why: broken.why, values: broken.values };
  }
}


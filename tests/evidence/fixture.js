/**
 * fixture: a whole valid bundle as docs/EVIDENCE.md says, made without any of the programs under test.
 *
 *   node tests/evidence/fixture.js DIR [--chunks N] [--no-private] [--erased] [--no-stamp] [--paused] [--with-key]
 *                                      [--no-customer] [--again] [--tsa-rsa] [--seed S] [--keys DIR]
 *
 * DIR gets the files of the bundle and nothing else. DIR.keys (or --keys, which may be shared by many fixtures) gets
 * every private key, and `content.key`, so that a test can sign a forgery anew. The same seed gives the same story;
 * keys, signatures and times differ, since they are made now. --again: the advisor's page was loaded anew after the
 * first third, so that there are two agreements on keys.
 */
import { constants, createCipheriv, createHash, createPrivateKey, createPublicKey, hkdfSync, publicEncrypt, sign } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeKeys, openssl } from "./keys.js";

const root = new URL("../../", import.meta.url);
const PICTURE = 0x40;
const CURSOR = 0x41;
const SCREENS = 0x42;
const NOTICE = 0x46;
const CHAT = 0x47;
const FRAGMENT = 1500; /* small, so that updates come in several */
const CHUNK_MS = 2000;
const IDLE_MS = 10000;
const ZEROS = "0".repeat(64);

/** @param {...(Buffer | string)} parts */
export const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash("sha256")).digest();
/** @param {...(Buffer | string)} parts */
export const hex256 = (...parts) => sha256(...parts).toString("hex");

/** Canonical JSON: keys sorted by their bytes. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** @param {any[]} objects */
const lines = (objects) => objects.map((object) => `${canonical(object)}\n`).join("");

/** Bytes that depend on the seed alone. */
class Dice {
  #seed;
  #n = 0;

  /** @param {string} seed */
  constructor(seed) {
    this.#seed = seed;
  }

  /** @param {number} length  at most 32 */
  bytes(length) {
    return sha256(`${this.#seed}/${this.#n++}`).subarray(0, length);
  }

  /** @param {number} length  bytes */
  hex(length) {
    return this.bytes(length).toString("hex");
  }
}

/** @param {number} value */
function u32(value) {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

/** @param {number} value */
function u64(value) {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
}

/** Steps of one vector: [update, hash of the picture after it]. @param {string} name */
function* stepsOf(name) {
  const bytes = readFileSync(new URL(`tests/vectors/picture/${name}.bin`, root));
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    yield { update: bytes.subarray(at + 4, at + 4 + length), hash: bytes.readUInt32BE(at + 4 + length) };
    at += 8 + length;
  }
}

/** The film: pictures of the vectors, one after the other, for ever. */
class Film {
  #steps = /** @type {{ update: Buffer, hash: number }[]} */ ([]);
  #number = 0;
  hash = 0; /* FNV-1a of the picture that stands */

  /** @returns {{ number: number, update: Buffer, size: { width: number, height: number } | null }} */
  next() {
    if (!this.#steps.length) this.#steps = ["text", "drag"].flatMap((name) => [...stepsOf(name)]);
    const step = /** @type {{ update: Buffer, hash: number }} */ (this.#steps.shift());
    const isKey = (step.update[0] & 1) === 1;
    const size = isKey ? { width: step.update.readUInt16BE(1), height: step.update.readUInt16BE(3) } : null;
    this.hash = step.hash;
    return { number: ++this.#number, update: step.update, size };
  }

  /** The next picture will be a key frame: after a pause. */
  skipToKey() {
    while (this.#steps.length && !(this.#steps[0].update[0] & 1)) this.#steps.shift();
  }
}

/** A chain of canonical lines with `n`, and the hash of the line before. */
class Chain {
  #link;
  #first;
  lines = /** @type {string[]} */ ([]);

  /** @param {string} link  name of the field @param {string} first  its value in line 0 */
  constructor(link, first = ZEROS) {
    this.#link = link;
    this.#first = first;
  }

  get head() {
    return this.lines.length ? hex256(/** @type {string} */ (this.lines.at(-1))) : this.#first;
  }

  /** @param {object} fields */
  add(fields) {
    const line = canonical({ n: this.lines.length, [this.#link]: this.head, ...fields });
    this.lines.push(line);
    return line;
  }

  get file() {
    return Buffer.from(this.lines.map((line) => `${line}\n`).join(""));
  }
}

/** r || s of a P-256 signature. @param {string | Buffer} text @param {import("node:crypto").KeyObject} key */
const signRaw = (text, key) => sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });

/** r || s as DER. @param {Buffer} raw */
export function derOf(raw) {
  const integer = (/** @type {Buffer} */ bytes) => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at++;
    const body = bytes[at] & 0x80 ? Buffer.concat([Buffer.of(0), bytes.subarray(at)]) : bytes.subarray(at);
    return Buffer.concat([Buffer.of(2, body.length), body]);
  };
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

/** The uncompressed point of a P-256 key. @param {import("node:crypto").KeyObject} key */
function pointOf(key) {
  const { x, y } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.concat([Buffer.of(4), Buffer.from(String(x), "base64url"), Buffer.from(String(y), "base64url")]);
}

/** Hashes of the seven articles (docs/PROTOCOL.md 9.1). @param {string} text */
export function articlesOf(text) {
  const starts = [...text.matchAll(/^## [1-7]\. /gm)].map((match) => match.index);
  return starts.map((at, i) => hex256(text.slice(at, starts[i + 1])));
}

/** One session as agent, gateway and notary would have written it down. */
class Story {
  #keys;
  #dice;
  #options;
  #film = new Film();
  #seq = 0;
  #asks = 0;
  #grants = 0;
  #view = 0;
  #control = 0;
  #lastHead = 0;
  #chunkFrom = 0;
  #frameKey = Buffer.alloc(0);
  now;
  start;
  session;
  contentKey;
  wrapped = Buffer.alloc(0);
  journal = new Chain("p");
  agent = new Chain("prev");
  signatures = /** @type {Buffer[]} */ ([]);
  chunks = /** @type {Buffer[]} */ ([]);
  secrets = /** @type {any[]} */ ([]);
  terms = readFileSync(new URL("web/terms/terms-fr.txt", root));

  /** @param {Record<string, import("node:crypto").KeyObject>} keys @param {Dice} dice @param {any} options */
  constructor(keys, dice, options) {
    this.#keys = keys;
    this.#dice = dice;
    this.#options = options;
    this.session = dice.hex(16);
    this.contentKey = dice.bytes(32);
    const length = 90000 + options.chunks * 4000;
    this.start = this.now = Date.now() - 3600000 - length;
  }

  get pictureHash() {
    return this.#film.hash;
  }

  /** @param {number} ms */
  wait(ms) {
    this.now += ms;
  }

  /** A line of the journal. @param {string} event @param {object} data */
  note(event, data) {
    return this.journal.add({ event, data, session: this.session, wall_ms: this.now, boot_ms: this.now - this.start + 8640000 });
  }

  /** A line that the agent signs, and its copy in the journal. @param {string} event @param {object} fields */
  say(event, fields = {}) {
    const boot = this.now - this.start + 1200345;
    const line = this.#spoil(event, this.agent.add({ event, session: this.session, wall_ms: this.now - 140, boot_ms: boot, ...fields }));
    const raw = signRaw(line, this.#keys.agent);
    this.signatures.push(raw);
    this.note("consent", { line, sig: raw.toString("hex") });
  }

  /** A lie about the form of the last line. @param {string} event @param {string} line */
  #spoil(event, line) {
    const { lie } = this.#options;
    if (event !== "end" || !["space", "nest", "twice"].includes(lie)) return line;
    const spoilt = lie === "space" ? line.replace(/}$/, " }")
      : line.replace(/^{/, lie === "nest" ? '{"a":[[[[[[[[1]]]]]]]],' : '{"boot_ms":1,');
    return (this.agent.lines[this.agent.lines.length - 1] = spoilt);
  }

  open() {
    this.note("session", {
      advisor: "claire", ceiling: ["view", "point", "control"], purpose: "mise-en-place", purpose_label: "Mise en place",
    });
    this.wait(61000);
    this.#accept();
    this.wait(9000);
    this.note("joined", { transport: "web", who: "viewer" });
    this.note("joined", { transport: "native", who: "agent" });
    const odd = { bool: true, null: null, negative: -1, fraction: 1.5, huge: 2 ** 53 + 2, deep: [[[[[[{}]]]]]] }[String(this.#options.lie)];
    this.note("agent", { sign: pointOf(this.#keys.agent).toString("hex"), ...(odd === undefined ? {} : { zz: odd }) });
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
    this.wrapped = publicEncrypt({ key: this.#keys.evidence, ...padding }, this.contentKey);
    this.note("key", { sha256: hex256(this.wrapped) });
    this.say("open", {
      acceptance: this.acceptance, ceiling: ["view", "point", "control"], content_key: hex256(this.wrapped),
      key_check: hex256("guichet/1 content key", this.contentKey), purpose: "mise-en-place",
      sign: pointOf(this.#keys.agent).toString("hex"), terms: "2026-11",
    });
    this.wait(1400);
    this.pair("cascade velours");
    this.head();
  }

  /** An agreement with the viewer (5). @param {string} words */
  pair(words) {
    const transcript = this.#dice.bytes(32);
    this.#frameKey = Buffer.from(hkdfSync("sha256", this.contentKey, transcript, "guichet/1 agent to viewer", 32));
    this.say("paired", { seq: this.#seq, transcript: transcript.toString("hex"), words: hex256(words) });
  }

  /** The advisor's page was loaded anew: everything is asked again, and the picture begins with a key frame. */
  pairAgain() {
    this.note("left", { transport: "lost", who: "viewer" });
    this.say("suspend", { cap: "view", grant: this.#view, why: "pairing" });
    this.wait(4000);
    this.note("joined", { transport: "web", who: "viewer" });
    this.pair("fontaine tablier");
    this.wait(2500);
    this.ask("view");
    this.wait(2000);
    this.grant("view");
    this.#seq += 2; /* frames that were on their way */
    this.#film.skipToKey();
    this.#chunkFrom = this.now;
  }

  acceptance = "";

  #accept() {
    const values = {
      customer: this.#options.customer ? "Client-4711 – Jeanne Lefèvre" : "", ip: "203.0.113.27",
      user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    };
    this.acceptance = this.#dice.hex(16);
    const hashes = /** @type {Record<string, string>} */ ({});
    for (const [name, value] of Object.entries(values)) {
      const salt = this.#dice.hex(16);
      this.secrets.push({ name, salt, value });
      hashes[name] = hex256(`${name}\n${salt}\n${value}`);
    }
    this.note("accepted", {
      acceptance: this.acceptance, articles: articlesOf(this.terms.toString()), at_ms: this.now - 20, lang: "fr",
      private: hashes, terms: hex256(this.terms), version: "2026-11",
    });
  }

  /** The notary's signed head, signed in turn by the agent. */
  head() {
    this.#lastHead = this.now;
    const n = this.journal.lines.length;
    const text = canonical({ chunks: this.chunks.length, head: this.journal.head, n, session: this.session, wall_ms: this.now });
    const signature = signRaw(text, this.#options.lie === "head" ? this.#keys.agent : this.#keys.notary).toString("hex");
    this.wait(35);
    this.say("head", { gateway: text, gateway_sig: signature, sent: this.#seq });
  }

  /** @param {"view" | "point" | "control"} cap */
  ask(cap) {
    const texts = {
      view: "Claire Martin demande à voir votre écran.\nMotif : Mise en place.\n\nTout ce qui est affiché sera visible. Fermez d’abord ce que vous voulez garder pour vous.\nVotre conseiller ne pourra rien faire à votre place.",
      point: "Claire Martin demande à vous montrer des endroits de l’écran, avec une flèche et des cadres.\nMotif : Mise en place.\n\nCela ne touche à rien sur votre ordinateur.",
      control: "Claire Martin demande à utiliser votre souris et votre clavier.\nMotif : Mise en place.\n\nVous reprenez la main en bougeant la souris. Ne donnez jamais un mot de passe ni un code : votre banque ne les demande pas.",
    };
    this.note("asked", { ask: ++this.#asks, cap });
    this.say("ask", { ask: this.#asks, cap, text: texts[cap] });
  }

  /** @param {"view" | "point" | "control"} cap */
  grant(cap) {
    this.say("grant", { ask: this.#asks, cap, grant: ++this.#grants });
    if (cap === "view") this.#view = this.#grants;
    if (cap === "control") this.#control = this.#grants;
  }

  /** @param {string} cap @param {string} why */
  refuse(cap, why) {
    this.say("refuse", { ask: this.#asks, cap, why });
  }

  takeControlBack() {
    this.say("limit", { cap: "control", grant: this.#control, ...(this.#options.lie === "prev" ? { prev: ZEROS } : {}) });
    this.#control = 0;
  }

  counts() {
    const [mouse, text] = this.#dice.bytes(2);
    this.say("counts", { done_key: text % 3, done_mouse: 1 + (mouse % 40), done_point: 0, done_text: text % 9, local: 0, refused: 0 });
  }

  /** A sealed frame, as in a chunk. @param {number} kind @param {Buffer} plain @param {number} afterMs */
  #frame(kind, plain, afterMs) {
    this.#seq++;
    const header = Buffer.alloc(16);
    header[0] = 1;
    header[1] = kind;
    header.writeUInt16BE(1, 2);
    header.writeUInt32BE(plain.length + 16, 4);
    header.writeUInt32BE(this.#seq, 8);
    header.writeUInt32BE(kind === NOTICE ? 0 : this.#view, 12);
    const nonce = Buffer.concat([Buffer.from("A>V\0\0\0\0\0"), u32(this.#seq)]);
    const cipher = createCipheriv("aes-256-gcm", this.#frameKey, nonce);
    cipher.setAAD(header);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { bytes: Buffer.concat([u32(afterMs), header, sealed]), seq: this.#seq };
  }

  /** @param {number} afterMs */
  #pictureFrames(afterMs) {
    const { number, update, size } = this.#film.next();
    const frames = [];
    if (size) {
      const monitors = [{ x: 0, y: 0, ...size, primary: true }];
      frames.push(this.#frame(SCREENS, Buffer.from(JSON.stringify({ ...size, monitors })), afterMs));
      if (number === 1) frames.push(this.#frame(CURSOR, cursorShape(), afterMs));
    }
    for (let at = 0; at < update.length; at += FRAGMENT) {
      const plain = Buffer.concat([u32(number), u32(at), u32(update.length), update.subarray(at, at + FRAGMENT)]);
      frames.push(this.#frame(PICTURE, plain, afterMs));
    }
    if (this.#options.chat && number < 3) frames.push(this.#frame(CHAT, Buffer.from([3 - number, ...Buffer.from(this.#options.chat[number - 1])]), afterMs));
    const place = Buffer.alloc(9);
    place[0] = 1;
    place.writeInt32BE(40 + ((number * 37) % 320), 1);
    place.writeInt32BE(30 + ((number * 23) % 240), 5);
    frames.push(this.#frame(CURSOR, place, afterMs));
    return frames;
  }

  /** The recording begins, or goes on after a pause, now. */
  beginChunks() {
    this.#chunkFrom = this.now;
  }

  /** One chunk; `events` happen in its middle. @param {boolean} isIdle @param {() => void} [events] */
  chunk(isIdle, events) {
    const from = this.#chunkFrom;
    const to = from + (isIdle ? IDLE_MS : CHUNK_MS);
    if (this.#options.lie === "counter" && this.chunks.length === 3) this.#seq -= 2;
    let frames = isIdle ? [] : this.#pictureFrames(150);
    if (!isIdle && this.chunks.length % 2) frames.push(...this.#pictureFrames(1200));
    frames = this.#cut(frames);
    this.now = from + 900;
    events?.();
    this.now = Math.max(this.now, to);
    const number = this.chunks.length + 1;
    const file = Buffer.concat([
      Buffer.from("GUICHETR"), Buffer.from(this.session, "hex"), u32(number), u32(frames.length), u64(from), u64(to),
      this.#dice.bytes(16), ...frames.map((frame) => frame.bytes),
    ]);
    this.chunks.push(file);
    this.wait(40);
    this.note("chunk", {
      bytes: this.#options.lie === "bytes0" ? 0 : file.length, first_seq: frames[0]?.seq ?? 0, frames: frames.length, from_ms: from,
      last_seq: frames.at(-1)?.seq ?? 0, n: number, sha256: hex256(file), to_ms: to,
    });
    this.#chunkFrom = to;
    if (this.now - this.#lastHead >= 5000) this.head();
  }

  /** Frames that a gateway threw away. @param {any[]} frames */
  #cut(frames) {
    const { lie } = this.#options;
    if (lie === "cut" && this.#control) return [];
    if (lie === "cut_one" && this.#control) return frames.slice(0, -1);
    if (lie === "cut_rest" && (this.#isCut ||= this.#control > 0)) return [];
    return frames;
  }

  #isCut = false;

  /** A minute of control without a recording; the gateway says that the agent was away, but it goes on signing. */
  pretendLoss() {
    this.note("left", { how: "lost", who: "agent" });
    this.wait(500);
    this.note("joined", { how: "native", who: "agent" });
    for (let i = 0; i < 60; i++) {
      this.wait(1000);
      this.counts();
      if (i % 5 === 4) this.head();
    }
    this.#chunkFrom = this.now;
  }

  /** The link of the agent is lost while it has control, and comes back. @param {boolean} isKilled  the gateway was away too */
  lose(isKilled) {
    if (!isKilled) this.note("left", { how: "lost", who: "agent" });
    this.#seq += 3;
    this.wait(isKilled ? 14000 : 0);
    if (isKilled) this.#chunkFrom = this.now - 200;
    if (!isKilled) this.chunk(true); /* it runs on, without pictures */
    this.note("joined", { how: "native", who: "agent" });
    this.say("suspend", { cap: "control", grant: this.#control, why: "lost" });
    this.#control = 0;
    this.#seq++; /* PAIR_RESUMED */
    this.#film.skipToKey();
  }

  /** Six seconds that nobody recorded. @param {boolean} hasReason  a line that looks like one */
  leaveHole(hasReason) {
    this.wait(6000);
    if (hasReason) this.note("joined", { transport: "web", who: "viewer" });
    this.#chunkFrom = this.now;
  }

  pause() {
    this.say("pause", { who: "advisor", why: "card" });
    this.wait(15000);
    this.say("resume");
    this.#seq += 3; /* nobody kept them */
    this.#film.skipToKey();
    this.#chunkFrom = this.now;
  }

  end() {
    this.wait(300);
    this.say("end", { why: "customer" });
    this.note("end", { reason: "customer" });
    this.wait(200);
  }
}

/** A small white arrow with a black edge. */
function cursorShape() {
  const size = 12;
  const out = Buffer.alloc(9 + size * size * 4);
  out[0] = 2;
  out.writeUInt16BE(size, 1);
  out.writeUInt16BE(size, 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x <= y && x + y < size + 4; x++) {
      const isEdge = x === 0 || x === y || x + y === size + 3;
      out.writeUInt32BE(isEdge ? 0x000000ff : 0xffffffff, 9 + (y * size + x) * 4);
    }
  }
  return out;
}

/**
 * What happened: three asks, one refused, control for a third of the time, taken back by the customer's hand.
 * @param {Story} story @param {any} options
 */
function tell(story, { chunks, paused, again, lie, lost }) {
  story.open();
  story.wait(6000);
  story.ask("view");
  story.wait(3100);
  if (!chunks) story.refuse("view", "click");
  else story.grant("view");
  story.beginChunks();
  const first = Math.max(2, Math.ceil(chunks / 3));
  const last = Math.max(first + 1, Math.ceil((chunks * 2) / 3));
  for (let i = 1; i <= chunks; i++) {
    story.chunk(i % 6 === 5, () => {
      if (i === 1 && chunks > 2) story.ask("control");
      if (i === 2 && chunks > 2) story.refuse("control", "click");
      if (i === first + 1 && chunks > 4) [story.ask("control"), story.wait(700), story.grant("control")];
      if (i > first + 1 && i <= last && chunks > 4) story.counts();
      if (i === last + 1 && chunks > 4 && !lost) story.takeControlBack();
    });
    if (paused && i === last + 1) story.pause();
    if (lost && i === last) story.lose(lost === "gateway");
    if (lie === "left" && i === first + 2) story.pretendLoss();
    if (lie === "acted" && i === last + 2) story.counts();
    if (lie === "regrant" && i === first + 2) [story.wait(60000), story.ask("control"), story.grant("control"), story.note("left", { how: "lost", who: "viewer" }), story.beginChunks()];
    if (lie === "hole" && i === first + 3) story.leaveHole(true);
    if (lie === "gap" && i === last + 4) story.leaveHole(false);
    if (lie === "pause" && i === last + 2) [story.say("pause", { who: "advisor", why: "card" }), story.ask("control"), story.grant("control")];
    if (again && i === first) story.pairAgain();
  }
  story.end();
}

/** Nodes of RFC 9162 over leaves. */
export class Merkle {
  /** @param {string[]} entries */
  constructor(entries) {
    this.leaves = entries.map((entry) => sha256(Buffer.of(0), entry));
  }

  /** @param {number} [from] @param {number} [to] @returns {Buffer} */
  root(from = 0, to = this.leaves.length) {
    if (to - from === 0) return sha256("");
    if (to - from === 1) return this.leaves[from];
    const split = from + 2 ** Math.floor(Math.log2(to - from - 1));
    return sha256(Buffer.of(1), this.root(from, split), this.root(split, to));
  }

  /** Steps up the tree. @param {number} index @param {number} [from] @param {number} [to] @returns {string[]} */
  path(index, from = 0, to = this.leaves.length) {
    if (to - from === 1) return [];
    const split = from + 2 ** Math.floor(Math.log2(to - from - 1));
    if (index < split) return [...this.path(index, from, split), `right ${this.root(split, to).toString("hex")}`];
    return [...this.path(index, split, to), `left ${this.root(from, split).toString("hex")}`];
  }
}

/** CMS signature with CAdES attributes (7). @param {string} keyDir @param {string | Buffer} text @param {...string} options  in place of -cades @returns {Buffer} */
export function signCms(keyDir, text, ...options) {
  const work = mkdtempSync(join(tmpdir(), "fixture-"));
  writeFileSync(join(work, "text"), text);
  openssl(keyDir, "cms", "-sign", ...(options.length ? options : ["-cades"]), "-binary", "-nosmimecap", "-md", "sha256", "-signer", "notary.crt", "-inkey", "notary.key",
    "-outform", "DER", "-in", join(work, "text"), "-out", join(work, "sig"));
  const out = readFileSync(join(work, "sig"));
  rmSync(work, { recursive: true });
  return out;
}

/** RFC 3161 response over a text. @param {string} keyDir @param {string} text @returns {Buffer} */
export function stamp(keyDir, text) {
  const work = mkdtempSync(join(tmpdir(), "fixture-"));
  writeFileSync(join(work, "text"), text);
  openssl(keyDir, "ts", "-query", "-data", join(work, "text"), "-sha256", "-cert", "-out", join(work, "query"));
  openssl(keyDir, "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", join(work, "query"), "-signer", "tsa.crt",
    "-inkey", "tsa.key", "-out", join(work, "reply"));
  const out = readFileSync(join(work, "reply"));
  rmSync(work, { recursive: true });
  return out;
}

/** The agent's lines as files (10). @param {Map<string, Buffer>} files @param {Story} story */
function addGrants(files, story) {
  const events = story.agent.lines.map((line) => JSON.parse(line).event);
  story.agent.lines.forEach((line, n) => {
    if (events[n] === "counts" || (events[n] === "head" && n !== events.lastIndexOf("head"))) return;
    const name = `grants/${String(n).padStart(4, "0")}`;
    files.set(`${name}.txt`, Buffer.from(line));
    files.set(`${name}.sig`, derOf(story.signatures[n]));
  });
}

/** @param {Story} story @param {string} reason */
function sealOf(story, reason) {
  const list = story.chunks.map((chunk, i) => `${hex256(chunk)}  chunks/${String(i + 1).padStart(6, "0")}\n`).join("");
  return {
    v: 1, session: story.session, build: "guichet-notary 0.1.0", wall_ms: story.now, reason,
    journal: hex256(story.journal.file), journal_lines: story.journal.lines.length, journal_head: story.journal.head,
    agent_lines: story.agent.lines.length, agent_head: story.agent.head, chunks: story.chunks.length, recording: hex256(list),
    key: hex256(story.wrapped),
  };
}

/** @param {Story} story @param {string} seal @param {boolean} isErased */
function afterOf(story, seal, isErased) {
  const after = new Chain("p", hex256(seal));
  const add = (/** @type {string} */ event, /** @type {object} */ data) => {
    story.wait(60000);
    after.add({ event, data, session: story.session, wall_ms: story.now, boot_ms: story.now - story.start + 8640000 });
  };
  add("accessed", { by: "n.petit", how: "page" });
  if (isErased) {
    add("erase_asked", { by: "n.petit", ground: "demande du client, article 17" });
    add("erased", { by: "n.petit m.durand", ground: "demande du client, article 17", what: "key private" });
  }
  add("exported", { by: "n.petit", for: "customer" });
  return after;
}

/** The log: this session's entries among those of others. @param {Story} story @param {string} seal @param {Chain} after @param {Dice} dice */
function logOf(story, seal, after, dice) {
  const entries = /** @type {string[]} */ ([]);
  const add = (/** @type {string} */ event, /** @type {string} */ session, /** @type {string} */ hash, /** @type {number} */ at) =>
    entries.push(canonical({ event, hash, n: entries.length, session, wall_ms: at }));
  const others = [dice.hex(16), dice.hex(16), dice.hex(16)];
  add("opened", others[0], dice.hex(32), story.start - 900000);
  add("opened", others[1], dice.hex(32), story.start - 300000);
  add("sealed", others[0], dice.hex(32), story.start - 1000);
  const opened = add("opened", story.session, hex256(story.journal.lines[0]), story.start) - 1;
  add("opened", others[2], dice.hex(32), story.start + 20000);
  add("sealed", others[1], dice.hex(32), story.start + 50000);
  const sealed = add("sealed", story.session, hex256(seal), JSON.parse(seal).wall_ms) - 1;
  const erased = after.lines.find((line) => JSON.parse(line).event === "erased");
  if (erased) add("erased", story.session, hex256(erased), JSON.parse(erased).wall_ms);
  add("sealed", others[2], dice.hex(32), story.now);
  return { entries, opened, sealed };
}

/** @param {ReturnType<typeof logOf>} log @param {Merkle} tree */
function inclusionOf({ entries, opened, sealed }, tree) {
  const parts = [opened, sealed].flatMap((i) => [`entry ${entries[i]}`, `index ${i}`, ...tree.path(i)]);
  return `${["guichet-inclusion 1", ...parts].join("\n")}\n`;
}

/** SHA256SUMS of all files but itself and content.key. @param {Map<string, Buffer>} files */
export function sumsOf(files) {
  const names = [...files.keys()].filter((name) => !["SHA256SUMS", "content.key"].includes(name));
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Buffer.from(names.map((name) => `${hex256(/** @type {Buffer} */ (files.get(name)))}  ${name}\n`).join(""));
}

/** The texts and programs for the customer; a line each where the tree has none yet. @param {Map<string, Buffer>} files */
function addHelpers(files) {
  for (const [name, path] of [["LISEZMOI.txt", "web/reader/LISEZMOI.txt"], ["VERIFIER.sh", "web/reader/VERIFIER.sh"]]) {
    const url = new URL(path, root);
    files.set(name, existsSync(url) ? readFileSync(url) : Buffer.from(`# ${name} de la preuve d’essai\n`));
  }
  files.set("lecteur.html", Buffer.from("<!doctype html><title>Lecteur d’essai</title>\n"));
}

/**
 * Makes a bundle.
 * @param {string} keyDir  private keys; made if they are not there
 * @param {{ chunks?: number, private?: boolean, erased?: boolean, stamp?: boolean, paused?: boolean, withKey?: boolean, chat?: string[] | null,
 *   customer?: boolean, again?: boolean, tsaRsa?: boolean, lost?: "" | "link" | "gateway", lie?: string,
 *   seed?: string }} [options]  lost: in control, a link, or the gateway was killed; lie: a word of this file: what everybody signed is not right
 * @returns {{ files: Map<string, Buffer>, session: string, contentKey: string, pictureHash: number }}
 *   files by name; the content key in hexadecimal; FNV-1a of the last picture's RGBA bytes, as in tests/vectors/picture
 */
export function makeBundle(keyDir, options = {}) {
  const given = { chunks: 12, private: true, erased: false, stamp: true, paused: false, withKey: false, chat: null, customer: true, again: false, lie: "", lost: "", seed: "guichet", ...options };
  makeKeys(keyDir, { tsaRsa: options.tsaRsa });
  const read = (/** @type {string} */ name) => readFileSync(join(keyDir, name));
  const keys = {
    agent: createPrivateKey(read("agent.key")), notary: createPrivateKey(read("notary.key")), evidence: createPublicKey(read("evidence.pub")),
  };
  const dice = new Dice(given.seed);
  const story = new Story(keys, dice, given);
  tell(story, given);
  const files = /** @type {Map<string, Buffer>} */ (new Map());
  addHelpers(files);
  files.set("journal.jsonl", story.journal.file);
  if (given.private && !given.erased) files.set("private.jsonl", Buffer.from(lines(story.secrets)));
  if (!given.erased) files.set("key.wrapped", story.wrapped);
  story.chunks.forEach((chunk, i) => files.set(`chunks/${String(i + 1).padStart(6, "0")}`, chunk));
  const seal = `${canonical(sealOf(story, "customer"))}\n`;
  files.set("seal.json", Buffer.from(seal));
  files.set("seal.p7s", signCms(keyDir, seal));
  const after = afterOf(story, seal, given.erased);
  files.set("after.jsonl", after.file);
  files.set("terms.txt", story.terms);
  files.set("agent.pub", Buffer.from(createPublicKey(keys.agent).export({ type: "spki", format: "pem" })));
  addGrants(files, story);
  addLog(files, keyDir, logOf(story, seal, after, dice), story.now, given.stamp);
  files.set("root.crt", read("root.crt"));
  files.set("SHA256SUMS", sumsOf(files));
  const contentKey = story.contentKey.toString("hex");
  if (given.withKey) files.set("content.key", Buffer.from(`${contentKey}\n`));
  return { files, session: story.session, contentKey, pictureHash: story.pictureHash };
}

/**
 * @param {Map<string, Buffer>} files @param {string} keyDir @param {ReturnType<typeof logOf>} log
 * @param {number} wallMs @param {boolean} isStamped
 */
function addLog(files, keyDir, log, wallMs, isStamped) {
  const tree = new Merkle(log.entries);
  const checkpoint = `guichet-log 1\nbanque-exemple\n${log.entries.length}\n${tree.root().toString("hex")}\n${wallMs}\n`;
  files.set("checkpoint.txt", Buffer.from(checkpoint));
  files.set("checkpoint.p7s", signCms(keyDir, checkpoint));
  if (isStamped) {
    files.set("checkpoint.tsr", stamp(keyDir, checkpoint));
    files.set("tsa.crt", readFileSync(join(keyDir, "tsa-root.crt")));
  }
  files.set("inclusion.txt", Buffer.from(inclusionOf(log, tree)));
}

/** Writes files into an empty folder. @param {string} dir @param {Map<string, Buffer>} files */
export function writeBundle(dir, files) {
  rmSync(dir, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), bytes);
  }
}

function main() {
  const flag = /** @type {const} */ ({ type: "boolean" });
  const text = /** @type {const} */ ({ type: "string" });
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      chunks: text, seed: text, keys: text, "no-private": flag, erased: flag, "no-stamp": flag, paused: flag, "with-key": flag,
      "no-customer": flag, again: flag, "tsa-rsa": flag,
    },
  });
  const [dir] = positionals;
  const chunks = Number(values.chunks ?? 12);
  if (positionals.length !== 1 || !Number.isInteger(chunks) || chunks < 0 || chunks > 99999) throw new Error("usage: see the first lines of fixture.js");
  const keyDir = values.keys ?? `${dir}.keys`;
  const bundle = makeBundle(keyDir, {
    chunks, seed: values.seed, private: !values["no-private"], erased: values.erased, stamp: !values["no-stamp"], paused: values.paused,
    withKey: values["with-key"], customer: !values["no-customer"], again: values.again, tsaRsa: values["tsa-rsa"],
  });
  writeBundle(dir, bundle.files);
  writeFileSync(join(keyDir, "content.key"), `${bundle.contentKey}\n`);
  console.log(`${dir}: session ${bundle.session}, ${bundle.files.size} files`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

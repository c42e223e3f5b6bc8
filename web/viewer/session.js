/**
 * session: one assistance on the advisor's side: keys, consent, frames. Knows no DOM; tells its views
 * through events.
 */
import { Consent, ConsentGap } from "../shared/consent.js";
import { Pairing } from "../shared/sealing.js";
import { Kind, ProtocolError, jsonFrame, plainFrame, readJson } from "../shared/wire.js";
import { Files } from "./files.js";
import { Link } from "./link.js";

const utf8 = new TextEncoder();
const PING_MS = 2000;
const KEY_FRAME_MS = 500;
const LINES_MAX = 8192;
/** Longest message, bytes of UTF-8. */
export const CHAT_MAX = 400;

const SESSION_FIELDS = /** @type {const} */ ({
  session: "string", phase: "string", advisor: "string", purpose: "string", ceiling: "list",
  started_ms: "number", code: "string", code_expires_ms: "number", accepted_ms: "number",
  terms: "string", lang: "string", reason: "string",
});

const SCREENS_FIELDS = /** @type {const} */ ({ width: "number", height: "number", monitors: "list" });
const FILE_STATE_FIELDS = /** @type {const} */ ({ at: "number", file: "number", size: "number", state: "string", why: "string" });
const NOTICE_FIELDS = /** @type {const} */ ({ what: "string", ms: "number" });

/**
 * Events: "change" (anything a view shows), "picture" (detail: plain bytes of a fragment), "cursor", "screens",
 * "notice" (detail: strictly read), "line" (detail: a signed line, once), "chat" (detail: plain bytes), "file-state", "file-go", "file-data"
 * (details: docs/PROTOCOL.md section 10), "lost", "end-untold" (ended here without a link: tell the gateway another way),
 * "ended" (detail.reason).
 */
export class Session extends EventTarget {
  #link;
  #words;
  #pairing = /** @type {Pairing | null} */ (null);
  #sealer = /** @type {import("../shared/sealing.js").Sealer | null} */ (null);
  #lines = /** @type {Uint8Array[]} */ ([]);
  #received = 0; /* last counter of the agent, through every agreement */
  #isAgreeing = false;
  #isResuming = false;
  #out = Promise.resolve();
  #asks = 0;
  #told = -1; /* number of the last line that views know */
  #pingTimer = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined);
  #pingSent = 0;
  #keyFrameAsked = -KEY_FRAME_MS;
  #keyFrameTimer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /** What the gateway says about the session; informs, decides nothing. */
  facts = { phase: "opening", started_ms: 0, accepted_ms: 0, terms: "", ceiling: /** @type {string[]} */ ([]), code_used: false };
  agent = { present: false, transport: "" };
  linked = false;
  /** The two words, "" until the keys are agreed. */
  spoken = "";
  isLive = false;
  latency = -1;

  /**
   * @param {string} id  32 hexadecimal digits
   * @param {string[]} words  the 2,048 words
   * @param {() => WebSocket} connect
   */
  constructor(id, words, connect) {
    super();
    this.id = id;
    this.consent = new Consent(id);
    this.files = new Files(this);
    this.#words = words;
    this.#link = new Link(connect, (frame) => this.#take(frame));
    this.#link.addEventListener("open", () => this.#changed({ linked: true }));
    this.#link.addEventListener("lost", () => this.#onLost());
    this.#link.addEventListener("closed", (event) => {
      this.#onClosed(/** @type {CustomEvent} */ (event).detail.reason);
    });
  }

  open() {
    this.#link.open();
    this.#pingTimer = setInterval(() => this.#ping(), PING_MS);
  }

  /** Number of the grant, 0 when it is not allowed right now. @param {import("../shared/consent.js").Capability} cap */
  grant(cap) {
    return this.isLive ? this.consent.grant(cap) : 0;
  }

  /** @param {import("../shared/consent.js").Capability} cap */
  ask(cap) {
    this.#asks = Math.max(this.#asks + 1, 1);
    this.#link.send(jsonFrame(Kind.ASK, { ask: this.#asks, cap }));
  }

  cancelAsk() {
    this.#link.send(jsonFrame(Kind.ASK_CANCEL, { ask: this.#asks }));
  }

  /** @param {import("../shared/consent.js").Capability} cap */
  giveBack(cap) {
    this.#link.send(jsonFrame(Kind.GIVE_BACK, { cap }));
  }

  /** Nothing is kept until it is resumed; the agent takes control back. @param {"card" | "code" | "other"} why */
  pauseRecording(why) {
    const grant = this.grant("view");
    if (grant) this.#link.send(plainFrame(Kind.RECORD_PAUSE, utf8.encode(JSON.stringify({ why })), grant));
  }

  /** A frame about a file. @param {number} kind @param {object | Uint8Array} content  JSON, or bytes as they are */
  sendFile(kind, content) {
    this.#link.send(content instanceof Uint8Array ? plainFrame(kind, content) : jsonFrame(kind, content));
  }

  /** Bytes that wait for the network: a file is sent when few do. */
  get buffered() {
    return this.#link.buffered;
  }

  resumeRecording() {
    this.#link.send(jsonFrame(Kind.RECORD_RESUME, {}));
  }

  /** Writes a line of the advisor's into the journal. @param {string} text  one line, at most NOTE_MAX bytes */
  note(text) {
    const grant = this.grant("view");
    if (grant) this.#link.send(plainFrame(Kind.NOTE, utf8.encode(JSON.stringify({ text })), grant));
  }

  /** Ends the assistance: told to the gateway if there is a link, over on this page at once (S31). */
  end() {
    if (this.linked) this.#link.send(jsonFrame(Kind.END, {}));
    else this.dispatchEvent(new Event("end-untold"));
    this.#link.close("advisor");
  }

  /** Leaves the page's session without ending it. */
  leave() {
    this.#link.close("left");
  }

  /**
   * Seals and sends an act under the live grant of a capability; dropped if there is none.
   * @param {number} kind @param {Uint8Array} plain @param {import("../shared/consent.js").Capability} cap
   */
  act(kind, plain, cap) {
    const grant = this.grant(cap);
    const sealer = this.#sealer;
    if (!grant || !sealer) return;
    this.#sendLater(sealer.seal(kind, plain, grant));
  }

  /** Writes to the customer; it comes back as "chat" once he has it on his screen. @param {string} text */
  say(text) {
    const plain = utf8.encode(text.trim());
    if (plain.length > 0 && plain.length <= CHAT_MAX) this.act(Kind.CHAT_SAY, plain, "view");
  }

  /** @param {number} update @param {number} decodeUs @param {number} paintUs */
  acknowledge(update, decodeUs, paintUs) {
    const payload = new Uint8Array(12);
    const view = new DataView(payload.buffer);
    view.setUint32(0, update);
    view.setUint32(4, decodeUs);
    view.setUint32(8, paintUs);
    this.#sendViewed(Kind.PICTURE_ACK, payload);
  }

  /** Start over, please; not more often than the answer can come. */
  askKeyFrame() {
    if (this.#keyFrameTimer) return;
    const wait = this.#keyFrameAsked + KEY_FRAME_MS - performance.now();
    this.#keyFrameTimer = setTimeout(() => this.#askKeyFrameNow(), Math.max(0, wait));
  }

  #askKeyFrameNow() {
    this.#keyFrameTimer = undefined;
    this.#keyFrameAsked = performance.now();
    this.#sendViewed(Kind.KEY_FRAME, new Uint8Array(0));
  }

  /** @param {boolean} isVisible */
  tellVisibility(isVisible) {
    this.#sendViewed(Kind.VISIBILITY, Uint8Array.of(isVisible ? 1 : 0));
  }

  /** @param {number} kind @param {Uint8Array} payload */
  #sendViewed(kind, payload) {
    const grant = this.grant("view");
    if (grant) this.#link.send(plainFrame(kind, payload, grant));
  }

  /* ---- what comes in ---- */

  #handlers = /** @type {Map<number, (frame: any) => unknown>} */ (new Map([
    [Kind.SESSION, (/** @type {any} */ f) => this.#onSession(f)],
    [Kind.AGENT_STATE, (/** @type {any} */ f) => this.#onAgentState(f)],
    [Kind.CONSENT, (/** @type {any} */ f) => this.#onConsent(f)],
    [Kind.PAIR_COMMIT, (/** @type {any} */ f) => this.#onCommit(f)],
    [Kind.PAIR_REVEAL, (/** @type {any} */ f) => this.#onReveal(f)],
    [Kind.PAIR_SECRET, (/** @type {any} */ f) => this.#onSecret(f)],
    [Kind.PAIR_RESUMED, (/** @type {any} */ f) => this.#onResumed(f)],
    [Kind.PICTURE, (/** @type {any} */ f) => this.#onSealed("picture", f)],
    [Kind.CURSOR, (/** @type {any} */ f) => this.#onSealed("cursor", f)],
    [Kind.SCREENS, (/** @type {any} */ f) => this.#onSealed("screens", f, SCREENS_FIELDS)],
    [Kind.NOTICE, (/** @type {any} */ f) => this.#onSealed("notice", f, NOTICE_FIELDS)],
    [Kind.FILE_STATE, (/** @type {any} */ f) => this.#tell("file-state", readJson(f.payload, FILE_STATE_FIELDS))],
    [Kind.FILE_GO, (/** @type {any} */ f) => this.#tell("file-go", readNumbers(f.payload, 3))],
    [Kind.FILE_DATA, (/** @type {any} */ f) => this.#tell("file-data", f.payload.slice())],
    [Kind.CHAT, (/** @type {any} */ f) => this.#onSealed("chat", f)],
    [Kind.PONG, (/** @type {any} */ f) => this.#onPong(f)],
  ]));

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #take(frame) {
    const handle = this.#handlers.get(frame.kind);
    if (!handle) throw new ProtocolError(`kind ${frame.kind}`);
    await handle(frame);
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  #onSession(frame) {
    const facts = readJson(frame.payload, SESSION_FIELDS);
    if (facts.session !== this.id) throw new ProtocolError("another session");
    this.facts = { ...facts, code_used: facts.accepted_ms > 0 };
    if (facts.phase === "ended") this.#link.close(facts.reason || "gateway");
    this.#changed({});
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onAgentState(frame) {
    const fields = /** @type {const} */ ({ present: "boolean", transport: "string", os: "string", sign: "string" });
    const agent = readJson(frame.payload, fields);
    this.agent = agent;
    if (agent.present) this.#pair();
    else this.#onAgentLost();
    this.#changed({});
  }

  /** An agent that goes away instead of answering could not open what was sealed: its keys are others by now. */
  #onAgentLost() {
    if (this.#isResuming) this.#forgetKeys();
    this.isLive = false;
    this.#pairing = null;
  }

  /** Agrees on keys, or takes the old ones up again. */
  #pair() {
    const sealer = this.#sealer;
    this.isLive = false;
    this.#isResuming = sealer !== null;
    this.#isAgreeing = !sealer;
    if (sealer) this.#sendLater(sealer.seal(Kind.PAIR_RESUME, new Uint8Array(0)));
    else this.#link.send(plainFrame(Kind.PAIR_START));
  }

  /** In the order of the calls, which is that of the counters. @param {Promise<Uint8Array>} sealed */
  #sendLater(sealed) {
    this.#out = this.#out.then(async () => this.#link.send(await sealed));
  }

  #forgetKeys() {
    this.#received = Math.max(this.#received, this.#sealer?.received ?? 0);
    this.#sealer = null;
    this.#isResuming = false;
    this.isLive = false;
    this.spoken = "";
    this.consent.suspend();
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onCommit(frame) {
    this.#forgetKeys();
    this.#isAgreeing = true;
    this.#pairing = new Pairing(this.id, this.#words);
    this.#link.send(plainFrame(Kind.PAIR_KEY, await this.#pairing.answer(frame.payload)));
    this.#changed({});
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onReveal(frame) {
    if (!this.#pairing) throw new ProtocolError("reveal");
    const { words, sign } = await this.#pairing.reveal(frame.payload);
    await this.consent.trust(sign);
    this.spoken = words;
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onSecret(frame) {
    if (!this.#pairing) throw new ProtocolError("secret");
    this.#sealer = await this.#pairing.secret(frame, this.#received);
    this.#pairing = null;
    this.#isAgreeing = false;
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) await this.#takeLine(line);
    this.consent.suspend(); /* all of that was before these keys */
    this.#changed({ isLive: true });
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onResumed(frame) {
    if (!(await this.#open(frame))) return;
    this.#isResuming = false;
    this.#changed({ isLive: true });
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onConsent(frame) {
    if (!this.#sealer) { /* who signs is known once the keys are agreed */
      this.#keepLine(frame.payload);
      return;
    }
    try {
      const line = await this.#readLine(frame.payload);
      if (line?.event === "suspend" && line.why === "expired") this.ask(line.cap); /* its time was over: the customer is asked anew */
    } catch (error) {
      if (!(error instanceof ConsentGap)) throw error;
      this.#beginAgain(frame.payload);
    }
    this.#changed({});
  }

  /** @param {Uint8Array} payload */
  #keepLine(payload) {
    if (this.#lines.push(payload.slice()) > LINES_MAX) throw new ProtocolError("too many lines");
  }

  /** @param {Uint8Array} payload */
  async #readLine(payload) {
    const line = await this.consent.take(payload);
    this.#asks = Math.max(this.#asks, line.ask ?? 0);
    if (line.n <= this.#told) return null; /* told again after a loss */
    this.#told = line.n;
    this.#tell("line", line);
    return line;
  }

  /** A line that was kept while the keys were agreed: a gap before it does no harm, nothing is allowed yet. @param {Uint8Array} payload */
  async #takeLine(payload) {
    try {
      await this.#readLine(payload);
    } catch (error) {
      if (!(error instanceof ConsentGap)) throw error;
      this.consent.skip();
      await this.#readLine(payload);
    }
  }

  /**
   * Lines are missing, so what is allowed is not known any more: new keys and new words, by which every grant is
   * gone at the agent as well (section 5.4); the signing key must stay the same.
   * @param {Uint8Array} payload  the line that came after the gap
   */
  #beginAgain(payload) {
    this.#forgetKeys();
    this.consent.skip();
    this.#keepLine(payload);
    if (this.agent.present) this.#pair();
  }

  /**
   * @param {string} name @param {import("../shared/wire.js").Frame} frame
   * @param {Parameters<typeof readJson>[1]} [fields]  of the JSON inside; without: bytes as they are
   */
  async #onSealed(name, frame, fields) {
    const plain = await this.#open(frame);
    if (!plain) return;
    this.dispatchEvent(new CustomEvent(name, { detail: fields ? readJson(plain, fields) : plain }));
  }

  /** What was sealed; null for a frame that was on its way while new keys are being agreed. @param {import("../shared/wire.js").Frame} frame */
  async #open(frame) {
    if (this.#sealer) return this.#sealer.open(frame);
    if (!this.#isAgreeing) throw new ProtocolError("sealed before the keys");
    return null;
  }

  /* ---- time and loss ---- */

  #ping() {
    if (!this.isLive) return;
    this.#pingSent = performance.now();
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setFloat64(0, this.#pingSent);
    this.#link.send(plainFrame(Kind.PING, payload));
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  #onPong(frame) {
    const sent = new DataView(frame.payload.slice().buffer).getFloat64(0);
    if (sent === this.#pingSent) this.#changed({ latency: Math.max(0, Math.round(performance.now() - sent)) });
  }

  #onLost() {
    this.#pairing = null;
    this.#lines = []; /* told again after the return */
    this.#isAgreeing = this.#isResuming = false;
    this.#changed({ linked: false, isLive: false, latency: -1 });
    this.dispatchEvent(new Event("lost"));
  }

  /** @param {string} reason */
  #onClosed(reason) {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#keyFrameTimer);
    this.#sealer = null;
    this.files.close();
    const why = this.consent.ended || this.#reasonOf(reason);
    this.#changed({ linked: false, isLive: false });
    this.dispatchEvent(new CustomEvent("ended", { detail: { reason: why } }));
  }

  /** Reason the gateway gave with the last SESSION, if it gave one. @param {string} reason */
  #reasonOf(reason) {
    const told = /** @type {any} */ (this.facts).reason;
    return reason === "ended" && told ? told : reason;
  }

  /** @param {Partial<Session>} fields */
  #changed(fields) {
    Object.assign(this, fields);
    this.dispatchEvent(new Event("change"));
  }
}

/** Unsigned integers of 4 bytes. @param {Uint8Array} payload @param {number} count */
function readNumbers(payload, count) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return Array.from({ length: count }, (_, i) => view.getUint32(4 * i));
}

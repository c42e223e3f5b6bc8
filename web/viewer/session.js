/**
 * session: one assistance on the advisor's side: keys, consent, frames. Knows no DOM; tells its views
 * through events.
 */
import { Consent } from "../shared/consent.js";
import { Pairing } from "../shared/sealing.js";
import { Kind, ProtocolError, jsonFrame, plainFrame, readJson } from "../shared/wire.js";
import { Link } from "./link.js";

const PING_MS = 2000;
const KEY_FRAME_MS = 500;
const LINES_MAX = 8192;

const SESSION_FIELDS = /** @type {const} */ ({
  session: "string", phase: "string", advisor: "string", purpose: "string", ceiling: "list",
  started_ms: "number", code: "string", code_expires_ms: "number", accepted_ms: "number",
  terms: "string", lang: "string", reason: "string",
});

const SCREENS_FIELDS = /** @type {const} */ ({ width: "number", height: "number", monitors: "list" });
const NOTICE_FIELDS = /** @type {const} */ ({ what: "string", ms: "number" });

/**
 * Events: "change" (anything a view shows), "picture" (detail: plain bytes of a fragment), "cursor", "screens",
 * "notice" (detail: strictly read), "end-untold" (ended here without a link: tell the gateway another way),
 * "ended" (detail.reason).
 */
export class Session extends EventTarget {
  #link;
  #words;
  #pairing = /** @type {Pairing | null} */ (null);
  #sealer = /** @type {import("../shared/sealing.js").Sealer | null} */ (null);
  #lines = /** @type {Uint8Array[]} */ ([]);
  #out = Promise.resolve();
  #asks = 0;
  #pingTimer = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined);
  #pingSent = 0;
  #keyFrameAsked = -KEY_FRAME_MS;

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
    const sealed = sealer.seal(kind, plain, grant);
    this.#out = this.#out.then(async () => this.#link.send(await sealed));
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
    const now = performance.now();
    if (now - this.#keyFrameAsked < KEY_FRAME_MS) return;
    this.#keyFrameAsked = now;
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
    [Kind.PONG, (/** @type {any} */ f) => this.#onPong(f)],
  ]));

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
    if (agent.present) await this.#pair();
    else this.isLive = false;
    this.#changed({});
  }

  /** Agrees on keys, or takes the old ones up again. */
  async #pair() {
    this.isLive = false;
    if (this.#sealer) this.#link.send(await this.#sealer.seal(Kind.PAIR_RESUME, new Uint8Array(0)));
    else this.#link.send(plainFrame(Kind.PAIR_START));
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onCommit(frame) {
    this.#sealer = null;
    this.spoken = "";
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
    this.#sealer = await this.#pairing.secret(frame);
    this.#pairing = null;
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) await this.consent.take(line);
    this.#changed({ isLive: true });
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onResumed(frame) {
    if (!this.#sealer) throw new ProtocolError("resumed");
    await this.#sealer.open(frame);
    this.#changed({ isLive: true });
  }

  /** @param {import("../shared/wire.js").Frame} frame */
  async #onConsent(frame) {
    if (!this.#sealer) { /* who signs is known once the keys are agreed */
      if (this.#lines.push(frame.payload.slice()) > LINES_MAX) throw new ProtocolError("too many lines");
      return;
    }
    const line = await this.consent.take(frame.payload);
    this.#asks = Math.max(this.#asks, line.ask ?? 0);
    this.#changed({});
  }

  /**
   * @param {string} name @param {import("../shared/wire.js").Frame} frame
   * @param {Parameters<typeof readJson>[1]} [fields]  of the JSON inside; without: bytes as they are
   */
  async #onSealed(name, frame, fields) {
    if (!this.#sealer) throw new ProtocolError("sealed before the keys");
    const plain = await this.#sealer.open(frame);
    this.dispatchEvent(new CustomEvent(name, { detail: fields ? readJson(plain, fields) : plain }));
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
    this.#changed({ linked: false, isLive: false, latency: -1 });
  }

  /** @param {string} reason */
  #onClosed(reason) {
    clearInterval(this.#pingTimer);
    this.#sealer = null;
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

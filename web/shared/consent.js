/**
 * consent: what the customer has allowed, out of nothing but lines that his agent signed
 * (docs/PROTOCOL.md section 6.2). The advisor's page shows only this (S16).
 */
import { ProtocolError, readJson, readObject } from "./wire.js";
import { fromHex, sha256, toHex } from "./sealing.js";

/** @typedef {"view" | "point" | "control"} Capability */
/** @typedef {"none" | "asked" | "allowed" | "refused" | "withdrawn" | "suspended"} State */

/** @type {readonly Capability[]} */
export const CAPABILITIES = Object.freeze(["view", "point", "control"]);

/** Fields that this page reads out of a line, by event; numbers are at least 1. */
const EVENTS = new Map(Object.entries(/** @type {Record<string, Record<string, string>>} */ ({
  open: {}, paired: {}, counts: {}, head: {}, resume: {},
  pause: { who: "string", why: "string" },
  scope: { what: "string", title: "string" },
  caller: { who: "string" }, typed: { what: "string", question: "number" }, chat: { who: "string", length: "number" }, doubt: { what: "string" },
  ask: { ask: "number", cap: "string" },
  grant: { ask: "number", cap: "string", grant: "number" },
  refuse: { ask: "number", cap: "string", why: "string" },
  limit: { cap: "string", grant: "number" },
  release: { cap: "string", grant: "number" },
  suspend: { cap: "string", grant: "number", why: "string" },
  file_ask: { file: "number", way: "string" },
  file_accept: { file: "number", way: "string", name: "string", size: "number", sha256: "string" },
  file_refuse: { file: "number", way: "string", why: "string" },
  file_received: { file: "number", way: "string" },
  file_sent: { file: "number", way: "string" },
  file_cancelled: { file: "number", way: "string", why: "string" },
  delete: { step: "string" },
  end: { why: "string" },
})));

/** The object of a line that was signed. @param {string} line @returns {any} */
function readLine(line) {
  const event = readObject(line);
  const fields = EVENTS.get(event.event);
  if (!fields || !Number.isSafeInteger(event.n) || event.n < 0) throw new ProtocolError("line");
  for (const [name, type] of Object.entries(fields)) {
    const is = typeof event[name] === type && (type !== "number" || event[name] >= 1);
    if (!is) throw new ProtocolError(`line, field ${name}`);
  }
  return event;
}

/** A capability's state and the number of its grant. */
class Right {
  state = /** @type {State} */ ("none");
  grant = 0;
  why = "";
}

/** A line came whose predecessor did not: stored while this page was away, and not told since. */
export class ConsentGap extends ProtocolError {}

/**
 * Reads signed lines one after the other. A page that joins later has not seen the first ones: the chain
 * is checked from the first line it gets; signatures always.
 */
export class Consent {
  #key = /** @type {CryptoKey | null} */ (null);
  #sign = "";
  #session;
  #next = -1;
  #isSkipping = false;
  #prev = "";
  #grants = 0;
  #rights = new Map(CAPABILITIES.map((cap) => [cap, new Right()]));
  ended = "";
  /** The customer pressed « Un doute ? » and has not said yet that all is well. */
  isDoubting = false;
  /** Who called, as the customer said: "customer", "other", "" before he was asked. */
  caller = "";
  /** True while the customer reads the question of Suppr (section 6.7). */
  isDeleteAsked = false;
  /** Only one window is shown. */
  isOneWindow = false;
  /** Why the recording is paused, "" while it is not. */
  paused = "";

  /** @param {string} session */
  constructor(session) {
    this.#session = session;
  }

  /** Takes the agent's signing point; it cannot change within a session. @param {string} sign  130 digits */
  async trust(sign) {
    if (this.#sign && this.#sign !== sign) throw new ProtocolError("another signing key");
    if (this.#sign) return;
    this.#sign = sign;
    const params = { name: "ECDSA", namedCurve: "P-256" };
    const raw = /** @type {ArrayBuffer} */ (fromHex(sign).buffer);
    this.#key = await crypto.subtle.importKey("raw", raw, params, false, ["verify"]);
  }

  /** @param {Capability} cap @returns {State} */
  state(cap) {
    return this.#right(cap).state;
  }

  /** Number of the live grant, 0 if there is none. @param {Capability} cap */
  grant(cap) {
    const right = this.#right(cap);
    return right.state === "allowed" ? right.grant : 0;
  }

  /** Why it was refused or suspended, a word of section 6.2. @param {Capability} cap */
  why(cap) {
    return this.#right(cap).why;
  }

  /**
   * Goes on at whatever later line comes next, with nothing allowed: for a page that missed lines and agrees on
   * new keys, by which every grant is gone (section 5.4). The signing key stays; no earlier line counts again.
   */
  skip() {
    this.#isSkipping = true;
    this.suspend();
  }

  /** New keys: what was allowed or asked needs a new click. */
  suspend() {
    this.isDeleteAsked = false;
    for (const cap of CAPABILITIES) {
      if (["allowed", "asked"].includes(this.state(cap))) this.#set(cap, "suspended", 0, "pairing");
    }
  }

  /**
   * Takes the payload of a CONSENT frame.
   * @param {Uint8Array} payload
   * @returns {Promise<any>} the line's object
   * @throws {ConsentGap} if lines are missing before it; {@link ProtocolError} if it can never be right
   */
  async take(payload) {
    const { line, sig } = readJson(payload, { line: "string", sig: "string" });
    await this.#verify(line, sig);
    const event = readLine(line);
    if (event.session !== this.#session) throw new ProtocolError("line of another session");
    if (this.#next >= 0 && event.n < this.#next) return event; /* sent again after a loss */
    if (this.#next >= 0 && event.n > this.#next && !this.#isSkipping) throw new ConsentGap(`line ${event.n} after ${this.#next - 1}`);
    if (event.n === this.#next && event.prev !== this.#prev) throw new ProtocolError("chain");
    this.#next = event.n + 1;
    this.#isSkipping = false;
    this.#prev = toHex(await sha256(new TextEncoder().encode(line)));
    this.#apply(event);
    return event;
  }

  /** @param {string} line @param {string} sig */
  async #verify(line, sig) {
    if (!this.#key) throw new ProtocolError("a line before its key");
    const raw = /** @type {ArrayBuffer} */ (fromHex(sig).buffer);
    const text = /** @type {ArrayBuffer} */ (new TextEncoder().encode(line).buffer);
    if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, this.#key, raw, text))) {
      throw new ProtocolError("a line's signature does not hold");
    }
  }

  /** @param {any} event */
  #apply(event) {
    switch (event.event) {
      case "paired":
        this.suspend();
        break;
      case "ask":
        this.#set(event.cap, "asked", 0, "");
        break;
      case "grant":
        if (event.grant <= this.#grants) throw new ProtocolError("grant number");
        this.#grants = event.grant;
        this.#set(event.cap, "allowed", event.grant, "");
        break;
      case "refuse":
        if (event.why !== "busy" || this.state(event.cap) === "none") this.#set(event.cap, "refused", 0, event.why);
        break;
      case "limit":
        this.#takeAway(event.cap, "withdrawn", "");
        break;
      case "release":
        this.#takeAway(event.cap, "none", "");
        break;
      case "suspend":
        this.#takeAway(event.cap, "suspended", event.why);
        break;
      case "pause":
        this.paused = event.why;
        break;
      case "scope":
        this.isOneWindow = event.what === "window";
        break;
      case "resume":
        this.paused = "";
        break;
      case "caller":
        this.caller = event.who;
        break;
      case "doubt":
        this.isDoubting = event.what === "raised";
        break;
      case "delete":
        this.isDeleteAsked = event.step === "asked";
        break;
      case "end":
        this.isDoubting = false;
        this.#takeAway("view", "none", "");
        this.ended = event.why;
        break;
    }
  }

  /** Losing the view loses the rest. @param {Capability} cap @param {State} state @param {string} why */
  #takeAway(cap, state, why) {
    for (const each of cap === "view" ? CAPABILITIES : [cap]) {
      const has = ["allowed", "asked"].includes(this.state(each));
      if (each === cap || has) this.#set(each, state, 0, why);
    }
  }

  /** @param {Capability} cap @param {State} state @param {number} grant @param {string} why */
  #set(cap, state, grant, why) {
    Object.assign(this.#right(cap), { state, grant, why });
  }

  /** @param {Capability} cap */
  #right(cap) {
    const right = this.#rights.get(cap);
    if (!right) throw new ProtocolError(`capability ${cap}`);
    return right;
  }
}

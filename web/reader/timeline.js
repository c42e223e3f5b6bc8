/**
 * timeline: what happened in a session, out of its journal: asks and their answers, rights, who had the hand, pauses.
 * Data only; knows no page. Times are the notary's wall clock, which is the gateway's as well: the customer's clock
 * may be wrong.
 */
import { intervalsOf } from "./control.js";

const COUNTS_MS = 1000; /* a line `counts` tells of the second before it */

/** @typedef {"view" | "point" | "control"} Capability */

/**
 * @typedef {Object} Ask
 * @property {number} atMs
 * @property {Capability} cap
 * @property {string} text  as the customer read it; "" if it was never shown
 * @property {"granted" | "refused" | "open"} answer
 * @property {string} why  of a refusal: a word of PROTOCOL.md 6.2
 * @property {number} answeredMs  0 if it was not
 * @property {number} untilMs  end of what was granted, else 0
 */

/** @typedef {{ atMs: number, what: string, cap: string, why: string, n: number, name?: string }} Event  n: line of the journal; name: of a file, of a window */
/** @typedef {{ fromMs: number, toMs: number }} Span */
/** @typedef {Span & { who: "customer" | "both" | "advisor" }} Hand  both: the advisor may act; advisor: he did */

/** Events of signed lines that the list shows; the others are in the list of asks, or too many. */
const SIGNED = new Set(["open", "paired", "ask", "grant", "refuse", "limit", "release", "suspend", "pause", "resume", "caller", "scope", "typed", "doubt", "end",
  "file_accept", "file_refuse", "file_received", "file_sent", "file_cancelled"]);
/** Events that the notary or the gateway wrote and that people should see. */
const SEEN = new Set(["session", "accepted", "left", "note", "failed", "recover"]);

export class Timeline {
  fromMs;
  toMs;
  asks = /** @type {Ask[]} */ ([]);
  events = /** @type {Event[]} */ ([]);
  hands = /** @type {Hand[]} */ ([]);
  /** Moments at which the customer's own hand kept the advisor's from acting. @type {number[]} */
  interruptions = [];
  pauses = /** @type {Span[]} */ ([]);
  rights = /** @type {Record<Capability, Span[]>} */ ({ view: [], point: [], control: [] });
  totals = { mouse: 0, keys: 0, refused: 0 };
  reason = "";

  /**
   * @param {import("./journal.js").Line[]} lines  of the journal
   * @param {import("./journal.js").SignedLine[]} signed
   */
  constructor(lines, signed) {
    this.fromMs = lines[0]?.wallMs ?? 0;
    this.toMs = lines.reduce((latest, line) => Math.max(latest, line.wallMs), this.fromMs);
    for (const cap of /** @type {Capability[]} */ (["view", "point", "control"])) this.rights[cap] = intervalsOf(lines, signed, cap);
    const fieldsOf = new Map(signed.map(({ line, fields }) => [line.n, fields]));
    for (const line of lines) this.#take(line, fieldsOf.get(line.n) ?? null);
    this.#handOut();
  }

  /** Milliseconds for which a right was live. @param {Capability} cap */
  lengthOf(cap) {
    return this.rights[cap].reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  }

  /** @param {import("./journal.js").Line} line @param {any} fields */
  #take(line, fields) {
    if (line.event === "end") this.reason ||= line.data.reason;
    if (!fields) {
      if (SEEN.has(line.event)) this.#note(line, line.event, "", line.data.who ?? line.data.what ?? "");
      return;
    }
    if (SIGNED.has(fields.event)) this.#note(line, fields.event, fields.cap ?? fields.what ?? fields.who ?? "", fields.why ?? "", nameOf(fields));
    if (fields.event === "delete") this.#note(line, `delete_${fields.step}`, "", fields.why ?? "");
    if (fields.event === "ask") this.#ask(line.wallMs, fields, fields.text);
    if (fields.event === "grant" || fields.event === "refuse") this.#answer(line, fields);
    if (fields.event === "counts") this.#count(line.wallMs, fields);
    if (fields.event === "pause") this.pauses.push({ fromMs: line.wallMs, toMs: this.toMs });
    if (fields.event === "resume" && this.pauses.length) this.pauses[this.pauses.length - 1].toMs = line.wallMs;
  }

  /** @param {import("./journal.js").Line} line @param {string} what @param {string} cap @param {string} why @param {string} [name] */
  #note(line, what, cap, why, name) {
    const event = { atMs: line.wallMs, what, cap, why, n: line.n };
    this.events.push(name === undefined ? event : { ...event, name });
  }

  /** @param {number} atMs @param {any} fields @param {string} text */
  #ask(atMs, { cap, ask }, text) {
    this.asks.push({ atMs, cap, text, answer: "open", why: "", answeredMs: 0, untilMs: 0 });
    this.#numbers.push(ask);
  }

  #numbers = /** @type {number[]} */ ([]);

  /** @param {import("./journal.js").Line} line @param {any} fields */
  #answer({ wallMs, n }, fields) {
    if (!this.#numbers.includes(fields.ask)) this.#ask(wallMs, fields, ""); /* refused before it could be shown */
    const ask = this.asks[this.#numbers.lastIndexOf(fields.ask)];
    ask.answeredMs = wallMs;
    ask.answer = fields.event === "grant" ? "granted" : "refused";
    ask.why = fields.why ?? "";
    const right = this.rights[ask.cap]?.find((span) => /** @type {any} */ (span).fromN === n);
    if (ask.answer === "granted") ask.untilMs = right?.toMs ?? wallMs;
  }

  #acts = /** @type {Span[]} */ ([]);

  /** @param {number} atMs @param {any} counts */
  #count(atMs, { done_mouse: mouse, done_text: text, done_key: key, refused, local }) {
    this.totals.mouse += mouse;
    this.totals.keys += text + key;
    this.totals.refused += refused;
    if (local > 0) this.interruptions.push(atMs);
    if (mouse + text + key === 0) return;
    const last = this.#acts[this.#acts.length - 1];
    if (last && atMs - COUNTS_MS <= last.toMs + COUNTS_MS) last.toMs = atMs;
    else this.#acts.push({ fromMs: atMs - COUNTS_MS, toMs: atMs });
  }

  /** Cuts the session into pieces by who had the hand. */
  #handOut() {
    let at = this.fromMs;
    const add = (/** @type {number} */ toMs, /** @type {Hand["who"]} */ who) => {
      if (toMs > at) this.hands.push({ fromMs: at, toMs, who });
      at = Math.max(at, toMs);
    };
    for (const right of this.rights.control) {
      add(right.fromMs, "customer");
      for (const act of this.#acts) {
        if (act.toMs <= right.fromMs || act.fromMs >= right.toMs) continue;
        add(Math.min(act.fromMs, right.toMs), "both");
        add(Math.min(act.toMs, right.toMs), "advisor");
      }
      add(right.toMs, "both");
    }
    add(this.toMs, "customer");
  }
}

/** What an event is about, by name: a file, a window. @param {any} fields @returns {string | undefined} */
function nameOf({ event, name, title }) {
  if (event === "scope") return String(title ?? "");
  return event.startsWith("file_") ? String(name ?? "") : undefined;
}

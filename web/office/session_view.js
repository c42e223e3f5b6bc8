/**
 * session_view: one session: facts, ribbon, what happened, what was done with the evidence since. Fires "back" and
 * "replay".
 */
import { clock, day, length, name, sentence, size, utc } from "./formats.js";
import { make } from "./make.js";
import { drawRibbon } from "./ribbon.js";

/** True if there is a recording that a key can still open. @param {import("./api.js").History} history */
export const hasPictures = ({ chunks, after }) => chunks > 0 && !after.some(({ event }) => event === "erase_decided" || event === "erased");

export class SessionView extends EventTarget {
  #root;
  #words;
  /** @type {import("./api.js").History | null} */
  history = null;

  /** @param {HTMLElement} root @param {import("./formats.js").OfficeWords} words */
  constructor(root, words) {
    super();
    this.#root = root;
    this.#words = words;
    this.#find("#session-back").addEventListener("click", () => this.dispatchEvent(new Event("back")));
    this.#find("#session-replay").addEventListener("click", () => this.dispatchEvent(new Event("replay")));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {import("./api.js").History} history */
  show(history) {
    this.history = history;
    this.redraw();
  }

  clear() {
    this.history = null;
    for (const selector of ["#facts", "#ribbon", "#events tbody", "#after-list", "#session-files"]) this.#find(selector).replaceChildren();
    this.#find("#session-title").textContent = "";
  }

  redraw() {
    const { history } = this;
    if (!history) return;
    const words = this.#words;
    this.#find("#session-title").textContent = words.text("sessionTitle", { when: day(words, history.facts.started_ms) });
    this.#find("#facts").replaceChildren(...this.#facts(history));
    this.#find("#ribbon").replaceChildren(drawRibbon(words, history, words.text("ribbonTitle", { time: length(history.control_ms) })));
    this.#find("#events tbody").replaceChildren(...history.events.map((each) => this.#event(each)));
    this.#find("#events-cut").hidden = !history.truncated;
    this.#find("#after-none").hidden = history.after.length > 0;
    this.#find("#after-list").replaceChildren(...history.after.map((each) => make("li", {},
      make("time", { title: utc(each.ms) }, day(words, each.ms)), " ", sentence(words, each))));
    /** @type {HTMLButtonElement} */ (this.#find("#session-replay")).disabled = !hasPictures(history);
    this.#find("#session-files").textContent = words.text("sessionFiles", { list: history.files.join(", ") });
  }

  /** @param {import("./api.js").History} history */
  #facts({ session, facts, rights, counts, control_ms: control, chunks, bytes, gaps, private: personal }) {
    const words = this.#words;
    const pauses = gaps.filter(({ why }) => why === "pause").length;
    const done = ["done_mouse", "done_text", "done_key", "done_point"].map((key) => counts[key] ?? 0);
    const rows = /** @type {[Parameters<typeof words.text>[0], string][]} */ ([
      ["factNumber", session],
      ["factCustomer", personal.customer || words.text("unknown")],
      ["factAdvisor", facts.advisor ?? ""],
      ["factPurpose", facts.purpose_label ?? ""],
      ["factBegin", facts.started_ms ? `${day(words, facts.started_ms)} (${utc(facts.started_ms)})` : ""],
      ["factLength", facts.ended_ms ? length(facts.ended_ms - facts.started_ms) : ""],
      ["factOutcome", name(words, "outcome", facts.reason)],
      ["factTerms", facts.version ? words.text("factTermsOf", { version: facts.version, when: day(words, facts.accepted_ms) }) : words.text("none")],
      ["factControl", words.text("factControlOf", { time: length(control), n: rights.filter(({ cap }) => cap === "control").length })],
      ["factDone", words.text("factDoneOf", { mouse: done[0], text: done[1], key: done[2], point: done[3] })],
      ["factRefused", words.text("factRefusedOf", { refused: counts.refused ?? 0, local: counts.local ?? 0 })],
      ["factRecording", words.text("factRecordingOf", { chunks, size: size(words, bytes), pauses })],
    ]);
    return rows.flatMap(([key, value]) => [make("dt", {}, words.text(key)), make("dd", {}, value)]);
  }

  /** @param {import("./api.js").Happened} happened */
  #event(happened) {
    const kind = make("td", {}, sentence(this.#words, happened));
    if (typeof happened.data.text === "string") kind.append(make("q", {}, happened.data.text));
    return make("tr", {}, make("th", { scope: "row", title: utc(happened.ms) }, clock(this.#words, happened.ms)), kind);
  }
}

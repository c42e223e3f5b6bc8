/** search_view: finds sessions, shows them page by page, and reports them as CSV. Fires "open" with detail { session }. */
import { day, length, name, utc } from "./formats.js";
import { make, makeButton, offer } from "./make.js";

const OUTCOMES = ["customer", "advisor", "panic", "lost", "evidence", "gateway"];
const DAY_MS = 86_400_000;

export class SearchView extends EventTarget {
  #root;
  #api;
  #words;
  #onError;
  #form;
  #me = /** @type {import("./api.js").Me | null} */ (null);
  #found = /** @type {import("./api.js").Found[]} */ ([]);
  #filter = /** @type {import("./api.js").Filter | null} */ (null);
  #next = "";

  /**
   * @param {HTMLElement} root @param {import("./api.js").OfficeApi} api @param {import("./formats.js").OfficeWords} words
   * @param {(error: unknown) => void} onError
   */
  constructor(root, api, words, onError) {
    super();
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#onError = onError;
    this.#form = /** @type {HTMLFormElement} */ (this.#find("form"));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    this.#find("#search-more").addEventListener("click", () => this.#more());
    this.#find("#report").addEventListener("click", () => this.#report());
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {import("./api.js").Me} me */
  async show(me) {
    this.#me = me;
    this.redraw();
    await this.#search();
  }

  /** Forgets what was found. */
  clear() {
    this.#found = [];
    this.#filter = null;
    this.#form.reset();
    this.#draw();
  }

  /** Draws again after the language changed. */
  redraw() {
    const purposes = (this.#me?.purposes ?? []).map(({ id, label, label_en: en }) => [id, this.#words.lang === "en" ? en : label]);
    this.#options("purpose", purposes);
    this.#options("outcome", OUTCOMES.map((word) => [word, name(this.#words, "outcome", word)]));
    this.#draw();
  }

  /** @param {string} field @param {string[][]} values */
  #options(field, values) {
    const select = /** @type {HTMLSelectElement} */ (this.#form.elements.namedItem(field));
    const chosen = select.value;
    const any = make("option", { value: "" }, this.#words.text("any"));
    select.replaceChildren(any, ...values.map(([value, label]) => make("option", { value }, label)));
    select.value = chosen;
  }

  /** The form as a filter: whole local days. @returns {import("./api.js").Filter} */
  #read() {
    const data = new FormData(this.#form);
    const text = (/** @type {string} */ field) => String(data.get(field) ?? "").trim();
    const midnight = (/** @type {string} */ value) => value ? new Date(`${value}T00:00:00`).getTime() : 0;
    const to = midnight(text("to"));
    return {
      customer: text("customer"), advisor: text("advisor"), purpose: text("purpose"), outcome: text("outcome"),
      from_ms: Math.max(0, midnight(text("from"))), to_ms: to > 0 ? to + DAY_MS - 1 : 0,
    };
  }

  async #search() {
    this.#filter = this.#read();
    this.#found = [];
    this.#next = "";
    await this.#more();
  }

  async #more() {
    if (!this.#filter) return;
    try {
      const { sessions, next } = await this.#api.search(this.#filter, this.#next);
      this.#found.push(...sessions);
      this.#next = next;
    } catch (error) {
      this.#onError(error);
    }
    this.#draw();
  }

  async #report() {
    const filter = this.#read();
    const progress = this.#find("#report-progress");
    const button = /** @type {HTMLButtonElement} */ (this.#find("#report"));
    button.disabled = true;
    try {
      const blob = await this.#api.report(filter, (bytes) => {
        progress.textContent = this.#words.text("reportProgress", { n: Math.round(bytes / 1000) });
      });
      offer(blob, "assistances.csv");
      progress.textContent = this.#words.text("reportDone");
    } catch (error) {
      progress.textContent = "";
      this.#onError(error);
    } finally {
      button.disabled = false;
    }
  }

  #draw() {
    const count = this.#found.length;
    this.#find("#search-count").textContent = this.#filter ? this.#words.text(this.#next ? "foundMore" : "found", { n: count }) : "";
    this.#find("#search-more").hidden = this.#next === "";
    this.#find("#search-table").hidden = count === 0;
    this.#find("#search-table tbody").replaceChildren(...this.#found.map((each) => this.#row(each)));
  }

  /** @param {import("./api.js").Found} each */
  #row(each) {
    const when = day(this.#words, each.started_ms);
    const open = makeButton(this.#words.text("open"), () => {
      this.dispatchEvent(new CustomEvent("open", { detail: { session: each.session } }));
    });
    open.setAttribute("aria-label", this.#words.text("openOf", { when, who: each.display }));
    const state = name(this.#words, "found", each.state);
    return make("tr", {},
      make("th", { scope: "row", title: utc(each.started_ms) }, when),
      make("td", {}, each.ended_ms ? length(each.ended_ms - each.started_ms) : ""),
      make("td", {}, each.display),
      make("td", {}, each.purpose_label),
      make("td", { className: "mono" }, each.customer),
      make("td", {}, each.reason ? name(this.#words, "outcome", each.reason) : ""),
      make("td", {}, each.hold ? `${state}, ${this.#words.text("held")}` : state),
      make("td", {}, open));
  }
}

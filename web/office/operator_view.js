/** operator_view: seats and sessions now; the retention run, first on trial. No contents. */
import { day, name } from "./formats.js";
import { make } from "./make.js";

const REFRESH_MS = 10000;

export class OperatorView {
  #root;
  #api;
  #words;
  #onError;
  #timer = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined);
  #due = 0; /* of the last trial */

  /**
   * @param {HTMLElement} root @param {import("./api.js").OfficeApi} api @param {import("./formats.js").OfficeWords} words
   * @param {(error: unknown) => void} onError
   */
  constructor(root, api, words, onError) {
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#onError = onError;
    this.#find("#retention-trial").addEventListener("click", () => this.#run(true));
    this.#find("#retention-run").addEventListener("click", () => this.#run(false));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  async show() {
    this.close();
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MS);
    await this.#refresh();
  }

  /** Asks no more. */
  close() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  redraw() {
    if (this.#timer) this.#refresh();
  }

  async #refresh() {
    try {
      this.#draw(await this.#api.now());
    } catch (error) {
      this.close();
      this.#onError(error);
    }
  }

  /** @param {{ seats: number, taken: number, sessions: any[] }} now */
  #draw({ seats, taken, sessions }) {
    const words = this.#words;
    this.#find("#seats").textContent = words.text("seatsOf", { taken, seats });
    const meter = /** @type {HTMLMeterElement} */ (this.#find("#seats-meter"));
    meter.max = Math.max(1, seats);
    meter.high = Math.max(1, seats) * 0.9;
    meter.value = taken;
    this.#find("#now-none").hidden = sessions.length > 0;
    this.#find("#now-table").hidden = sessions.length === 0;
    this.#find("#now-table tbody").replaceChildren(...sessions.map((each) => make("tr", {},
      make("th", { scope: "row" }, day(words, each.started_ms)),
      make("td", {}, each.display ?? each.advisor ?? ""),
      make("td", {}, each.purpose_label ?? ""),
      make("td", {}, name(words, "bound", Boolean(each.joined))))));
  }

  /** A run erases a batch at a time and is asked again while something is left. @param {boolean} dry */
  async #run(dry) {
    const run = /** @type {HTMLButtonElement} */ (this.#find("#retention-run"));
    const list = this.#find("#retention-list");
    this.#say("retentionBusy");
    list.replaceChildren();
    run.disabled = true;
    try {
      let [count, result] = [0, await this.#api.retention(dry)];
      for (;;) {
        count += result.count;
        list.append(...result.erased.map((id) => make("li", { className: "mono" }, id)));
        this.#say(dry ? "retentionWould" : "retentionDid", { n: count, left: result.left });
        if (dry || result.count === 0 || result.left === 0) break;
        result = await this.#api.retention(false);
      }
      this.#due = dry ? count : 0;
    } catch (error) {
      this.#due = 0;
      this.#say(null);
      this.#onError(error);
    }
    run.disabled = this.#due === 0;
  }

  /** @param {keyof typeof import("./fr.js").fr | null} key @param {Record<string, number>} [values] */
  #say(key, values) {
    this.#find("#retention-state").textContent = key ? this.#words.text(key, values) : "";
  }
}

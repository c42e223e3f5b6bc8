/** files_view: the panel of files: send one, ask for one, and where each stands. */
import { isUnderWay } from "./files.js";

/** @typedef {import("../shared/words.js").TextKey} TextKey */

export class FilesView {
  #session;
  #files;
  #words;
  #panel;
  #toggle;
  #list;
  #trouble;
  #input;
  #send;
  #ask;
  #rows = /** @type {Map<number, Row>} */ (new Map());
  #ac = new AbortController();

  /** @param {HTMLElement} root @param {import("./session.js").Session} session @param {import("../shared/words.js").Words} words */
  constructor(root, session, words) {
    /** @param {string} selector */
    const find = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    const { signal } = this.#ac;
    this.#session = session;
    this.#files = session.files;
    this.#words = words;
    this.#panel = find("#files");
    this.#toggle = find("#tool-files");
    this.#list = find("#file-list");
    this.#trouble = find("#file-trouble");
    this.#input = /** @type {HTMLInputElement} */ (find("#file-input"));
    this.#send = /** @type {HTMLButtonElement} */ (find("#file-send"));
    this.#ask = /** @type {HTMLButtonElement} */ (find("#file-ask"));
    this.#list.replaceChildren();
    this.#panel.hidden = true;
    this.#toggle.addEventListener("click", () => this.#open(this.#panel.hidden), { signal });
    this.#send.addEventListener("click", () => this.#input.click(), { signal });
    this.#ask.addEventListener("click", () => this.#files.ask(), { signal });
    this.#input.addEventListener("change", () => this.#offer(), { signal });
    this.#files.addEventListener("change", () => this.draw(), { signal });
    this.draw();
  }

  close() {
    this.#ac.abort();
    for (const row of this.#rows.values()) row.close();
    this.#list.replaceChildren();
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#panel.hidden = !isOpen;
    this.draw();
    if (isOpen) this.#send.focus();
  }

  async #offer() {
    const file = this.#input.files?.[0];
    this.#input.value = "";
    this.#trouble.textContent = "";
    try {
      if (file) await this.#files.offer(file);
    } catch { /* it went away, or may not be read */
      this.#trouble.textContent = this.#words.text("fileWhy_disk");
    }
  }

  draw() {
    const session = this.#session;
    this.#toggle.hidden = !session.facts.ceiling.includes("files");
    if (this.#toggle.hidden) this.#panel.hidden = true;
    this.#toggle.setAttribute("aria-expanded", String(!this.#panel.hidden));
    this.#send.disabled = !session.isLive || this.#files.isBusy("down");
    this.#ask.disabled = !session.isLive || this.#files.isBusy("up");
    for (const t of this.#files.transfers.values()) this.#row(t).draw(t);
  }

  /** The newest stands first. @param {import("./files.js").Transfer} t */
  #row(t) {
    let row = this.#rows.get(t.id);
    if (!row) {
      row = new Row(this.#words, () => this.#files.stop(t.id));
      this.#rows.set(t.id, row);
      this.#list.prepend(row.element);
    }
    return row;
  }
}

/** One file of the list. */
class Row {
  element = document.createElement("li");
  #words;
  #name = document.createElement("span");
  #size = document.createElement("span");
  #state = document.createElement("span");
  #bar = document.createElement("progress");
  #stop = document.createElement("button");
  #save = document.createElement("a");

  /** @param {import("../shared/words.js").Words} words @param {() => void} stop */
  constructor(words, stop) {
    this.#words = words;
    this.#name.className = "name";
    this.#size.className = "small";
    this.#state.setAttribute("role", "status");
    this.#stop.type = "button";
    this.#stop.className = "file-stop";
    this.#stop.addEventListener("click", stop);
    this.#save.className = "file-save";
    this.element.append(this.#name, this.#size, this.#bar, this.#state, this.#stop, this.#save);
  }

  close() {
    if (this.#save.href) URL.revokeObjectURL(this.#save.href);
  }

  /** @param {import("./files.js").Transfer} t */
  draw(t) {
    const words = this.#words;
    const name = t.name || words.text("fileUnnamed");
    this.element.dataset.state = t.state;
    set(this.#name, name);
    set(this.#size, t.size ? this.#bytes(t.size) : "");
    set(this.#state, this.#sentence(t));
    this.#bar.hidden = t.state !== "filling" && t.state !== "moving";
    this.#bar.max = Math.max(1, t.size);
    this.#bar.value = t.at;
    this.#bar.setAttribute("aria-label", name);
    this.#stop.hidden = !isUnderWay(t);
    set(this.#stop, words.text("fileStop"));
    this.#stop.setAttribute("aria-label", words.text("fileStopLong", { name }));
    this.#save.hidden = !t.blob;
    if (!t.blob) return;
    set(this.#save, words.text("fileSave"));
    this.#save.setAttribute("aria-label", words.text("fileSaveLong", { name }));
    this.#save.download = t.name;
    if (!this.#save.href) this.#save.href = URL.createObjectURL(t.blob);
  }

  /** @param {import("./files.js").Transfer} t */
  #sentence(t) {
    const words = this.#words;
    const why = `fileWhy_${t.why}`;
    if (t.state === "failed") return words.text(words.has(why) ? why : "fileWhy_other");
    if (t.state === "refused") return words.text(["closed", "silence", "busy"].includes(t.why) ? /** @type {TextKey} */ (why) : "fileState_refused");
    const key = ["asked", "checking"].includes(t.state) ? `fileState_${t.state}` : `fileState_${t.state}_${t.way}`;
    const seconds = (performance.now() - t.since) / 1000;
    const percent = Math.floor((100 * t.at) / Math.max(1, t.size));
    return words.text(/** @type {TextKey} */ (key), { percent, speed: this.#bytes(seconds > 0 ? t.at / seconds : 0) });
  }

  /** @param {number} n */
  #bytes(n) {
    const words = this.#words;
    const format = new Intl.NumberFormat(words.lang, { maximumFractionDigits: n < 1e6 ? 0 : 1 });
    if (n < 1000) return words.text("sizeB", { n: format.format(n) });
    return n < 1e6 ? words.text("sizeKB", { n: format.format(n / 1e3) }) : words.text("sizeMB", { n: format.format(n / 1e6) });
  }
}

/** Changes a text only when it differs, so that screen readers are not told twice. @param {Element} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

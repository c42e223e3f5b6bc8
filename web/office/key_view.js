/**
 * key_view: the officer's evidence key: a file and a passphrase, read here and kept in this page's memory until he
 * leaves it. It is never stored and never sent. Fires "key".
 */
import { readEvidenceKey } from "../reader/evidence_key.js";

const FILE_MAX = 65536;

export class KeyView extends EventTarget {
  #form;
  #words;
  #onError;
  #read;
  /** @type {CryptoKey | null} */
  key = null;

  /**
   * @param {HTMLFormElement} form @param {import("./formats.js").OfficeWords} words @param {(error: unknown) => void} onError
   * @param {typeof readEvidenceKey} [read]
   */
  constructor(form, words, onError, read = readEvidenceKey) {
    super();
    this.#form = form;
    this.#words = words;
    this.#onError = onError;
    this.#read = read;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#load();
    });
  }

  /** Forgets the key. */
  clear() {
    this.key = null;
    this.#form.reset();
    this.redraw();
  }

  redraw() {
    const state = /** @type {HTMLElement} */ (this.#form.querySelector("#key-state"));
    state.textContent = this.#words.text(this.key ? "keyLoaded" : "keyNone");
    state.dataset.state = this.key ? "loaded" : "none";
  }

  async #load() {
    const data = new FormData(this.#form);
    const file = data.get("file");
    if (!(file instanceof Blob) || file.size === 0 || file.size > FILE_MAX) {
      this.#onError(new Error("keyFile"));
      return;
    }
    try {
      this.key = await this.#read(await file.text(), String(data.get("passphrase") ?? ""));
      this.#form.reset();
      this.redraw();
      this.dispatchEvent(new Event("key"));
    } catch (error) {
      this.#onError(error);
    }
  }
}

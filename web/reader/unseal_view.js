/**
 * unseal_view: lets an officer of the bank open a sealed film with content.key or with the evidence key. The key is
 * read in this page and given to nobody but the caller.
 */
import { Broken } from "./broken.js";
import { element } from "./dom.js";
import { isEncrypted, readEvidenceKey, unwrap } from "./evidence_key.js";
import { readContentKey } from "./recording.js";

const KEY_FILE_MAX = 65536;

export class UnsealView {
  #words;
  #wrapped;
  #onKey;
  #file = element("input", { type: "file", id: "key-file" });
  #pass = element("input", { type: "password", id: "key-pass", autocomplete: "off" });
  #passBox;
  #trouble = element("p", { class: "error", role: "alert", hidden: true });

  /**
   * @param {HTMLElement} root  is emptied
   * @param {import("./words.js").Words} words
   * @param {Uint8Array | null} wrapped  key.wrapped; null: only content.key can open
   * @param {(contentKey: Uint8Array) => Promise<void>} onKey  throws Broken if it is not the right one
   */
  constructor(root, words, wrapped, onKey) {
    this.#words = words;
    this.#wrapped = wrapped;
    this.#onKey = onKey;
    this.#passBox = element("p", { hidden: true }, element("label", { for: "key-pass" }, words.say("unsealPass")), this.#pass);
    const form = element("form", {}, element("p", {}, words.say("unsealText")),
      element("p", {}, element("label", { for: "key-file" }, words.say("unsealFile")), this.#file), this.#passBox,
      element("button", { type: "submit" }, words.say("unsealDo")), this.#trouble);
    root.replaceChildren(element("details", { class: "unseal" }, element("summary", {}, words.say("unsealTitle")), form));
    this.#file.addEventListener("change", () => void this.#looked());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#open();
    });
  }

  async #text() {
    const file = this.#file.files?.[0];
    if (!file || file.size > KEY_FILE_MAX) throw new Broken("pem");
    return file.text();
  }

  /** Asks for a passphrase if the file that was chosen needs one. */
  async #looked() {
    const text = await this.#text().catch(() => "");
    let needs = false;
    try {
      needs = isEncrypted(text);
    } catch {
      needs = false; /* no evidence key: told when it is opened */
    }
    this.#passBox.hidden = !needs;
    if (needs) this.#pass.focus();
  }

  async #open() {
    this.#show(this.#words.say("unsealBusy"), false);
    try {
      const text = await this.#text();
      await this.#onKey(text.includes("-----BEGIN") ? await this.#unwrap(text) : readContentKey(text));
    } catch (error) {
      const why = error instanceof Broken ? `broken_${error.why}` : "unsealOther";
      this.#show(this.#words.sayOr(why, "unsealOther"), true);
    } finally {
      this.#pass.value = "";
    }
  }

  /** @param {string} pem */
  async #unwrap(pem) {
    if (!this.#wrapped) throw new Broken("wrapped");
    return unwrap(await readEvidenceKey(pem, this.#pass.value), this.#wrapped);
  }

  /** @param {string} text @param {boolean} isError */
  #show(text, isError) {
    this.#trouble.textContent = text;
    this.#trouble.classList.toggle("error", isError);
    this.#trouble.hidden = false;
  }
}

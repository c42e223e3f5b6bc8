/**
 * actions_view: what an officer can do with the evidence of a session: export it, add a rectification, hold it, have it
 * erased. Each asks in a dialog of its own and says what it did. Fires "changed".
 */
import { unwrap } from "../reader/evidence_key.js";
import { addToZip, contentKeyText } from "./customer_bundle.js";
import { size } from "./formats.js";
import { offer } from "./make.js";
import { hasPictures } from "./session_view.js";

export class ActionsView extends EventTarget {
  #root;
  #api;
  #words;
  #keys;
  #onError;
  #session = "";
  #mayOpen = false;
  #export = /** @type {AbortController | null} */ (null);

  /**
   * @param {HTMLElement} root @param {import("./api.js").OfficeApi} api @param {import("./formats.js").OfficeWords} words
   * @param {import("./key_view.js").KeyView} keys @param {(error: unknown) => void} onError
   */
  constructor(root, api, words, keys, onError) {
    super();
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#keys = keys;
    this.#onError = onError;
    this.#find("#export-bank").addEventListener("click", () => this.#bundle("bank"));
    this.#find("#export-customer").addEventListener("click", () => this.#bundle("customer"));
    this.#find("#export-stop").addEventListener("click", () => this.#export?.abort());
    this.#dialog("rectify", (text) => this.#api.rectify(this.#session, text));
    this.#dialog("hold", (text) => this.#api.hold(this.#session, true, text));
    this.#dialog("release", (text) => this.#api.hold(this.#session, false, text));
    this.#dialog("erase", (text) => this.#api.erase(this.#session, text));
    this.#dialog("confirm", () => this.#api.confirmErasure(this.#session));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {import("./api.js").History} history */
  show(history) {
    this.#session = history.session;
    this.#find("#export-state").textContent = "";
    const last = (/** @type {string[]} */ events) => history.after.filter(({ event }) => events.includes(event)).at(-1)?.event;
    const isHeld = last(["held", "released"]) === "held";
    const isErased = last(["erased"]) !== undefined;
    const isAsked = last(["erase_asked"]) !== undefined && !isErased;
    this.#find("#hold-open").hidden = isHeld;
    this.#find("#release-open").hidden = !isHeld;
    this.#find("#erase-open").hidden = isAsked || isErased;
    this.#find("#confirm-open").hidden = !isAsked;
    this.#find("#held-note").hidden = !isHeld;
    this.#find("#erased-note").hidden = !isErased;
    /** @type {HTMLButtonElement} */ (this.#find("#export-customer")).disabled = !hasPictures(history);
    this.#mayOpen = hasPictures(history);
  }

  /** A dialog with one field of text, and what it does. @param {string} name @param {(text: string) => Promise<unknown>} act */
  #dialog(name, act) {
    const dialog = /** @type {HTMLDialogElement} */ (this.#find(`#${name}-dialog`));
    const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
    this.#find(`#${name}-open`).addEventListener("click", () => {
      form.reset();
      dialog.showModal();
    });
    dialog.querySelector(".cancel")?.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      dialog.close();
      try {
        await act(String(new FormData(form).get("text") ?? "").trim());
        this.dispatchEvent(new Event("changed"));
      } catch (error) {
        this.#onError(error);
      }
    });
  }

  /** @param {"bank" | "customer"} audience */
  async #bundle(audience) {
    const { key } = this.#keys;
    if (audience === "customer" && !key) {
      this.#onError(new Error("keyNeeded"));
      return;
    }
    this.#begin();
    try {
      const bundle = await this.#fetch(audience);
      const whole = audience === "customer" && key ? await this.#open(bundle, key) : bundle;
      offer(whole, `guichet-${this.#session.slice(0, 8)}-${this.#words.text(audience === "bank" ? "fileBank" : "fileCustomer")}.zip`);
      this.#find("#export-state").textContent = this.#words.text("exportDone", { size: size(this.#words, whole.size) });
      this.dispatchEvent(new Event("changed"));
    } catch (error) {
      this.#find("#export-state").textContent = "";
      if (/** @type {any} */ (error)?.name !== "AbortError") this.#onError(error);
    } finally {
      this.#end();
    }
  }

  #begin() {
    this.#export = new AbortController();
    this.#find("#export-stop").hidden = false;
    this.#find("#export-state").textContent = this.#words.text("exportBegun");
    for (const id of ["bank", "customer"]) /** @type {HTMLButtonElement} */ (this.#find(`#export-${id}`)).disabled = true;
  }

  #end() {
    this.#export = null;
    this.#find("#export-stop").hidden = true;
    /** @type {HTMLButtonElement} */ (this.#find("#export-bank")).disabled = false;
    /** @type {HTMLButtonElement} */ (this.#find("#export-customer")).disabled = !this.#mayOpen;
  }

  /** @param {"bank" | "customer"} audience */
  #fetch(audience) {
    return this.#api.bundle(this.#session, audience, (bytes) => {
      this.#find("#export-state").textContent = this.#words.text("exportProgress", { size: size(this.#words, bytes) });
    }, this.#export?.signal);
  }

  /** The customer's version: his recording opened, here. @param {Blob} bundle @param {CryptoKey} key */
  async #open(bundle, key) {
    const wrapped = await this.#api.file(this.#session, "key.wrapped", this.#export?.signal);
    return addToZip(bundle, "content.key", contentKeyText(await unwrap(key, wrapped)));
  }
}

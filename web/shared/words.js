/** words: the language of the page, and its sentences. */
import { en } from "./en.js";
import { fr } from "./fr.js";

/** @typedef {keyof typeof fr} TextKey */

/** @template {Readonly<Record<string, string>>} [T=typeof fr] */
export class Words {
  #languages;
  #texts;
  lang = "fr";

  /** @param {{ fr: T, en: T }} [languages]  the advisor's page, if none are given */
  constructor(languages = /** @type {any} */ ({ fr, en })) {
    this.#languages = languages;
    this.#texts = languages.fr;
  }

  /** @param {string} lang  "fr" or "en" */
  choose(lang) {
    this.lang = lang === "en" ? "en" : "fr";
    this.#texts = this.lang === "en" ? this.#languages.en : this.#languages.fr;
  }

  /**
   * A sentence, with {name} replaced.
   * @param {keyof T & string} key @param {Record<string, string | number>} [values]
   */
  text(key, values = {}) {
    return this.#texts[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  /** True if there is such a sentence. @param {string} key @returns {key is keyof T & string} */
  has(key) {
    return key in this.#texts;
  }

  /** "14:02" of UTC milliseconds. @param {number} ms */
  time(ms) {
    return new Date(ms).toLocaleTimeString(this.lang, { hour: "2-digit", minute: "2-digit" });
  }

  /** "3:07" of a duration. @param {number} ms */
  span(ms) {
    const s = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  }

  /** Fills every element under `root` that names its sentence. @param {ParentNode} root */
  fill(root) {
    for (const element of root.querySelectorAll("[data-text]")) {
      element.textContent = this.text(/** @type {keyof T & string} */ (element.getAttribute("data-text")));
    }
    for (const element of root.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.text(/** @type {keyof T & string} */ (element.getAttribute("data-label"))));
    }
  }
}

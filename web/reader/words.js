/** words: sentences out of fr.js and en.js, and times and lengths as people say them. */
import { en } from "./en.js";
import { fr } from "./fr.js";

/** @typedef {Record<string, string>} Table */

/** One language. Times are those of the reader's own time zone. */
export class Words {
  lang;
  /** @type {Table} */
  #table;
  #locale;

  /** @param {"fr" | "en"} lang @param {Table} [table]  other words than those of lecteur.html: the office's */
  constructor(lang, table) {
    this.lang = lang;
    this.#table = table ?? (lang === "fr" ? fr : en);
    this.#locale = lang === "fr" ? "fr-FR" : "en-GB";
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.#table, key);
  }

  /** The sentence, its {places} filled. @param {string} key @param {Record<string, string | number>} [values] */
  say(key, values = {}) {
    const text = this.#table[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_match, name) => String(values[name] ?? "")).trimEnd();
  }

  /** The first of two keys that exists. @param {string} key @param {string} other @param {Record<string, string | number>} [values] */
  sayOr(key, other, values) {
    return this.say(this.has(key) ? key : other, values);
  }

  /** "mercredi 25 novembre 2026". @param {number} ms */
  day(ms) {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: "full" }).format(ms);
  }

  /** "14:02". @param {number} ms */
  hour(ms) {
    return new Intl.DateTimeFormat(this.#locale, { hour: "2-digit", minute: "2-digit" }).format(ms);
  }

  /** "14:02:11". @param {number} ms */
  clock(ms) {
    return new Intl.DateTimeFormat(this.#locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
  }

  /** "25 novembre 2026 à 14:02". @param {number} ms */
  moment(ms) {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: "long", timeStyle: "short" }).format(ms);
  }

  /** The reader's time zone, "Europe/Paris". */
  get zone() {
    return new Intl.DateTimeFormat(this.#locale).resolvedOptions().timeZone;
  }

  /** "2 min 05 s". @param {number} ms */
  length(ms) {
    const seconds = Math.round(ms / 1000);
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
    return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} min`;
  }

  /** "0:12", as players show it. @param {number} ms */
  counter(ms) {
    const seconds = Math.floor(ms / 1000);
    const rest = `${String(Math.floor(seconds / 60) % 60).padStart(seconds < 3600 ? 1 : 2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${rest}`;
  }
}

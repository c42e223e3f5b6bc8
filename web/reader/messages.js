/**
 * messages: what customer and advisor wrote to each other, beside a film that plays (S27): those that are still to come
 * stand there as well, but pale. Builds its own elements; its words come from outside. The film may grow.
 */
import { element } from "./dom.js";

/** What nobody should see raw: controls, and what turns the direction of writing. */
const UNPRINTABLE = /\p{C}/gu;

/**
 * @typedef {Object} Parts
 * @property {import("./film.js").Film} film
 * @property {{ title: string, none: string, customer: string, advisor: string }} words
 * @property {(atMs: number) => string} clock
 * @property {(atMs: number) => void} onJump
 */

export class Messages {
  #parts;
  #list = element("ol", { class: "film-chat", role: "list" });
  #none;
  root;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#none = element("p", { class: "hint" }, parts.words.none);
    this.root = element("div", { class: "film-messages" },
      element("h3", {}, parts.words.title), this.#none, this.#list);
  }

  /** @param {number} timeMs  the moment that is shown */
  follow(timeMs) {
    const { messages } = this.#parts.film;
    for (const message of messages.slice(this.#list.children.length)) this.#list.append(this.#item(message));
    this.#none.hidden = messages.length > 0;
    messages.forEach(({ atMs }, i) => this.#list.children[i].classList.toggle("is-later", atMs > timeMs));
  }

  /** @param {import("./film.js").Message} message */
  #item({ atMs, who, text }) {
    const { words, clock, onJump } = this.#parts;
    const button = element("button", { type: "button" }, element("span", { class: "film-when" }, clock(atMs)),
      element("span", {}, element("strong", {}, `${words[who]} : `), element("bdi", {}, text.replaceAll(UNPRINTABLE, "\u{fffd}"))));
    button.addEventListener("click", () => onJump(atMs));
    return element("li", { class: `by-${who}` }, button);
  }
}

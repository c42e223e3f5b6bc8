/**
 * chat_view: messages between advisor and customer (docs/PROTOCOL.md 7.7). What stands in the list was on the customer's
 * screen: the advisor's own words appear when they come back from there. Text only, never markup.
 */
import { ProtocolError } from "../shared/wire.js";
import { CHAT_MAX } from "./session.js";

const KEPT = 200;
const Who = Object.freeze({ CUSTOMER: 1, ADVISOR: 2 });
const QUICK = /** @type {const} */ (["chatQuick1", "chatQuick2", "chatQuick3", "chatQuick4", "chatQuick5", "chatQuick6"]);

export class ChatView {
  #session;
  #words;
  #root;
  #toggle;
  #list;
  #form;
  #field;
  #quick;
  #send;
  #ac = new AbortController();

  /**
   * @param {HTMLElement} root @param {HTMLElement} toggle  the button that shows it
   * @param {import("./session.js").Session} session @param {import("../shared/words.js").Words} words
   */
  constructor(root, toggle, session, words) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.#root = root;
    this.#toggle = toggle;
    this.#session = session;
    this.#words = words;
    this.#list = find("#chat-list");
    this.#form = /** @type {HTMLFormElement} */ (find("#chat-form"));
    this.#field = /** @type {HTMLInputElement} */ (find("#chat-field"));
    this.#quick = /** @type {HTMLSelectElement} */ (find("#chat-quick"));
    this.#send = /** @type {HTMLButtonElement} */ (find("#chat-send"));
    this.#list.replaceChildren();
    this.#field.value = "";
    this.#listen();
    this.#open(false);
    this.draw();
  }

  close() {
    this.#ac.abort();
    this.#list.replaceChildren();
    this.#open(false);
  }

  #listen() {
    const { signal } = this.#ac;
    this.#toggle.addEventListener("click", () => {
      this.#open(this.#root.hidden);
      if (!this.#root.hidden) this.#field.focus();
    }, { signal });
    this.#form.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#quick.addEventListener("change", () => this.#choose(), { signal });
    this.#session.addEventListener("chat", (event) => this.#take(/** @type {CustomEvent} */ (event).detail), { signal });
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#root.hidden = !isOpen;
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (!text || !this.#canWrite) return;
    if (new TextEncoder().encode(text).length > CHAT_MAX) {
      this.#field.setCustomValidity(this.#words.text("chatTooLong"));
      this.#field.reportValidity();
      return;
    }
    this.#session.say(text);
    this.#field.value = "";
    this.#field.focus();
  }

  /** A sentence that is ready is put into the field, not sent. */
  #choose() {
    const key = QUICK[Number(this.#quick.value)];
    this.#quick.value = "";
    if (!key) return;
    this.#field.value = this.#words.text(key);
    this.#field.focus();
  }

  /** @param {Uint8Array} plain */
  #take(plain) {
    const isOwn = plain[0] === Who.ADVISOR;
    if (!isOwn && plain[0] !== Who.CUSTOMER) throw new ProtocolError("chat");
    const item = document.createElement("li");
    const who = document.createElement("b");
    const text = document.createElement("span");
    item.className = isOwn ? "own" : "theirs";
    who.textContent = `${this.#words.text(isOwn ? "chatYou" : "chatCustomer")} `;
    text.textContent = new TextDecoder("utf-8", { fatal: true }).decode(plain.subarray(1));
    item.append(who, text);
    this.#list.append(item);
    while (this.#list.children.length > KEPT) this.#list.firstElementChild?.remove();
    this.#open(true);
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Only what is recorded can be written (section 7.7). */
  get #canWrite() {
    return this.#session.grant("view") > 0 && this.#session.consent.paused === "";
  }

  draw() {
    this.#field.setCustomValidity("");
    this.#field.disabled = this.#quick.disabled = this.#send.disabled = !this.#canWrite;
    this.#field.placeholder = this.#words.text(this.#canWrite ? "chatHint" : "chatOff");
    const first = this.#words.text("chatQuick");
    if (this.#quick.options[0]?.textContent === first) return;
    const options = [["", first], ...QUICK.map((key, i) => [String(i), this.#words.text(key)])];
    this.#quick.replaceChildren(...options.map(([value, text]) => option(value, text)));
  }
}

/** @param {string} value @param {string} text */
function option(value, text) {
  const element = document.createElement("option");
  element.value = value;
  element.textContent = text;
  return element;
}

/**
 * note_view: one line of the advisor's for the journal, such as what was agreed on the phone (S24). Nothing follows
 * from it but that it stands there.
 */
export const NOTE_MAX = 280; /* ROOM_NOTE_MAX: bytes */

export class NoteView {
  #session;
  #words;
  #open;
  #form;
  #label;
  #input;
  #submit;
  #said;
  #isOpen = false;

  /** @param {HTMLElement} root @param {import("./session.js").Session} session @param {import("../shared/words.js").Words} words */
  constructor(root, session, words) {
    this.#session = session;
    this.#words = words;
    this.#open = button("note-open", "button");
    this.#form = document.createElement("form");
    this.#label = document.createElement("label");
    this.#input = document.createElement("input");
    this.#submit = button("note-submit", "submit");
    this.#said = document.createElement("span");
    this.#said.id = "note-said";
    this.#said.setAttribute("role", "status");
    this.#input.id = "note-text";
    this.#input.autocomplete = "off";
    this.#label.htmlFor = this.#input.id;
    this.#form.append(this.#label, this.#input, this.#submit);
    this.#open.addEventListener("click", () => this.#toggle());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    root.replaceChildren(this.#open, this.#form, this.#said);
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    if (this.#isOpen) {
      this.#input.value = this.#words.text("noteBegin", { time: this.#words.time(Date.now()) });
      this.#said.textContent = "";
    }
    this.draw();
    if (this.#isOpen) this.#input.focus();
  }

  #write() {
    const text = oneLine(this.#input.value);
    if (!text || this.#session.grant("view") === 0) return;
    this.#session.note(text);
    this.#isOpen = false;
    this.#said.textContent = this.#words.text("noteDone");
    this.draw();
    this.#open.focus();
  }

  draw() {
    const words = this.#words;
    const canNote = this.#session.grant("view") > 0;
    if (!canNote) this.#isOpen = false;
    set(this.#open, words.text("noteOpen"));
    set(this.#label, words.text("noteLabel"));
    set(this.#submit, words.text("noteSubmit"));
    this.#open.disabled = !canNote;
    this.#open.setAttribute("aria-expanded", String(this.#isOpen));
    this.#form.hidden = !this.#isOpen;
  }
}

/** What the gateway takes: no control character, nothing that turns the writing, NOTE_MAX bytes of UTF-8. @param {string} text */
export function oneLine(text) {
  const plain = text.replace(/[\p{Cc}\p{Cs}]/gu, " ").replace(/[\u202a-\u202e\u2066-\u2069]/gu, "").trim();
  const { read } = new TextEncoder().encodeInto(plain, new Uint8Array(NOTE_MAX));
  return plain.slice(0, read).trim();
}

/** @param {string} id @param {"button" | "submit"} type */
function button(id, type) {
  const element = document.createElement("button");
  element.type = type;
  element.id = id;
  return element;
}

/** Changes a text only when it differs. @param {Element} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

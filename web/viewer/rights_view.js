/** rights_view: the row of capabilities: what was asked, allowed, refused, taken back, suspended. */
import { CAPABILITIES } from "../shared/consent.js";

const ASK_TEXT = /** @type {const} */ ({ view: "askView", point: "askPoint", control: "askControl" });

export class RightsView {
  #session;
  #words;
  #parts = new Map();

  /** @param {HTMLElement} root @param {import("./session.js").Session} session @param {import("../shared/words.js").Words} words */
  constructor(root, session, words) {
    this.#session = session;
    this.#words = words;
    root.replaceChildren(...CAPABILITIES.map((cap) => this.#build(cap)));
  }

  /** @param {import("../shared/consent.js").Capability} cap */
  #build(cap) {
    const box = document.createElement("div");
    const name = document.createElement("span");
    const state = document.createElement("span");
    const ask = document.createElement("button");
    const back = document.createElement("button");
    box.className = "right";
    name.className = "name";
    state.className = "state";
    state.id = `state-${cap}`;
    state.setAttribute("role", "status");
    ask.id = `ask-${cap}`;
    back.id = `give-back-${cap}`;
    ask.type = back.type = "button";
    ask.addEventListener("click", () => {
      if (this.#session.consent.state(cap) === "asked") this.#session.cancelAsk();
      else this.#session.ask(cap);
    });
    back.addEventListener("click", () => this.#session.giveBack(cap));
    box.append(name, ask, back, state);
    this.#parts.set(cap, { box, name, state, ask, back });
    return box;
  }

  draw() {
    const { consent, facts, isLive } = this.#session;
    const isPromptOpen = CAPABILITIES.some((cap) => consent.state(cap) === "asked");
    for (const cap of CAPABILITIES) {
      const { box, name, state, ask, back } = this.#parts.get(cap);
      const now = consent.state(cap);
      const isAllowed = now === "allowed";
      box.hidden = !facts.ceiling.includes(cap);
      box.dataset.state = state.dataset.state = now;
      name.textContent = this.#words.text(`cap_${cap}`);
      const isExpired = now === "suspended" && consent.why(cap) === "expired";
      const isPart = cap === "view" && isAllowed && consent.isOneWindow;
      set(state, this.#words.text(isExpired ? "stateExpired" : isPart ? "statePart" : `state_${now}`));
      set(ask, this.#words.text(now === "asked" ? "cancel" : "ask"));
      ask.setAttribute("aria-label", this.#words.text(now === "asked" ? "cancelLong" : ASK_TEXT[cap]));
      set(back, this.#words.text("giveBack"));
      back.setAttribute("aria-label", `${this.#words.text("giveBack")} (${this.#words.text(`cap_${cap}`)})`);
      ask.hidden = isAllowed;
      back.hidden = !isAllowed;
      const needsView = cap !== "view" && consent.state("view") !== "allowed";
      const isBarred = consent.isDoubting || (cap === "control" && consent.caller === "other");
      ask.disabled = !isLive || needsView || isBarred || (isPromptOpen && now !== "asked");
    }
  }
}

/** Changes a text only when it differs, so that screen readers are not told twice. @param {Element} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

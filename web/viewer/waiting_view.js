/** waiting_view: the code in large type, and how far the customer has come. */
export class WaitingView {
  #root;
  #api;
  #words;
  #session;
  #onError;
  #code = "";
  #expires = 0;
  #timer;
  #ac = new AbortController();

  /**
   * @param {HTMLElement} root @param {import("./api.js").Api} api @param {import("../shared/words.js").Words} words
   * @param {import("./session.js").Session} session @param {(error: unknown) => void} onError
   */
  constructor(root, api, words, session, onError) {
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#session = session;
    this.#onError = onError;
    const { signal } = this.#ac;
    this.#find("#code-new").addEventListener("click", () => this.#renew(), { signal });
    this.#find("#waiting-end").addEventListener("click", () => session.end(), { signal });
    session.addEventListener("change", () => this.draw(), { signal });
    this.#timer = setInterval(() => this.draw(), 1000);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {string} code  9 digits, "" when it is not known @param {number} expires  UTC milliseconds */
  setCode(code, expires) {
    this.#code = code;
    this.#expires = expires;
    this.draw();
  }

  close() {
    clearInterval(this.#timer);
    this.#ac.abort();
  }

  async #renew() {
    try {
      const { code, code_expires_ms: expires } = await this.#api.newCode(this.#session.id);
      this.setCode(code, expires);
    } catch (error) {
      this.#onError(error);
    }
  }

  draw() {
    const { facts, agent } = this.#session;
    const left = this.#expires - Date.now();
    const isKnown = this.#code !== "";
    const isUsed = facts.accepted_ms > 0;
    const isShown = isKnown && left > 0 && !isUsed;
    const code = isShown ? (this.#code.match(/.{3}/g) ?? []).join(" ") : "";
    this.#set("#code", code);
    this.#find("#code").hidden = !isShown;
    this.#find("#waiting-say").hidden = isUsed;
    this.#set("#code-state", this.#words.text(stateText(isUsed, isKnown, isShown), { time: this.#words.span(left) }));
    this.#find("#code-new").hidden = isUsed;
    const accepted = { version: facts.terms, time: this.#words.time(facts.accepted_ms) };
    this.#step("#step-accepted", isUsed, this.#words.text(isUsed ? "stepAccepted" : "stepAccept", accepted));
    this.#step("#step-started", agent.present, this.#words.text(agent.present ? "stepStarted" : "stepStart"));
  }

  /** @param {string} selector @param {boolean} isDone @param {string} text */
  #step(selector, isDone, text) {
    this.#find(selector).classList.toggle("done", isDone);
    this.#set(selector, text);
  }

  /** Screen readers hear of a text only when it differs. @param {string} selector @param {string} text */
  #set(selector, text) {
    const element = this.#find(selector);
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * What is said about the code. A session that is taken up again has one, but only the page that got it knew it.
 * @param {boolean} isUsed @param {boolean} isKnown @param {boolean} isShown
 */
function stateText(isUsed, isKnown, isShown) {
  if (isUsed) return "waitingUsed";
  if (!isKnown) return "waitingUnknown";
  return isShown ? "waitingExpires" : "waitingExpired";
}

/** home_view: pick a purpose, take up an open session. Fires "session" with detail { session, code, … }. */

const CAP_TEXT = /** @type {const} */ ({ view: "capView", point: "capPoint", control: "capControl", files: "capFiles" });

export class HomeView extends EventTarget {
  #root;
  #api;
  #words;
  #onError;
  #me = /** @type {import("./api.js").Me | null} */ (null);

  /**
   * @param {HTMLElement} root @param {import("./api.js").Api} api @param {import("../shared/words.js").Words} words
   * @param {(error: unknown) => void} onError
   */
  constructor(root, api, words, onError) {
    super();
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#onError = onError;
    this.#find("#home-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin();
    });
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {import("./api.js").Me} me */
  async show(me) {
    this.#me = me;
    this.#showPurposes(me);
    try {
      const { sessions } = await this.#api.sessions();
      this.#showOpen(sessions.filter((each) => each.state === "open"));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Draws again after the language changed. */
  redraw() {
    if (this.#me) this.show(this.#me);
  }

  /** @param {import("./api.js").Me} me */
  #showPurposes(me) {
    const chosen = this.#chosen();
    this.#find("#purposes").replaceChildren(...me.purposes.map((purpose, i) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      const text = document.createElement("span");
      const small = document.createElement("small");
      label.className = "purpose";
      input.type = "radio";
      input.name = "purpose";
      input.value = purpose.id;
      input.id = `purpose-${purpose.id}`;
      input.checked = chosen ? chosen === purpose.id : i === 0;
      text.textContent = this.#words.lang === "en" ? purpose.label_en : purpose.label;
      const caps = purpose.ceiling.map((cap) => this.#words.text(CAP_TEXT[/** @type {keyof typeof CAP_TEXT} */ (cap)]));
      small.textContent = ` ${caps.join(", ")}`;
      text.append(small);
      label.append(input, text);
      return label;
    }));
  }

  #chosen() {
    const input = /** @type {HTMLInputElement | null} */ (this.#root.querySelector("input[name=purpose]:checked"));
    return input?.value ?? "";
  }

  /** @param {import("./api.js").Listed[]} sessions */
  #showOpen(sessions) {
    this.#find("#open-none").hidden = sessions.length > 0;
    this.#find("#open-list").replaceChildren(...sessions.map((each) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = `${each.purpose_label}, ${this.#words.text("openSince", { time: this.#words.time(each.started_ms) })}`;
      const take = this.#button("openTake", () => this.#fire({ ...each, code: "", code_expires_ms: 0 }));
      const end = this.#button("openEnd", () => this.#end(each.session));
      const both = document.createElement("span");
      both.append(take, " ", end);
      item.append(text, both);
      return item;
    }));
  }

  /** @param {import("../shared/words.js").TextKey} key @param {() => void} act */
  #button(key, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.#words.text(key);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {string} session */
  async #end(session) {
    try {
      await this.#api.endSession(session);
    } catch (error) {
      this.#onError(error);
    }
    this.redraw();
  }

  async #begin() {
    try {
      this.#fire(await this.#api.newSession(this.#chosen()));
    } catch (error) {
      this.#onError(error);
    }
  }

  /** @param {object} detail */
  #fire(detail) {
    this.dispatchEvent(new CustomEvent("session", { detail }));
  }
}

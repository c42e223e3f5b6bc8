/** login_view: name and password of an officer. Fires "signed-in". */
export class LoginView extends EventTarget {
  #form;
  #api;
  #onError;

  /** @param {HTMLFormElement} form @param {import("./api.js").OfficeApi} api @param {(error: unknown) => void} onError */
  constructor(form, api, onError) {
    super();
    this.#form = form;
    this.#api = api;
    this.#onError = onError;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  async #submit() {
    const data = new FormData(this.#form);
    const button = /** @type {HTMLButtonElement} */ (this.#form.querySelector("button"));
    button.disabled = true;
    try {
      await this.#api.login(String(data.get("name")), String(data.get("password")));
      this.#form.reset();
      this.dispatchEvent(new Event("signed-in"));
    } catch (error) {
      this.#onError(error);
    } finally {
      button.disabled = false;
    }
  }
}

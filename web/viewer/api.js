/** api: what the gateway answers over HTTP (docs/PROTOCOL.md section 9.2). */

/** An answer that is no success. */
export class ApiError extends Error {
  /** @param {number} status @param {string} word */
  constructor(status, word) {
    super(word);
    this.status = status;
    this.word = word;
  }
}

/**
 * @typedef {{ id: string, label: string, label_en: string, ceiling: string[] }} Purpose
 * @typedef {{ name: string, display: string, bank: string, purposes: Purpose[] }} Me
 * @typedef {{ session: string, code: string, code_expires_ms: number, started_ms: number }} NewSession
 * @typedef {{ session: string, purpose: string, purpose_label: string, started_ms: number, state: string }} Listed
 */

export class Api {
  #base;
  #fetch;

  /** @param {string} base  document.baseURI @param {typeof fetch} fetcher */
  constructor(base, fetcher) {
    this.#base = base;
    this.#fetch = fetcher;
  }

  /** @param {string} name @param {string} password @returns {Promise<{ name: string, display: string }>} */
  login(name, password) {
    return this.#call("POST", "api/login", { name, password });
  }

  logout() {
    return this.#call("POST", "api/logout", {});
  }

  /** @returns {Promise<Me>} */
  me() {
    return this.#call("GET", "api/me");
  }

  /** @returns {Promise<{ sessions: Listed[] }>} */
  sessions() {
    return this.#call("GET", "api/sessions");
  }

  /** @param {string} purpose @returns {Promise<NewSession>} */
  newSession(purpose) {
    return this.#call("POST", "api/sessions", { purpose });
  }

  /** @param {string} session @returns {Promise<{ code: string, code_expires_ms: number }>} */
  newCode(session) {
    return this.#call("POST", `api/sessions/${session}/code`, {});
  }

  /** @param {string} session */
  endSession(session) {
    return this.#call("POST", `api/sessions/${session}/end`, {});
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #call(method, path, body) {
    const answer = await this.#fetch(new URL(path, this.#base), {
      method,
      credentials: "same-origin",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : null,
    });
    const value = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ApiError(answer.status, value.error ?? "other");
    return value;
  }
}

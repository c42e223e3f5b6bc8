/** api: what the back office answers over HTTP (docs/office-openapi.json). */

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
 * @typedef {{ id: string, label: string, label_en: string }} Purpose
 * @typedef {{ name: string, display: string, role: "compliance" | "operator", bank: string, purposes: Purpose[] }} Me
 * @typedef {{ customer: string, advisor: string, purpose: string, outcome: string, from_ms: number, to_ms: number }} Filter
 * @typedef {{ session: string, advisor: string, display: string, purpose: string, purpose_label: string, started_ms: number,
 *   ended_ms: number, reason: string, customer: string, state: string, class: string, hold: boolean | number }} Found
 * @typedef {{ ms: number, event: string, data: Record<string, any> }} Happened
 * @typedef {{ cap: string, grant: number, from_ms: number, to_ms: number, ms: number }} Right
 * @typedef {{ from_ms: number, to_ms: number, why?: string }} Interval
 * @typedef {{ session: string, files: string[], facts: Record<string, any>, events: Happened[], rights: Right[],
 *   recorded: Interval[], gaps: Interval[], counts: Record<string, number>, control_ms: number, chunks: number,
 *   bytes: number, truncated: boolean, after: Happened[], private: Record<string, string> }} History
 */

export class OfficeApi {
  #base;
  #fetch;

  /** @param {string} base  document.baseURI @param {typeof fetch} fetcher */
  constructor(base, fetcher) {
    this.#base = base;
    this.#fetch = fetcher;
  }

  /** @param {string} name @param {string} password @returns {Promise<Me>} */
  login(name, password) {
    return this.#post("api/login", { name, password });
  }

  logout() {
    return this.#post("api/logout", {});
  }

  /** @returns {Promise<Me>} */
  me() {
    return this.#get("api/me");
  }

  /**
   * Newest first; `next` goes into `before` of the next page.
   * @param {Filter} filter @param {string} before @returns {Promise<{ sessions: Found[], next: string }>}
   */
  search(filter, before) {
    return this.#get(`api/sessions?${query({ ...filter, before })}`);
  }

  /** Looking at it is written down. @param {string} session @returns {Promise<History>} */
  session(session) {
    return this.#get(`api/sessions/${session}`);
  }

  /** Begins a replay, which is written down. @param {string} session @returns {Promise<{ files: string[], chunks: number }>} */
  replay(session) {
    return this.#post(`api/sessions/${session}/replay`, {});
  }

  /** One of a session's files, as it is kept. @param {string} session @param {string} name @param {AbortSignal} [signal] */
  async file(session, name, signal) {
    const answer = await this.#send("GET", `api/sessions/${session}/files/${name}`, undefined, signal);
    return new Uint8Array(await answer.arrayBuffer());
  }

  /**
   * The bundle as the server makes it.
   * @param {string} session @param {"bank" | "customer"} audience
   * @param {(bytes: number) => void} onProgress  bytes so far
   * @param {AbortSignal} [signal]
   */
  async bundle(session, audience, onProgress, signal) {
    return collect(await this.#send("POST", `api/sessions/${session}/export`, { for: audience }, signal), onProgress);
  }

  /** The sessions of a filter as CSV. @param {Filter} filter @param {(bytes: number) => void} onProgress @param {AbortSignal} [signal] */
  async report(filter, onProgress, signal) {
    return collect(await this.#send("GET", `api/report.csv?${query(filter)}`, undefined, signal), onProgress);
  }

  /** @param {string} session @param {string} text */
  rectify(session, text) {
    return this.#post(`api/sessions/${session}/rectify`, { text });
  }

  /** @param {string} session @param {boolean} on @param {string} ground */
  hold(session, on, ground) {
    return this.#post(`api/sessions/${session}/hold`, { on, ground });
  }

  /** Asks for the erasure; another person has to confirm it. @param {string} session @param {string} ground */
  erase(session, ground) {
    return this.#post(`api/sessions/${session}/erase`, { ground });
  }

  /** @param {string} session */
  confirmErasure(session) {
    return this.#post(`api/sessions/${session}/erase/confirm`, {});
  }

  /** @returns {Promise<{ seats: number, taken: number, sessions: any[] }>} */
  now() {
    return this.#get("api/now");
  }

  /** @param {boolean} dry  only say what would be erased @returns {Promise<{ erased: string[], count: number, left: number }>} */
  retention(dry) {
    return this.#post("api/retention", { dry });
  }

  /** @param {string} path @returns {Promise<any>} */
  async #get(path) {
    return (await this.#send("GET", path)).json();
  }

  /** @param {string} path @param {object} body @returns {Promise<any>} */
  async #post(path, body) {
    return (await this.#send("POST", path, body)).json();
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {AbortSignal} [signal] */
  async #send(method, path, body, signal) {
    const answer = await this.#fetch(new URL(path, this.#base), {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : null,
      signal: signal ?? null,
    });
    if (answer.ok) return answer;
    const value = await answer.json().catch(() => ({}));
    throw new ApiError(answer.status, typeof value.error === "string" ? value.error : "other");
  }
}

/** What is empty is left out: any. @param {Record<string, string | number>} values */
function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== 0);
  return new globalThis.URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

/** The body piece by piece, so that its progress can be shown. @param {Response} answer @param {(bytes: number) => void} onProgress */
async function collect(answer, onProgress) {
  const parts = /** @type {BlobPart[]} */ ([]);
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    parts.push(/** @type {BlobPart} */ (step.value));
    bytes += step.value.length;
    onProgress(bytes);
  }
  return new Blob(parts);
}

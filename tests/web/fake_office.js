/**
 * fake_office: the back office's answers without gateway and notary, for the pages alone: a bundle of
 * tests/evidence/fixture.js as the one sealed session. Serves web/ as guichet-office does, under the same CSP.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
  + "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
});
const LEFT_OUT = ["boot_ms", "event", "n", "prev", "session", "wall_ms", "content_key", "key_check", "sign", "gateway", "gateway_sig"];

/** @param {any} data */
const shown = (data) => Object.fromEntries(Object.entries(data).filter(([name]) => !LEFT_OUT.includes(name)));

export class FakeOffice {
  dir = mkdtempSync(join(tmpdir(), "fake-office-"));
  /** Requests that changed something: [method, path, body]. @type {[string, string, any][]} */
  asked = [];
  /** @type {any[]} */
  after = [];
  role = "compliance";
  #server = createServer((request, response) => this.#answer(request, response));
  #isIn = false;
  #decoder;

  /** @param {string} decoder  path of decoder.wasm @param {string[]} options  of the fixture */
  constructor(decoder, options = []) {
    this.#decoder = decoder;
    execFileSync(process.execPath, [join(root, "tests/evidence/fixture.js"), join(this.dir, "bundle"), ...options]);
    this.lines = this.#jsonl("journal.jsonl");
    this.session = this.lines[0].session;
    this.chunks = readdirSync(join(this.dir, "bundle/chunks")).length;
  }

  /** @param {string} name */
  #jsonl(name) {
    const path = join(this.dir, "bundle", name);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line)) : [];
  }

  /** @param {number} port @returns {Promise<string>}  where the pages are */
  async open(port) {
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", () => resolve(undefined)));
    const address = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${address.port}/bureau/`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What the server computes from the journal, in short. */
  history() {
    const [first] = this.lines;
    const consent = this.lines.filter(({ event }) => event === "consent").map((line) => ({ wall: line.wall_ms, ...JSON.parse(line.data.line) }));
    const events = this.lines.flatMap((line) => {
      if (line.event === "chunk") return [];
      if (line.event !== "consent") return [{ ms: line.wall_ms, event: line.event === "end" ? "closed" : line.event, data: line.event === "agent" ? {} : shown(line.data) }];
      const inner = JSON.parse(line.data.line);
      return ["counts", "head"].includes(inner.event) ? [] : [{ ms: line.wall_ms, event: inner.event, data: shown(inner) }];
    });
    const chunks = this.lines.filter(({ event }) => event === "chunk").map(({ data }) => data);
    const rights = consent.filter(({ event }) => event === "grant").map(({ cap, grant, wall }) => {
      const end = consent.find((line) => line.wall > wall && (line.event === "end" || (["limit", "release", "suspend"].includes(line.event) && line.cap === cap)));
      return { cap, grant, from_ms: wall, to_ms: end?.wall ?? wall, ms: (end?.wall ?? wall) - wall };
    });
    return {
      session: this.session, files: ["journal.jsonl", "private.jsonl", "key.wrapped", "seal.json", "seal.p7s", "terms.txt"],
      facts: { ...first.data, started_ms: first.wall_ms, ended_ms: this.lines[this.lines.length - 1].wall_ms, reason: "customer", version: "2026-11", accepted_ms: first.wall_ms },
      events, rights, recorded: chunks.map(({ from_ms, to_ms }) => ({ from_ms, to_ms })), gaps: [],
      counts: { done_mouse: 12, done_text: 3, done_key: 1, done_point: 0, refused: 2, local: 4 },
      control_ms: rights.filter(({ cap }) => cap === "control").reduce((sum, { ms }) => sum + ms, 0),
      chunks: chunks.length, bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0), truncated: false,
      after: this.after, private: Object.fromEntries(this.#jsonl("private.jsonl").map(({ name, value }) => [name, value])),
    };
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #answer(request, response) {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const path = url.pathname.replace(/^\/bureau\//, "");
    if (path.startsWith("api/")) this.#api(request.method ?? "", path.slice(4), await bodyOf(request), response);
    else this.#file(path, response);
  }

  /** @param {string} path @param {import("node:http").ServerResponse} response */
  #file(path, response) {
    const name = path === "" ? "office/index.html" : path;
    const file = name === "viewer/decoder/decoder.wasm" ? this.#decoder : join(root, "web", name);
    if (!/^(office|shared|reader|viewer)\//.test(name) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(name)], "Content-Security-Policy": CSP }).end(readFileSync(file));
  }

  /** @param {string} method @param {string} path @param {any} body @param {import("node:http").ServerResponse} response */
  #api(method, path, body, response) {
    const json = (/** @type {number} */ status, /** @type {any} */ value) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    if (method === "POST") this.asked.push([method, path, body]);
    if (path === "login") {
      this.#isIn = body.password === "secret";
      return this.#isIn ? json(200, this.#me()) : json(401, { error: "refused" });
    }
    if (!this.#isIn) return json(401, { error: "refused" });
    const file = /^sessions\/[0-9a-f]{32}\/files\/(.+)$/.exec(path)?.[1];
    if (file) return response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(readFileSync(join(this.dir, "bundle", file)));
    if (path.endsWith("/export")) return response.writeHead(200, { "Content-Type": "application/zip" }).end(emptyZip());
    const answers = /** @type {Record<string, () => any>} */ ({
      me: () => this.#me(),
      logout: () => ({}),
      sessions: () => ({ sessions: [this.#found()], next: "" }),
      now: () => ({ seats: 20, taken: 2, sessions: [{ session: this.session, display: "Claire Martin", purpose_label: "Formation", started_ms: Date.now(), joined: true }] }),
      retention: () => ({ erased: [this.session], count: 1, left: body.dry ? 1 : 0, acceptances: 0 }),
      [`sessions/${this.session}`]: () => this.history(),
      [`sessions/${this.session}/replay`]: () => ({ files: [], chunks: this.chunks }),
      [`sessions/${this.session}/rectify`]: () => this.#note("rectified", { text: body.text }),
      [`sessions/${this.session}/hold`]: () => this.#note(body.on ? "held" : "released", { ground: body.ground }),
      [`sessions/${this.session}/erase`]: () => this.#note("erase_asked", { ground: body.ground }),
    });
    return answers[path] ? json(200, answers[path]()) : json(409, { error: "same" });
  }

  /** @param {string} event @param {any} data */
  #note(event, data) {
    this.after.push({ ms: Date.now(), event, data: { by: "anne.durand", ...data } });
    return {};
  }

  #me() {
    return {
      name: "anne.durand", display: "Anne Durand", role: this.role, bank: "Banque Exemple",
      purposes: [{ id: "formation", label: "Formation", label_en: "Training" }, { id: "mise-en-place", label: "Mise en place", label_en: "Set-up" }],
    };
  }

  #found() {
    const { facts } = this.history();
    return {
      session: this.session, advisor: facts.advisor, display: "Claire Martin", purpose: facts.purpose, purpose_label: facts.purpose_label,
      started_ms: facts.started_ms, ended_ms: facts.ended_ms, reason: "customer", customer: "K-4711", state: "sealed", class: "proof", hold: false,
    };
  }
}

/** @param {import("node:http").IncomingMessage} request @returns {Promise<any>} */
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : null;
}

/** A zip without files. */
function emptyZip() {
  const out = Buffer.alloc(22);
  out.writeUInt32LE(0x06054b50);
  return out;
}

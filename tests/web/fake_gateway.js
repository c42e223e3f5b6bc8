/**
 * fake_gateway: serves the advisor's page over HTTPS under the strict CSP, answers its API and plays gateway and
 * agent on its WebSocket, with pictures of tests/vectors. For visual checks and page.test.js; holds no secret.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import { AgentSide, frame, jsonFrame, parse } from "./lib/agent_side.js";
import { wordList, wordsText } from "./lib/words.js";

export const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
  + "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
export const SESSION = "00112233445566778899aabbccddeeff";

const web = new URL("../../web/", import.meta.url).pathname;
const types = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml", ".wasm": "application/wasm",
});
const ALL = ["view", "point", "control"];
const PURPOSES = [
  { id: "formation", label: "Formation", label_en: "Training", ceiling: ["view", "point"] },
  { id: "mise-en-place", label: "Mise en place", label_en: "Set-up", ceiling: ALL },
];

/** A key and a certificate for localhost, made now and kept nowhere. */
function certificate() {
  const dir = mkdtempSync(join(tmpdir(), "guichet-"));
  const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
    "-subj", "/CN=localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(dir, { recursive: true });
  return pair;
}

/** The first update of a vector: a key frame. @param {string} name */
export function firstUpdate(name) {
  const bytes = readFileSync(new URL(`../vectors/picture/${name}`, import.meta.url));
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0));
}

export class FakeGateway {
  #server;
  #sockets;
  #decoder;
  #isSignedIn = false;
  /** @type {import("ws").WebSocket | null} */
  socket = null;
  agent = new AgentSide(SESSION, wordList);
  grants = /** @type {Record<string, number>} */ ({});
  /** Everything the page sent. @type {{ kind: number, grant: number, bytes: Buffer }[]} */
  received = [];
  /** Calls of the API. @type {string[]} */
  calls = [];
  facts = {
    session: SESSION, phase: "opening", advisor: "Claire Martin", purpose: "mise-en-place", ceiling: ALL,
    started_ms: Date.now(), code: "482915637", code_expires_ms: Date.now() + 600000, accepted_ms: 0, terms: "",
    lang: "fr", reason: "",
  };

  /** @param {string} [decoder]  file decoder.wasm */
  constructor(decoder) {
    this.#decoder = decoder;
    this.#server = createServer(certificate(), (request, response) => this.#onRequest(request, response));
    this.#sockets = new WebSocketServer({ server: this.#server });
    this.#sockets.on("connection", (socket) => this.#onSocket(socket));
  }

  /** @returns {Promise<string>} URL of the page */
  async open() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `https://localhost:${port}/n/2/conseiller/`;
  }

  close() {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /* ---- HTTP ---- */

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #onRequest(request, response) {
    let body = "";
    for await (const part of request) body += part;
    const path = new URL(request.url ?? "/", "https://x/").pathname.replace("/n/2/", "");
    if (path.startsWith("conseiller/api/")) {
      const [status, value] = this.#api(`${request.method} ${path.slice(15)}`, body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      return;
    }
    const [bytes, type] = this.#file(path);
    response.writeHead(bytes ? 200 : 404, { "content-type": type, "content-security-policy": CSP, "x-content-type-options": "nosniff" });
    response.end(bytes ?? "");
  }

  /** @param {string} call @param {string} body @returns {[number, object]} */
  #api(call, body) {
    this.calls.push(call);
    if (call === "POST login") {
      this.#isSignedIn = JSON.parse(body).password === "secret";
      return this.#isSignedIn ? [200, { name: "claire", display: "Claire Martin" }] : [401, { error: "refused" }];
    }
    if (!this.#isSignedIn) return [401, { error: "refused" }];
    const open = { session: SESSION, purpose: "formation", purpose_label: "Formation", state: "open", started_ms: Date.now(), accepted_ms: 0 };
    const { code, code_expires_ms, started_ms } = this.facts;
    switch (call) {
      case "GET me": return [200, { name: "claire", display: "Claire Martin", bank: "Banque Exemple", purposes: PURPOSES }];
      case "GET sessions": return [200, { sessions: [open] }];
      case "POST sessions": return [200, { session: SESSION, code, code_expires_ms, started_ms }];
      default: return [200, { code, code_expires_ms }];
    }
  }

  /** @param {string} path @returns {[Buffer | string | null, string]} */
  #file(path) {
    if (path === "shared/words_fr.txt") return [wordsText, "text/plain; charset=utf-8"];
    if (path === "conseiller/decoder/decoder.wasm") return [this.#decoder ? readFileSync(this.#decoder) : null, types[".wasm"]];
    const file = normalize(path === "conseiller/" ? "viewer/index.html" : path.replace(/^conseiller\//, "viewer/").replace(/^style\//, "terms/"));
    try {
      return [file.startsWith("..") ? null : readFileSync(join(web, file)), types[extname(file)] ?? "text/plain"];
    } catch {
      return [null, "text/plain"];
    }
  }

  /* ---- the link ---- */

  /** @param {import("ws").WebSocket} socket */
  #onSocket(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.#onFrame(/** @type {Buffer} */ (data)));
    this.tellSession({});
    this.#tellAgent(this.facts.phase !== "opening");
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    this.socket?.send(bytes);
  }

  /** @param {Partial<FakeGateway["facts"]>} change */
  tellSession(change) {
    Object.assign(this.facts, change);
    this.send(jsonFrame(0x18, this.facts));
  }

  /** @param {boolean} present */
  #tellAgent(present) {
    this.send(jsonFrame(0x19, { present, transport: present ? "native" : "", os: present ? "linux-x11" : "", sign: present ? this.agent.sign : "" }));
  }

  /** The customer accepts the terms and starts the program. */
  join() {
    this.tellSession({ phase: "pairing", accepted_ms: Date.now(), terms: "2026-11", code: "" });
    this.#tellAgent(true);
  }

  /** The next line of the chain. @param {Record<string, unknown>} event */
  say(event) {
    this.send(frame(0x02, this.agent.line(event)));
  }

  /** @param {string} cap @param {number} ask */
  allow(cap, ask) {
    this.grants[cap] = ask;
    this.say({ event: "grant", ask, cap, grant: ask });
  }

  /** @param {number} kind @param {object} value @param {number} [grant] */
  sealJson(kind, value, grant = 0) {
    this.send(this.agent.seal(kind, Buffer.from(JSON.stringify(value)), grant));
  }

  /** Sends an update in fragments. @param {number} number @param {Buffer} update */
  picture(number, update) {
    for (let at = 0; at < update.length; at += 65492) {
      const head = Buffer.alloc(12);
      [number, at, update.length].forEach((value, i) => head.writeUInt32BE(value, 4 * i));
      this.send(this.agent.seal(0x40, Buffer.concat([head, update.subarray(at, at + 65492)]), this.grants.view));
    }
  }

  /** @param {Buffer} bytes */
  #onFrame(bytes) {
    const { kind, grant, payload } = parse(bytes);
    this.received.push({ kind, grant, bytes });
    if (kind === 0x20) this.send(frame(0x21, this.agent.commit()));
    if (kind === 0x22) {
      this.agent.agree(payload);
      this.send(frame(0x23, this.agent.reveal()));
      this.send(this.agent.secret());
      this.tellSession({ phase: "live" });
    }
    if (kind === 0x25) {
      this.agent.open(bytes);
      this.send(this.agent.seal(0x26, Buffer.alloc(0)));
      this.tellSession({ phase: "live" });
    }
    if (kind === 0x30) {
      const { ask, cap } = JSON.parse(payload.toString());
      this.say({ event: "ask", ask, cap, text: "?" });
    }
    if (kind === 0x33) this.tellSession({ phase: "ended", reason: "advisor" });
    if (kind === 0x70) this.send(frame(0x71, payload));
  }
}

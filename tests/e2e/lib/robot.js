/**
 * robot: advisor and customer without a browser, for tests that need speed or forged bytes. The viewer is the
 * page's own session.js in Node.js; its socket and keys are open to the test.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import WebSocket from "ws";
import { Pairing, readWords } from "../../../web/shared/sealing.js";
import { readFrame } from "../../../web/shared/wire.js";
import { Session } from "../../../web/viewer/session.js";
import { until } from "./process.js";
import { ADVISOR, ROOT } from "./stack.js";

/** @typedef {import("./stack.js").Stack} Stack */
/** @typedef {{ status: number, headers: import("node:http").IncomingHttpHeaders, body: Buffer, text: string }} Answer */

export const WORDS = readWords(readFileSync(join(ROOT, "common/words_fr.txt"), "utf8"));

const sealers = /** @type {import("../../../web/shared/sealing.js").Sealer[]} */ ([]);
const { secret } = Pairing.prototype;
Pairing.prototype.secret = async function secretSeen(/** @type {import("../../../web/shared/wire.js").Frame} */ frame) {
  const sealer = await secret.call(this, frame);
  sealers.push(sealer);
  return sealer;
};

/** One person's HTTPS with cookies. */
export class Person {
  #cookies = new Map();

  /** @param {Stack} stack */
  constructor(stack) {
    this.stack = stack;
    this.base = new URL(stack.url);
    this.ca = readFileSync(join(stack.dir, "pki/ca.pem"));
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /**
   * One request. A form or a JSON body becomes a POST with our Origin, unless `headers` say otherwise.
   * @param {string} path
   * @param {{ method?: string, form?: Record<string, string>, json?: object, headers?: Record<string, string | undefined> }} [options]
   * @returns {Promise<Answer>}
   */
  ask(path, { method, form, json, headers = {} } = {}) {
    const body = form ? new URLSearchParams(form).toString() : json ? JSON.stringify(json) : undefined;
    const all = /** @type {Record<string, string | undefined>} */ ({
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
      Cookie: this.cookie || undefined,
      Origin: body === undefined ? undefined : this.base.origin,
      "Content-Type": body === undefined ? undefined : json ? "application/json" : "application/x-www-form-urlencoded",
      "Content-Length": body === undefined ? undefined : String(Buffer.byteLength(body)),
      ...headers,
    });
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const request = https.request(new URL(path, this.base), {
        method: method ?? (body === undefined ? "GET" : "POST"), headers: given, ca: this.ca,
      }, (answer) => {
        const parts = /** @type {Buffer[]} */ ([]);
        answer.on("data", (part) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          for (const line of answer.headers["set-cookie"] ?? []) this.#keep(line);
          const bytes = Buffer.concat(parts);
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes, text: bytes.toString() });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  /** @param {string} line */
  #keep(line) {
    const [pair] = line.split(";");
    const at = pair.indexOf("=");
    this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

/** The advisor: signs in, makes sessions, opens viewers. */
export class RobotAdvisor extends Person {
  async signIn() {
    const answer = await this.ask("conseiller/api/login", { json: { name: ADVISOR.name, password: ADVISOR.password } });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`);
    return this;
  }

  /** @param {string} [purpose] @returns {Promise<{ session: string, code: string }>} */
  async newSession(purpose = "mise-en-place") {
    const answer = await this.ask("conseiller/api/sessions", { json: { purpose } });
    if (answer.status !== 200) throw new Error(`session: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  /** The viewer's WebSocket. @param {string} session @param {{ origin?: string, protocols?: string[] }} [options] */
  socket(session, { origin = this.base.origin, protocols = ["guichet-viewer.1"] } = {}) {
    const url = new URL(`conseiller/ws?session=${session}`, this.base);
    url.protocol = "wss:";
    return new WebSocket(url, protocols, { ca: this.ca, origin, headers: { Cookie: this.cookie } });
  }

  /** @param {string} session */
  view(session) {
    return new RobotViewer(this, session);
  }
}

const viewers = /** @type {Set<RobotViewer>} */ (new Set());

/** Every viewer that is still there leaves: its returns would keep the process. */
export function leaveAll() {
  for (const viewer of viewers) viewer.close();
}

/** A viewer: the page's Session, painting nothing, acknowledging everything. */
export class RobotViewer {
  #socket = /** @type {WebSocket | null} */ (null);
  /** Every frame that came: kind, UTC ms. */
  seen = /** @type {{ kind: number, ms: number, frame: import("../../../web/shared/wire.js").Frame }[]} */ ([]);
  /** Every piece of an update that came: its number, UTC ms. */
  updates = /** @type {{ number: number, ms: number }[]} */ ([]);
  notices = /** @type {any[]} */ ([]);
  ended = "";
  /** How often a socket was opened. */
  opened = 0;

  /** @param {RobotAdvisor} advisor @param {string} id */
  constructor(advisor, id) {
    this.session = new Session(id, WORDS, () => this.#connect(advisor, id));
    this.session.addEventListener("picture", (event) => this.#onPicture(/** @type {CustomEvent} */ (event).detail));
    this.session.addEventListener("notice", (event) => this.notices.push(/** @type {CustomEvent} */ (event).detail));
    this.session.addEventListener("ended", (event) => {
      this.ended = /** @type {CustomEvent} */ (event).detail.reason;
    });
    this.session.open();
    viewers.add(this);
  }

  /** The keys agreed last by a viewer of this process. */
  get sealer() {
    return sealers[sealers.length - 1];
  }

  get socket() {
    if (!this.#socket) throw new Error("no socket");
    return this.#socket;
  }

  /** Bytes as they are. @param {Uint8Array} frame */
  send(frame) {
    this.socket.send(frame);
  }

  /** @param {number} [timeout] */
  live(timeout = 10000) {
    return until("the viewer is live", () => this.session.isLive, timeout);
  }

  /** @param {import("../../../web/shared/consent.js").Capability} cap @param {string} state @param {number} [timeout] */
  state(cap, state, timeout = 5000) {
    return until(`${cap} is ${state}`, () => this.session.consent.state(cap) === state, timeout);
  }

  /** Frames of a kind that came at or after a time. @param {number} kind @param {number} [since] */
  count(kind, since = 0) {
    return this.seen.filter((each) => each.kind === kind && each.ms >= since).length;
  }

  close() {
    this.session.leave();
  }

  /** @param {RobotAdvisor} advisor @param {string} id */
  #connect(advisor, id) {
    const socket = advisor.socket(id);
    socket.on("error", () => {}); /* "close" follows */
    socket.on("message", (/** @type {ArrayBuffer} */ data) => {
      const frame = readFrame(data);
      this.seen.push({ kind: frame.kind, ms: Date.now(), frame });
    });
    this.#socket = socket;
    this.opened++;
    return /** @type {any} */ (socket);
  }

  /** @param {Uint8Array} plain */
  #onPicture(plain) {
    const view = new DataView(plain.buffer, plain.byteOffset, 12);
    this.updates.push({ number: view.getUint32(0), ms: Date.now() });
    if (view.getUint32(4) + plain.length - 12 === view.getUint32(8)) this.session.acknowledge(view.getUint32(0), 0, 0);
  }
}

/** The customer: accepts, types the code, downloads the program. */
export class RobotCustomer extends Person {
  async accept() {
    const page = await this.ask("");
    const hash = /name="empreinte" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "";
    return this.ask("accepter", { form: { bouton: "accepter", empreinte: hash } });
  }

  /** @param {string} code */
  typeCode(code) {
    return this.ask("code", { form: { code } });
  }

  /** The path of the single-use link on the page. */
  async link() {
    const page = await this.ask("suite");
    const found = /href="(programme\/[0-9a-f]{32})"/.exec(page.text);
    if (!found) throw new Error(`no link: ${page.status} ${page.text}`);
    return found[1];
  }

  /** All of it. @param {string} code @returns {Promise<string>} the program's path */
  async program(code) {
    await this.accept();
    await this.typeCode(code);
    const answer = await this.ask(await this.link());
    const path = join(this.stack.dir, `Guichet-Assistance-${code}`);
    writeFileSync(path, answer.body);
    chmodSync(path, 0o755);
    return path;
  }
}

/**
 * A session up to the two words: viewer live, agent running on the desk.
 * @param {Stack} stack @param {import("./desk.js").Desk} desk
 * @param {{ env?: Record<string, string>, change?: (program: string) => void,
 *   launch?: (program: string) => [string, string[]], purpose?: string }} [options]  `launch`: the program in another's hands
 */
export async function begin(stack, desk, { env, change, launch = (program) => [program, []], purpose } = {}) {
  const advisor = await new RobotAdvisor(stack).signIn();
  const { session, code } = await advisor.newSession(purpose);
  const viewer = advisor.view(session);
  const program = await new RobotCustomer(stack).program(code);
  change?.(program);
  const log = join(stack.dir, `agent-${session}.log`);
  const agent = desk.launch(...launch(program), log, env);
  await viewer.live().catch((error) => {
    throw new Error(`${error.message}: ${readFileSync(log, "utf8")} ${stack.log("live")}`);
  });
  return { advisor, viewer, session, code, program, agent, log };
}

/**
 * robot_agent: an agent without a desk, for measuring the gateway: speaks the native link through nginx, agrees
 * on keys, "grants" by itself what a bench needs. Not for proofs of consent: those use the real program.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:tls";
import { AgentSide, frame, jsonFrame, parse, sha256 } from "../../web/lib/agent_side.js";
import { WORDS } from "./robot.js";

const TICKET_CHARS = 32;
const FOOT_BYTES = 20;

/** The join ticket in a served program (docs/PROTOCOL.md 9.1). @param {Buffer} program */
export function ticketOf(program) {
  return program.subarray(-FOOT_BYTES - TICKET_CHARS, -FOOT_BYTES).toString("latin1");
}

export class RobotAgent {
  #socket;
  #pending = Buffer.alloc(0);
  #asked = 0;
  #grants = 0;
  side = /** @type {AgentSide | null} */ (null);
  /** Number of the view's grant once the gateway has stored it, 0 before. */
  viewGrant = 0;
  /** What it needs to come back (4.1). */
  session = "";
  resume = "";

  /** Called with the time of measure() when that line's receipt has come. @type {((sent: number) => void) | null} */
  onReceipt = null;
  #measured = /** @type {Map<number, number>} */ (new Map());
  #lines = 0;

  /** @param {{ port: number, ca: Buffer, ticket: string }} options  `port`: nginx's for native agents */
  constructor({ port, ca, ticket }) {
    this.ticket = ticket;
    this.#socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost", ALPNProtocols: ["guichet/1"] });
    this.#socket.on("data", (bytes) => this.#take(bytes));
    this.#socket.on("error", (error) => console.error(`robot agent: ${error.message}`));
    this.#socket.on("secureConnect", () => this.#hello());
    this.socket = this.#socket;
  }

  /** @param {Buffer} bytes  a whole frame; false when the socket asks to wait */
  send(bytes) {
    return this.#socket.write(bytes);
  }

  close() {
    this.#socket.destroy();
  }

  #hello() {
    this.side = new AgentSide("0".repeat(32), WORDS);
    this.send(jsonFrame(0x01, { v: 1, features: 0, agent: "bench", os: "bench", sign: this.side.sign, ticket: this.ticket }));
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= 16) {
      const length = 16 + this.#pending.readUInt32BE(4);
      if (this.#pending.length < length) return;
      this.#onFrame(parse(this.#pending.subarray(0, length)));
      this.#pending = this.#pending.subarray(length);
    }
  }

  /** Writes a line that changes nothing, and times its receipt. */
  measure() {
    this.#measured.set(this.#lines, performance.now());
    this.#consent({ event: "counts", done_key: 0, done_mouse: 0, done_point: 0, done_text: 1, local: 0, own_mouse: 0, own_key: 0, refused: 0 });
  }

  /** The recording stops; frames go on to the viewer. */
  pause() {
    this.#consent({ event: "pause", who: "advisor", why: "other" });
  }

  /** @param {Record<string, unknown>} event */
  #consent(event) {
    this.#lines++;
    this.send(frame(0x02, /** @type {AgentSide} */ (this.side).line(event)));
  }

  /** @param {ReturnType<typeof parse>} f */
  #onFrame({ kind, payload }) {
    const side = /** @type {AgentSide} */ (this.side);
    if (kind === 0x10) {
      const { session, resume, acceptance, ceiling, purpose, terms } = JSON.parse(String(payload));
      [this.session, this.resume] = [session, resume];
      side.join(this.session);
      const key = randomBytes(384);
      this.send(jsonFrame(0x03, { key: key.toString("hex") }));
      this.#consent({ event: "open", acceptance, ceiling, purpose, terms, sign: side.sign, content_key: sha256(key).toString("hex"),
        key_check: "0".repeat(64) });
    } else if (kind === 0x20) this.send(frame(0x21, side.commit()));
    else if (kind === 0x22) {
      side.agree(payload);
      this.send(frame(0x23, side.reveal()));
      this.send(side.secret());
    } else if (kind === 0x30) {
      const { ask, cap } = JSON.parse(String(payload));
      this.#asked = ask;
      this.#consent({ event: "ask", ask, cap, text: "bench" });
      this.#consent({ event: "grant", ask, cap, grant: ++this.#grants });
    } else if (kind === 0x11) this.#onReceipt(JSON.parse(String(payload)).n);
    else if (kind === 0x14) this.send(frame(0x15, payload));
    else if (kind === 0x70) this.send(frame(0x71, payload));
  }

  /** @param {number} n */
  #onReceipt(n) {
    if (this.#asked && n >= 2) this.viewGrant = this.#grants;
    const sent = this.#measured.get(n);
    this.#measured.delete(n);
    if (sent !== undefined) this.onReceipt?.(sent);
  }
}

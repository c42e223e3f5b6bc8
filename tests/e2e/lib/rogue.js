/**
 * rogue: a patched gateway with the bank's true certificate. It speaks the native door of the agent; what it
 * does with the frames is the test's.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { Pairing } from "../../../web/shared/sealing.js";
import { HEADER_BYTES, Kind, concat, jsonFrame, plainFrame, readFrame, writeHeader } from "../../../web/shared/wire.js";
import { until } from "./process.js";
import { WORDS } from "./robot.js";

/** Kinds that only the agent's link has. */
export const Door = Object.freeze({ HELLO: 0x01, WELCOME: 0x10, RECEIPT: 0x11, HEAD: 0x16, VIEWER_STATE: 0x13, LINK_PING: 0x14, LINK_PONG: 0x15 });

/** Frames of a byte stream: header and payload together. */
export class Frames {
  #rest = Buffer.alloc(0);

  /** @param {Buffer} bytes @returns {Buffer[]} */
  feed(bytes) {
    const out = [];
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= HEADER_BYTES) {
      const length = HEADER_BYTES + this.#rest.readUInt32BE(4);
      if (this.#rest.length < length) break;
      out.push(Buffer.from(this.#rest.subarray(0, length)));
      this.#rest = this.#rest.subarray(length);
    }
    return out;
  }
}

/** @param {Buffer} frame */
export const payloadOf = (frame) => frame.subarray(HEADER_BYTES);

/** @param {Buffer} frame */
export const read = (frame) => readFrame(/** @type {ArrayBuffer} */ (frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.length)));

/**
 * A TLS server at the agent's native door.
 * @param {import("./stack.js").Stack} stack @param {number} port @param {(socket: tls.TLSSocket) => void} take
 */
export function listen(stack, port, take) {
  const pki = join(stack.dir, "pki");
  const sockets = /** @type {Set<tls.TLSSocket>} */ (new Set());
  const server = tls.createServer({
    cert: readFileSync(join(pki, "gateway.pem")), key: readFileSync(join(pki, "gateway.key")), ALPNProtocols: ["guichet/1"],
  }, (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    take(socket);
  });
  server.listen(port, "127.0.0.1");
  return () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
}

/** Gateway, notary and viewer in one: pairs with the agent and stores its lines nowhere. */
export class RogueGateway {
  session = "0123456789abcdef0123456789abcdef";
  lines = /** @type {any[]} */ ([]);
  joined = 0;
  isLive = false;
  pongs = 0;
  refused = "";
  sealer = /** @type {import("../../../web/shared/sealing.js").Sealer | null} */ (null);
  #pairing = /** @type {Pairing | null} */ (null);
  #socket = /** @type {tls.TLSSocket | null} */ (null);
  #close;

  /** @param {import("./stack.js").Stack} stack @param {number} port */
  constructor(stack, port) {
    this.#close = listen(stack, port, (socket) => this.#greet(socket));
  }

  close() {
    this.#close();
  }

  live() {
    return until("the agent trusts the patched gateway", () => this.isLive);
  }

  /** Answers false while the agent does not keep up. @param {Uint8Array} frame */
  send(frame) {
    return this.#socket?.write(frame) ?? false;
  }

  drained() {
    return new Promise((resolve) => this.#socket?.once("drain", resolve));
  }

  /** @param {tls.TLSSocket} socket */
  #greet(socket) {
    const frames = new Frames();
    let queue = Promise.resolve();
    this.#socket = socket;
    socket.on("data", (bytes) => {
      for (const frame of frames.feed(bytes)) queue = queue.then(() => this.#take(frame));
    });
    socket.on("close", () => {
      this.isLive = false;
    });
  }

  /** @param {Buffer} frame */
  async #take(frame) {
    const payload = payloadOf(frame);
    switch (frame[1]) {
      case Door.HELLO:
        this.joined++;
        this.#welcome();
        break;
      case Kind.CONSENT:
        this.#store(JSON.parse(payload.toString()).line);
        break;
      case Kind.PAIR_COMMIT:
        this.#pairing = new Pairing(this.session, WORDS);
        this.send(plainFrame(Kind.PAIR_KEY, await this.#pairing.answer(payload)));
        break;
      case Kind.PAIR_REVEAL:
        await this.#pairing?.reveal(payload);
        break;
      case Kind.PAIR_SECRET:
        this.sealer = (await this.#pairing?.secret(read(frame))) ?? null;
        this.isLive = true;
        break;
      case Kind.PONG:
        this.pongs++;
        break;
    }
  }

  #welcome() {
    this.send(jsonFrame(Door.WELCOME, {
      session: this.session, resume: "f".repeat(32), advisor: "Claire Martin", purpose: "mise-en-place",
      purpose_label: "Mise en place", ceiling: ["view", "point", "control"], accepted_ms: Date.now(), terms: "2026-11",
      acceptance: "a".repeat(32),
    }));
    this.send(jsonFrame(Door.VIEWER_STATE, { present: true }));
    this.send(plainFrame(Kind.PAIR_START));
  }

  /** @param {string} line */
  #store(line) {
    const event = JSON.parse(line);
    this.lines.push(event);
    this.send(jsonFrame(Door.RECEIPT, { n: event.n, hash: createHash("sha256").update(line).digest("hex") }));
  }
}

/**
 * A frame that only looks sealed.
 * @param {number} kind @param {number} length  of the payload @param {number} seq @param {number} grant
 */
export function forgedFrame(kind, length, seq, grant) {
  return concat(writeHeader(kind, length, { sealed: true, seq, grant }), crypto.getRandomValues(new Uint8Array(length)));
}

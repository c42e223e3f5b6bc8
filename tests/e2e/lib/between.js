/** between: a gateway in the middle with the bank's true certificate, between an agent and the true gateway. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { Door, Frames, listen, payloadOf } from "./rogue.js";

/** @typedef {{ toAgent: (f: Uint8Array) => void, toGateway: (f: Uint8Array) => void, cut: () => void }} Ways */

/** Between the agent and the true gateway: passes all, until a subclass does not. */
export class Between {
  session = "";
  ways = /** @type {Ways | undefined} */ (undefined);

  /** @param {import("./stack.js").Stack} stack @param {number} port  to which the agent's profile leads */
  constructor(stack, port) {
    this.close = listen(stack, port, (agent) => this.#join(stack, agent));
  }

  /** @param {import("./stack.js").Stack} stack @param {tls.TLSSocket} agent */
  #join(stack, agent) {
    const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
    const gateway = tls.connect({ port: stack.port + 1, ca, servername: "localhost", ALPNProtocols: ["guichet/1"] });
    gateway.on("error", () => {});
    gateway.on("close", () => agent.destroy());
    agent.on("close", () => gateway.destroy());
    const ways = {
      toAgent: (/** @type {Uint8Array} */ f) => agent.write(f), toGateway: (/** @type {Uint8Array} */ f) => gateway.write(f),
      cut: () => agent.destroy(),
    };
    this.ways = ways;
    this.#pass(agent, (frame) => this.fromAgent(frame, ways));
    this.#pass(gateway, (frame) => {
      if (frame[1] === Door.WELCOME) this.session = JSON.parse(payloadOf(frame).toString()).session;
      return this.fromGateway(frame, ways);
    });
  }

  /** @param {tls.TLSSocket} from @param {(frame: Buffer) => Promise<void>} take */
  #pass(from, take) {
    const frames = new Frames();
    let queue = Promise.resolve();
    from.on("data", (bytes) => {
      for (const frame of frames.feed(bytes)) queue = queue.then(() => take(frame));
    });
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromAgent(frame, to) {
    to.toGateway(frame);
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromGateway(frame, to) {
    to.toAgent(frame);
  }
}

/** S22: a gateway in the middle cannot read or act without the two people's words differing. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import test from "node:test";
import { Pairing } from "../../web/shared/sealing.js";
import { Kind, plainFrame } from "../../web/shared/wire.js";
import { AgentSide } from "../web/lib/agent_side.js";
import { end, until } from "./lib/process.js";
import { redirect } from "./lib/program.js";
import { RobotAdvisor, RobotCustomer, WORDS, begin } from "./lib/robot.js";
import { Door, Frames, listen, payloadOf, read } from "./lib/rogue.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(4);
const port = stack.port + 3;

/** Shows another key to the viewer and keeps the agent's signing point, so that its lines still verify. */
class FalseAgent extends AgentSide {
  /** @param {string} sign  of the true agent */
  constructor(sign) {
    super("0".repeat(32), WORDS);
    this.truePoint = Buffer.from(sign, "hex");
  }

  get point() {
    return this.truePoint;
  }
}

/**
 * Between the agent and the true gateway.
 * "honest": passes all. "two": agrees on keys with each side. "late": swaps the agent's key after its commitment.
 */
class Middle {
  /** Words agreed with the agent and with the viewer, when it agrees. */
  withAgent = "";
  withViewer = "";
  #false = /** @type {FalseAgent | null} */ (null);
  #pairing = /** @type {Pairing | null} */ (null);
  #session = "";

  /** @param {"honest" | "two" | "late"} how */
  constructor(how) {
    this.how = how;
    this.close = listen(stack, port, (agent) => this.#join(agent));
  }

  /** @param {tls.TLSSocket} agent */
  #join(agent) {
    const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
    const gateway = tls.connect({ port: stack.port + 1, ca, servername: "localhost", ALPNProtocols: ["guichet/1"] });
    gateway.on("error", () => {});
    gateway.on("close", () => agent.destroy());
    agent.on("close", () => gateway.destroy());
    const passes = { toAgent: (/** @type {Uint8Array} */ f) => agent.write(f), toGateway: (/** @type {Uint8Array} */ f) => gateway.write(f) };
    this.#pass(agent, (frame) => this.#fromAgent(frame, passes));
    this.#pass(gateway, (frame) => this.#fromGateway(frame, passes));
  }

  /** @param {tls.TLSSocket} from @param {(frame: Buffer) => Promise<void>} take */
  #pass(from, take) {
    const frames = new Frames();
    let queue = Promise.resolve();
    from.on("data", (bytes) => {
      for (const frame of frames.feed(bytes)) queue = queue.then(() => take(frame));
    });
  }

  /** @param {Buffer} frame @param {{ toAgent: (f: Uint8Array) => void, toGateway: (f: Uint8Array) => void }} to */
  async #fromAgent(frame, to) {
    const kind = frame[1];
    if (kind === Door.HELLO) this.#false = new FalseAgent(JSON.parse(payloadOf(frame).toString()).sign);
    if (!this.#false || this.how === "honest") return to.toGateway(frame);
    if (this.how === "late") return to.toGateway(kind === Kind.PAIR_REVEAL ? plainFrame(kind, this.#false.reveal()) : frame);
    if (kind === Kind.PAIR_COMMIT) {
      this.#false.join(this.#session);
      to.toGateway(plainFrame(kind, this.#false.commit()));
      this.#pairing = new Pairing(this.#session, WORDS);
      to.toAgent(plainFrame(Kind.PAIR_KEY, await this.#pairing.answer(payloadOf(frame))));
    } else if (kind === Kind.PAIR_REVEAL) {
      this.withAgent = (await this.#pairing?.reveal(payloadOf(frame)))?.words ?? "";
    } else if (kind !== Kind.PAIR_SECRET) {
      to.toGateway(frame);
    } else {
      assert.ok(await this.#pairing?.secret(read(frame)), "the agent's key is in the middle's hands");
    }
  }

  /** @param {Buffer} frame @param {{ toAgent: (f: Uint8Array) => void, toGateway: (f: Uint8Array) => void }} to */
  async #fromGateway(frame, to) {
    const kind = frame[1];
    if (kind === Door.WELCOME) this.#session = JSON.parse(payloadOf(frame).toString()).session;
    if (this.how !== "two" || kind !== Kind.PAIR_KEY || !this.#false) return to.toAgent(frame);
    this.#false.agree(payloadOf(frame));
    this.withViewer = this.#false.spoken;
    to.toGateway(plainFrame(Kind.PAIR_REVEAL, this.#false.reveal()));
    to.toGateway(this.#false.secret());
  }
}

/** @param {string} words */
const hash = (words) => createHash("sha256").update(words).digest("hex");

/** What the customer's window shows, by its hash in the line his agent signed. @param {string} session */
const shown = (session) => until("paired", () => stack.consent(session).find((line) => line.event === "paired")?.words);

test("a gateway that passes everything leaves both with the same words", async () => {
  const middle = new Middle("honest");
  const { viewer, session, agent } = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: port }) });
  assert.equal(await shown(session), hash(viewer.session.spoken));
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
  middle.close();
});

test("a gateway in the middle changes the words", async () => {
  const middle = new Middle("two");
  const { viewer, session, agent } = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: port }) });
  assert.equal(await shown(session), hash(middle.withAgent), "the customer's window shows what he agreed with the middle");
  assert.equal(viewer.session.spoken, middle.withViewer, "and so does the advisor's page");
  assert.notEqual(viewer.session.spoken, middle.withAgent, "they are not the same");
  viewer.close();
  await end(agent);
  middle.close();
});

test("a gateway that picks its key after having seen the viewer's is caught by the commitment", async () => {
  const middle = new Middle("late");
  const advisor = await new RobotAdvisor(stack).signIn();
  const { session, code } = await advisor.newSession();
  const viewer = advisor.view(session);
  const program = await new RobotCustomer(stack).program(code);
  redirect(stack, program, { nativePort: port });
  const agent = desk.launch(program, []);
  await until("the viewer closes", () => viewer.ended);
  assert.equal(viewer.ended, "protocol");
  assert.equal(viewer.session.spoken, "", "no words are shown");
  await end(agent);
  middle.close();
});

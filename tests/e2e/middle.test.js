/** S22: a gateway in the middle cannot read or act without the two people's words differing. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { Pairing } from "../../web/shared/sealing.js";
import { Kind, plainFrame } from "../../web/shared/wire.js";
import { AgentSide } from "../web/lib/agent_side.js";
import { Between } from "./lib/between.js";
import { answer } from "./lib/customer.js";
import { end, until } from "./lib/process.js";
import { redirect } from "./lib/program.js";
import { RobotAdvisor, RobotCustomer, WORDS, begin } from "./lib/robot.js";
import { Door, payloadOf, read } from "./lib/rogue.js";
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

/** @typedef {import("./lib/between.js").Ways} Ways */

/**
 * "honest": passes all. "two": agrees on keys with each side. "late": swaps the agent's key after its commitment.
 */
class Middle extends Between {
  /** Words agreed with the agent and with the viewer, when it agrees. */
  withAgent = "";
  withViewer = "";
  #false = /** @type {FalseAgent | null} */ (null);
  #pairing = /** @type {Pairing | null} */ (null);

  /** @param {"honest" | "two" | "late"} how */
  constructor(how) {
    super(stack, port);
    this.how = how;
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromAgent(frame, to) {
    const kind = frame[1];
    if (kind === Door.HELLO) this.#false = new FalseAgent(JSON.parse(payloadOf(frame).toString()).sign);
    if (!this.#false || this.how === "honest") return to.toGateway(frame);
    if (this.how === "late") return to.toGateway(kind === Kind.PAIR_REVEAL ? plainFrame(kind, this.#false.reveal()) : frame);
    if (kind === Kind.PAIR_COMMIT) {
      this.#false.join(this.session);
      to.toGateway(plainFrame(kind, this.#false.commit()));
      this.#pairing = new Pairing(this.session, WORDS);
      to.toAgent(plainFrame(Kind.PAIR_KEY, await this.#pairing.answer(payloadOf(frame))));
    } else if (kind === Kind.PAIR_REVEAL) {
      this.withAgent = (await this.#pairing?.reveal(payloadOf(frame)))?.words ?? "";
    } else if (kind !== Kind.PAIR_SECRET) {
      to.toGateway(frame);
    } else {
      assert.ok(await this.#pairing?.secret(read(frame)), "the agent's key is in the middle's hands");
    }
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromGateway(frame, to) {
    if (this.how !== "two" || frame[1] !== Kind.PAIR_KEY || !this.#false) return to.toAgent(frame);
    this.#false.agree(payloadOf(frame));
    this.withViewer = this.#false.spoken;
    to.toGateway(plainFrame(Kind.PAIR_REVEAL, this.#false.reveal()));
    to.toGateway(this.#false.secret());
  }
}

/**
 * Agrees on keys with the agent itself, once, before the viewer does or later; lets the viewer agree in peace, so
 * that the words are the same on both sides. Keeps every picture and tries every key that it got.
 */
class Thief extends Between {
  pictures = /** @type {Buffer[]} */ ([]);
  keys = /** @type {import("../../web/shared/sealing.js").Sealer[]} */ ([]);
  words = "";
  #held = /** @type {Buffer | null} */ (null);
  #pairing = /** @type {Pairing | null} */ (null);
  #isWaiting;

  /** @param {"first" | "later"} when */
  constructor(when) {
    super(stack, port);
    this.#isWaiting = when === "first";
  }

  /** Makes the agent agree with us, whatever it agreed on before. */
  steal() {
    this.#pairing = new Pairing(this.session, WORDS);
    this.ways?.toAgent(plainFrame(Kind.PAIR_START));
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromAgent(frame, to) {
    if (frame[1] === Kind.PICTURE) this.pictures.push(frame);
    if (!this.#pairing) return to.toGateway(frame);
    if (frame[1] === Kind.PAIR_COMMIT) to.toAgent(plainFrame(Kind.PAIR_KEY, await this.#pairing.answer(payloadOf(frame))));
    else if (frame[1] === Kind.PAIR_REVEAL) this.words = (await this.#pairing.reveal(payloadOf(frame))).words;
    else if (frame[1] === Kind.PAIR_SECRET) {
      this.keys.push(await this.#pairing.secret(read(frame)));
      this.#pairing = null;
      if (this.#held) to.toAgent(this.#held); /* now the viewer may agree */
    } else to.toGateway(frame);
  }

  /** @param {Buffer} frame @param {Ways} to */
  async fromGateway(frame, to) {
    if (!this.#isWaiting || frame[1] !== Kind.PAIR_START) return to.toAgent(frame);
    this.#isWaiting = false;
    this.#held = frame;
    this.steal();
  }

  /** How many pictures one of the keys opens. */
  async opened() {
    let count = 0;
    for (const key of this.keys) {
      let received = 0;
      for (const frame of this.pictures.map(read).filter((f) => f.seq > received)) {
        received = frame.seq;
        await key.open(frame).then(() => count++, () => {});
      }
    }
    return count;
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

/** @param {Thief} thief @param {import("./lib/robot.js").RobotViewer} viewer @param {string} session */
async function assertNothingStolen(thief, viewer, session) {
  const lines = stack.consent(session).filter((line) => line.event === "paired");
  const own = hash(viewer.session.spoken);
  assert.equal(lines.at(-1).words, own, "both people read the same words");
  assert.equal(thief.keys.length, 1, "the thief has agreed");
  assert.ok(lines.some((line) => line.words === hash(thief.words)), "what he agreed is on record");
  assert.equal(new Set(lines.map((line) => line.transcript)).size, lines.length, "each agreement is its own");
  assert.ok(lines.every((line, i) => !i || line.seq >= lines[i - 1].seq), "counters go on");
  assert.ok(thief.pictures.length > 0, "pictures passed the thief");
  assert.equal(await thief.opened(), 0, "pictures that the thief could read");
}

/** The view, after a click, and a picture that the viewer could open. @param {import("./lib/robot.js").RobotViewer} viewer */
async function see(viewer) {
  const before = viewer.count(Kind.PICTURE);
  viewer.session.ask("view");
  await answer(desk, "view");
  await viewer.state("view", "allowed");
  await until("a picture at the viewer", () => viewer.count(Kind.PICTURE) > before);
  assert.equal(viewer.ended, "");
}

test("a gateway that agrees first decrypts 0 pictures although the words match afterwards", async () => {
  const thief = new Thief("first");
  const { viewer, session, agent } = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: port }) });
  await see(viewer);
  await assertNothingStolen(thief, viewer, session);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
  thief.close();
});

test("a gateway that agrees again later decrypts 0 pictures, before or after", async () => {
  const thief = new Thief("later");
  const { viewer, session, agent } = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: port }) });
  await see(viewer);
  thief.steal();
  await until("the thief's key", () => thief.keys.length > 0);
  await viewer.state("view", "suspended");
  thief.ways?.cut(); /* agent and viewer find that their keys are others, and agree anew */
  const count = () => stack.consent(session).filter((line) => line.event === "paired").length;
  await until("agreed anew", () => count() === 3 && viewer.session.isLive && viewer.session.linked);
  await see(viewer);
  await assertNothingStolen(thief, viewer, session);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
  thief.close();
});

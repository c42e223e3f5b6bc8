/** The advisor's half of a session over a fake socket, against the agent's half written a second time. */
import { afterEach, mock, test } from "node:test";
import assert from "node:assert/strict";
import { Kind } from "../../web/shared/wire.js";
import { Session } from "../../web/viewer/session.js";
import { AgentSide, arrayBuffer, frame, jsonFrame, parse } from "./lib/agent_side.js";
import { FakeSocket } from "./lib/fake_socket.js";
import { wordList } from "./lib/words.js";

const ID = "00112233445566778899aabbccddeeff";
const FACTS = {
  session: ID, phase: "pairing", advisor: "Claire Martin", purpose: "mise-en-place", ceiling: ["view", "point", "control"],
  started_ms: 1, code: "", code_expires_ms: 0, accepted_ms: 2, terms: "2026-11", lang: "fr", reason: "",
};

/** @type {World | undefined} */
let world;
afterEach(() => {
  world?.session.leave();
  mock.restoreAll();
});

/** The page's session, its present socket and the agent. */
class World {
  sockets = /** @type {FakeSocket[]} */ ([]);
  ended = /** @type {string[]} */ ([]);
  untold = 0;
  agent = new AgentSide(ID, wordList);
  session = new Session(ID, wordList, () => {
    this.sockets.push(new FakeSocket());
    return /** @type {any} */ (this.sockets[this.sockets.length - 1]);
  });

  constructor() {
    mock.method(console, "error", () => {});
    this.session.addEventListener("ended", (event) => this.ended.push(/** @type {CustomEvent} */ (event).detail.reason));
    this.session.addEventListener("end-untold", () => this.untold++);
    this.session.open();
    this.socket.open();
  }

  get socket() {
    return this.sockets[this.sockets.length - 1];
  }

  /** What the page sent on the present socket. @param {number} [kind] */
  sent(kind) {
    return this.socket.sent.map((bytes) => parse(Buffer.from(bytes))).filter((each) => !kind || each.kind === kind);
  }

  /** @param {...Buffer} frames */
  async tell(...frames) {
    for (const bytes of frames) this.socket.receive(arrayBuffer(bytes));
    await settle();
  }

  /** @param {boolean} present */
  presence(present) {
    const agent = { present, transport: present ? "native" : "", os: "linux-x11", sign: present ? this.agent.sign : "" };
    return this.tell(jsonFrame(Kind.SESSION, FACTS), jsonFrame(Kind.AGENT_STATE, agent));
  }

  /** @param {Record<string, unknown>} event */
  say(event) {
    return this.tell(frame(Kind.CONSENT, this.agent.line(event)));
  }

  /** The agent's answers to PAIR_START. */
  async agree() {
    const before = this.sent(Kind.PAIR_KEY).length;
    await this.tell(frame(Kind.PAIR_COMMIT, this.agent.commit()));
    const keys = this.sent(Kind.PAIR_KEY);
    assert.equal(keys.length, before + 1);
    this.agent.agree(keys[before].payload);
    await this.tell(frame(Kind.PAIR_REVEAL, this.agent.reveal()), this.agent.secret());
  }

  /** Another link after the first was cut. */
  async comeBack() {
    this.socket.drop(1006);
    await until(() => this.sockets.length > 1 && this.socket.readyState === 0);
    this.socket.open();
  }
}

/** Waits for the queue of the link and the browser's cryptography. */
/** Waits for what is under way: as many turns of WebCrypto as the longest exchange has, however slow the machine is. */
async function settle() {
  for (let i = 0; i < 24; i++) await crypto.subtle.digest("SHA-256", new Uint8Array(1));
  await new Promise((resolve) => setTimeout(resolve, 25));
}

/** @param {() => boolean} is */
async function until(is) {
  for (let i = 0; i < 100 && !is(); i++) await settle();
  assert.ok(is());
}

async function live() {
  world = new World();
  await world.presence(true);
  await world.agree();
  await world.say({ event: "open" });
  await world.say({ event: "paired", words: "" });
  return world;
}

/** @param {number} [grant] */
async function withView(grant = 1) {
  const w = await live();
  await w.say({ event: "grant", ask: grant, cap: "view", grant });
  assert.equal(w.session.grant("view"), grant);
  return w;
}

test("keys are agreed as soon as the agent is there, with the same words on both sides", async () => {
  const w = await live();
  assert.equal(w.sent(Kind.PAIR_START).length, 1);
  assert.equal(w.session.spoken, w.agent.spoken);
  assert.ok(w.session.isLive);
});

test("lines that come before the keys are read once the signing key is known", async () => {
  world = new World();
  await world.presence(true);
  await world.say({ event: "open" });
  await world.say({ event: "ask", ask: 4, cap: "view", text: "?" });
  await world.agree();
  assert.deepEqual(world.ended, []);
  world.session.ask("view");
  assert.deepEqual(JSON.parse(String(world.sent(Kind.ASK)[0].payload)), { ask: 5, cap: "view" });
});

test("an old grant that is told again before new keys allows nothing", async () => {
  world = new World();
  await world.presence(true);
  await world.say({ event: "open" });
  await world.say({ event: "grant", ask: 1, cap: "view", grant: 1 });
  await world.agree();
  assert.ok(world.session.isLive);
  assert.equal(world.session.grant("view"), 0);
  assert.equal(world.session.consent.state("view"), "suspended");
});

test("asks grow, are cancelled by number, and capabilities are given back", async () => {
  const w = await live();
  w.session.ask("view");
  w.session.cancelAsk();
  w.session.ask("control");
  w.session.giveBack("view");
  const json = [Kind.ASK, Kind.ASK_CANCEL, Kind.GIVE_BACK].map((kind) => w.sent(kind).map(({ payload }) => JSON.parse(String(payload))));
  assert.deepEqual(json, [[{ ask: 1, cap: "view" }, { ask: 2, cap: "control" }], [{ ask: 1 }], [{ cap: "view" }]]);
});

test("an act goes sealed under its grant, and nowhere without one", async () => {
  const w = await withView(3);
  w.session.act(Kind.MOUSE, new Uint8Array(14), "control");
  w.session.act(Kind.POINT, new Uint8Array(17), "point");
  await settle();
  assert.equal(w.sent(Kind.MOUSE).length + w.sent(Kind.POINT).length, 0);
  await w.say({ event: "grant", ask: 4, cap: "control", grant: 4 });
  w.session.act(Kind.MOUSE, Uint8Array.from({ length: 14 }, (_, i) => i), "control");
  await settle();
  const [mouse] = w.sent(Kind.MOUSE);
  assert.deepEqual([mouse.grant, mouse.flags, mouse.seq], [4, 1, 1]);
  assert.deepEqual([...w.agent.open(Buffer.concat([mouse.header, mouse.payload]))], Array.from({ length: 14 }, (_, i) => i));
  await w.say({ event: "limit", cap: "control", grant: 4 });
  w.session.act(Kind.MOUSE, new Uint8Array(14), "control");
  await settle();
  assert.equal(w.sent(Kind.MOUSE).length, 1);
});

test("pictures, cursors and notices reach the views in plain", async () => {
  const w = await withView();
  const seen = /** @type {unknown[]} */ ([]);
  for (const name of ["picture", "screens", "notice"]) {
    w.session.addEventListener(name, (event) => seen.push(/** @type {CustomEvent} */ (event).detail));
  }
  const screens = { width: 800, height: 600, monitors: [] };
  await w.tell(w.agent.seal(Kind.SCREENS, Buffer.from(JSON.stringify(screens)), 1), w.agent.seal(Kind.PICTURE, Buffer.alloc(13, 7), 1));
  assert.deepEqual(seen, [screens, new Uint8Array(13).fill(7)]);
  await w.tell(w.agent.seal(Kind.NOTICE, Buffer.from('{"what":"hand"}')));
  assert.deepEqual(w.ended, ["protocol"]);
});

test("a pause is asked for under the grant of the view, and only then", async () => {
  const w = await live();
  w.session.pauseRecording("card");
  assert.equal(w.sent(Kind.RECORD_PAUSE).length, 0);
  await w.say({ event: "grant", ask: 1, cap: "view", grant: 1 });
  w.session.pauseRecording("code");
  w.session.resumeRecording();
  const [pause] = w.sent(Kind.RECORD_PAUSE);
  assert.deepEqual([pause.grant, Buffer.from(pause.payload).toString()], [1, '{"why":"code"}']);
  assert.equal(w.sent(Kind.RECORD_RESUME).length, 1);
});

test("a page that still has its keys takes them up, with the same words and grants", async () => {
  const w = await withView();
  const words = w.session.spoken;
  await w.comeBack();
  assert.equal(w.session.grant("view"), 0);
  await w.presence(true);
  const [resume] = w.sent(Kind.PAIR_RESUME);
  assert.equal(w.agent.open(Buffer.concat([resume.header, resume.payload])).length, 0);
  await w.tell(w.agent.seal(Kind.PAIR_RESUMED, Buffer.alloc(0)));
  assert.deepEqual([w.session.spoken, w.session.grant("view"), w.sent(Kind.PAIR_START).length], [words, 1, 0]);
});

test("an agent that answers a resume with new keys gets them; nothing stays allowed", async () => {
  const w = await withView();
  const words = w.session.spoken;
  await w.comeBack();
  await w.presence(true);
  await w.agree();
  assert.ok(w.session.isLive);
  assert.equal(w.session.spoken, w.agent.spoken);
  assert.notEqual(w.session.spoken, words);
  assert.equal(w.session.consent.state("view"), "suspended");
});

test("an agent that goes away instead of answering a resume gets a new agreement", async () => {
  const w = await withView();
  await w.comeBack();
  await w.presence(true);
  await w.presence(false);
  await w.presence(true);
  assert.deepEqual([w.sent(Kind.PAIR_RESUME).length, w.sent(Kind.PAIR_START).length], [1, 1]);
  await w.agree();
  assert.ok(w.session.isLive);
  assert.equal(w.session.grant("view"), 0);
});

test("lines missed while away lead to new keys and words, not to the end", async () => {
  const w = await withView();
  await w.comeBack();
  w.agent.line({ event: "suspend", cap: "control", grant: 2, why: "lost" }); /* stored, and forgotten by a gateway started anew */
  await w.presence(true);
  await w.tell(w.agent.seal(Kind.PAIR_RESUMED, Buffer.alloc(0)));
  await w.say({ event: "counts" });
  assert.deepEqual([w.ended.length, w.session.isLive, w.session.grant("view"), w.session.spoken], [0, false, 0, ""]);
  assert.equal(w.sent(Kind.PAIR_START).length, 1);
  await w.tell(w.agent.seal(Kind.PICTURE, Buffer.alloc(13), 1)); /* was on its way */
  await w.agree();
  await w.say({ event: "suspend", cap: "view", grant: 1, why: "pairing" });
  await w.say({ event: "paired", words: "" });
  assert.deepEqual([w.ended.length, w.session.isLive, w.session.spoken], [0, true, w.agent.spoken]);
  await w.say({ event: "grant", ask: 9, cap: "view", grant: 3 });
  assert.equal(w.session.grant("view"), 3);
});

test("new keys under another signing key end the link", async () => {
  const w = await withView();
  await w.comeBack();
  w.agent = new AgentSide(ID, wordList);
  await w.presence(true);
  await w.agree();
  assert.deepEqual(w.ended, ["protocol"]);
});

test("a frame of before the new keys is not taken after them", async () => {
  const w = await withView();
  const old = w.agent.seal(Kind.PICTURE, Buffer.alloc(13), 1);
  await w.tell(old);
  await w.presence(false);
  await w.comeBack();
  await w.presence(true);
  await w.agree();
  assert.deepEqual(w.ended, []);
  await w.tell(old);
  assert.deepEqual(w.ended, ["protocol"]);
});

test("what is sealed before any keys ends the link", async () => {
  world = new World();
  await world.presence(false);
  await world.tell(world.agent.seal(Kind.PICTURE, Buffer.alloc(13), 1));
  assert.deepEqual(world.ended, ["protocol"]);
});

test("key frames are asked for again, but not faster than they can come", async () => {
  const w = await withView();
  for (let i = 0; i < 5; i++) {
    w.session.askKeyFrame();
    await settle();
  }
  assert.equal(w.sent(Kind.KEY_FRAME).length, 1);
  await until(() => w.sent(Kind.KEY_FRAME).length === 2);
  assert.equal(w.sent(Kind.KEY_FRAME)[1].grant, 1);
});

test("the end is told to the gateway, and over here at once", async () => {
  const w = await withView();
  w.session.end();
  assert.deepEqual([w.ended, w.sent(Kind.END).length, w.untold, w.session.grant("view")], [["advisor"], 1, 0, 0]);
});

test("an end without a link is told another way", async () => {
  const w = await withView();
  w.socket.drop(1006);
  await settle();
  w.session.end();
  assert.deepEqual([w.ended, w.untold], [["advisor"], 1]);
});

test("the customer's signed end gives the reason", async () => {
  const w = await withView();
  await w.say({ event: "end", why: "panic" });
  await w.tell(jsonFrame(Kind.SESSION, { ...FACTS, phase: "ended", reason: "panic" }));
  assert.deepEqual(w.ended, ["panic"]);
});

test("facts of another session end the link", async () => {
  const w = await live();
  await w.tell(jsonFrame(Kind.SESSION, { ...FACTS, session: "ff".repeat(16) }));
  assert.deepEqual(w.ended, ["protocol"]);
});

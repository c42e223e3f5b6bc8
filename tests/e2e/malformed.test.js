/**
 * Bytes that no honest program sends, at all three doors: each case is closed with a reason (or dropped and counted,
 * or waited for, as its row says), and a session beside does not notice. Every case is judged; the last line counts.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import test, { after, before } from "node:test";
import WebSocket from "ws";
import { Kind, jsonFrame, plainFrame } from "../../web/shared/wire.js";
import { asAgentFirst, asAgentInside, asViewer, badRequests, badSocketBytes, upgradeAsAgent } from "./lib/malformed.js";
import { sleep, until } from "./lib/process.js";
import { RobotAdvisor, RobotCustomer, begin } from "./lib/robot.js";
import { RobotAgent, ticketOf } from "./lib/robot_agent.js";
import { Door, Frames, payloadOf } from "./lib/rogue.js";
import { world } from "./lib/world.js";

const QUIET_MS = 400; /* who has said nothing for so long waits */
const CLOSE_MS = 7000; /* the library waits 5 s for the other side's close */
const HELLO_MS = 10000; /* LINK_HELLO_MS: then a link without a HELLO is lost */
const HTTP_MS = 31000; /* REQUEST_SECONDS and time-out of the library */
const ASKS = 16; /* below ROOM_ASKS: more in 10 s are counted and dropped, whatever they say */
const CLOSED_BY_GUICHET = 4000;
const { stack, desk } = world(8);
const HOST = `localhost:${stack.port}`;
const DIRECT = stack.port + 1000;
const NATIVE = { port: stack.port + 1, alpn: "guichet/1" };

/** @typedef {import("./lib/malformed.js").FrameCase} FrameCase */

let good = /** @type {Awaited<ReturnType<typeof begin>>} */ (/** @type {unknown} */ (null));
let advisor = /** @type {RobotAdvisor} */ (/** @type {unknown} */ (null));
let live = 0;
let goodSince = 0;
const judged = new Map();

/** Called once a case has got what it is owed. @param {string} door */
const count = (door) => judged.set(door, (judged.get(door) ?? 0) + 1);

before(async () => {
  advisor = await new RobotAdvisor(stack).signIn();
  good = await begin(stack, desk);
  live = stack.pid("live");
  goodSince = Date.now();
});

/** live is the same process, has nothing to report, and the session beside has noticed nothing at all. */
async function assertUnharmed() {
  process.kill(live, 0);
  assert.equal(stack.pid("live"), live);
  assert.doesNotMatch(stack.log("live"), /Sanitizer|runtime error/);
  const since = Date.now();
  good.viewer.send(plainFrame(Kind.PING, crypto.getRandomValues(new Uint8Array(8))));
  await until("the good session answers PING", () => good.viewer.count(Kind.PONG, since) > 0, 3000);
  assert.equal(good.viewer.opened, 1, "on its first socket");
  assert.ok(good.viewer.session.isLive);
  assert.equal(good.viewer.count(Kind.SESSION, goodSince) + good.viewer.count(Kind.AGENT_STATE, goodSince), 0, "nothing was said to it");
  assert.deepEqual(stack.journal(good.session).filter((line) => line.event === "left" || line.event === "refused"), []);
}

/* ---- connections ---- */

/**
 * A TLS connection and what it was told.
 * @param {{ port: number, alpn: string }} door
 * @returns {Promise<{ socket: tls.TLSSocket, said: () => string, closed: Promise<boolean>, isClosed: () => boolean }>}
 */
async function connect({ port, alpn }) {
  const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
  const socket = tls.connect({ port, ca, servername: "localhost", ALPNProtocols: [alpn] });
  let said = "";
  let isClosed = false;
  socket.on("data", (part) => {
    said += part.toString("latin1");
  });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.on("close", () => {
    isClosed = true;
    resolve(true);
  }));
  await once(socket, "secureConnect");
  return { socket, said: () => said, closed, isClosed: () => isClosed };
}

/** The reason of a REFUSED among frames, "" for none. @param {string} said  as latin1 */
function refusal(said) {
  const frame = new Frames().feed(Buffer.from(said, "latin1")).find((each) => each[1] === Kind.REFUSED);
  return frame ? JSON.parse(payloadOf(frame).toString()).reason : "";
}

/** @param {Promise<unknown>} what @param {number} ms */
const within = (what, ms) => Promise.race([what.then(() => true), sleep(ms).then(() => false)]);

/** Runs a few at a time. @template T @param {T[]} all @param {(one: T) => Promise<unknown>} run */
async function some(all, run) {
  for (let i = 0; i < all.length; i += 4) await Promise.all(all.slice(i, i + 4).map(run));
}

/** @param {{ port: number, alpn: string }} door @param {FrameCase} one @param {string} name */
async function judgeNative(door, [what, bytes, owed], name) {
  const { socket, said, closed } = await connect(door);
  const begun = Date.now();
  socket.write(bytes);
  const isClosed = await within(closed, owed === "part" ? HELLO_MS + CLOSE_MS : CLOSE_MS);
  socket.destroy();
  assert.ok(isClosed, `${what}: still open`);
  assert.equal(refusal(said()), owed === "part" ? "lost" : owed, what);
  if (owed === "part") assert.ok(Date.now() - begun > HELLO_MS - 1500, `${what}: waited for`);
  assert.doesNotMatch(said(), /"resume"/, `${what}: no WELCOME`);
  count(name);
}

const webDoor = () => new WebSocket(`wss://${HOST}/assistance/agent`, ["guichet-agent.1"], { ca: advisor.ca });

/** A WebSocket's messages in one string, and its close. @param {WebSocket} socket */
function listen(socket) {
  let said = "";
  socket.on("error", () => {});
  socket.on("message", (/** @type {Buffer | ArrayBuffer} */ data) => {
    said += Buffer.from(/** @type {any} */ (data)).toString("latin1");
  });
  const closed = /** @type {Promise<{ code: number, reason: string }>} */ (new Promise((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }))));
  return { closed, said: () => said };
}

/** @param {[string, Uint8Array | string, string]} one */
async function judgeWeb([what, message, owed]) {
  const socket = webDoor();
  const { closed, said } = listen(socket);
  await once(socket, "open");
  socket.send(message);
  const isClosed = await within(closed, CLOSE_MS);
  socket.terminate();
  assert.ok(isClosed, `${what}: still open`);
  assert.equal(refusal(said()), owed, what);
  count("agent, web, first message");
}

/* ---- live sessions with a robot for an agent ---- */

/** An agent in the room of a session of its own. */
async function agentIn() {
  const { session, code } = await advisor.newSession();
  const path = await new RobotCustomer(stack).program(code);
  const agent = new RobotAgent({ port: NATIVE.port, ca: advisor.ca, ticket: ticketOf(readFileSync(path)) });
  unlinkSync(path);
  await until("the agent is in", () => agent.resume);
  return { session, agent };
}

/** How many frames of that side the journal counts as refused. @param {string} session @param {"agent" | "viewer"} who */
const refused = (session, who) => stack.journal(session).filter((line) => line.event === "refused").reduce((n, line) => n + line.data[who], 0);

/** @param {string} session */
const endOf = async (session) => assert.equal((await advisor.ask(`conseiller/api/sessions/${session}/end`, { json: {} })).status, 200);

/** @param {string} session */
async function stateOf(session) {
  const { sessions } = JSON.parse((await advisor.ask("conseiller/api/sessions")).text);
  return sessions.find((/** @type {any} */ each) => each.session === session)?.state;
}

/* ---- the tests ---- */

/** @param {number} port @param {import("./lib/malformed.js").HttpCase} one @param {number} place  of what is owed */
async function judgeRequest(port, one, place) {
  const [what, bytes] = one;
  const owed = /** @type {import("./lib/malformed.js").OwedHttp} */ (one[place]);
  const { socket, said, closed } = await connect({ port, alpn: "http/1.1" });
  const begun = Date.now();
  socket.write(bytes);
  await Promise.race([closed, until(what, () => said(), QUIET_MS * 3).catch(() => {})]);
  const status = /^HTTP\/1\.[01] (\d{3}) /.exec(said())?.[1];
  if (status) assert.ok(owed.includes(Number(status)), `${what}: ${status} instead of ${owed}`);
  else if (said()) assert.match(said(), /^<(!DOCTYPE )?html/i, `${what}: a page without a status line, as HTTP/0.9 has it`);
  else if (owed.includes("closed")) assert.ok(await within(closed, CLOSE_MS), `${what}: still open`);
  else {
    assert.ok(owed.includes("waits"), `${what}: nothing instead of ${owed}`);
    if (port === DIRECT) assert.ok(await within(closed, HTTP_MS), `${what}: open for ${Date.now() - begun} ms`);
  }
  assert.doesNotMatch(said(), /101 Switching|\x7fELF|root:x:/, what);
  socket.destroy();
  count(port === DIRECT ? "HTTP, live itself" : "HTTP, through nginx");
}

test("requests that no browser sends get a refusal's status, straight at live and through nginx", async () => {
  for (const [port, base, place] of /** @type {[number, string, 2 | 3][]} */ ([[DIRECT, "/", 2], [stack.port, "/assistance/", 3]])) {
    const all = badRequests(HOST, base);
    const isSlow = (/** @type {import("./lib/malformed.js").HttpCase} */ one) => one[place].includes("waits");
    const slow = all.filter(isSlow).map((one) => judgeRequest(port, one, place)); /* their time-outs run together */
    await some(all.filter((one) => !isSlow(one)), (one) => judgeRequest(port, one, place));
    await Promise.all(slow);
    await assertUnharmed();
  }
});

test("frames that no agent sends first at the native door are refused with the word that fits", async () => {
  const all = asAgentFirst(true, good.session);
  const slow = all.filter(([, , owed]) => owed === "part").map((one) => judgeNative(NATIVE, one, "agent, native, first frame"));
  await some(all.filter(([, , owed]) => owed !== "part"), (one) => judgeNative(NATIVE, one, "agent, native, first frame"));
  await Promise.all(slow);
  for (const alpn of ["http/1.1", "guichet/2"]) { /* who speaks another language is told nothing */
    const wrong = await connect({ port: NATIVE.port, alpn }).catch(() => null);
    wrong?.socket.write(jsonFrame(Door.HELLO, {}));
    assert.ok(!wrong || await within(wrong.closed, CLOSE_MS), alpn);
    assert.equal(wrong?.said() ?? "", "");
    count("agent, native, first frame");
  }
  await assertUnharmed();
});

test("messages that no agent sends first at the web door are refused with the word that fits", async () => {
  await some(asAgentFirst(false, good.session), judgeWeb);
  await judgeWeb(["a text message", "text", "malformed"]);
  await some(badSocketBytes(), async ([what, bytes, owed]) => {
    const { socket, said, closed } = await connect({ port: stack.port, alpn: "http/1.1" });
    socket.write(upgradeAsAgent(HOST, "/assistance/"));
    await until("upgraded", () => said().includes("\r\n\r\n"));
    assert.match(said(), /^HTTP\/1\.1 101/);
    const head = said().length;
    socket.write(bytes);
    assert.ok(await within(closed, CLOSE_MS), `${what}: still open`);
    const told = Buffer.from(said().slice(head), "latin1");
    const word = owed === "malformed" ? refusal(told.subarray(2).toString("latin1")) : told[0] === 0x88 ? told.readUInt16BE(2) : "";
    assert.equal(word, owed, what);
    count("agent, web, first message");
  });
  await assertUnharmed();
});

test("frames that no agent sends once it is in close its link, or are dropped and counted; its session goes on", async () => {
  const { session, agent } = await agentIn();
  const hello = jsonFrame(Door.HELLO, {
    v: 1, features: 0, agent: "0.1.0", os: "linux-x11", sign: agent.side?.sign, session: agent.session, resume: agent.resume,
  });
  let forbidden = 0;
  for (const door of ["native", "web"]) {
    for (const [what, bytes, owed] of asAgentInside()) {
      const socket = door === "web" ? webDoor() : null;
      const raw = socket ? null : await connect(NATIVE);
      const { said, closed } = socket ? listen(socket) : /** @type {NonNullable<typeof raw>} */ (raw);
      const send = (/** @type {Uint8Array} */ frame) => socket ? socket.send(frame) : raw?.socket.write(frame);
      if (socket) await once(socket, "open");
      send(hello);
      await until("WELCOME", () => said().includes("\"resume\""));
      send(bytes);
      if (owed === "forbidden") {
        assert.equal(await within(closed, QUIET_MS), false, `${what}, ${door}: the link stays`);
        forbidden++;
      } else {
        assert.ok(await within(closed, CLOSE_MS), `${what}, ${door}: still open`);
        assert.equal(refusal(said()), owed, `${what}, ${door}`);
      }
      socket?.terminate();
      raw?.socket.destroy();
      count(`agent, ${door}, inside`);
    }
  }
  await until("each is counted", () => refused(session, "agent") === forbidden, 4000);
  await endOf(session);
  await assertUnharmed();
});

test("a line that is not signed by the agent ends its session, and only that", async () => {
  const { session, agent } = await agentIn();
  agent.send(Buffer.from(jsonFrame(Kind.CONSENT, { line: "{}", sig: "0".repeat(128) })));
  await until("ended", () => stack.journal(session).at(-1)?.event === "end");
  assert.equal(stack.journal(session).at(-1).data.reason, "gateway");
  count("agent, native, inside");
  await assertUnharmed();
});

test("messages that no viewer sends in a live session close it with 4000 and the word, or are dropped and counted", async () => {
  let room = await agentIn();
  const all = asViewer();
  const cases = /** @type {[string, Uint8Array | string, string][]} */ ([...all, ["a text message", "text", "malformed"]]);
  const leave = async (/** @type {number} */ forbidden) => {
    await until("each is counted", () => refused(room.session, "viewer") === forbidden, 4000);
    await endOf(room.session);
    room.agent.close();
  };
  let forbidden = 0;
  for (const [i, [what, message, owed]] of cases.entries()) {
    if (i % ASKS === ASKS - 1) { /* a fresh session before requests are rationed */
      await leave(forbidden);
      room = await agentIn();
      forbidden = 0;
    }
    const viewer = advisor.view(room.session);
    await viewer.live();
    const { closed } = listen(viewer.socket);
    viewer.socket.send(message);
    if (owed === "forbidden") {
      assert.equal(await within(closed, QUIET_MS), false, `${what}: the link stays`);
      assert.ok(viewer.session.isLive, what);
      forbidden++;
    } else {
      assert.ok(await within(closed, CLOSE_MS), `${what}: still open`);
      assert.deepEqual(await closed, { code: CLOSED_BY_GUICHET, reason: owed }, what);
    }
    viewer.close();
    assert.equal(await stateOf(room.session), "open", `${what}: the session goes on`);
    assert.ok(!room.agent.socket.destroyed, `${what}: the agent was not told`);
    count("viewer, live");
  }
  await leave(forbidden);
  await assertUnharmed();
});

after(() => {
  const all = [...judged.values()].reduce((sum, n) => sum + n, 0);
  console.log(`${all} cases: ${[...judged].map(([door, n]) => `${door} ${n}`).join("; ")}`);
  assert.ok(all >= 400, `${all} cases`);
  for (const door of ["HTTP, live itself", "HTTP, through nginx", "agent, native, first frame", "agent, web, first message", "viewer, live"]) {
    assert.ok(judged.get(door) >= 60, `${judged.get(door)} cases at ${door}`);
  }
});

/** S1, S4: no other site can act in an advisor's or a customer's name; the program needs its own single-use link. */
import assert from "node:assert/strict";
import test, { before } from "node:test";
import { until } from "./lib/process.js";
import { RobotAdvisor, RobotCustomer } from "./lib/robot.js";
import { world } from "./lib/world.js";

const EVIL = "https://evil.example";
const { stack } = world(3, { hasDesk: false });
let advisor = /** @type {RobotAdvisor} */ (/** @type {unknown} */ (null));

before(async () => {
  advisor = await new RobotAdvisor(stack).signIn();
});

/** Status of a refused WebSocket; 101 if it opened. @param {import("ws").WebSocket} socket @returns {Promise<number>} */
function statusOf(socket) {
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("open", () => {
      resolve(101);
      socket.close();
    });
    socket.on("unexpected-response", (_, answer) => {
      resolve(answer.statusCode ?? 0);
      socket.terminate();
    });
  });
}

/** Not one byte of the program. @param {import("./lib/robot.js").Answer} answer */
function assertNoProgram(answer) {
  assert.equal(answer.body.indexOf("\x7fELF", 0, "latin1"), -1, "no executable");
  assert.equal(answer.body.indexOf("GUICHET1", 0, "latin1"), -1, "no trailer");
  assert.ok((answer.headers["content-type"] ?? "").startsWith("text/html"));
  assert.match(answer.text, /name="empreinte"/, "the terms page");
}

test("a WebSocket from another origin, or from none, is refused; from ours it opens", async () => {
  const { session } = await advisor.newSession();
  assert.equal(await statusOf(advisor.socket(session)), 101);
  for (const origin of [EVIL, "null", undefined, "http://localhost:" + stack.port, `https://localhost:${stack.port}.evil.example`]) {
    const socket = advisor.socket(session, { origin: /** @type {any} */ (origin ?? "") });
    assert.equal(await statusOf(socket), 403, `origin ${origin}`);
  }
});

test("forms and calls from another origin, or from none, are refused and change nothing", async () => {
  const paths = [
    ["conseiller/api/sessions", { json: { purpose: "mise-en-place" } }],
    ["conseiller/api/logout", { json: {} }],
    ["conseiller/api/login", { json: { name: "claire.martin", password: "x" } }],
    ["accepter", { form: { bouton: "accepter", empreinte: "0".repeat(64) } }],
    ["code", { form: { code: "123456789" } }],
  ];
  const list = async () => JSON.parse((await advisor.ask("conseiller/api/sessions")).text).sessions.length;
  const before = await list();
  for (const [path, body] of /** @type {[string, object][]} */ (paths)) {
    for (const origin of [EVIL, "null", undefined]) {
      const answer = await advisor.ask(path, { ...body, headers: { Origin: origin } });
      assert.equal(answer.status, 403, `${path} from ${origin}`);
      assert.equal(answer.headers["set-cookie"], undefined);
    }
  }
  assert.equal(await list(), before, "no session was made, and the advisor is still signed in");
});

test("the program's address without a token, with a wrong one or with a used one gives the terms and no program", async () => {
  const customer = new RobotCustomer(stack);
  const stranger = new RobotCustomer(stack);
  const { code } = await advisor.newSession();
  for (const path of ["programme", `programme/${"0".repeat(32)}`, "programme/x", `programme/${"g".repeat(32)}`]) {
    assertNoProgram(await stranger.ask(path));
  }
  await customer.accept();
  await customer.typeCode(code);
  const link = await customer.link();
  const head = await customer.ask(link, { method: "HEAD" });
  assert.equal(head.body.length, 0);
  const answer = await customer.ask(link);
  assert.equal(answer.body.toString("latin1", 0, 4), "\x7fELF");
  assert.equal(answer.body.toString("latin1", answer.body.length - 8), "GUICHET1");
  for (const person of [customer, stranger]) assertNoProgram(await person.ask(link));
});

test("a wrong code and a used code get the same page", async () => {
  const first = new RobotCustomer(stack);
  const second = new RobotCustomer(stack);
  const { code } = await advisor.newSession();
  await first.accept();
  await second.accept();
  const wrong = await second.typeCode(code === "111111111" ? "222222222" : "111111111");
  assert.equal((await first.typeCode(code)).status, 303);
  const used = await second.typeCode(code);
  assert.deepEqual([wrong.status, wrong.text], [used.status, used.text]);
  assert.equal((await second.ask("suite")).text.includes("programme/"), false);
});

test("an advisor's session is nobody else's: without his cookie there is no socket and no answer", async () => {
  const { session } = await advisor.newSession();
  const stranger = new RobotAdvisor(stack);
  assert.equal((await stranger.ask("conseiller/api/sessions")).status, 401);
  const socket = stranger.socket(session);
  let frames = 0;
  socket.on("message", () => frames++);
  const gone = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  await gone;
  assert.equal(frames, 0);
});

test("whoever signs out leaves the session's page at once, with its reason, and cannot come back", async () => {
  const leaver = await new RobotAdvisor(stack).signIn();
  const { session } = await leaver.newSession();
  const viewer = leaver.view(session);
  await until("the viewer is in", () => viewer.seen.length > 0, 5000);
  assert.equal((await leaver.ask("conseiller/api/logout", { json: {} })).status, 200);
  await until("the viewer is out", () => viewer.ended !== "", 2000);
  assert.equal(viewer.ended, "login");
  assert.equal(viewer.opened, 1);
  const socket = leaver.socket(session);
  let frames = 0;
  socket.on("message", () => frames++);
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
  assert.equal(frames, 0);
});

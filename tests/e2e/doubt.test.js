/** S30: « Un doute ? » stops everything at once and tells the bank; who was called is never acted for. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "./lib/acts.js";
import { answer, doubt, endSession, PROMPTS, promptButton, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { watch } from "./lib/watch.js";
import { world } from "./lib/world.js";

const PLACE = 15;
const HOOK = Number(process.env.GUICHET_PORT ?? 8843) + 4 * PLACE + 3;
const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const DOUBT_MS = 1600; /* AGENT_DOUBT_MS: a double click takes nothing back */
const { stack, desk } = world(PLACE, { alertUrl: `http://127.0.0.1:${HOOK}/alerte?b=1` });

/** The bank's own server: what it was told, and how often it still says no. */
const bank = { calls: /** @type {{ url: string, signature: string, body: string, ms: number }[]} */ ([]), refuse: 0 };
const hook = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => {
    body += part;
  });
  request.on("end", () => {
    bank.calls.push({ url: request.url ?? "", signature: String(request.headers["x-guichet-signature"]), body, ms: Date.now() });
    response.writeHead(bank.refuse-- > 0 ? 503 : 204).end();
  });
});
before(() => new Promise((resolve) => hook.listen(HOOK, "127.0.0.1", () => resolve(undefined))));
after(() => hook.close());

/** Where the screenshots go, if anywhere. @param {string} name */
function picture(name) {
  const dir = process.env.GUICHET_PICTURES;
  if (!dir) return;
  mkdirSync(dir, { recursive: true });
  desk.png(join(dir, name));
}

/** @param {import("./lib/robot.js").RobotViewer} viewer @param {"view" | "point" | "control"} cap */
async function allow(viewer, cap) {
  viewer.session.ask(cap);
  await answer(desk, cap);
  await viewer.state(cap, "allowed");
}

/** @param {string} session @param {string} event */
const signed = (session, event) => stack.consent(session).filter((line) => line.event === event);

/** @param {string} session @param {string} what */
const told = (session, what) => bank.calls.filter(({ body }) => {
  const call = JSON.parse(body);
  return call.session === session && call.what === what;
});

test("before the first control the customer is asked who called, once, and by a physical click only", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  await allow(viewer, "view");
  viewer.session.ask("control");
  for (const which of /** @type {const} */ (["refuse", "allow"])) { /* both answers are of the strict kind */
    const { x, y } = await promptButton(desk, "caller", which);
    await sleep(1000);
    desk.ghost("mousemove", Math.round(x), Math.round(y), "click", "--repeat", 20, "--delay", 10, 1);
    desk.ghost("key", "space", "key", "Return", "key", "Tab", "key", "Return");
  }
  await sleep(300);
  picture("caller.png");
  assert.ok(desk.window(PROMPTS.caller), "injected clicks and keys answer nothing");
  assert.ok(viewer.notices.some(({ what }) => what === "caller"), "the advisor is told why he waits");
  assert.equal(signed(session, "ask").filter(({ cap }) => cap === "control").length, 0, "control is not asked for yet");
  await answer(desk, "caller");
  await answer(desk, "control");
  await viewer.state("control", "allowed");
  assert.deepEqual(signed(session, "caller").map(({ who }) => who), ["customer"]);
  assert.match(signed(session, "caller")[0].text, /comment cet appel a-t-il commencé/);
  viewer.session.giveBack("control");
  await viewer.state("control", "none");
  viewer.session.ask("control");
  await desk.waitWindow(PROMPTS.control);
  assert.equal(desk.window(PROMPTS.caller), null, "asked once a session");
  assert.equal(told(session, "called").length, 0);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
});

test("who was called is never acted for in this session, and the bank knows", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  await allow(viewer, "view");
  viewer.session.ask("control");
  await answer(desk, "caller", "refuse");
  await viewer.state("control", "refused");
  assert.equal(viewer.session.consent.why("control"), "called");
  assert.equal(viewer.session.consent.caller, "other");
  picture("called.png");
  await sleep(500);
  viewer.session.ask("control");
  await until("refused again", () => signed(session, "refuse").filter(({ why }) => why === "called").length === 2);
  assert.equal(desk.window(PROMPTS.control), null);
  assert.equal(signed(session, "ask").filter(({ cap }) => cap === "control").length, 0, "control was never even asked for");
  await allow(viewer, "point"); /* the rest goes on */
  await until("the bank is told", () => told(session, "called").length === 1);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
});

test("« Un doute ? » freezes picture and control at once, and the bank is told with a signature", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  await allow(viewer, "view");
  await allow(viewer, "control");
  desk.hand("mousemove", 200, 300);
  await sleep(HAND_MS);
  viewer.session.act(Kind.MOUSE, mouse(Action.PRESS, 1, 30, 30), "control");
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 40, 40), "control");
  await until("control acts", () => desk.mouse().x === 40);
  bank.refuse = 1; /* the first call fails, the next comes by itself */
  await doubt(desk);
  await until("the line", () => signed(session, "doubt").length === 1);
  const [raised] = signed(session, "doubt");
  assert.equal(raised.what, "raised");
  const suspended = signed(session, "suspend").at(-1);
  assert.deepEqual([suspended.cap, suspended.why], ["view", "doubt"]);
  await until("the page knows", () => viewer.session.consent.isDoubting);
  const finish = await watch(desk);
  const frozen = Date.now();
  for (let i = 0; i < 20; i++) {
    viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 60 + i, 60), "control");
    viewer.session.ask("view");
    desk.ghost("mousemove", 300 + i, 300);
    await sleep(20);
  }
  await sleep(500);
  const seen = await finish();
  picture("doubt.png");
  assert.deepEqual({ captures: seen.captures, held: seen.held_buttons, keys: seen.held_keys }, { captures: 0, held: 0, keys: 0 });
  assert.equal(viewer.count(Kind.PICTURE, frozen) + viewer.count(Kind.CURSOR, frozen), 0, "no pixel after the click");
  assert.ok(signed(session, "refuse").some(({ why }) => why === "doubt"), "nothing can be asked for");
  assert.equal(desk.window(PROMPTS.view), null);
  await until("the second call is taken", () => told(session, "doubt").length === 2, 12000);
  const [first, second] = told(session, "doubt");
  assert.equal(first.body, second.body, "the same words");
  assert.equal(first.url, "/alerte?b=1");
  const secret = readFileSync(join(stack.dir, "alert.secret"), "utf8").trimEnd();
  assert.equal(first.signature, `sha256=${createHmac("sha256", secret).update(first.body).digest("hex")}`);
  const said = JSON.parse(first.body);
  assert.deepEqual(Object.keys(said), ["advisor", "bank", "purpose", "session", "v", "wall_ms", "what"]);
  assert.ok(first.ms - raised.wall_ms < 3000, `${first.ms - raised.wall_ms} ms`);
  const alerts = () => stack.journal(session).filter((line) => line.event === "alert").map((line) => line.data);
  await until("journaled", () => alerts().length === 2);
  assert.deepEqual(alerts(), [{ state: "queued", tries: 0, what: "doubt" }, { state: "sent", tries: 2, what: "doubt" }]);

  desk.hand("mousemove", 640, 500); /* the pointer is where the ghost left it */
  await doubt(desk); /* « Tout va bien, reprendre » */
  await until("over", () => signed(session, "doubt").at(-1).what === "over");
  for (const cap of /** @type {const} */ (["view", "control"])) assert.equal(viewer.session.grant(cap), 0, "nothing comes back by itself");
  await allow(viewer, "view");
  await allow(viewer, "control");
  await endSession(desk);
  await until("ended", () => viewer.ended === "customer");
  await end(agent);
});

test("a double click on « Un doute ? » takes nothing back; from there one click ends", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  await allow(viewer, "view");
  await sleep(500);
  const w = await desk.waitWindow(WINDOW);
  desk.hand("mousemove", Math.round(w.x + w.width / 4), w.y + w.height - 45, "sleep", "0.1", "click", "--repeat", 2, "--delay", 150, 1);
  await sleep(DOUBT_MS);
  assert.deepEqual(signed(session, "doubt").map(({ what }) => what), ["raised"]);
  assert.equal(viewer.ended, "");
  await endSession(desk);
  await until("ended", () => viewer.ended === "customer");
  assert.equal(signed(session, "doubt").length, 1);
  await end(agent);
});

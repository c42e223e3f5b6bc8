/** Sections 3.3 and 6.3: what a killed gateway or a killed notary takes away, and what it does not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "./lib/acts.js";
import { answer, PROMPTS, promptButton } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { Person, begin } from "./lib/robot.js";
import { held } from "./lib/watch.js";
import { assertWhole } from "./lib/whole.js";
import { world } from "./lib/world.js";

const BACK_MS = 5000;
const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const { stack, desk } = world(5);

/** @param {import("./lib/robot.js").RobotViewer} viewer @param {"view" | "point" | "control"} cap */
async function allow(viewer, cap) {
  viewer.session.ask(cap);
  await answer(desk, cap);
  await viewer.state(cap, "allowed");
}

/** Every line's "p" is the hash of the line before. @param {string} session */
function assertChain(session) {
  let head = "0".repeat(64);
  const lines = readFileSync(stack.journalPath(session), "utf8").trimEnd().split("\n");
  lines.forEach((line, n) => {
    const { p, n: number } = JSON.parse(line);
    assert.deepEqual([p, number], [head, n], `line ${n} of the journal`);
    head = createHash("sha256").update(line).digest("hex");
  });
}

/** What was interrupted is evidence all the same: sealed, exported, and it verifies. @param {string} session */
async function assertVerifies(session) {
  await until("the seal", () => existsSync(join(stack.dir, "store/sessions", session, "seal.p7s")), 90000);
  const zip = join(stack.dir, `${session}.zip`);
  const exported = spawnSync(join(stack.build, "guichetctl"), ["export", session, "--out", zip, "--socket",
    join(stack.dir, "ctl.socket"), "--reader", join(stack.dir, "lecteur")], { encoding: "utf8" });
  assert.equal(exported.status, 0, exported.stderr);
  const verified = spawnSync(join(stack.build, "guichet-verify"), [zip], { encoding: "utf8" });
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
}

/** Every line that the viewer was told of is in the journal, byte for byte. @param {Awaited<ReturnType<typeof begin>>} all */
function assertNoneLost({ viewer, session }) {
  const stored = new Set(stack.journal(session).filter((each) => each.event === "consent").map((each) => each.data.line));
  const told = viewer.seen.filter((each) => each.kind === Kind.CONSENT)
    .map((each) => JSON.parse(new TextDecoder().decode(each.frame.payload)).line);
  assert.ok(told.length > 3);
  for (const line of told) assert.ok(stored.has(line), `acknowledged and lost: ${line}`);
}

test("after kill -9 of live agent and viewer are back within 5 s: view goes on, control is suspended", async (t) => {
  const moving = desk.launch("xclock", ["-digital", "-update", "0.2", "-geometry", "400x80+40+40"]);
  const all = await begin(stack, desk);
  const { viewer, session, agent } = all;
  await allow(viewer, "view");
  await allow(viewer, "control");
  await sleep(HAND_MS);
  const [words, view, control] = [viewer.session.spoken, viewer.session.grant("view"), viewer.session.grant("control")];
  viewer.session.act(Kind.MOUSE, mouse(Action.PRESS, 1, 100, 600), "control");
  await until("the advisor holds a button", async () => (await held(desk)).buttons === 1);

  const killed = Date.now();
  process.kill(stack.pid("live"), "SIGKILL");
  await until("the viewer has seen it", () => !viewer.session.isLive);
  stack.startAgain("live");
  await until("both are back", () => viewer.session.isLive && viewer.session.agent.present, BACK_MS);
  const back = Date.now();
  await until("the picture goes on", () => viewer.count(Kind.PICTURE, back) > 3);
  t.diagnostic(`live again after ${back - killed} ms, picture after ${Date.now() - killed} ms`);
  assert.ok(back - killed <= BACK_MS, `${back - killed} ms`);
  assert.equal(viewer.session.spoken, words, "the same keys");
  assert.equal(viewer.session.grant("view"), view, "the same grant of the view");
  await viewer.state("control", "suspended");
  assert.equal(viewer.session.grant("control"), 0);
  assert.deepEqual(await held(desk), { keys: 0, buttons: 0 }, "nothing is left down");

  const before = desk.mouse();
  viewer.send(await viewer.sealer.seal(Kind.MOUSE, mouse(Action.MOVE, 0, 700, 700), control));
  await sleep(300);
  assert.deepEqual(desk.mouse(), before, "the old grant's number is worth nothing");
  await allow(viewer, "control");
  assert.ok(viewer.session.grant("control") > control, "a new click, a new number");
  assertChain(session);
  assertNoneLost(all);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
  await assertWhole(stack.journalPath(session));
  await end(moving);
  assert.equal(stack.journal(session).filter((each) => each.event === "agent").length, 1, "it came back as the same agent");
  await assertVerifies(session);
});

test("after kill -9 of the notary no acknowledged line is lost and no grant is given while it is away", async () => {
  const all = await begin(stack, desk);
  const { viewer, session, agent } = all;
  await allow(viewer, "view");
  viewer.session.ask("control");
  await answer(desk, "caller");
  const button = await promptButton(desk, "control", "allow");
  desk.hand("mousemove", Math.round(button.x) - 40, Math.round(button.y) - 8);
  await sleep(1100);
  process.kill(stack.pid("notary"), "SIGKILL");
  desk.click(button.x, button.y);
  await until("the session ends for want of evidence", () => viewer.ended);
  assert.equal(viewer.ended, "evidence");
  assert.equal(viewer.session.grant("control"), 0);
  await until("the prompt is gone", () => !desk.window(PROMPTS.control));
  const pictures = viewer.count(Kind.PICTURE);

  stack.startAgain("notary");
  assertChain(session);
  assertNoneLost(all);
  const lines = stack.consent(session);
  assert.equal(lines.filter((line) => line.event === "grant" && line.cap === "control").length, 0);
  assert.equal(viewer.count(Kind.PICTURE), pictures, "and nothing is seen any more");
  await end(agent);
  await assertVerifies(session);
});

test("with the notary back, a new session goes all the way", async () => {
  await until("live has found the notary", async () => (await new Person(stack).ask("sante")).status === 200);
  const { viewer, session, agent } = await begin(stack, desk);
  await allow(viewer, "view");
  assertChain(session);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
});

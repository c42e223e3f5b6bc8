/** S17: each limit is one click of the customer's, and counts at once on his computer, gateway or no gateway. */
import assert from "node:assert/strict";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "./lib/acts.js";
import { answer, takeBackControl, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { held, watch } from "./lib/watch.js";
import { world } from "./lib/world.js";

const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const FROZEN_MS = 1500;
const HIDE = 265; /* « Cacher mon écran »: so far above the window's lower edge when it is the one button of its kind */
const UNDER_WAY = 1; /* a capture that the agent had asked for when the server took the click */
const { stack, desk } = world(24);

test("« Reprendre la main » and « Cacher mon écran » work with the gateway stopped by SIGSTOP", async (t) => {
  const moving = desk.launch("xclock", ["-digital", "-update", "0.1", "-geometry", "400x80+40+40"]);
  const { viewer, session, agent } = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  await sleep(HAND_MS);
  const hold = setInterval(() => viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 100, 600), "control"), 300);
  viewer.session.act(Kind.MOUSE, mouse(Action.PRESS, 1, 100, 600), "control");
  await until("the advisor holds a button", async () => (await held(desk)).buttons === 1, 2000);
  const live = stack.pid("live");
  process.kill(live, "SIGSTOP");
  try {
    await takeBackControl(desk);
    await until("nothing is held", async () => (await held(desk)).buttons === 0, 1000);
    assert.notEqual(stack.consent(session).at(-1)?.event, "limit", "the gateway knows nothing yet");
    const w = await desk.waitWindow(WINDOW);
    const finish = await watch(desk);
    desk.click(w.x + w.width / 4, w.y + w.height - HIDE);
    await sleep(FROZEN_MS);
    const seen = await finish();
    t.diagnostic(`the screen was read ${seen.after_release} times after the click`);
    assert.ok(seen.after_release <= UNDER_WAY, `read ${seen.after_release} times after the click`);
  } finally {
    process.kill(live, "SIGCONT");
    clearInterval(hold);
  }
  await until("both limits are journaled", () => stack.consent(session).filter(({ event }) => event === "limit").length === 2);
  assert.deepEqual(stack.consent(session).filter(({ event }) => event === "limit").map(({ cap }) => cap), ["control", "view"]);
  await viewer.state("view", "withdrawn");
  viewer.close();
  await end(agent);
  await end(moving);
});

test("the advisor gives back with one call, and the customer's window says so", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  viewer.session.giveBack("control");
  await viewer.state("control", "none", 2000);
  assert.equal(viewer.session.consent.state("view"), "allowed");
  viewer.session.giveBack("view");
  await viewer.state("view", "none", 2000);
  assert.deepEqual(stack.consent(session).filter(({ event }) => event === "release").map(({ cap }) => cap), ["control", "view"]);
  viewer.session.end();
  await until("ended", () => stack.consent(session).at(-1)?.event === "end");
  await end(agent);
});

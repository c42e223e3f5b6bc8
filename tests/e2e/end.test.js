/** S31: one click, or the panic key, ends everything at once on the customer's computer, gateway or no gateway. */
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { differingPixels } from "./lib/advisor.js";
import { busySession, hold } from "./lib/busy.js";
import { endSession, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { held, watch } from "./lib/watch.js";
import { world } from "./lib/world.js";

const SOON_MS = 500;
const FROZEN_MS = 1000;
const IN_FLIGHT = 2; /* PACE_IN_FLIGHT: so many updates can be on their way, captured before the click */
const UNDER_WAY = 1; /* a capture that the agent had asked for when the server took the click */
const { stack, desk } = world(2);

/** @param {string} session @param {string} why */
async function assertEndIsJournaled(session, why) {
  await until("the end is journaled", () => stack.consent(session).at(-1)?.event === "end");
  const last = stack.consent(session).at(-1);
  assert.equal(last.why, why);
  return last;
}

/** @param {import("./lib/robot.js").RobotViewer} viewer */
function assertNoPictureBehindTheEnd(viewer) {
  const at = viewer.seen.findIndex((each) => each.kind === Kind.CONSENT && isEnd(each.frame.payload));
  assert.ok(at > 0, "the viewer got the end line");
  assert.equal(viewer.seen.slice(at).filter(({ kind }) => kind === Kind.PICTURE || kind === Kind.CURSOR).length, 0);
}

test("« Mettre fin » works with the gateway stopped by SIGSTOP: nothing is captured or done after the click", async (t) => {
  const { viewer, session, agent, moving } = await busySession(stack, desk);
  const live = stack.pid("live");
  process.kill(live, "SIGSTOP");
  try {
    await sleep(300);
    const w = await desk.waitWindow(WINDOW);
    desk.hand("mousemove", Math.round(w.x + w.width * 0.75), w.y + w.height - 45, "sleep", "0.3");
    const before = desk.pixels();
    const finish = await watch(desk);
    const clicked = Date.now();
    desk.hand("click", 1);
    await sleep(FROZEN_MS);
    const seen = await finish();
    assert.ok(differingPixels(before, desk.pixels()) > 20000, "the customer is told");
    assert.equal(seen.after_release, 0, "the screen was read after the click");
    assert.deepEqual([seen.held_keys, seen.held_buttons], [0, 0], "nothing is left down");
    assert.notEqual(stack.consent(session).at(-1)?.event, "end", "the gateway knows nothing yet");
    const woken = Date.now();
    process.kill(live, "SIGCONT");
    const last = await assertEndIsJournaled(session, "customer");
    assert.ok(last.wall_ms - clicked <= SOON_MS, `ended ${last.wall_ms - clicked} ms after the click`);
    await until("the viewer is told", () => viewer.ended === "customer");
    await sleep(SOON_MS);
    const late = new Set(viewer.updates.filter(({ ms }) => ms >= clicked).map(({ number }) => number));
    t.diagnostic(`updates on the way when the gateway stopped, shown after it woke: ${late.size}`);
    assert.ok(late.size <= IN_FLIGHT, `${late.size} updates reached the viewer after the click`);
    assert.equal(viewer.updates.filter(({ ms }) => ms >= clicked && ms < woken).length, 0);
    assertNoPictureBehindTheEnd(viewer);
  } finally {
    process.kill(live, "SIGCONT");
  }
  await end(agent);
  await end(moving);
});

test("« Mettre fin » stops capture while the gateway runs: no picture after the end, nothing left down", async () => {
  const { viewer, session, agent, moving } = await busySession(stack, desk);
  const finish = await watch(desk);
  await sleep(500);
  const clicked = Date.now();
  await endSession(desk);
  await sleep(1500);
  const seen = await finish();
  assert.ok(seen.captures > 2, "the screen was read until then");
  assert.ok(seen.after_release <= UNDER_WAY, `read ${seen.after_release} times after the server had the click`);
  const last = await assertEndIsJournaled(session, "customer");
  assert.ok(seen.last_capture_ms <= last.wall_ms + 50, `screen read ${seen.last_capture_ms - last.wall_ms} ms after the end`);
  assert.ok(last.wall_ms - clicked <= SOON_MS + 300, `ended ${last.wall_ms - clicked} ms after the hand moved to the button`);
  assert.deepEqual([seen.held_keys, seen.held_buttons], [0, 0], "nothing is left down");
  assertNoPictureBehindTheEnd(viewer);
  await end(agent);
  await end(moving);
});

/** @param {Uint8Array} payload */
function isEnd(payload) {
  return JSON.parse(JSON.parse(new TextDecoder().decode(payload)).line).event === "end";
}

test("Escape held 1.2 s on the physical keyboard ends as well, and an injected Escape does not", async () => {
  const { viewer, session, agent, moving } = await busySession(stack, desk);
  desk.ghost("keydown", "Escape", "sleep", "1.6", "keyup", "Escape");
  assert.equal(viewer.ended, "");
  assert.notEqual(stack.consent(session).at(-1)?.event, "end");
  const finish = await watch(desk);
  const pressed = Date.now();
  desk.hand("keydown", "Escape", "sleep", "1.4", "keyup", "Escape");
  const last = await assertEndIsJournaled(session, "panic");
  assert.ok(last.wall_ms - pressed > 1000 && last.wall_ms - pressed < 1200 + SOON_MS, `after ${last.wall_ms - pressed} ms`);
  await sleep(1000);
  const seen = await finish();
  assert.ok(seen.last_capture_ms <= last.wall_ms + 50, "the screen is not read any more");
  assert.deepEqual([seen.held_keys, seen.held_buttons], [0, 0], "nothing is left down");
  await until("the viewer is told", () => viewer.ended === "panic");
  await end(agent);
  await end(moving);
});

/** How many processes run a program. @param {string} program */
function processesOf(program) {
  const of = (/** @type {string} */ pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`);
    } catch {
      return ""; /* it has gone, or is a zombie */
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && of(name) === program).length;
}

test("a program killed in mid-control leaves nothing down, and nothing of itself", async () => {
  const { viewer, session, agent, moving, program } = await busySession(stack, desk);
  assert.equal(processesOf(program), 2, "the program and its guard");
  await hold(desk, viewer); /* less than HANDS_GAP_MS ago */
  agent.kill("SIGKILL");
  await until("nothing is down", async () => (await held(desk)).buttons === 0, 1000);
  await until("no process is left", () => processesOf(program) === 0, 2000);
  assert.notEqual(stack.consent(session).at(-1)?.event, "end", "it had no time to say so");
  viewer.session.end();
  await until("ended", () => viewer.ended, 70000);
  await end(moving);
});

/** S30: « Mettre fin » is in sight as long as the advisor acts; where it cannot be, he does not act. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "./lib/acts.js";
import { answer, STRIP, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { WIDTH } from "./lib/desk.js";
import { world } from "./lib/world.js";

const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const COVERED_MS = 1000;
const RED = "9c1111";
const { stack, desk } = world(9);

async function controlled() {
  const all = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    all.viewer.session.ask(cap);
    await answer(desk, cap);
    await all.viewer.state(cap, "allowed");
  }
  desk.hand("mousemove", 200, 300);
  await sleep(HAND_MS);
  return all;
}

/** How many pixels of a window's place have the colour of « Mettre fin ». @param {{ x: number, y: number, width: number, height: number }} w */
function red(w) {
  const pixels = desk.pixels();
  let count = 0;
  for (let y = w.y; y < w.y + w.height; y++) {
    for (let x = w.x; x < w.x + w.width; x++) if (pixels.toString("hex", 3 * (y * WIDTH + x), 3 * (y * WIDTH + x) + 3) === RED) count++;
  }
  return count;
}

test("a full-screen program cannot hide « Mettre fin »: a strip above it has the button", async () => {
  const { viewer, session, agent } = await controlled();
  const window = await desk.waitWindow(WINDOW);
  const big = desk.launch("xterm", ["-fullscreen", "-bg", "black"]);
  const strip = await desk.waitWindow(STRIP, 3000);
  await sleep(2 * COVERED_MS);
  assert.ok(red({ ...strip, y: strip.y + strip.height - 70, height: 60 }) > 5000, "the button is seen above the program");
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 33, 44), "control");
  await until("control goes on", () => desk.mouse().x === 33);
  desk.click(strip.x + strip.width / 2, strip.y + strip.height - 45);
  await until("ended by the strip", () => viewer.ended === "customer", 3000);
  assert.equal(stack.consent(session).at(-1).why, "customer");
  await until("the strip goes", () => !desk.window(STRIP), 3000);
  await end(big);
  assert.ok(window.width > 0);
  await end(agent);
});

test("when the button cannot be kept in sight, control is suspended within two seconds, and says why", async () => {
  const { viewer, session, agent } = await controlled();
  const cover = desk.launch(join(stack.build, "x11_driver"), ["--cover", "all"]);
  const begun = Date.now();
  await viewer.state("control", "suspended", 4000);
  const line = stack.consent(session).findLast((each) => each.event === "suspend");
  assert.equal(line?.why, "covered");
  assert.equal(line?.cap, "control");
  assert.ok(line.wall_ms - begun <= 2 * COVERED_MS, `after ${line.wall_ms - begun} ms`);
  const { x } = desk.mouse();
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 77, 88), "control");
  await sleep(300);
  assert.equal(desk.mouse().x, x, "nothing moves any more");
  await end(cover);
  await sleep(2 * COVERED_MS);
  viewer.session.ask("control");
  await answer(desk, "control");
  await viewer.state("control", "allowed");
  await sleep(2 * COVERED_MS);
  assert.equal(viewer.session.consent.state("control"), "allowed", "in sight again it can be allowed again");
  viewer.close();
  await end(agent);
});

/** busy: a session in which everything happens at once, for proofs and benches of its end (S31). */
import { Kind } from "../../../web/shared/wire.js";
import { Action, key, mouse, text } from "./acts.js";
import { answer } from "./customer.js";
import { end, sleep, until } from "./process.js";
import { begin } from "./robot.js";
import { held } from "./watch.js";

const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */

/**
 * A session with view and control in which the advisor holds a button, and something moves on the screen.
 * @param {import("./stack.js").Stack} stack @param {import("./desk.js").Desk} desk @param {Parameters<typeof begin>[2]} [options]
 */
export async function busySession(stack, desk, options) {
  const moving = desk.launch("xclock", ["-digital", "-update", "0.1", "-geometry", "400x80+40+40"]);
  const all = await begin(stack, desk, options).catch(async (error) => {
    await end(moving);
    throw error;
  });
  try {
    await makeBusy(desk, all.viewer);
  } catch (error) {
    all.viewer.close();
    await end(all.agent);
    await end(moving);
    throw error;
  }
  return { ...all, moving };
}

/** @param {import("./desk.js").Desk} desk @param {import("./robot.js").RobotViewer} viewer */
async function makeBusy(desk, viewer) {
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  await hold(desk, viewer);
  const since = Date.now();
  await until("the picture flows", () => viewer.count(Kind.PICTURE, since) > 5);
}

/** The advisor types, and presses a button. @param {import("./desk.js").Desk} desk @param {import("./robot.js").RobotViewer} viewer */
export async function hold(desk, viewer) {
  await sleep(HAND_MS);
  viewer.session.act(Kind.TEXT, text("abc"), "control");
  viewer.session.act(Kind.KEY, key(0x0108, 3), "control");
  viewer.session.act(Kind.MOUSE, mouse(Action.PRESS, 1, 100, 600), "control");
  await until("the advisor holds a button", async () => (await held(desk)).buttons === 1, 2000);
}

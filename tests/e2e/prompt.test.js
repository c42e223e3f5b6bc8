/** S16: « Autoriser » is a physical click, whoever else clicks there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "./lib/acts.js";
import { answer, promptButton, PROMPTS } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { world } from "./lib/world.js";

const CLICKS = 100;
const ASK_PAUSE_MS = 5300; /* after a refusal the next request is "busy" for 5 s */
const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const { stack, desk } = world(1);

test("with control granted, 200 injected clicks on a new prompt's « Autoriser » give no grant, one physical click gives one", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  await sleep(HAND_MS);
  const grant = viewer.session.grant("control");
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 20, 20), "control");
  await until("control acts", () => desk.mouse().x === 20);

  viewer.session.ask("point");
  const button = await promptButton(desk, "point", "allow");
  const [x, y] = [Math.round(button.x), Math.round(button.y)];
  await sleep(1000); /* the button takes clicks from now on */
  for (let i = 0; i < CLICKS; i++) {
    viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, x, y), "control");
    viewer.session.act(Kind.MOUSE, mouse(Action.PRESS, 1, x, y), "control");
    viewer.session.act(Kind.MOUSE, mouse(Action.RELEASE, 1, x, y), "control");
    await sleep(5);
  }
  desk.ghost("mousemove", x, y, "click", "--repeat", CLICKS, "--delay", 10, 1);
  await sleep(500);
  assert.ok(desk.window(PROMPTS.point), "the prompt is still open");
  assert.equal(viewer.session.consent.state("point"), "asked");
  assert.equal(viewer.session.grant("control"), grant, "control was live all the while");
  assert.equal(desk.mouse().x, x, "the injected clicks were at the button");
  assert.ok(viewer.notices.some((notice) => notice.what === "prompt"), "the advisor is told why");

  await answer(desk, "point");
  await viewer.state("point", "allowed");
  const lines = stack.consent(session);
  assert.equal(lines.filter((line) => line.event === "grant" && line.cap === "point").length, 1);
  await until("the refused clicks are counted", () => {
    const counts = stack.consent(session).filter((line) => line.event === "counts");
    return counts.reduce((n, line) => n + line.refused, 0) === 3 * CLICKS;
  });
  viewer.close();
  await end(agent);
});

test("a pointer that the advisor parked where « Autoriser » will appear turns no stray click into a grant", async () => {
  const { viewer, agent } = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  viewer.session.ask("point");
  const button = await promptButton(desk, "point", "allow"); /* the advisor learns the place from a first prompt */
  await answer(desk, "point", "refuse");
  await sleep(ASK_PAUSE_MS);
  const [x, y] = [Math.round(button.x), Math.round(button.y)];
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, x, y), "control");
  await until("the pointer is parked", () => desk.mouse().x === x);
  viewer.session.ask("point");
  await desk.waitWindow(PROMPTS.point);
  await sleep(1300);
  for (let i = 0; i < 3; i++) desk.hand("click", 1, "sleep", "0.2");
  assert.equal(viewer.session.consent.state("point"), "asked");
  assert.ok(desk.window(PROMPTS.point), "the prompt waits");
  await answer(desk, "point"); /* comes with the hand */
  await viewer.state("point", "allowed");
  viewer.close();
  await end(agent);
});

/** The number beside an answer, read off the customer's screen. @param {string} title of the prompt @param {number} line  0: the last of the box */
function numberOn(title, line) {
  const { id, height } = desk.window(title) ?? assert.fail(`no prompt: ${title}`);
  const env = { ...process.env, DISPLAY: desk.display };
  const place = `64x30+231+${height - 233 - 27 * line}`;
  const seen = execFileSync("import", ["-window", String(id), "png:-"], { env });
  const png = execFileSync("convert", ["-", "-crop", place, "-resize", "400%", "-bordercolor", "white", "-border", "40", "png:-"], { input: seen });
  const words = execFileSync("tesseract", ["-", "-", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789"], { input: png, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
  return words.match(/\d/g) ?? [];
}

test("a customer without a mouse allows by typing the number that his screen shows, and the journal says so", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  for (const [cap, title, line] of /** @type {const} */ ([["view", PROMPTS.view, 0], ["control", PROMPTS.caller, 1], ["control", PROMPTS.control, 0]])) {
    if (viewer.session.consent.state(cap) === "none") viewer.session.ask(cap);
    await desk.waitWindow(title);
    await sleep(1100);
    const digits = numberOn(title, line);
    assert.equal(digits.length, 3, `a number on ${title}`);
    desk.hand("key", "--delay", 50, ...digits);
    await until(`${title} is answered`, () => !desk.window(title));
  }
  await viewer.state("control", "allowed");
  const events = stack.consent(session).map((line) => line.event === "typed" ? `typed ${line.what}` : line.event).filter((event) => /typed|grant|caller/.test(event));
  assert.deepEqual(events, ["typed right", "grant", "typed caller", "caller", "typed right", "grant"]);

  viewer.session.ask("point");
  await desk.waitWindow(PROMPTS.point);
  await sleep(1100);
  assert.deepEqual(numberOn(PROMPTS.point, 0), [], "who may act could type it");
  viewer.close();
  await end(agent);
});

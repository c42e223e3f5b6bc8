/**
 * Pointer fidelity: what the advisor clicks in his page is the pixel that is clicked over there, in the corners and at the
 * edges of every monitor, in 3 layouts of monitors x 4 scales of the picture, through a real browser and the whole stack.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newSession, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { answer, WINDOW } from "./lib/customer.js";
import { HEIGHT, WIDTH } from "./lib/desk.js";
import { end, run, sleep, until } from "./lib/process.js";
import { RobotCustomer } from "./lib/robot.js";
import { world } from "./lib/world.js";

const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const { stack, desk } = world(25);

/** @typedef {{ x: number, y: number, width: number, height: number }} Area */
/** @type {Record<string, Area[]>} */
const LAYOUTS = {
  "one monitor": [{ x: 0, y: 0, width: WIDTH, height: HEIGHT }],
  "two of unequal width": [{ x: 0, y: 0, width: 800, height: HEIGHT }, { x: 800, y: 0, width: WIDTH - 800, height: HEIGHT }],
  "one above two": [{ x: 0, y: 0, width: WIDTH, height: 240 }, { x: 0, y: 240, width: 700, height: HEIGHT - 240 }, { x: 700, y: 240, width: WIDTH - 700, height: HEIGHT - 240 }],
};
const SCALES = { fit: ["#zoom-fit"], smaller: ["#zoom-1", "#zoom-out"], one: ["#zoom-1"], larger: ["#zoom-1", "#zoom-in", "#zoom-in"] };

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Page} */
let page;
/** @type {any} */
let agent;

before(async () => {
  browser = await launch();
  page = await person(browser);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await signIn(page, stack.url);
  const { code } = await newSession(page);
  agent = desk.launch(await new RobotCustomer(stack).program(code.replace(/ /g, "")), []);
  await page.waitForSelector("#page-session:visible");
  for (const cap of /** @type {const} */ (["view", "control"])) {
    await page.click(`#ask-${cap}`);
    await answer(desk, cap);
    await waitState(page, cap, "allowed");
  }
  await page.waitForFunction((width) => /** @type {HTMLCanvasElement} */ (document.querySelector("#screen")).width === width, WIDTH);
  await sleep(HAND_MS);
});

after(async () => {
  await browser.close();
  await end(agent);
});

let arranged = /** @type {Area[]} */ ([]);

/** @param {Area[]} monitors */
function arrange(monitors) {
  const env = { DISPLAY: desk.display };
  if (arranged === monitors) return;
  arranged.forEach((_, i) => run("xrandr", ["--delmonitor", `T${i}`], env));
  arranged = monitors;
  const [first, ...others] = monitors.map(({ x, y, width, height }, i) => [`T${i}`, `${width}/300x${height}/200+${x}+${y}`]);
  const output = /^(\S+) connected/m.exec(run("xrandr", [], env))?.[1] ?? "none";
  run("xrandr", ["--setmonitor", ...first, output], env);
  for (const each of others) run("xrandr", ["--setmonitor", ...each, "none"], env);
  assert.match(run("xrandr", ["--listmonitors"], env), new RegExp(`^Monitors: ${monitors.length}$`, "m"));
}

/** Corners and middles of the edges, but where the agent's own window forbids a click. @param {Area[]} monitors */
function places(monitors) {
  const own = desk.window(WINDOW) ?? assert.fail("no window of the agent");
  const isOurs = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= own.x - 2 && x < own.x + own.width + 2 && y >= own.y - 24 && y < own.y + own.height + 2;
  const all = monitors.flatMap(({ x, y, width, height }) => {
    const [xs, ys] = [[x, x + (width >> 1), x + width - 1], [y, y + (height >> 1), y + height - 1]];
    return xs.flatMap((px, i) => ys.filter((_, j) => i !== 1 || j !== 1).map((py) => ({ x: px, y: py })));
  });
  const allowed = all.filter(({ x, y }) => !isOurs(x, y));
  assert.ok(allowed.length >= 8 && allowed.length > all.length / 2, `${allowed.length} places of ${all.length} are free`);
  return allowed;
}

/** The place of the page that is the middle of a pixel over there, scrolled into sight. @param {{ x: number, y: number }} pixel */
const placeOf = (pixel) => page.evaluate(({ x, y }) => {
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#screen"));
  const frame = /** @type {HTMLElement} */ (document.querySelector("#frame"));
  const place = () => {
    const box = canvas.getBoundingClientRect();
    return { x: box.left + ((x + 0.5) * box.width) / canvas.width, y: box.top + ((y + 0.5) * box.height) / canvas.height };
  };
  const box = frame.getBoundingClientRect();
  frame.scrollBy(place().x - box.left - box.width / 2, place().y - box.top - box.height / 2);
  return { ...place(), scale: canvas.getBoundingClientRect().width / canvas.width };
}, pixel);

for (const [layout, monitors] of Object.entries(LAYOUTS)) {
  for (const [name, buttons] of Object.entries(SCALES)) {
    test(`${layout}, picture ${name}`, async () => {
      arrange(monitors);
      for (const button of buttons) await page.click(button);
      const scales = new Set();
      for (const pixel of places(monitors)) {
        const { scale, x, y } = await placeOf(pixel);
        scales.add(scale);
        await page.mouse.click(x, y);
        await until(`${pixel.x}, ${pixel.y} at ${scale}`, () => desk.mouse().x === pixel.x && desk.mouse().y === pixel.y, 3000);
      }
      assert.equal(scales.size, 1);
    });
  }
}

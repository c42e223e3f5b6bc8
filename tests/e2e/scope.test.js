/** S17, S23: the customer shows one window: nothing else is seen or reached, and more is shown only after a new question. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { canvasPixels, newSession, onScreen, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, download, endSession, oneWindow, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(27);
const SECRET = "12a456";
const SHOWN = "00c800";

/** How many pixels of the canvas have a colour. @param {import("playwright-core").Page} page @param {string} colour */
async function count(page, colour) {
  const { rgb } = await canvasPixels(page);
  let n = 0;
  for (let i = 0; i < rgb.length; i += 3) if (rgb.toString("hex", i, i + 3) === colour) n++;
  return n;
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function picture(page, name) {
  if (!process.env.GUICHET_PICTURES) return;
  mkdirSync(process.env.GUICHET_PICTURES, { recursive: true });
  await page.screenshot({ path: join(process.env.GUICHET_PICTURES, `${name}_advisor.png`) });
  desk.png(join(process.env.GUICHET_PICTURES, `${name}_customer.png`));
}

test("one window is chosen before the screen is shown, and everything only after a new question", async () => {
  const browser = await launch();
  const advisor = await person(browser);
  const customer = await person(browser);
  await signIn(advisor, stack.url);
  const { code, session } = await newSession(advisor);
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  const hidden = desk.launch("xterm", ["-title", "Courrier", "-bg", `#${SECRET}`, "-geometry", "50x16+20+20"]);
  await desk.waitWindow("^Courrier$");
  const shown = desk.launch("xterm", ["-title", "Carnet", "-bg", `#${SHOWN}`, "-geometry", "50x16+200+330"]);
  await desk.waitWindow("^Carnet$");
  const agent = desk.launch(program, [], join(stack.dir, "agent.log"));
  await desk.waitWindow(WINDOW, 15000);
  await advisor.waitForSelector("#page-session:visible");
  await oneWindow(desk, 2, () => desk.png(join(stack.dir, "choose.png")));
  await until("it is written", () => stack.consent(session).some((line) => line.event === "scope" && line.title === "Carnet"));

  await advisor.click("#ask-view");
  await answer(desk, "one", "allow", () => picture(advisor, "scope_prompt"));
  await waitState(advisor, "view", "allowed");
  assert.match(stack.consent(session).filter((line) => line.event === "ask").at(-1).text, /«\u00a0Carnet\u00a0»/);
  await until("the window is seen", async () => await count(advisor, SHOWN) > 20000);
  assert.equal(await count(advisor, SECRET), 0);
  assert.match(await advisor.textContent("#rights") ?? "", /une seule fenêtre/);

  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  await sleep(1600); /* the customer's own hand */
  const carnet = await desk.waitWindow("^Carnet$");
  const courrier = await desk.waitWindow("^Courrier$");
  const inside = await onScreen(advisor, carnet.x + 50, carnet.y + 50);
  await advisor.mouse.click(inside.x, inside.y);
  await until("the click arrives", () => Math.abs(desk.mouse().x - carnet.x - 50) < 2);
  const outside = await onScreen(advisor, courrier.x + 50, courrier.y + 50);
  await advisor.mouse.click(outside.x, outside.y);
  await until("the advisor reads why not", async () => /une fenêtre/.test(await advisor.textContent("#reason") ?? ""));
  assert.ok(desk.mouse().x > courrier.x + 60 || desk.mouse().y > courrier.y + 60, "the pointer stays in the window");
  await picture(advisor, "scope");
  let seen = 0;
  for (let i = 0; i < 8; i++) { /* another program's window over it, and about */
    desk.ghost("windowmove", courrier.id, 60 + 50 * i, 60 + 40 * i, "windowraise", courrier.id);
    seen += await count(advisor, SECRET);
  }
  await sleep(500);
  assert.equal(seen + await count(advisor, SECRET), 0, "not one pixel");

  desk.ghost("windowmove", courrier.id, 20, 20, "windowraise", carnet.id);
  await sleep(300);
  await oneWindow(desk, 0);
  await waitState(advisor, "view", "withdrawn");
  assert.equal(await count(advisor, SECRET), 0);
  await advisor.click("#ask-view");
  await answer(desk, "view");
  await waitState(advisor, "view", "allowed");
  await until("everything is seen", async () => await count(advisor, SECRET) > 10000);
  await endSession(desk);
  await advisor.waitForSelector("#page-ended:visible");
  for (const each of [agent, shown, hidden]) await end(each);
  await browser.close();
});

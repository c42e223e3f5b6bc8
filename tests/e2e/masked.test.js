/** S23: windows that the bank's signed profile hides are hatched before anything is encoded: for the advisor and the record. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { canvasPixels, newSession, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, download, endSession, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(17);
const SECRET = "12a456"; /* the colour of what nobody may see */
const HATCH = ["4a505c", "c8ccd4"];

/** How many pixels of the canvas have a colour. @param {import("playwright-core").Page} page @param {string} colour */
async function count(page, colour) {
  const { rgb } = await canvasPixels(page);
  let n = 0;
  for (let i = 0; i < rgb.length; i += 3) if (rgb.toString("hex", i, i + 3) === colour) n++;
  return n;
}

test("a window that the profile hides is never seen, wherever it moves, whenever it gets its name", async () => {
  const browser = await launch();
  const advisor = await person(browser);
  const customer = await person(browser);
  await signIn(advisor, stack.url);
  const { code } = await newSession(advisor);
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  const shown = desk.launch("xterm", ["-title", "Carnet", "-bg", "#00c800", "-geometry", "40x10+20+20"]);
  const hidden = desk.launch("xterm", ["-title", "Mon Coffre-Fort", "-bg", `#${SECRET}`, "-geometry", "50x16+200+300"]);
  const agent = desk.launch(program, [], join(stack.dir, "agent.log"));
  await desk.waitWindow(WINDOW, 15000);
  await advisor.waitForSelector("#page-session:visible");
  await advisor.click("#ask-view");
  await answer(desk, "view");
  await waitState(advisor, "view", "allowed");
  await until("hatched", async () => await count(advisor, HATCH[0]) > 10000 && await count(advisor, HATCH[1]) > 10000);
  assert.ok(await count(advisor, "00c800") > 10000, "others are seen");
  if (process.env.GUICHET_PICTURES) {
    mkdirSync(process.env.GUICHET_PICTURES, { recursive: true });
    await advisor.screenshot({ path: join(process.env.GUICHET_PICTURES, "masked.png") });
  }
  let seen = await count(advisor, SECRET);
  const { id } = await desk.waitWindow("Mon Coffre-Fort");
  for (let i = 0; i < 12; i++) { /* it moves, goes and comes */
    desk.ghost("windowmove", id, 30 + 40 * i, 100 + 25 * i);
    if (i % 4 === 3) desk.ghost("windowunmap", id, "sleep", "0.1", "windowmap", id);
    seen += await count(advisor, SECRET);
  }
  await sleep(500);
  seen += await count(advisor, SECRET);
  assert.equal(seen, 0, "not one pixel");

  const { id: other } = await desk.waitWindow("Carnet");
  desk.ghost("set_window", "--name", "Mon coffre-fort 2", other); /* a page that becomes one to hide */
  await until("hidden as well", async () => await count(advisor, "00c800") === 0);
  desk.ghost("set_window", "--name", "Carnet", other);
  await until("shown again", async () => await count(advisor, "00c800") > 10000);
  await endSession(desk);
  await advisor.waitForSelector("#page-ended:visible");
  for (const each of [agent, shown, hidden]) await end(each);
  await browser.close();
});

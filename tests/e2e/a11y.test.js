/**
 * Accessibility of every page, before, in and after a session (S34: WCAG 2.2 AA, RGAA 4.1), through the real stack: axe finds
 * nothing, and an advisor gets a code without a mouse. GUICHET_BUILD=folder node --test tests/e2e/a11y.test.js
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { newSession, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, PROMPTS } from "./lib/customer.js";
import { Desk } from "./lib/desk.js";
import { end } from "./lib/process.js";
import { RobotCustomer } from "./lib/robot.js";
import { ADVISOR, Stack } from "./lib/stack.js";

/** @typedef {import("playwright-core").Page} Page */

const axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"];
const SIZES = [{ width: 1440, height: 1000 }, { width: 1024, height: 700 }, { width: 400, height: 800 }];

const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8643) });
const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 978));
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  stack.start();
  await desk.open();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await desk.close();
  stack.stop();
  stack.clean();
});

/** axe goes in through the debugger: the CSP stays as it is. @param {Page} page @param {string} name */
async function check(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (tags) => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { runOnly: tags });
    return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html).join(" ")}`);
  }, TAGS);
  assert.deepEqual(found, [], name);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(tooWide <= 0, `${name}: scrolls sideways by ${tooWide} px`);
}

/** In every size and both languages. @param {Page} page @param {string} name @param {() => Promise<unknown>} turn  changes the language */
async function checkAll(page, name, turn) {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await check(page, `${name}, ${size.width} px`);
  }
  await turn();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await check(page, `${name}, English`);
}

/** What has the focus, and whether it can be seen that it has. @param {Page} page */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const style = element ? globalThis.getComputedStyle(element) : null;
  return { id: element?.id ?? "", isSeen: style !== null && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
});

/** Presses Tab until an element has the focus. @param {Page} page @param {string} id */
async function tabTo(page, id) {
  const passed = [];
  for (let i = 0; i < 20; i++) {
    const now = await focused(page);
    if (now.id === id) {
      assert.ok(now.isSeen, `the focus on ${id} cannot be seen`);
      return;
    }
    passed.push(now.id);
    await page.keyboard.press("Tab");
  }
  assert.fail(`${id} is not reached by Tab: ${passed.join(", ")}`);
}

test("the demonstration bank's page has no barrier that axe finds, and leads to the terms", async () => {
  const page = await person(browser);
  await page.goto(new URL("/", stack.url).href);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await check(page, `bank, ${size.width} px`);
  }
  await page.click("a.help");
  assert.equal(page.url(), stack.url);
  await page.waitForSelector("button[value=accepter]");
});

test("the customer's pages have no barrier that axe finds", async () => {
  const page = await person(browser);
  await page.goto(stack.url);
  await checkAll(page, "terms", () => page.goto(`${stack.url}?lang=en`));
  await accept(page, stack.url);
  await checkAll(page, "code", () => page.goto(`${stack.url}suite?lang=en`));
  await page.goto(`${stack.url}suite`);
  await page.fill("#code", "12");
  await page.click("form.step button");
  await page.waitForSelector("[role=alert]");
  await check(page, "wrong code");
});

test("the advisor's pages have no barrier that axe finds", async () => {
  const page = await person(browser);
  const turn = () => page.click("#lang");
  await page.goto(new URL("conseiller/", stack.url).href);
  await page.waitForSelector("#login-name:visible");
  await checkAll(page, "login", turn);
  await signIn(page, stack.url);
  await checkAll(page, "home", turn);
  await turn();
  await newSession(page);
  await checkAll(page, "waiting", turn);
});

test("the session's page has no barrier that axe finds, whatever was asked, nor has the page after the end", async () => {
  const page = await person(browser);
  const turn = () => page.click("#lang");
  await signIn(page, stack.url);
  const { code } = await newSession(page);
  const agent = desk.launch(await new RobotCustomer(stack).program(code.replace(/ /g, "")), []);
  await page.waitForSelector("#page-session:visible");
  await checkAll(page, "session, nothing allowed", turn);
  await turn();
  await page.click("#ask-view");
  await waitState(page, "view", "asked");
  await desk.waitWindow(PROMPTS.view);
  await check(page, "session, view asked for");
  await answer(desk, "view");
  await waitState(page, "view", "allowed");
  await page.click("#ask-point");
  await answer(desk, "point", "refuse");
  await waitState(page, "point", "refused");
  await page.click("#ask-control");
  await answer(desk, "control");
  await waitState(page, "control", "allowed");
  await checkAll(page, "session, view and control allowed, point refused", turn);
  await turn();
  await page.click("#tool-files");
  await page.setInputFiles("#file-input", { name: "outil.exe", mimeType: "", buffer: Buffer.from("MZ") });
  await page.waitForSelector('#file-list li[data-state="failed"]');
  await page.setInputFiles("#file-input", { name: "a.txt", mimeType: "", buffer: Buffer.from("Bonjour") });
  await page.waitForSelector('#file-list li[data-state="asked"]');
  await checkAll(page, "session, files", turn);
  await page.click("#end");
  await page.waitForSelector("#page-ended:visible");
  await turn();
  assert.equal(await page.getAttribute("html", "lang"), "fr");
  await checkAll(page, "ended", turn);
  await end(agent);
});

test("a code is had with the keyboard alone, and the focus can be seen all the way", async () => {
  const page = await person(browser);
  await page.goto(new URL("conseiller/", stack.url).href);
  await page.waitForSelector("#login-name:visible");
  await tabTo(page, "login-name");
  await page.keyboard.type(ADVISOR.name);
  await tabTo(page, "login-password");
  await page.keyboard.type(ADVISOR.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#session-new:visible");
  await tabTo(page, "purpose-formation");
  await page.keyboard.press("ArrowDown");
  assert.equal((await focused(page)).id, "purpose-mise-en-place");
  await tabTo(page, "session-new");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#page-waiting:visible");
  await page.waitForFunction(() => /^\d{3} \d{3} \d{3}$/.test(document.querySelector("#code")?.textContent ?? ""));
  await tabTo(page, "waiting-end");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#page-ended:visible");
  await tabTo(page, "ended-back");
});

test("a session is taken up again after the page was loaded anew, with a new code", async () => {
  const page = await person(browser);
  await signIn(page, stack.url);
  const { code } = await newSession(page);
  await page.reload();
  await page.click("#open-list button");
  await page.waitForSelector("#page-waiting:visible");
  assert.equal(await page.isVisible("#code"), false);
  await page.click("#code-new");
  await page.waitForSelector("#code:visible");
  assert.notEqual(await page.textContent("#code"), code);
});

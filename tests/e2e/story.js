/**
 * story: the main job from end to end, as four people would live it. `node tests/e2e/story.js DIR` leaves the
 * screenshots of the README and the journal in DIR; exit status 0 only if all of it worked.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { canvasPixels, differingPixels, newSession, onScreen, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, download, endSession, PROMPTS, takeBackControl, WINDOW } from "./lib/customer.js";
import { Desk } from "./lib/desk.js";
import { sleep, until } from "./lib/process.js";
import { Stack } from "./lib/stack.js";

const out = resolve(process.argv[2] ?? "out");
const port = Number(process.env.GUICHET_PORT ?? 8443);
const TYPED = "Été à Nîmes : 12 € @ #{[|\\ œuf ñ";
let step = "";

/** @param {string} what */
function begin(what) {
  step = what;
  console.log(`  ${what}`);
}

/** The advisor's canvas equals the customer's screen once nothing moves. @param {import("playwright-core").Page} page @param {Desk} desk */
async function assertExact(page, desk) {
  let differing = -1;
  await until("canvas equals screen", async () => {
    const real = desk.pixels();
    const seen = await canvasPixels(page);
    differing = differingPixels(real, seen.rgb);
    return differing === 0;
  }, 8000).catch(() => assert.fail(`${differing} pixels differ between the canvas and the customer's screen`));
}

/** The editor on the customer's desktop and the file it will save. @param {Desk} desk @param {string} file @param {string} log */
async function openEditor(desk, file, log) {
  desk.launch("mousepad", ["--disable-server", file], log);
  return desk.waitWindow("Mousepad|lettre.txt", 15000);
}

/** @param {Stack} stack @param {string} session */
function checkJournal(stack, session) {
  const lines = stack.consent(session);
  const events = lines.map((line) => [line.event, line.cap].filter(Boolean).join(" "));
  const wanted = [
    "open", "paired", "ask view", "grant view", "ask point", "grant point", "ask control", "grant control",
    "limit control", "ask control", "grant control", "end",
  ];
  let at = 0;
  for (const event of events) if (event === wanted[at]) at++;
  assert.equal(at, wanted.length, `the journal lacks "${wanted[at]}": ${events.join(", ")}`);
  assert.equal(lines.at(-1).why, "customer");
  const typed = lines.filter((line) => line.event === "counts").reduce((n, line) => n + line.done_text, 0);
  assert.equal(typed, Array.from(TYPED).length, "characters counted in the journal");
  const text = readFileSync(stack.journalPath(session), "utf8");
  assert.ok(!text.includes("Nîmes"), "what was typed must never be in the journal");
}

/** @param {{ stack: Stack, desk: Desk, browser: import("playwright-core").Browser }} world */
async function story({ stack, desk, browser }) {
  const advisor = await person(browser);
  const customer = await person(browser, { width: 900, height: 1000 });

  begin("the advisor signs in and gets a code");
  await signIn(advisor, stack.url);
  const { session, code } = await newSession(advisor);
  await advisor.screenshot({ path: join(out, "waiting.png") });

  begin("the customer reads the terms and accepts");
  await customer.goto(stack.url);
  await customer.screenshot({ path: join(out, "terms.png") });
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  await advisor.waitForSelector("#step-accepted.done");

  begin("the customer runs the program; both compare two words");
  const letter = join(stack.dir, "lettre.txt");
  const editor = await openEditor(desk, letter, join(stack.dir, "editor.log"));
  desk.launch(program, [], join(stack.dir, "agent.log"));
  await desk.waitWindow(WINDOW, 15000);
  await advisor.waitForSelector("#page-session:visible");
  const words = (await advisor.textContent("#words")) ?? "";
  assert.match(words, /^\S+ · \S+$/);

  begin("the advisor asks to see; the customer authorises with a physical click");
  await advisor.click("#ask-view");
  await waitState(advisor, "view", "asked");
  await desk.waitWindow(PROMPTS.view);
  await sleep(300);
  desk.png(join(out, "prompt.png"));
  await answer(desk, "view");
  await waitState(advisor, "view", "allowed");
  await assertExact(advisor, desk);
  await advisor.screenshot({ path: join(out, "viewer.png") });

  begin("the advisor points");
  await advisor.click("#ask-point");
  await answer(desk, "point");
  await waitState(advisor, "point", "allowed");
  await advisor.click("#tool-frame");
  const a = await onScreen(advisor, editor.x + 20, editor.y + 60);
  const b = await onScreen(advisor, editor.x + 320, editor.y + 180);
  const before = desk.pixels();
  await advisor.mouse.move(a.x, a.y);
  await advisor.mouse.down();
  await advisor.mouse.move(b.x, b.y, { steps: 4 });
  await advisor.mouse.up();
  await until("frame on the customer's screen", () => differingPixels(before, desk.pixels()) > 500, 3000);
  desk.png(join(out, "pointing.png"));
  await sleep(3300);
  await assertExact(advisor, desk);

  begin("the advisor types and clicks after another click of the customer");
  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  await advisor.click("#tool-hand");
  await sleep(1700); /* the customer's own hand has just moved: his for 1.5 s */
  const text = await onScreen(advisor, editor.x + 200, editor.y + 150);
  await advisor.mouse.click(text.x, text.y);
  await sleep(300);
  for (const c of TYPED) await advisor.keyboard.insertText(c);
  await sleep(500);
  await advisor.keyboard.press("Control+s");
  await until("the letter is saved", () => readOrNothing(letter).trimEnd() === TYPED, 5000)
    .catch(() => assert.equal(readOrNothing(letter).trimEnd(), TYPED));
  await advisor.screenshot({ path: join(out, "control.png") });

  begin("the customer takes the hand back, allows again, ends");
  await takeBackControl(desk);
  await waitState(advisor, "control", "withdrawn");
  await sleep(500);
  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  await endSession(desk);
  await advisor.waitForSelector("#page-ended:visible");
  await sleep(500);
  desk.png(join(out, "ended.png"));

  begin("the journal tells all of it");
  await until("the end is journaled", () => stack.consent(session).at(-1)?.event === "end", 5000);
  checkJournal(stack, session);
  copyFileSync(stack.journalPath(session), join(out, "journal.jsonl"));
}

/** @param {string} file */
function readOrNothing(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}


mkdirSync(out, { recursive: true });
const stack = new Stack({ port });
const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 901));
let browser;
let failed = true;
try {
  stack.start();
  await desk.open();
  browser = await launch();
  await story({ stack, desk, browser });
  failed = false;
  console.log(`story: passed; ${out}`);
} catch (error) {
  console.error(`story: failed at "${step}"`);
  console.error(error);
  for (const name of /** @type {const} */ (["live", "notary"])) console.error(stack.log(name));
  console.error(readOrNothing(join(stack.dir, "agent.log")));
  desk.png(join(out, "failed-desktop.png"));
  for (const [i, context] of (browser?.contexts() ?? []).entries()) {
    await context.pages()[0]?.screenshot({ path: join(out, `failed-${i}.png`) });
  }
} finally {
  await browser?.close();
  await desk.close();
  stack.stop();
  stack.clean();
}
process.exitCode = failed ? 1 : 0;

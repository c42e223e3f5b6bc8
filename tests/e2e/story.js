/**
 * story: the main job from end to end, as four people would live it. `node tests/e2e/story.js DIR` leaves the
 * screenshots of the README and the journal in DIR; exit status 0 only if all of it worked.
 */
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canvasPixels, differingPixels, newSession, onScreen, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, chooseFile, doubt, download, endSession, saveReceipt, PROMPTS, takeBackControl, WINDOW } from "./lib/customer.js";
import { assertCovered } from "./lib/control_covered.js";
import { Desk, WIDTH } from "./lib/desk.js";
import { sleep, until } from "./lib/process.js";
import { prove } from "./lib/proof.js";
import { Stack } from "./lib/stack.js";

const out = resolve(process.argv[2] ?? "out");
const port = Number(process.env.GUICHET_PORT ?? 8443);
const EDITOR = "Mousepad|lettre.txt";
const ORANGE = "e8500a"; /* of what the advisor shows */
const SAVINGS = { x: 392, y: 322, width: 344, height: 124 }; /* « Livret A » on the bank's page, in its window */
const TYPED = "Été à Nîmes : 12 € @ #{[|\\ œuf ñ";
const HIDDEN = "12a456"; /* a colour that nobody may see */
const HATCH = "4a505c".repeat(8);
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

/** The editor on the customer's desktop, over a corner of the browser, and the file it will save. @param {Desk} desk @param {string} file @param {string} log */
async function openEditor(desk, file, log) {
  desk.launch("mousepad", ["--disable-server", file], log);
  const { id } = await desk.waitWindow(EDITOR, 15000);
  desk.ghost("windowsize", "--sync", id, 520, 250, "windowmove", id, 250, 510, "windowraise", id);
  await sleep(500);
  return desk.waitWindow(EDITOR);
}

/** @param {Stack} stack @param {string} session */
function checkJournal(stack, session) {
  const lines = stack.consent(session);
  const events = lines.map((line) => [line.event, line.cap].filter(Boolean).join(" "));
  const wanted = [
    "open", "paired", "ask view", "grant view", "ask point", "grant point", "caller", "ask control", "grant control",
    "limit control", "ask control", "grant control", "chat", "chat", "suspend view", "doubt", "end",
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

/** The receipt's proof is that of the journal. @param {Stack} stack @param {string} session @param {string} text */
function checkReceipt(stack, session, text) {
  const field = (/** @type {string} */ name) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1] ?? "";
  const lines = stack.journal(session).filter((line) => line.event === "consent").map((line) => line.data);
  const last = lines.at(-1);
  assert.equal(field("head"), createHash("sha256").update(last.line).digest("hex"), "head of the consent lines");
  assert.equal(field("lines"), String(lines.length));
  assert.equal(field("session"), session);
  assert.equal(field("sign"), stack.journal(session).find((line) => line.event === "agent").data.sign);
  assert.ok(text.includes(`${last.line}\n${last.sig}\n`), "the last line and its signature");
  assert.ok(text.includes("Claire Martin") && /Vous avez autorisé\s: voir votre écran/.test(text), text);
  const head = JSON.parse(field("gateway"));
  assert.equal(head.session, session);
  const key = createPublicKey(readFileSync(join(stack.dir, "pki/notary.pem")));
  const signature = { key, dsaEncoding: /** @type {const} */ ("ieee-p1363") };
  assert.ok(verify("sha256", Buffer.from(field("gateway")), signature, Buffer.from(field("gateway_sig"), "hex")), "the bank's signature");
}

/** @param {Desk} desk @param {number} x @param {number} y */
const isOrange = (desk, x, y) => desk.pixels().toString("hex", 3 * (y * WIDTH + x), 3 * (y * WIDTH + x + 1)) === ORANGE;

/**
 * The advisor puts two numbers and an arrow beside a corner of the frame.
 * @param {import("playwright-core").Page} advisor @param {Desk} desk @param {{ x: number, y: number }} corner
 */
async function mark(advisor, desk, { x, y }) {
  const place = (/** @type {number} */ dx, /** @type {number} */ dy) => onScreen(advisor, x + dx, y + dy);
  await advisor.click("#tool-step");
  for (const at of [await place(40, 30), await place(120, 30)]) await advisor.mouse.click(at.x, at.y);
  await advisor.click("#tool-arrow");
  const [from, to] = [await place(-200, -80), await place(-10, -4)];
  await advisor.mouse.move(from.x, from.y);
  await advisor.mouse.down();
  await advisor.mouse.move(to.x, to.y, { steps: 4 });
  await advisor.mouse.up();
  for (const [dx, dy] of [[60, 30], [140, 30], [-105, -42]]) {
    await until("the marks are on the customer's screen", () => isOrange(desk, x + dx, y + dy), 3000);
  }
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
  const bank = await desk.browse(stack);
  const editor = await openEditor(desk, letter, join(stack.dir, "editor.log"));
  const home = join(stack.dir, "home");
  mkdirSync(join(home, ".cache"), { recursive: true }); /* as in every home */
  desk.launch(program, [], join(stack.dir, "agent.log"), { HOME: home, XDG_DATA_HOME: "" });
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
  const a = await onScreen(advisor, bank.x + SAVINGS.x, bank.y + SAVINGS.y);
  const b = await onScreen(advisor, bank.x + SAVINGS.x + SAVINGS.width, bank.y + SAVINGS.y + SAVINGS.height);
  const before = desk.pixels();
  await advisor.mouse.move(a.x, a.y);
  await advisor.mouse.down();
  await advisor.mouse.move(b.x, b.y, { steps: 4 });
  await advisor.mouse.up();
  await until("frame on the customer's screen", () => differingPixels(before, desk.pixels()) > 500, 3000);
  await mark(advisor, desk, { x: bank.x + SAVINGS.x, y: bank.y + SAVINGS.y });
  desk.png(join(out, "pointing.png"));
  await sleep(3500); /* longer than a mark lasts by itself */
  assert.ok(isOrange(desk, bank.x + SAVINGS.x + 60, bank.y + SAVINGS.y + 30), "steps stay until they are cleared");
  await advisor.click("#tool-clear");
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

  begin("the advisor scrolls the bank's page");
  const still = desk.pixels();
  const page = await onScreen(advisor, bank.x + 120, bank.y + 400);
  await advisor.mouse.move(page.x, page.y);
  await advisor.mouse.wheel(0, 300);
  await until("the page scrolls", () => differingPixels(still, desk.pixels()) > 50000, 5000);
  await assertExact(advisor, desk);

  begin("the customer takes the hand back, allows again");
  await takeBackControl(desk);
  await waitState(advisor, "control", "withdrawn");
  await sleep(500);
  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");

  begin("a file goes each way, past the scanner; an infected one does not");
  const kept = await exchangeFiles(stack, desk, advisor, home);

  begin("a window of the customer's that the bank hides is hatched");
  desk.launch("xterm", ["-title", "Mon coffre-fort", "-bg", `#${HIDDEN}`, "-geometry", "44x12+300+40", "-e", "sleep", "600"]);
  await desk.waitWindow("Mon coffre-fort");
  await until("hatched", async () => (await canvasPixels(advisor)).rgb.includes(Buffer.from(HATCH, "hex")), 5000);
  await sleep(500);
  assert.ok(!(await canvasPixels(advisor)).rgb.includes(Buffer.from(HIDDEN.repeat(8), "hex")), "no pixel of it");
  await advisor.screenshot({ path: join(out, "masked.png") });

  begin("they write to each other");
  await advisor.click("#chat-toggle");
  await advisor.selectOption("#chat-quick", "0");
  await advisor.click("#chat-send");
  const chat = await desk.waitWindow("Messages avec Claire Martin");
  await advisor.waitForSelector("#chat-list li.own");
  await sleep(500);
  desk.click(chat.x + 200, chat.y + chat.height - 165);
  desk.hand("type", "--delay", "60", "Merci beaucoup");
  desk.hand("key", "Return");
  await advisor.waitForSelector("#chat-list li.theirs");
  assert.equal(await advisor.textContent("#chat-list li.theirs span"), "Merci beaucoup");
  await sleep(500);
  desk.png(join(out, "chat.png"));
  await advisor.screenshot({ path: join(out, "chat-advisor.png") });

  begin("the customer has a doubt: everything stands still; then he ends");
  await doubt(desk);
  await advisor.waitForSelector("#caution:visible");
  await waitState(advisor, "control", "suspended");
  await sleep(500);
  desk.png(join(out, "doubt.png"));
  await advisor.screenshot({ path: join(out, "doubt-advisor.png") });
  await endSession(desk);
  await advisor.waitForSelector("#page-ended:visible");
  await sleep(500);
  desk.png(join(out, "ended.png"));

  begin("the customer saves his receipt");
  await saveReceipt(desk);
  const receipt = await until("the receipt", () => readdirSync(home).find((name) => name.endsWith(".txt")), 5000);
  await until("the window says that it is saved", () => !desk.window("Enregistrer le reçu"));
  await sleep(300);
  desk.png(join(out, "receipt.png"));
  assert.match(receipt, /^reçu-assistance-\d{4}-\d\d-\d\d\.txt$/);

  begin("the journal tells all of it");
  await until("the end is journaled", () => stack.consent(session).at(-1)?.event === "end", 5000);
  checkJournal(stack, session);
  checkReceipt(stack, session, readFileSync(join(home, receipt), "utf8"));
  assert.deepEqual(everythingIn(home).sort(), [".cache", receipt, dirname(kept), kept].sort(), "nothing else is left behind");
  await until("the session is over", () => stack.journal(session).some((line) => line.event === "end"), 5000);
  assertCovered(stack.journal(session), { wasLive: true });
  copyFileSync(stack.journalPath(session), join(out, "journal.jsonl"));

  begin("the bank exports the evidence; everybody can check it");
  await prove({ stack, browser, out });
}

/**
 * A quote to the customer, a statement to the advisor, and the harmless virus of the European institute.
 * @param {Stack} stack @param {Desk} desk @param {import("playwright-core").Page} advisor @param {string} home
 * @returns {Promise<string>} what the customer received, below his home
 */
async function exchangeFiles(stack, desk, advisor, home) {
  const [quote, statement, virus] = ["Devis.pdf", "Relevé.pdf", "notes.txt"].map((name) => join(stack.dir, name));
  const newest = (/** @type {string} */ state) => advisor.waitForSelector(`#file-list li:first-child[data-state="${state}"]`);
  writeFileSync(quote, `%PDF-1.7\n${"Devis ".repeat(50000)}`);
  writeFileSync(statement, `%PDF-1.7\n${"Relevé ".repeat(20000)}`);
  writeFileSync(virus, ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join(""));
  await advisor.click("#tool-files");
  await advisor.setInputFiles("#file-input", quote);
  await desk.waitWindow(PROMPTS.offer);
  await sleep(300);
  desk.png(join(out, "file-prompt.png"));
  await answer(desk, "offer");
  await newest("done");
  const kept = everythingIn(home).find((name) => name.endsWith("Devis.pdf")) ?? "";
  assert.match(kept, /^Assistance [^/]+\/Devis\.pdf$/);
  assert.deepEqual(readFileSync(join(home, kept)), readFileSync(quote));

  await advisor.click("#file-ask");
  await chooseFile(desk, statement);
  await advisor.waitForSelector("#file-list li:first-child .file-save:visible");
  const saved = advisor.waitForEvent("download");
  await advisor.click("#file-list li:first-child .file-save");
  assert.deepEqual(readFileSync(await (await saved).path()), readFileSync(statement));

  await advisor.setInputFiles("#file-input", virus);
  await answer(desk, "offer");
  await newest("failed");
  assert.match((await advisor.textContent("#file-list li:first-child")) ?? "", /antivirus/);
  await advisor.screenshot({ path: join(out, "files.png") });
  desk.png(join(out, "files-customer.png"));
  await advisor.click("#tool-files");
  return kept;
}

/** Every file and folder below it. @param {string} folder */
const everythingIn = (folder) => readdirSync(folder, { recursive: true }).map(String);

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

/**
 * The advisor's page in Chromium against fake_gateway.js, under the strict CSP, with axe on each page.
 * GUICHET_DECODER_WASM=decoder.wasm [GUICHET_SHOTS=folder] node --test tests/web/page.test.js
 */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeGateway, firstUpdate } from "./fake_gateway.js";

const CHROMIUM = "/usr/bin/chromium";
const decoder = process.env.GUICHET_DECODER_WASM ?? "";
const shots = process.env.GUICHET_SHOTS;
const axe = new URL("../../node_modules/axe-core/axe.min.js", import.meta.url);

/** @type {FakeGateway} */
let gateway;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Page} */
let page;
/** Complaints of the browser: errors, and everything the CSP refused. @type {string[]} */
const complaints = [];

before(async () => {
  const { chromium } = await import("playwright-core");
  gateway = new FakeGateway(decoder);
  const url = await gateway.open();
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1366, height: 768 }, reducedMotion: "reduce" });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
});

after(async () => {
  await browser?.close();
  gateway?.close();
});

/** Runs axe without lowering the CSP: through the debugger, not through a script element. @param {string} name */
async function check(name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
  await page.evaluate(readFileSync(axe, "utf8"));
  const violations = await page.evaluate(async () => {
    const { violations: found } = await /** @type {any} */ (globalThis).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return found.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html).join(" ")}`);
  });
  assert.deepEqual(violations, [], name);
}

/** @param {string} cap @param {string} word */
const state = (cap, word) => page.waitForSelector(`#state-${cap}[data-state="${word}"]`, { timeout: 5000 });

/** Frames of a kind the page sent. @param {number} kind */
const received = (kind) => gateway.received.filter((each) => each.kind === kind);

/** @param {() => boolean} is @param {string} what */
async function until(is, what) {
  for (let i = 0; i < 200 && !is(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(is(), what);
}

test("a wrong password is said in words", async () => {
  await page.waitForSelector("#login-name:visible");
  await page.fill("#login-name", "claire");
  await page.fill("#login-password", "faux");
  await page.click("#login-submit");
  await page.waitForSelector("[role=alert]:visible");
  await check("login-refused");
  complaints.length = 0; /* the browser reports the 401 itself */
});

test("an advisor signs in and finds purposes and open sessions", async () => {
  await page.fill("#login-password", "secret");
  await page.click("#login-submit");
  await page.waitForSelector("#purpose-mise-en-place");
  await check("home");
});

test("the page speaks English too, and says so to screen readers", async () => {
  await page.click("#lang");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await check("home-en");
  await page.click("#lang");
  assert.equal(await page.getAttribute("html", "lang"), "fr");
});

test("the code is shown in threes", async () => {
  await page.check("#purpose-mise-en-place");
  await page.click("#session-new");
  await page.waitForFunction(() => document.querySelector("#code")?.textContent === "482 915 637");
  await check("waiting");
});

test("once the keys are agreed both sides show the same words", async () => {
  gateway.join();
  await page.waitForSelector("#page-session:visible");
  const words = (await page.textContent("#words")) ?? "";
  assert.deepEqual(words.match(/\p{L}+/gu), gateway.agent.spoken.match(/\p{L}+/gu));
  await check("session-nothing-asked");
});

test("an ask is shown as asked only when the agent signed it", async () => {
  await page.click("#ask-view");
  await state("view", "asked");
  await check("session-asked");
});

test("a picture is painted, acknowledged, and its pixels can be read", async () => {
  gateway.allow("view", 1);
  await state("view", "allowed");
  const update = firstUpdate("mixed.bin");
  gateway.picture(7, update);
  await until(() => received(0x43).length > 0, "acknowledged");
  const [{ grant, bytes }] = received(0x43);
  assert.deepEqual([grant, bytes.readUInt32BE(16)], [1, 7]);
  const { width, height, colours } = await page.evaluate(() => {
    const screen = /** @type {HTMLCanvasElement} */ (document.querySelector("#screen"));
    const copy = document.createElement("canvas");
    copy.width = screen.width;
    copy.height = screen.height;
    const context = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
    context.drawImage(screen, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    return { width: copy.width, height: copy.height, colours: new Set(new Uint32Array(data.buffer)).size };
  });
  assert.ok(width > 16 && height > 16 && colours > 1, `${width}x${height}, ${colours} colours`);
  gateway.sealJson(0x42, { width, height, monitors: [{ x: 0, y: 0, width, height, primary: true }] }, 1);
  await check("session-view");
});

test("nothing typed or clicked leaves the page before control is allowed", async () => {
  const box = await page.locator("#screen").boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + 20, box.y + 20);
  await page.keyboard.type("bonjour");
  assert.deepEqual([0x50, 0x51, 0x52, 0x53].flatMap(received), []);
});

test("under control mouse, text and shortcuts arrive, sealed, with the number of the grant", async () => {
  await page.click("#ask-control");
  await state("control", "asked");
  gateway.allow("control", 2);
  await state("control", "allowed");
  await check("session-control");
  const box = await page.locator("#screen").boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + 20, box.y + 20);
  await page.keyboard.type("é@");
  await page.keyboard.press("Control+c");
  await until(() => received(0x53).length > 0, "key");
  const plain = [0x51, 0x52, 0x53].flatMap(received).map(({ bytes, grant }) => ({ grant, at: gateway.agent.open(bytes) }));
  assert.ok(plain.every(({ grant }) => grant === 2));
  const typed = received(0x52).map(({ bytes }) => gateway.agent.open(bytes)).map((at) => String.fromCodePoint(at.readUInt32BE(0)));
  assert.equal(typed.join(""), "é@");
  assert.equal(gateway.agent.open(received(0x53)[0].bytes).toString("hex"), "00630201");
});

test("the recording is paused for a reason, and shown as paused only when the agent signed it", async () => {
  assert.equal(await page.textContent("#recorded"), "● Enregistré");
  await page.click("#record-pause");
  await page.waitForSelector("#record-pause-card:visible");
  await check("session-pause-reasons");
  await page.click("#record-pause-card");
  await until(() => received(0x34).length === 1, "RECORD_PAUSE");
  const [{ grant, bytes }] = received(0x34);
  assert.deepEqual([grant, bytes.subarray(16).toString()], [1, '{"why":"card"}']);
  assert.equal(await page.textContent("#recorded"), "● Enregistré");
  gateway.say({ event: "pause", who: "advisor", why: "card" });
  await page.waitForSelector('#recorded[data-state="paused"]');
  await check("session-paused");
  assert.ok(!(await page.isVisible("#record-pause")));
  await page.click("#record-resume");
  await until(() => received(0x35).length === 1, "RECORD_RESUME");
  assert.equal(await page.getAttribute("#recorded", "data-state"), "paused");
  gateway.say({ event: "resume" });
  await page.waitForSelector('#recorded[data-state="on"]');
});

test("a note of what was agreed on the phone goes out as one line", async () => {
  await page.click("#note-open");
  await page.waitForSelector("#note-text:visible");
  await check("session-note");
  assert.match(await page.inputValue("#note-text"), /^Convenu au téléphone à \d\d:\d\d.: $/u);
  await page.locator("#note-text").press("End");
  await page.keyboard.type("vider la corbeille");
  await page.keyboard.press("Enter");
  await until(() => received(0x36).length === 1, "NOTE");
  const [{ grant, bytes }] = received(0x36);
  assert.equal(grant, 1);
  assert.match(JSON.parse(bytes.subarray(16).toString()).text, /^Convenu au téléphone à .* vider la corbeille$/u);
  assert.ok(!(await page.isVisible("#note-text")));
});

test("the question of Suppr is shown while the customer reads it", async () => {
  const line = { event: "delete", cap: "control", grant: 2, number: 1, modifiers: 0 };
  gateway.say({ ...line, step: "asked", text: "?" });
  await page.waitForFunction(() => document.querySelector("#reason")?.textContent?.includes("avant de laisser supprimer"));
  gateway.say({ ...line, step: "refused", why: "click" });
  await page.waitForFunction(() => !document.querySelector("#reason")?.textContent?.includes("avant de laisser supprimer"));
});

test("after 15 minutes the customer is asked anew", async () => {
  const before = received(0x30).length;
  gateway.say({ event: "suspend", cap: "control", grant: 2, why: "expired" });
  await state("control", "asked"); /* by the page itself; the customer decides */
  assert.equal(received(0x30).length, before + 1);
  assert.equal(JSON.parse(received(0x30)[before].bytes.subarray(16).toString()).cap, "control");
  gateway.allow("control", 3);
  await state("control", "allowed");
});

test("what the customer takes back is shown, and closes the hands at once", async () => {
  gateway.say({ event: "limit", cap: "control", grant: 3 });
  await state("control", "withdrawn");
  await page.waitForTimeout(100);
  const sentBefore = received(0x52).length;
  await page.keyboard.type("x");
  assert.equal(received(0x52).length, sentBefore);
  await check("session-withdrawn");
});

test("a link that was cut comes back with the same words, without a new agreement", async () => {
  const words = await page.textContent("#words");
  gateway.facts.phase = "pairing";
  gateway.socket?.terminate();
  await until(() => received(0x25).length > 0, "resume");
  await state("view", "allowed");
  assert.equal(await page.textContent("#words"), words);
  assert.equal(received(0x20).length, 1);
});

test("the page works narrow and enlarged", async () => {
  await page.setViewportSize({ width: 640, height: 400 });
  await check("session-narrow");
  assert.ok(await page.isVisible("#end"));
  await page.setViewportSize({ width: 1366, height: 768 });
});

test("one click ends the session and clears the picture", async () => {
  await page.click("#end");
  await page.waitForSelector("#ended:visible");
  await until(() => received(0x33).length === 1, "END");
  const size = await page.evaluate(() => /** @type {HTMLCanvasElement} */ (document.querySelector("#screen")).width);
  assert.ok(size <= 1);
  await check("ended");
});

test("the browser complained of nothing, and the CSP refused nothing", () => {
  assert.deepEqual(complaints.filter((text) => !/ERR_CONNECTION|WebSocket/.test(text)), []);
});

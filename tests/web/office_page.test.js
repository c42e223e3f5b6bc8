/**
 * The back office's pages in Chromium against fake_office.js, under the strict CSP, with axe on each page.
 * GUICHET_DECODER_WASM=decoder.wasm [GUICHET_SHOTS=folder] node --test tests/web/office_page.test.js
 */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readZip } from "../../web/reader/zip.js";
import { FakeOffice } from "./fake_office.js";

const CHROMIUM = "/usr/bin/chromium";
const decoder = process.env.GUICHET_DECODER_WASM ?? "";
const shots = process.env.GUICHET_SHOTS;
const axe = new URL("../../node_modules/axe-core/axe.min.js", import.meta.url);

/** @type {FakeOffice} */
let office;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").Page} */
let page;
/** Complaints of the browser: errors, and everything the CSP refused. @type {string[]} */
const complaints = [];
/** Bodies and addresses that left the browser. @type {string[]} */
const sent = [];

before(async () => {
  const { chromium } = await import("playwright-core");
  office = new FakeOffice(decoder);
  const url = await office.open(0);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage({ viewport: { width: 1366, height: 900 }, reducedMotion: "reduce", locale: "fr-FR", acceptDownloads: true });
  page.setDefaultTimeout(15000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.goto(url);
});

after(async () => {
  await browser?.close();
  office?.close();
});

/** Runs axe without lowering the CSP: through the debugger, not through a script element. @param {string} name */
async function check(name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  await page.evaluate(readFileSync(axe, "utf8"));
  const violations = await page.evaluate(async () => {
    const { violations: found } = await /** @type {any} */ (globalThis).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return found.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html).join(" ")}`);
  });
  assert.deepEqual(violations, [], name);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(tooWide <= 0, `${name}: scrolls sideways by ${tooWide} px`);
}

async function loadKey() {
  await page.setInputFiles("#key-file", join(office.dir, "bundle.keys/evidence.key"));
  await page.fill("#key-passphrase", readFileSync(join(office.dir, "bundle.keys/evidence.pass"), "utf8").trim());
  await page.click("#key-submit");
  await page.waitForSelector("#key-state[data-state=loaded]");
}

test("a wrong password is said in words", async () => {
  await page.waitForSelector("#login-name:visible");
  await page.fill("#login-name", "anne.durand");
  await page.fill("#login-password", "faux");
  await page.click("#login-submit");
  await page.waitForSelector("[role=alert]:visible");
  await check("office-login");
  complaints.length = 0; /* the browser reports the 401 itself */
});

test("an officer finds a session", async () => {
  await page.fill("#login-password", "secret");
  await page.click("#login-submit");
  await page.waitForSelector("#search-table tbody tr");
  await check("office-search");
  await page.setViewportSize({ width: 400, height: 800 });
  await check("office-search-narrow");
  await page.setViewportSize({ width: 1366, height: 900 });
});

test("the list is saved as CSV only through the server", async () => {
  await page.fill("#search-from", "2026-11-03");
  await page.fill("#search-to", "2026-11-04");
  const asked = page.waitForRequest((request) => request.url().includes("api/report.csv"));
  await page.click("#report");
  const query = new URL((await asked).url()).searchParams;
  assert.ok(Number(query.get("to_ms")) - Number(query.get("from_ms")) >= 2 * 86400000 - 3600001);
  await page.waitForSelector("[role=alert]:visible"); /* the fake has no report */
  complaints.length = 0;
  await page.fill("#search-from", "");
  await page.fill("#search-to", "");
  await page.click("#search-submit");
});

test("the session's page says what happened, in both languages", async () => {
  await page.click("#search-table tbody button");
  await page.waitForSelector("#facts dd");
  assert.match((await page.textContent("#events")) ?? "", /Le client autorise\u00a0: agir\./);
  await check("office");
  await page.click("#lang");
  assert.match((await page.textContent("#events")) ?? "", /The customer allows: act\./);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await check("office-en");
  await page.click("#lang");
});

test("rectification, hold and erasure ask first and are sent once", async () => {
  for (const [name, text] of [["rectify", "Le client s’appelle Dupont."], ["hold", "Litige 12"], ["release", "Accord"], ["erase", "Art. 17"]]) {
    const before = office.asked.length;
    await page.click(`#${name}-open`);
    await check(`office-${name}`);
    await page.click(`#${name}-dialog .cancel`);
    assert.equal(office.asked.length, before, `${name}: cancelled, and sent`);
    await page.click(`#${name}-open`);
    await page.fill(`#${name}-text`, text);
    const done = page.waitForResponse((r) => r.url().endsWith(office.session));
    await page.click(`#${name}-dialog form button:not(.cancel)`);
    await done;
    assert.equal(office.asked.length, before + 1);
    await page.waitForFunction((words) => document.querySelector("#after-list")?.textContent?.includes(words), text);
  }
  await page.waitForSelector("#confirm-open:visible");
  await page.click("#confirm-open");
  await page.click("#confirm-dialog .end");
  await page.waitForSelector("[role=alert]:visible");
  assert.match((await page.textContent("#trouble")) ?? "", /seconde personne/);
  complaints.length = 0;
});

test("the bundle is one click, and the customer's version needs the key", async () => {
  const saved = page.waitForEvent("download");
  await page.click("#export-bank");
  assert.match((await saved).suggestedFilename(), /^guichet-[0-9a-f]{8}-banque\.zip$/);
  await page.waitForSelector("#export-customer:enabled");
  await page.click("#export-customer");
  await page.waitForSelector("[role=alert]:visible");
});

test("a wrong passphrase is said, and the right one loads the key", async () => {
  await page.setInputFiles("#key-file", join(office.dir, "bundle.keys/evidence.key"));
  await page.fill("#key-passphrase", "faux");
  await page.click("#key-submit");
  await page.waitForFunction(() => /phrase de passe/.test(document.querySelector("#trouble")?.textContent ?? ""));
  await loadKey();
});

test("the customer's version gets its key in the browser, and no key ever leaves it", async () => {
  const saved = page.waitForEvent("download");
  await page.click("#export-customer");
  const path = join(office.dir, "customer.zip");
  await (await saved).saveAs(path);
  const files = readZip(new Uint8Array(readFileSync(path)));
  const key = readFileSync(join(office.dir, "bundle.keys/content.key"), "utf8");
  assert.equal(Buffer.from(files.get("content.key") ?? []).toString(), key);
  const passphrase = readFileSync(join(office.dir, "bundle.keys/evidence.pass"), "utf8").trim();
  for (const each of sent) assert.ok(!each.includes(key.trim()) && !each.includes(passphrase) && !each.includes("PRIVATE KEY"), each);
  const stored = await page.evaluate(async () =>
    [globalThis.localStorage.length, globalThis.sessionStorage.length, (await globalThis.indexedDB.databases()).length]);
  assert.deepEqual(stored, [0, 0, 0]);
});

test("the recording plays, says who had the hand, and jumps to events", async () => {
  await page.click("#session-replay");
  await page.waitForSelector("#replay-play:visible");
  await page.waitForFunction(() => document.querySelector("#replay-state")?.textContent === "");
  await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector("#replay-screen")).width > 1);
  await page.selectOption("#replay-speed", "4");
  await page.click("#replay-play");
  await page.waitForFunction(() => Number(/** @type {HTMLInputElement} */ (document.querySelector("#replay-seek")).value)
    > Number(/** @type {HTMLInputElement} */ (document.querySelector("#replay-seek")).min) + 3000);
  await page.click("#replay-play");
  await page.click(".jump li button:has-text('autorise : agir')");
  await page.waitForFunction(() => /peut agir|agit/.test(document.querySelector("#replay-hand")?.textContent ?? ""));
  await check("replay");
});

test("signing out forgets the key and what was shown", async () => {
  await page.click("#logout");
  await page.waitForSelector("#login-name:visible");
  assert.equal(await page.getAttribute("#key-state", "data-state"), "none");
  assert.equal(await page.textContent("#events tbody"), "");
  assert.equal(await page.locator("#replay-screen").count(), 0);
});

test("an operator sees seats, and tries the retention before he runs it", async () => {
  office.role = "operator";
  await page.fill("#login-name", "luc");
  await page.fill("#login-password", "secret");
  await page.click("#login-submit");
  await page.waitForSelector("#now-table tbody tr");
  assert.equal(await page.isVisible("#nav-search"), false);
  assert.equal(await page.isDisabled("#retention-run"), true);
  await page.click("#retention-trial");
  await page.waitForSelector("#retention-run:enabled");
  await check("office-now");
  await page.click("#retention-run");
  await page.waitForFunction(() => /effacées/.test(document.querySelector("#retention-state")?.textContent ?? ""));
  assert.deepEqual(office.asked.slice(-2).map(([, , body]) => body.dry), [true, false]);
});

test("the browser had nothing to complain about", () => {
  assert.deepEqual(complaints, []);
});

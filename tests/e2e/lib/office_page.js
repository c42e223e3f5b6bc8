/** office_page: what an officer of the back office does in his browser, with the evidence key on his own computer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { person } from "./browser.js";

/** Signs in. @param {import("playwright-core").Browser} browser @param {import("./stack.js").Stack} stack @param {string} name @param {string} password */
export async function openOffice(browser, stack, name, password) {
  const page = await person(browser, { width: 1440, height: 1000 });
  await page.goto(new URL("bureau/", stack.url).href);
  await page.fill("#login-name", name);
  await page.fill("#login-password", password);
  await page.click("#login-submit");
  await page.waitForSelector("#search-table tbody button");
  return page;
}

/** The newest session's page. @param {import("playwright-core").Page} page */
export async function openNewestSession(page) {
  await page.click("#search-table tbody button");
  await page.waitForSelector("#facts dd");
}

/** The passphrase of the demonstration's evidence key. @param {import("./stack.js").Stack} stack */
export const passphraseOf = (stack) => readFileSync(join(stack.dir, "pki/evidence.pass"), "utf8").trim();

/** @param {import("playwright-core").Page} page @param {import("./stack.js").Stack} stack */
export async function loadKey(page, stack) {
  await page.setInputFiles("#key-file", join(stack.dir, "pki/evidence.key"));
  await page.fill("#key-passphrase", passphraseOf(stack));
  await page.click("#key-submit");
  await page.waitForSelector("#key-state[data-state=loaded]");
}

/** The customer's version, with the recording opened for him. @param {import("playwright-core").Page} page @param {string} zip */
export async function exportForCustomer(page, zip) {
  const saved = page.waitForEvent("download");
  await page.click("#export-customer");
  await (await saved).saveAs(zip);
}

/** Plays from where the customer let the advisor act; the canvas's number of colours. @param {import("playwright-core").Page} page */
export async function replayControl(page) {
  await page.waitForSelector("#session-replay:enabled");
  await page.click("#session-replay");
  await page.waitForFunction(() => document.querySelector("#replay-state")?.textContent === "");
  await page.click(".jump li button:has-text('autorise\u00a0: agir')");
  await page.click("#replay-play");
  await page.waitForFunction(() => /conseiller/.test(document.querySelector("#replay-hand")?.textContent ?? ""));
  return page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#replay-screen"));
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** customer: what a customer does: reads, accepts, types the code, runs the program, answers prompts. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { sleep, until } from "./process.js";

/** @typedef {import("playwright-core").Page} Page */

export const WINDOW = "Assistance Banque Exemple";
export const PROMPTS = Object.freeze({
  view: "Montrer votre écran",
  point: "Recevoir des indications",
  control: "Laisser agir votre conseiller",
});

/** @param {Page} page @param {string} url */
export async function accept(page, url) {
  await page.goto(url);
  await page.click("button[value=accepter]");
  await page.waitForSelector("#code");
}

/** Types the code and downloads the program. @param {Page} page @param {string} code @param {string} dir */
export async function download(page, code, dir) {
  await page.fill("#code", code);
  await page.click("form.step button");
  await page.waitForSelector("a.download");
  const waiting = page.waitForEvent("download");
  await page.click("a.download");
  const path = join(dir, `Guichet-Assistance-${Date.now()}`);
  await (await waiting).saveAs(path);
  chmodSync(path, 0o755);
  return path;
}

/**
 * Place of the prompt's « Autoriser » (right) or « Refuser » (left).
 * @param {import("./desk.js").Desk} desk @param {keyof typeof PROMPTS} cap @param {"allow" | "refuse"} which
 */
export async function promptButton(desk, cap, which) {
  const w = await desk.waitWindow(PROMPTS[cap]);
  return { x: w.x + w.width * (which === "allow" ? 0.75 : 0.25), y: w.y + w.height - 106 };
}

/**
 * Answers a prompt with the physical mouse, as a person: looks first, then clicks.
 * @param {import("./desk.js").Desk} desk @param {keyof typeof PROMPTS} cap @param {"allow" | "refuse"} [which]
 */
export async function answer(desk, cap, which = "allow") {
  const { x, y } = await promptButton(desk, cap, which);
  desk.hand("mousemove", Math.round(x) - 40, Math.round(y) - 8);
  await sleep(1100);
  desk.click(x, y);
  await until(`prompt ${cap} closed`, () => !desk.window(PROMPTS[cap]));
}

/** Physical click at `up` pixels above the bottom of the customer's window. @param {import("./desk.js").Desk} desk @param {number} up */
async function clickWindow(desk, up) {
  const w = await desk.waitWindow(WINDOW);
  desk.click(w.x + w.width / 2, w.y + w.height - up);
}

/** « Reprendre la main », the last of the take-back buttons. @param {import("./desk.js").Desk} desk */
export const takeBackControl = (desk) => clickWindow(desk, 195);

/** « Mettre fin », always at the bottom. @param {import("./desk.js").Desk} desk */
export const endSession = (desk) => clickWindow(desk, 45);

/** customer: what a customer does: reads, accepts, types the code, runs the program, answers prompts. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { sleep, until } from "./process.js";

/** @typedef {import("playwright-core").Page} Page */

export const WINDOW = "Assistance Banque Exemple";
/** What stays above everything while the window is hidden. */
export const STRIP = "^Mettre fin$";
export const PROMPTS = Object.freeze({
  view: "Montrer votre écran",
  one: "Montrer une fenêtre",
  point: "Recevoir des indications",
  control: "Laisser agir votre conseiller",
  offer: "Recevoir un fichier",
  file: "^Envoyer un fichier",
  caller: "Qui a appelé",
  delete: "Laisser supprimer",
});

const CHOOSER = "Choisir le fichier";

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

/** Which comes: the question of S30, or the prompt itself. @param {import("./desk.js").Desk} desk */
const isAskedWhoCalled = async (desk) =>
  (await until("a question", () => desk.window(PROMPTS.caller) ? "caller" : desk.window(PROMPTS.control) ? "control" : "")) === "caller";

/**
 * Answers a prompt with the physical mouse, as a person: looks first, then clicks.
 * @param {import("./desk.js").Desk} desk @param {keyof typeof PROMPTS} cap @param {"allow" | "refuse"} [which]
 * @param {() => any} [look]  before he clicks
 */
export async function answer(desk, cap, which = "allow", look) {
  if (cap === "control" && await isAskedWhoCalled(desk)) await answer(desk, "caller"); /* once a session, before the first */
  const { x, y } = await promptButton(desk, cap, which);
  desk.hand("mousemove", Math.round(x) - 40, Math.round(y) - 8);
  await sleep(1100);
  await look?.();
  desk.click(x, y);
  await until(`prompt ${cap} closed`, () => !desk.window(PROMPTS[cap]));
}

/**
 * Physical click at `up` pixels above the bottom of the customer's window.
 * @param {import("./desk.js").Desk} desk @param {number} up @param {number} [part]  of its width
 */
async function clickWindow(desk, up, part = 0.5) {
  const w = await desk.waitWindow(WINDOW);
  desk.click(w.x + w.width * part, w.y + w.height - up);
}

/** « Reprendre la main », the last of the take-back buttons. @param {import("./desk.js").Desk} desk */
export const takeBackControl = (desk) => clickWindow(desk, 195);

/** « Enregistrer le reçu », above « Fermer », then « Enregistrer » in the system's dialog. @param {import("./desk.js").Desk} desk */
export async function saveReceipt(desk) {
  await clickWindow(desk, 110);
  const dialog = await desk.waitWindow("Enregistrer le reçu");
  await sleep(700);
  desk.click(dialog.x + dialog.width - 60, dialog.y + dialog.height - 25);
}

/**
 * Allows a file to be sent and chooses it by its path in his own dialog.
 * @param {import("./desk.js").Desk} desk @param {string} path @param {() => void} [look]  before he chooses
 */
export async function chooseFile(desk, path, look) {
  await answer(desk, "file");
  const dialog = await desk.waitWindow(CHOOSER);
  await sleep(700);
  look?.();
  for (let tries = 0; desk.window(CHOOSER) && tries < 3; tries++) await typePath(desk, dialog.id, path);
  await until("the file is chosen", () => !desk.window(CHOOSER));
}

/** What is typed too early is lost on a busy machine: the caller looks whether the dialog has gone. @param {import("./desk.js").Desk} desk @param {string} dialog @param {string} path */
async function typePath(desk, dialog, path) {
  desk.ghost("windowfocus", dialog, "key", "slash");
  await sleep(300);
  desk.ghost("key", "ctrl+a", "type", path);
  await sleep(500);
  desk.ghost("key", "Return");
  await until("the dialog has gone", () => !desk.window(CHOOSER), 3000).catch(() => {});
}

/** « Mettre fin », always at the bottom, right. @param {import("./desk.js").Desk} desk */
export const endSession = (desk) => clickWindow(desk, 45, 0.75);

/** « Un doute ? », beside it; in a doubt « Tout va bien, reprendre » is there. @param {import("./desk.js").Desk} desk */
export const doubt = (desk) => clickWindow(desk, 45, 0.25);

const LIST = "^Quelle fenêtre";

/**
 * « Une seule fenêtre », then the `which`th of the list (from 1); 0: « Choisir autrement », which has no list.
 * @param {import("./desk.js").Desk} desk @param {number} which @param {() => void} [look]  before he chooses
 */
export async function oneWindow(desk, which, look) {
  const isShown = which === 0;
  await clickWindow(desk, isShown ? 348 : 268, isShown ? 0.75 : 0.5);
  if (isShown) return;
  const list = await desk.waitWindow(LIST);
  await sleep(500);
  look?.();
  desk.click(list.x + list.width / 2, list.y + list.height - 120 - 50 * (2 - which));
  await until("the list has gone", () => !desk.window(LIST));
}

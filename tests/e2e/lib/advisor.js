/** advisor: what an advisor does in his page. */
import { ADVISOR } from "./stack.js";

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} url  public URL */
export async function signIn(page, url) {
  await page.goto(new URL("conseiller/", url).href);
  await page.fill("#login-name", ADVISOR.name);
  await page.fill("#login-password", ADVISOR.password);
  await page.click("#login-submit");
  await page.waitForSelector("#session-new:visible");
}

/** Picks a purpose; answers the code as shown and the session's number. @param {Page} page @param {string} [purpose] */
export async function newSession(page, purpose = "mise-en-place") {
  await page.check(`#purpose-${purpose}`);
  const answer = page.waitForResponse((r) => r.url().endsWith("/api/sessions") && r.request().method() === "POST");
  await page.click("#session-new");
  const { session } = await (await answer).json();
  await page.waitForFunction(() => /^\d{3} \d{3} \d{3}$/.test(document.querySelector("#code")?.textContent ?? ""));
  return { session, code: (await page.textContent("#code")) ?? "" };
}

/** Waits until the row says so. @param {Page} page @param {string} cap @param {string} state @param {number} [timeout] */
export function waitState(page, cap, state, timeout = 15000) {
  return page.waitForSelector(`#state-${cap}[data-state="${state}"]`, { state: "attached", timeout });
}

/** Pixels of the viewer's canvas: RGB, 3 bytes each. @param {Page} page */
export async function canvasPixels(page) {
  const { width, height, base64 } = await page.evaluate(async () => {
    const source = /** @type {HTMLCanvasElement} */ (document.querySelector("#screen"));
    const copy = new OffscreenCanvas(source.width, source.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (copy.getContext("2d", { alpha: false }));
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, source.width, source.height);
    const rgb = new Uint8Array(source.width * source.height * 3);
    for (let i = 0, j = 0; i < data.length; i += 4) {
      rgb[j++] = data[i];
      rgb[j++] = data[i + 1];
      rgb[j++] = data[i + 2];
    }
    const blob = new Blob([rgb]);
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(blob);
    });
    return { width: source.width, height: source.height, base64: String(url).split(",")[1] };
  });
  return { width, height, rgb: Buffer.from(base64, "base64") };
}

/** Pixels that differ between two pictures of the same size; -1 if the sizes differ. @param {Buffer} a @param {Buffer} b */
export function differingPixels(a, b) {
  if (a.length !== b.length) return -1;
  let count = 0;
  for (let i = 0; i < a.length; i += 3) {
    if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2]) count++;
  }
  return count;
}

/**
 * Place on the page of a pixel of the customer's screen.
 * @param {Page} page @param {number} x @param {number} y
 */
export async function onScreen(page, x, y) {
  const box = await page.locator("#screen").boundingBox();
  const width = await page.locator("#screen").evaluate((c) => /** @type {HTMLCanvasElement} */ (c).width);
  if (!box) throw new Error("no screen");
  const scale = box.width / width;
  return { x: box.x + (x + 0.5) * scale, y: box.y + (y + 0.5) * scale };
}

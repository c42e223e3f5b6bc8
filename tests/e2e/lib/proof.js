/**
 * proof: the evidence of a session as people meet it: the officer finds, replays and exports it, the customer opens
 * his copy without a network, an expert checks it with plain tools. Every one of them has to accept it, and to refuse
 * it once a byte of the recording has changed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { readZip } from "../../../web/reader/zip.js";
import { exportForCustomer, loadKey, openNewestSession, openOffice, replayControl } from "./office_page.js";
import { sleep, until } from "./process.js";

const OFFICER = { name: "anne.durand", display: "Anne Durand", password: "une longue phrase facile" };

/**
 * What guichet-verify says of a zip. @param {import("./stack.js").Stack} stack @param {string} zip
 * @returns {{ status: number | null, items: { item: string, state: string }[] }}
 */
function verified(stack, zip) {
  const { status, stdout } = spawnSync(join(stack.build, "guichet-verify"), ["--json", zip], { encoding: "utf8" });
  return { status, items: JSON.parse(stdout).items };
}

/** Writes the zip's files into a folder, as a customer's computer does. @param {string} zip @param {string} folder */
function unpack(zip, folder) {
  for (const [name, bytes] of readZip(new Uint8Array(readFileSync(zip)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

/** The office: office.png, replay.png, bundle.zip. @param {import("./stack.js").Stack} stack @param {import("playwright-core").Browser} browser @param {string} out */
async function exportFromOffice(stack, browser, out) {
  stack.officer(OFFICER.name, OFFICER.display, OFFICER.password, "compliance");
  const page = await openOffice(browser, stack, OFFICER.name, OFFICER.password);
  await until("the session is sealed", async () => {
    await openNewestSession(page).catch(() => page.reload());
    return page.isVisible("#facts dd");
  }, 30000);
  await page.screenshot({ path: join(out, "office.png"), fullPage: true });
  await loadKey(page, stack);
  const zip = join(out, "bundle.zip");
  await until("the checkpoint has its time stamp", async () => {
    await exportForCustomer(page, zip);
    return readZip(new Uint8Array(readFileSync(zip))).has("checkpoint.tsr");
  }, 60000);
  assert.ok((await replayControl(page)) > 10, "the replay shows a picture");
  await page.screenshot({ path: join(out, "replay.png") });
  await page.context().close();
  return zip;
}

/** lecteur.html by double click: no network. @param {import("playwright-core").Browser} browser @param {string} page @param {string} zip @param {string} [shot] */
async function readOffline(browser, page, zip, shot) {
  const context = await browser.newContext({ viewport: { width: 900, height: 1000 }, offline: true, locale: "fr-FR" });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(page).href);
  await tab.setInputFiles("#zip", zip);
  await tab.waitForSelector("#verdict h1:visible, #trouble:visible");
  const verdict = await tab.textContent("#verdict h1");
  if (shot) {
    await tab.click(".film-start");
    await sleep(2500);
    await tab.screenshot({ path: shot, fullPage: true });
  }
  await context.close();
  return verdict;
}

/** One byte of the first chunk changed, and the sums made to fit: only the journal can tell. @param {string} zip @param {string} copy */
function forge(zip, copy) {
  const bytes = readFileSync(zip);
  const at = bytes.indexOf("GUICHETR") + 64 + 4 + 16;
  bytes[at] ^= 1;
  writeFileSync(copy, bytes);
}

/** @param {{ stack: import("./stack.js").Stack, browser: import("playwright-core").Browser, out: string }} world */
export async function prove({ stack, browser, out }) {
  const zip = await exportFromOffice(stack, browser, out);
  const { status, items } = verified(stack, zip);
  assert.equal(status, 0, JSON.stringify(items));
  assert.ok(items.some(({ item, state }) => item === "content" && state === "ok"), "the recording opens with content.key");

  const folder = join(stack.dir, "bundle");
  unpack(zip, folder);
  const shell = spawnSync("sh", [join(folder, "VERIFIER.sh")], { encoding: "utf8" });
  assert.equal(shell.status, 0, shell.stdout + shell.stderr);
  assert.equal(await readOffline(browser, join(folder, "lecteur.html"), zip, join(out, "lecteur.png")), "Cette preuve est authentique.");

  const forged = join(stack.dir, "forged.zip");
  forge(zip, forged);
  assert.notEqual(verified(stack, forged).status, 0, "guichet-verify refuses a changed byte");
  assert.notEqual(await readOffline(browser, join(folder, "lecteur.html"), forged), "Cette preuve est authentique.");
}

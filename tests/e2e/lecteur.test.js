/**
 * lecteur.html in real browsers, opened from file:// with the network off: accepts and plays what is genuine, refuses
 * what was forged and names the item. GUICHET_LECTEUR (built by web/reader/build when it is not set),
 * GUICHET_SHOTS=folder for pictures.
 */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeBundle, sumsOf, writeBundle } from "../evidence/fixture.js";
import { Firefox } from "./lib/firefox.js";
import { launch } from "./lib/browser.js";
import { run, until } from "./lib/process.js";
import { zipOf } from "../evidence/zip.js";

const root = new URL("../../", import.meta.url);
const axe = new URL("node_modules/axe-core/axe.min.js", root);
const dir = mkdtempSync(join(tmpdir(), "lecteur-"));
const shots = process.env.GUICHET_SHOTS;
const FIREFOX_PORT = Number(process.env.GUICHET_FIREFOX_PORT ?? 11590);
const page = process.env.GUICHET_LECTEUR ?? join(dir, "lecteur.html");
const wide = { width: 900, height: 1000 };

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Record<string, ReturnType<typeof makeBundle>>} */
const bundles = {};
/** Everything that any page tried to fetch, or that its policy refused. @type {string[]} */
const complaints = [];

/** Writes a bundle as a zip. @param {string} name @param {Map<string, Buffer>} files */
function save(name, files) {
  const names = [...files.keys()].sort();
  writeFileSync(join(dir, `${name}.zip`), zipOf(names.map((each) => [each, new Uint8Array(/** @type {Buffer} */ (files.get(each)))])));
}

before(async () => {
  const decoder = process.env.GUICHET_DECODER_WASM;
  if (!existsSync(page)) run("node", [new URL("web/reader/build", root).pathname, page, ...(decoder ? [decoder] : [])]);
  const keys = join(dir, "keys");
  bundles.customer = makeBundle(keys, { withKey: true, chunks: 30, paused: true, chat: ["Cliquez sur <b>Suivant</b>", "C’est \u202efait"] });
  bundles.sealed = makeBundle(keys, { stamp: false });
  bundles.erased = makeBundle(keys, { erased: true });
  bundles.nobody = makeBundle(keys, { chunks: 0 });
  for (const [name, { files }] of Object.entries(bundles)) save(name, files);
  const forged = new Map(bundles.customer.files);
  forged.set("grants/0004.txt", Buffer.from(String(forged.get("grants/0004.txt")).replace("view", "control")));
  forged.set("SHA256SUMS", sumsOf(forged));
  save("forged", forged);
  if (shots) mkdirSync(shots, { recursive: true });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The page, off line. @param {import("playwright-core").BrowserContextOptions} [options] */
async function open(options = {}) {
  const context = await browser.newContext({ viewport: wide, offline: true, ...options });
  const tab = await context.newPage();
  tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("request", (request) => !request.url().startsWith("file:") && complaints.push(request.url()));
  await tab.goto(pathToFileURL(page).href);
  return tab;
}

/** @param {import("playwright-core").Page} tab @param {string} name */
async function choose(tab, name) {
  await tab.setInputFiles("#zip", join(dir, `${name}.zip`));
  await tab.waitForSelector("#verdict h1:visible, #trouble:visible");
}

/** @param {import("playwright-core").Page} tab @param {string} name */
const shot = (tab, name) => shots && tab.screenshot({ path: join(shots, `${name}.png`) });

/** @param {import("playwright-core").Page} tab @param {string} where */
async function mustHaveNoBarrier(tab, where) {
  await tab.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await tab.evaluate(() => /** @type {any} */ (window).axe.run());
  const found = violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html.slice(0, 200)).join(" | ")}`);
  assert.deepEqual(found, [], where);
}

/** FNV-1a of what a canvas shows, as in tests/vectors/picture; runs in the page. */
const PICTURE_HASH = `(() => {
  const canvas = document.querySelector(".film-picture");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 2166136261;
  for (const byte of data) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
})()`;

test("a genuine bundle is accepted, every item told in a sentence", async () => {
  const tab = await open();
  await shot(tab, "lecteur-open");
  await choose(tab, "customer");
  assert.equal(await tab.textContent("#verdict h1"), "Cette preuve est authentique.");
  assert.equal(await tab.locator("#checks li.ok").count(), 15);
  assert.equal(await tab.evaluate(() => document.activeElement?.textContent), "Cette preuve est authentique.");
  assert.match(String(await tab.textContent("#facts")), /Claire Martin.*Mise en place.*Client-4711/s);
  assert.match(String(await tab.textContent("#asks")), /Autorisé.*Voir l’écran.*Refusé.*Agir.*Autorisé.*Agir/s);
  await shot(tab, "lecteur");
  await tab.click("#lang");
  assert.equal(await tab.textContent("#verdict h1"), "This evidence is genuine.");
  assert.doesNotMatch(await tab.innerText("body"), /[{}]|undefined|NaN|item_|broken_|film[A-Z]/);
  await tab.context().close();
});

test("it plays: the last picture is the right one, and seeking back shows another", async () => {
  const tab = await open();
  await choose(tab, "customer");
  await tab.locator("#film").scrollIntoViewIfNeeded();
  await tab.click('[data-speed="8"]');
  await tab.click(".film-start");
  await tab.waitForFunction(() => document.querySelector(".film-play")?.textContent === "Pause");
  await tab.waitForFunction(() => document.querySelector(".film-play")?.textContent === "Lire", undefined, { timeout: 60000 });
  assert.equal(await tab.evaluate(PICTURE_HASH), bundles.customer.pictureHash);
  await tab.click(".film-events button:has-text('reprend la main')");
  await until("another picture", async () => (await tab.evaluate(PICTURE_HASH)) !== bundles.customer.pictureHash);
  await shot(tab, "lecteur-film");
  await tab.context().close();
});

test("what was written stands beside the film, as it was, and says when", async () => {
  const tab = await open();
  await choose(tab, "customer");
  await tab.waitForSelector(".film-chat li");
  const said = () => tab.locator(".film-chat li").evaluateAll((all) => all.map((each) => `${each.className}: ${each.querySelector("bdi")?.textContent}`));
  await tab.locator(".film-line").fill(String(await tab.getAttribute(".film-line", "max")));
  assert.deepEqual(await said(), ["by-advisor: Cliquez sur <b>Suivant</b>", "by-customer: C’est \ufffdfait"]);
  await tab.locator(".film-line").fill("0");
  await tab.waitForFunction(() => document.querySelectorAll(".film-chat .is-later").length > 0);
  await tab.click(".film-chat .by-customer button");
  await tab.waitForFunction(() => document.querySelectorAll(".film-chat .is-later").length === 0);
  assert.notEqual(await tab.inputValue(".film-line"), "0");
  await shot(tab, "lecteur-chat");
  await tab.context().close();
});

test("a forged bundle is refused, the item named, and nothing of it shown", async () => {
  const tab = await open();
  await choose(tab, "forged");
  assert.equal(await tab.textContent("#verdict h1"), "Attention : cette preuve n’est pas intacte.".replace(" :", "\u00a0:"));
  assert.match(String(await tab.textContent("#verdict")), /Point agent/);
  assert.equal(await tab.locator("#checks li.broken").getAttribute("data-item"), "agent");
  for (const id of ["facts", "asks", "film"]) assert.equal(await tab.isVisible(`#${id}`), false, id);
  await shot(tab, "lecteur-forged");
  await mustHaveNoBarrier(tab, "forged");
  await tab.context().close();
});

test("what is no evidence is told in words", async () => {
  const tab = await open();
  await tab.setInputFiles("#zip", page);
  await tab.waitForSelector("#trouble:visible");
  assert.match(String(await tab.textContent("#trouble")), /Ce n’est pas un fichier de preuve/);
  await mustHaveNoBarrier(tab, "trouble");
  await choose(tab, "customer");
  assert.equal(await tab.isVisible("#trouble"), false);
  await tab.context().close();
});

test("a folder is as good as a zip, and what a computer adds to folders does no harm", async () => {
  const folder = join(dir, "dossier");
  writeBundle(folder, new Map([...bundles.customer.files, [".DS_Store", Buffer.from("x")]]));
  const tab = await open();
  await tab.setInputFiles("#folder", folder);
  await tab.waitForSelector("#verdict h1:visible");
  assert.equal(await tab.textContent("#verdict h1"), "Cette preuve est authentique.");
  await tab.context().close();
});

test("a sealed film is opened by an officer with the evidence key, which is not kept", async () => {
  const tab = await open();
  await choose(tab, "sealed");
  assert.match(String(await tab.textContent("#film")), /Le film est scellé/);
  assert.equal(await tab.locator("#checks li.waiting").getAttribute("data-item"), "time");
  await tab.click(".unseal summary");
  await tab.setInputFiles("#key-file", join(dir, "keys", "evidence.key"));
  await tab.fill("#key-pass", "fausse");
  await tab.click(".unseal button");
  await tab.waitForSelector(".unseal .error:has-text('phrase de passe')");
  await shot(tab, "lecteur-sealed");
  await mustHaveNoBarrier(tab, "sealed");
  await tab.fill("#key-pass", "deux agents, deux copies");
  await tab.click(".unseal button");
  await tab.waitForSelector(".film-picture");
  assert.equal(await tab.locator("#checks li[data-item=content]").getAttribute("class"), "ok");
  assert.doesNotMatch(await tab.content(), /deux agents, deux copies/);
  await tab.context().close();
});

test("content.key alone opens it as well, another key does not", async () => {
  const tab = await open();
  await choose(tab, "sealed");
  await tab.click(".unseal summary");
  await tab.setInputFiles("#key-file", { name: "content.key", mimeType: "text/plain", buffer: Buffer.from(`${"0".repeat(64)}\n`) });
  await tab.click(".unseal button");
  await tab.waitForSelector(".unseal .error:has-text('n’est pas celle de ce film')");
  await tab.setInputFiles("#key-file", { name: "content.key", mimeType: "text/plain", buffer: Buffer.from(`${bundles.sealed.contentKey}\n`) });
  await tab.click(".unseal button");
  await tab.waitForSelector(".film-picture");
  await tab.context().close();
});

test("an erased film, and one that never was, are told as such", async () => {
  const tab = await open();
  await choose(tab, "erased");
  assert.match(String(await tab.textContent("#film")), /a été effacé/);
  assert.equal(await tab.locator(".unseal").count(), 0);
  await shot(tab, "lecteur-erased");
  await tab.click("#another");
  await choose(tab, "nobody");
  assert.match(String(await tab.textContent("#film")), /Il n’y a pas de film/);
  await tab.context().close();
});

test("axe finds no barrier, in both languages, with the film open", async () => {
  const tab = await open({ reducedMotion: "reduce" });
  await mustHaveNoBarrier(tab, "open");
  await choose(tab, "customer");
  await mustHaveNoBarrier(tab, "film");
  await tab.click("#lang");
  await mustHaveNoBarrier(tab, "film, English");
  await tab.context().close();
});

test("the keyboard alone is enough, and the focus can be seen all the way", async () => {
  const tab = await open();
  const choosing = tab.waitForEvent("filechooser"); /* long before the key: the browser has to be told */
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("Tab");
  assert.equal(await tab.evaluate(() => document.activeElement?.id), "zip");
  await tab.keyboard.press("Space");
  await (await choosing).setFiles(join(dir, "customer.zip"));
  await tab.waitForSelector("#verdict h1:visible");
  const passed = [];
  for (let i = 0; i < 60; i++) {
    await tab.keyboard.press("Tab");
    const now = await tab.evaluate(() => {
      const node = /** @type {HTMLElement} */ (document.activeElement);
      const style = window.getComputedStyle(node);
      return { name: node.className || node.id || node.tagName, isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1 };
    });
    if (now.name === "BODY") break;
    assert.ok(now.isSeen, `the focus on ${now.name} cannot be seen`);
    passed.push(now.name);
  }
  for (const name of ["film-start", "film-play", "film-line", "print", "another"]) assert.ok(passed.includes(name), `${name} in ${passed.join(", ")}`);
  assert.ok(passed.indexOf("film-start") < passed.indexOf("film-line"));
  await tab.focus(".film-line");
  const before = await tab.getAttribute(".film-line", "aria-valuetext");
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowRight");
  assert.notEqual(await tab.getAttribute(".film-line", "aria-valuetext"), before);
  await tab.context().close();
});

test("it prints as a summary of a page or two, without the film", async () => {
  const tab = await open();
  await choose(tab, "customer");
  const pdf = await tab.pdf({ format: "A4", preferCSSPageSize: false, ...(shots ? { path: join(shots, "lecteur.pdf") } : {}) });
  const pages = [...pdf.toString("latin1").matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
  assert.ok(pages >= 1 && pages <= 2, `${pages} pages`);
  await tab.emulateMedia({ media: "print" });
  assert.equal(await tab.isVisible("#film"), false);
  assert.equal(await tab.isVisible("#verdict"), true);
  await tab.context().close();
});

test("a small window still holds everything", async () => {
  const tab = await open({ viewport: { width: 360, height: 640 } });
  await choose(tab, "customer");
  assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  await shot(tab, "lecteur-small");
  await tab.context().close();
});

test("its policy lets nothing out, and nothing was tried", async () => {
  const tab = await open();
  const said = complaints.length;
  assert.deepEqual(complaints, []);
  const results = await tab.evaluate(async () => {
    const tries = [fetch("https://banque.example/"), fetch("file:///etc/passwd"), new Promise((_, no) => {
      const image = document.createElement("img");
      image.onerror = no;
      image.src = "https://banque.example/x.png";
    })];
    return (await Promise.allSettled(tries)).map(({ status }) => status);
  });
  assert.deepEqual(results, ["rejected", "rejected", "rejected"]);
  assert.ok(complaints.slice(said).some((text) => /Content Security Policy/.test(text)));
  await tab.context().close();
});

test("Firefox: accepts, plays, refuses", async () => {
  const firefox = await Firefox.open(FIREFOX_PORT);
  try {
    await firefox.goto(pathToFileURL(page).href);
    await firefox.setFiles("#zip", [join(dir, "customer.zip")]);
    await until("the verdict", () => firefox.evaluate('document.querySelector("#verdict h1")?.textContent'), 30000);
    assert.equal(await firefox.evaluate('document.querySelector("#verdict h1").textContent'), "Cette preuve est authentique.");
    assert.equal(await firefox.evaluate('document.querySelectorAll("#checks li.ok").length'), 15);
    if (shots) await firefox.screenshot(join(shots, "lecteur-firefox.png"));
    await firefox.click('[data-speed="8"]');
    await firefox.click(".film-start");
    await until("the end of the film", () => firefox.evaluate('document.querySelector(".film-play").textContent === "Pause"'));
    await until("the end of the film", () => firefox.evaluate('document.querySelector(".film-play").textContent === "Lire"'), 60000);
    assert.equal(await firefox.evaluate(PICTURE_HASH), bundles.customer.pictureHash);
    if (shots) await firefox.screenshot(join(shots, "lecteur-firefox-film.png"));
    await firefox.setFiles("#zip", [join(dir, "forged.zip")]);
    await until("the refusal", () => firefox.evaluate('!!document.querySelector("#checks li.broken")'), 30000);
    assert.equal(await firefox.evaluate('document.querySelector("#checks li.broken").dataset.item'), "agent");
    assert.deepEqual(firefox.complaints, []);
  } finally {
    await firefox.close();
  }
});

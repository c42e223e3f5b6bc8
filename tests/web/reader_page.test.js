/** lecteur.html as it is built: one file, a policy that fits it, all its words in both languages. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { en } from "../../web/reader/en.js";
import { fr } from "../../web/reader/fr.js";
import { ITEMS } from "../../web/reader/verify.js";

const folder = new URL("../../web/reader/", import.meta.url);
const dir = mkdtempSync(join(tmpdir(), "reader-page-"));
const sources = new Map(readdirSync(folder).filter((name) => name.endsWith(".js")).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
const markup = readFileSync(new URL("lecteur.html", folder), "utf8");
const code = [...sources].filter(([name]) => !["fr.js", "en.js"].includes(name)).map(([, text]) => text).join("\n");
let page = "";

before(() => {
  writeFileSync(join(dir, "decoder.wasm"), Buffer.from("0061736d01000000", "hex"));
  execFileSync(new URL("build", folder).pathname, [join(dir, "lecteur.html"), join(dir, "decoder.wasm")]);
  page = readFileSync(join(dir, "lecteur.html"), "utf8");
});
after(() => rmSync(dir, { recursive: true }));

/** @param {string} text */
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("the policy allows the page's own script and style, WebAssembly, and nothing else", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  const script = /<script>([^]*?)<\/script>/.exec(page)?.[1] ?? "";
  const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? "";
  assert.ok(script.length > 10000 && style.length > 1000);
  assert.deepEqual(policy.split("; "), [
    "default-src 'none'", `script-src ${hash(script)} 'wasm-unsafe-eval'`, `style-src ${hash(style)}`, "base-uri 'none'", "form-action 'none'",
  ]);
  assert.ok(page.indexOf("Content-Security-Policy") < page.indexOf("<style>"));
});

test("nothing in it comes from elsewhere, and nothing is left to fill", () => {
  const bare = page.replace(/\/\*[^]*?\*\//g, "");
  assert.doesNotMatch(bare, /<script[^>]*\ssrc=|<link|<img|<iframe|\bimport\(|\bfetch\(|XMLHttpRequest|new WebSocket|sendBeacon|localStorage|indexedDB/);
  assert.doesNotMatch(bare, /<!-- (CSP|STYLE|SCRIPT) -->|\sstyle="/);
});

test("the same sources give the same page", () => {
  execFileSync(new URL("build", folder).pathname, [join(dir, "again.html"), join(dir, "decoder.wasm")]);
  assert.equal(readFileSync(join(dir, "again.html"), "utf8"), page);
});

test("both languages have the same texts, filled alike", () => {
  assert.deepEqual(Object.keys(en), Object.keys(fr));
  for (const [key, text] of Object.entries(fr)) {
    assert.ok(text.trim() && en[/** @type {keyof typeof en} */ (key)].trim(), key);
    assert.deepEqual(holes(en[/** @type {keyof typeof en} */ (key)]), holes(text), key);
  }
});

test("every text that is named is there, and none is left that nobody shows", () => {
  const named = [...markup.matchAll(/data-text="(\w+)"/g), ...code.matchAll(/\bsay(?:Or)?\(\s*"(\w+)"/g)].map(([, key]) => key);
  assert.ok(named.length > 50);
  for (const key of named) assert.ok(key in fr, key);
  const prefixes = [...code.matchAll(/[`"](\w+_)\$\{/g)].map(([, prefix]) => prefix);
  for (const key of Object.keys(fr)) {
    assert.ok(new RegExp(`["'\`]${key}["'\`]`).test(code + markup) || prefixes.some((prefix) => key.startsWith(prefix)), key);
  }
});

test("every reason for which a check can fail can be said", () => {
  const reasons = [...code.matchAll(/new Broken\((?:\w+ \? )?"(\w+)"/g), ...code.matchAll(/\bmust\([^;]*?"([a-z0-9_]+)"(?:, \{[^}]*\})?\);/g)].map(([, why]) => why);
  assert.ok(reasons.length > 60);
  for (const why of new Set(reasons)) assert.ok(`broken_${why}` in fr, why);
});

test("every item has its sentence, whole or broken", () => {
  for (const item of ITEMS) for (const state of ["ok", "broken"]) assert.ok(`item_${item}_${state}` in fr, `${item} ${state}`);
});

test("French is set as in print: no plain space before a double sign", () => {
  for (const [key, text] of Object.entries(fr)) assert.doesNotMatch(text, / [:;!?»%]|« |'/, key);
});

test("no other module holds a French sentence, and the page has no words of its own", () => {
  for (const [name, text] of sources) {
    if (["fr.js", "en.js"].includes(name)) continue;
    assert.doesNotMatch(text.replace(/\/\*[^]*?\*\//g, ""), /[éêàùçœ’«»]/i, name);
  }
  assert.deepEqual(markup.replace(/<title>.*?<\/title>/s, "").replace(/<[^>]*>/g, " ").match(/\p{L}{2,}/gu), null);
});

/** Words for people: complete in both languages, and nowhere else (S2). */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { en } from "../../web/shared/en.js";
import { fr } from "../../web/shared/fr.js";

const web = new URL("../../web/", import.meta.url);
const modules = ["shared/", "viewer/"].flatMap((dir) =>
  readdirSync(new URL(dir, web)).filter((name) => name.endsWith(".js")).map((name) => dir + name));
const sources = new Map(modules.map((name) => [name, readFileSync(new URL(name, web), "utf8")]));
const html = readFileSync(new URL("viewer/index.html", web), "utf8");

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages have the same keys, all filled", () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(fr).sort());
  for (const [key, value] of [...Object.entries(fr), ...Object.entries(en)]) assert.ok(value.trim(), key);
});

test("both languages have the same places to fill", () => {
  for (const [key, value] of Object.entries(fr)) assert.deepEqual(holes(en[/** @type {keyof typeof en} */ (key)]), holes(value), key);
});

test("every text that the page names is there", () => {
  const named = [...html.matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key]) => key);
  assert.ok(named.length > 20);
  for (const key of named) assert.ok(key in fr, key);
});

test("the page has no words of its own, no style and no script inside", () => {
  const bare = html.replace(/<title>.*?<\/title>/s, "").replace(/<[^>]*>/g, " ");
  assert.deepEqual(bare.match(/\p{L}{2,}/gu), ["Guichet"]);
  assert.doesNotMatch(html, /\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("no text is left that nobody shows", () => {
  const all = [html, ...[...sources].filter(([name]) => !/(fr|en)\.js$/.test(name)).map(([, text]) => text)].join("\n");
  const prefixes = [...all.matchAll(/[`"](\w+_)\$\{/g)].map(([, prefix]) => prefix);
  for (const key of Object.keys(fr)) {
    const isNamed = new RegExp(`["'\`]${key}["'\`]`).test(all);
    assert.ok(isNamed || key.startsWith("error") || prefixes.some((prefix) => key.startsWith(prefix)), key);
  }
});

test("no other module holds a French sentence", () => {
  for (const [name, text] of sources) {
    if (/(fr|en)\.js$/.test(name)) continue;
    const code = text.replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*$/gm, "");
    assert.doesNotMatch(code, /[éèêàùçœ’«»]/i, name);
  }
});

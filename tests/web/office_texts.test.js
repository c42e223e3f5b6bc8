/** Words of the back office: complete in both languages, and nowhere else (S2). */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { en } from "../../web/office/en.js";
import { fr } from "../../web/office/fr.js";

const office = new URL("../../web/office/", import.meta.url);
const names = readdirSync(office).filter((name) => name.endsWith(".js"));
const sources = new Map(names.map((name) => [name, readFileSync(new URL(name, office), "utf8")]));
const html = readFileSync(new URL("index.html", office), "utf8");

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages have the same keys, all filled, with the same places to fill", () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(fr).sort());
  for (const [key, value] of Object.entries(fr)) {
    const other = en[/** @type {keyof typeof en} */ (key)];
    assert.ok(value.trim() && other.trim(), key);
    assert.deepEqual(holes(other), holes(value), key);
  }
});

test("French is set as French is: no straight apostrophe, no breaking space before : ; ! ? and inside « »", () => {
  for (const [key, value] of Object.entries(fr)) assert.doesNotMatch(value, /'| [:;!?»]|« /, key);
});

test("every text that the page names is there, and it has none of its own", () => {
  const named = [...html.matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key]) => key);
  assert.ok(named.length > 40);
  for (const key of named) assert.ok(key in fr, key);
  const bare = html.replace(/<title>.*?<\/title>/s, "").replace(/<[^>]*>/g, " ");
  assert.deepEqual(bare.match(/\p{L}{2,}/gu), ["Guichet"]);
  assert.doesNotMatch(html, /\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("no text is left that nobody shows, and no other module holds a French sentence", () => {
  const others = [...sources].filter(([name]) => !/^(fr|en)\.js$/.test(name));
  const all = [html, ...others.map(([, text]) => text)].join("\n");
  const computed = /^(error|outcome_|found_|cap_|why_|who_|how_|for_|event_|alert_|ribbon_|hand_|bound_)/;
  for (const key of Object.keys(fr)) assert.ok(new RegExp(`["'\`]${key}["'\`]`).test(all) || computed.test(key), key);
  for (const [name, text] of others) {
    const code = text.replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*$/gm, "");
    assert.doesNotMatch(code, /[éèêàùçœ’«»]/i, name);
  }
});

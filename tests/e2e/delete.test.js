/** S24: under control, Suppr asks the customer first: before his click nothing is deleted, after it one thing. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { key, text } from "./lib/acts.js";
import { answer, endSession, PROMPTS } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { world } from "./lib/world.js";

const HAND_MS = 1600; /* the customer's own hand has just moved: his for 1.5 s */
const DELETE = 0x104;
const HOME = 0x106;
const SAVE = 0x73;
const CTRL = 2;
const { stack, desk } = world(20);

/** View and control, and an editor that holds a file. */
async function editing() {
  const file = join(stack.dir, "note.txt");
  writeFileSync(file, "");
  const editor = desk.launch("mousepad", ["--disable-server", file], join(stack.dir, "editor.log"), { GSETTINGS_BACKEND: "memory" });
  const all = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    all.viewer.session.ask(cap);
    await answer(desk, cap);
    await all.viewer.state(cap, "allowed");
  }
  const window = await desk.waitWindow("note.txt");
  desk.click(window.x + 200, window.y + 200);
  await sleep(HAND_MS);
  all.viewer.session.act(Kind.TEXT, text("abcdef"), "control");
  all.viewer.session.act(Kind.KEY, key(HOME, CTRL), "control");
  return { ...all, editor, file };
}

/** Saves as a person would, and reads. @param {import("./lib/robot.js").RobotViewer} viewer @param {string} file */
async function saved(viewer, file) {
  viewer.session.act(Kind.KEY, key(SAVE, CTRL), "control");
  await sleep(700);
  return readFileSync(file, "utf8").trim();
}

test("Suppr, Maj+Suppr and Ctrl+Suppr delete nothing before the click, and one thing after it", async () => {
  const { viewer, session, agent, editor, file } = await editing();
  assert.equal(await saved(viewer, file), "abcdef");
  const questions = () => stack.consent(session).filter((line) => line.event === "delete");
  /** @param {number} modifiers */
  const suppr = (modifiers) => viewer.session.act(Kind.KEY, key(DELETE, modifiers), "control");

  for (const [number, modifiers] of [0, 1, CTRL].entries()) {
    for (let i = 0; i < 20; i++) suppr(modifiers); /* a key that is held */
    await until("the customer is asked", () => desk.window(PROMPTS.delete));
    await until("the advisor sees that he reads", () => viewer.session.consent.isDeleteAsked);
    await sleep(500);
    await answer(desk, "delete", "refuse");
    await until("the refusal is told", () => !viewer.session.consent.isDeleteAsked);
    await sleep(HAND_MS);
    assert.equal(await saved(viewer, file), "abcdef", `0 characters are deleted (${modifiers})`);
    const lines = questions();
    assert.deepEqual(lines.slice(2 * number).map(({ step, why = "" }) => `${step} ${why}`), ["asked key", "refused click"]);
    assert.equal(lines[2 * number].modifiers, modifiers);
    await sleep(5000 - HAND_MS);
  }

  suppr(0);
  await answer(desk, "delete", "allow");
  await sleep(HAND_MS);
  assert.equal(await saved(viewer, file), "bcdef", "one press, one character");
  assert.deepEqual(questions().slice(-2).map(({ step }) => step), ["asked", "allowed"]);
  assert.match(questions().at(-2).text, /^Claire Martin veut utiliser la touche « Suppr »/u);

  viewer.session.note("Convenu au téléphone à 14:02 : enlever la première lettre");
  await until("the note is journaled", () => stack.journal(session).some(({ event }) => event === "note"));
  await endSession(desk);
  await until("ended", () => viewer.ended === "customer");
  await end(agent);
  await end(editor);
});

test("in a file manager nothing goes before the click", async () => {
  const folder = join(stack.dir, "dossier");
  mkdirSync(folder);
  for (const name of ["a.txt", "b.txt"]) writeFileSync(join(folder, name), name);
  const manager = desk.launch("pcmanfm", ["--no-desktop", folder], join(stack.dir, "pcmanfm.log"), { HOME: stack.dir, XDG_CONFIG_HOME: stack.dir });
  const all = await begin(stack, desk);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    all.viewer.session.ask(cap);
    await answer(desk, cap);
    await all.viewer.state(cap, "allowed");
  }
  const window = await desk.waitWindow("dossier");
  desk.click(window.x + 260, window.y + 300);
  await sleep(HAND_MS);
  all.viewer.session.act(Kind.KEY, key(0x61, CTRL), "control"); /* everything is selected */
  await sleep(300);
  all.viewer.session.act(Kind.KEY, key(DELETE, 1), "control"); /* for good, not into the bin */
  await until("the customer is asked", () => desk.window(PROMPTS.delete));
  await sleep(1000);
  assert.deepEqual(readdirSync(folder), ["a.txt", "b.txt"]);
  await answer(desk, "delete", "refuse");
  await sleep(500);
  assert.deepEqual(readdirSync(folder), ["a.txt", "b.txt"]);
  await endSession(desk);
  await until("ended", () => all.viewer.ended === "customer");
  await end(all.agent);
  await end(manager);
});

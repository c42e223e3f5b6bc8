/**
 * S14: what the advisor types arrives exactly, whatever his keyboard and the customer's: 1,000 strings, three layouts on
 * either side, through the page's hands.js and the agent's own X11 code into a text field of GTK.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Hands } from "../../web/viewer/hands.js";
import { LAYOUTS, Typist } from "../web/lib/keyboards.js";
import { typedStrings } from "../web/lib/strings.js";
import { Desk } from "./lib/desk.js";
import { run, sleep, until } from "./lib/process.js";
import { ROOT } from "./lib/stack.js";

const STRINGS = 1000;
const AHEAD = 100; /* code points on their way: five seconds of a quick typist */
const PLACE = 21; /* and 22, 23: a desk a layout */
const build = process.env.GUICHET_BUILD ?? join(ROOT, "build");
const strings = sorted(typedStrings(STRINGS));
const names = /** @type {const} */ (["fr", "us", "de"]);

/**
 * By the characters that few keyboards have: a computer has some 20 spare keys for them, each rests for a second before
 * it takes another one, and this test types far quicker than people. @param {string[]} list
 */
function sorted(list) {
  /** @param {string} line */
  const rare = (line) => [...new Set(line.replace(/[ -~]/g, ""))].sort().join("");
  return list.map((line) => ({ line, rare: rare(line) })).sort((a, b) => (a.rare < b.rare ? -1 : Number(a.rare > b.rare))).map(({ line }) => line);
}

/** A program on a desk whose lines are kept. */
class Talker {
  lines = /** @type {string[]} */ ([]);

  /** @param {string} display @param {string} program @param {string[]} args */
  constructor(display, program, args) {
    const env = { ...process.env, DISPLAY: display, GTK_IM_MODULE: "gtk-im-context-simple", LC_ALL: "C.UTF-8", ASAN_OPTIONS: "detect_leaks=0" };
    this.child = spawn(join(build, program), args, { env, stdio: ["pipe", "pipe", "ignore"] });
    createInterface({ input: /** @type {import("node:stream").Readable} */ (this.child.stdout) }).on("line", (line) => this.lines.push(line));
  }

  /** @param {string} line */
  say(line) {
    this.child.stdin?.write(`${line}\n`);
  }

  async end() {
    const gone = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill();
    await gone;
  }
}

/** A customer's computer of one layout: the agent's X11 code, and a text field. */
class Computer {
  /** @param {number} index */
  constructor(index) {
    this.desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 950) + 2 * (PLACE + index));
  }

  /** @param {string} layout */
  async open(layout) {
    const { desk } = this;
    await desk.open();
    run("setxkbmap", [layout], { DISPLAY: desk.display });
    this.driver = new Talker(desk.display, "x11_driver", []);
    await until("the driver", () => this.driver?.lines.includes("ready"));
    this.sink = new Talker(desk.display, "text_sink", ["Texte"]);
    const window = await desk.waitWindow("Texte");
    desk.ghost("windowactivate", "--sync", window.id);
    await sleep(300);
  }

  async close() {
    await this.sink?.end();
    await this.driver?.end();
    await this.desk.close();
  }

  /** Types lines on a keyboard of a layout; what arrived. @param {import("../web/lib/keyboards.js").Layout} layout @param {string[]} lines */
  async type(layout, lines) {
    const { typing, hands } = page((line) => this.driver?.say(line));
    const typist = new Typist(typing, layout);
    const got = /** @type {string[]} */ (this.sink?.lines);
    let sent = 0;
    got.length = 0;
    const arrived = () => got.reduce((sum, line) => sum + [...line].length + 1, 0);
    for (const line of lines) {
      typist.type(line);
      typist.key("Enter");
      sent += [...line].length + 1;
      if (sent - arrived() > AHEAD) await until("the text arrives", () => sent - arrived() <= AHEAD / 2, 20000);
    }
    await until("the last line", () => got.length >= lines.length, 20000).catch(() => {});
    hands.close();
    return got.slice();
  }

  assertNothingHeld() {
    const held = run(join(build, "x11_driver"), ["--down"], { DISPLAY: this.desk.display, ASAN_OPTIONS: "detect_leaks=0" });
    assert.equal(held.trim(), "0 0", "keys and buttons that are still down");
  }
}

const computers = new Map(names.map((name, index) => [name, new Computer(index)]));

before(() => Promise.all(names.map((name) => computers.get(name)?.open(name))));
after(() => Promise.all(names.map((name) => computers.get(name)?.close())));

/** The page's Hands on a fake page: what it would send becomes lines for the driver. @param {(line: string) => void} say */
function page(say) {
  const typing = Object.assign(new EventTarget(), { value: "", focus() {}, blur() {} });
  const session = {
    grant: () => 1,
    /** @param {number} kind @param {Uint8Array} plain */
    act(kind, plain) {
      const view = new DataView(plain.buffer);
      if (kind === Kind.TEXT) say(`text ${Array.from({ length: plain.length / 4 }, (_, i) => String.fromCodePoint(view.getUint32(4 * i))).join("")}`);
      else if (kind === Kind.KEY) say(`key ${view.getUint16(0).toString(16)} ${plain[2]}`);
    },
  };
  const hands = new Hands(/** @type {any} */ (session), /** @type {any} */ ({}), /** @type {any} */ (new EventTarget()), /** @type {any} */ (typing));
  return { typing, hands };
}

test("the strings are what they should be", () => {
  assert.ok(strings.length >= STRINGS && strings.every((line) => line && !/\p{Cc}/u.test(line)));
  for (const c of [..."çéèù€@#{[|\\~ïœ«»", "😀", "\u0301"]) assert.ok(strings.some((line) => line.includes(c)), c);
  assert.deepEqual(sorted(typedStrings(STRINGS)), strings);
});

/** @param {string} agent @param {keyof typeof LAYOUTS} viewer @param {string[]} lines */
async function assertExact(agent, viewer, lines) {
  const computer = /** @type {Computer} */ (computers.get(/** @type {any} */ (agent)));
  const got = await computer.type(LAYOUTS[viewer], lines);
  const wrong = lines.map((line, i) => [line, got[i]]).filter(([want, is]) => want !== is);
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} strings arrived wrong`);
  assert.equal(got.length, lines.length);
  computer.assertNothingHeld();
}

test(`${STRINGS} strings, three keyboards, three computers`, { concurrency: names.length }, async (t) => {
  await Promise.all(names.map((agent) => t.test(`to a computer ${agent}`, async (of) => {
    for (const viewer of names) await of.test(`from a keyboard ${viewer}`, () => assertExact(agent, viewer, strings));
  })));
});

for (const lock of ["Caps_Lock", "Num_Lock"]) {
  test(`${lock} on the customer's side changes no character, and stays as it was`, async () => {
    const { desk } = /** @type {Computer} */ (computers.get("fr"));
    /** @param {string} is */
    const shown = (is) => new RegExp(`${lock.replace("_", " ")}:\\s+${is}`).test(run("xset", ["q"], { DISPLAY: desk.display }));
    desk.ghost("key", lock);
    await until("the lock is on", () => shown("on"), 2000);
    await assertExact("fr", "fr", strings.slice(0, 50));
    assert.ok(shown("on"));
    desk.ghost("key", lock);
    await until("the lock is off", () => shown("off"), 2000);
  });
}

test("Caps Lock on the advisor's side: what he sees is what arrives, and a shortcut stays a shortcut", async () => {
  const lines = /** @type {string[]} */ ([]);
  const { typing, hands } = page((line) => lines.push(line));
  const typist = new Typist(typing, LAYOUTS.fr);
  typist.hasCaps = true;
  typist.type("ABC é");
  typist.key("C", ["Control"]); /* Caps Lock makes it a capital; Shift is not held */
  hands.close();
  assert.deepEqual(lines, [..."ABC é"].map((c) => `text ${c}`).concat("key 63 2"));
});

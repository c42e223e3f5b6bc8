/** Mouse and keyboard of the advisor (docs/PROTOCOL.md section 8, S14, S16), with made-up events. */
import { afterEach, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { Kind } from "../../web/shared/wire.js";
import { Hands } from "../../web/viewer/hands.js";

/** @type {{ kind: number, plain: Buffer, cap: string }[]} */
let sent;
/** @type {(() => void)[]} */
let frames;
let grant = 0;
/** @type {Hands} */
let hands;
/** @type {any} */
let canvas;
/** @type {any} */
let typing;

globalThis.requestAnimationFrame = (/** @type {any} */ draw) => frames.push(draw);

beforeEach(() => {
  sent = [];
  frames = [];
  grant = 3;
  canvas = new EventTarget();
  typing = Object.assign(new EventTarget(), { value: "", focused: 0, blurred: 0, focus() { this.focused++; }, blur() { this.blurred++; } });
  const session = {
    grant: () => grant,
    act: (/** @type {number} */ kind, /** @type {Uint8Array} */ plain, /** @type {string} */ cap) => sent.push({ kind, plain: Buffer.from(plain), cap }),
  };
  const screen = { place: (/** @type {number} */ x, /** @type {number} */ y) => ({ x: 2 * x, y: 2 * y }) };
  hands = new Hands(/** @type {any} */ (session), /** @type {any} */ (screen), canvas, typing);
});

afterEach(() => hands.close());

/** @param {EventTarget} target @param {string} type @param {object} [fields] */
function fire(target, type, fields = {}) {
  const event = Object.assign(new Event(type, { cancelable: true }), fields);
  target.dispatchEvent(event);
  return event;
}

/** @param {string} key @param {string[]} [modifiers] @param {object} [more] */
function press(key, modifiers = [], more = {}) {
  return fire(typing, "keydown", {
    key,
    isComposing: false,
    ctrlKey: modifiers.includes("Control"),
    altKey: modifiers.includes("Alt"),
    shiftKey: modifiers.includes("Shift"),
    metaKey: modifiers.includes("Meta"),
    getModifierState: (/** @type {string} */ name) => modifiers.includes(name),
    ...more,
  });
}

/** A key that makes text: the browser tells of the key, then of the text. @param {string} key @param {string[]} [modifiers] */
function write(key, modifiers = []) {
  if (!press(key, modifiers).defaultPrevented) {
    typing.value += key;
    fire(typing, "input");
  }
}

/** All text sent. */
const text = () =>
  sent.filter(({ kind }) => kind === Kind.TEXT)
    .map(({ plain }) => Array.from({ length: plain.length / 4 }, (_, i) => String.fromCodePoint(plain.readUInt32BE(4 * i))).join(""))
    .join("");

/** Keys sent, as [number, modifiers, action]. */
const keys = () => sent.filter(({ kind }) => kind === Kind.KEY).map(({ plain }) => [plain.readUInt16BE(0), plain[2], plain[3]]);

/** Mouse acts sent, as [action, button, x, y]. */
const mouse = () =>
  sent.filter(({ kind }) => kind === Kind.MOUSE).map(({ plain }) => [plain[0], plain[1], plain.readInt32BE(2), plain.readInt32BE(6)]);

/** @param {string} type @param {number} x @param {number} y @param {number} [buttons] */
const pointer = (type, x, y, buttons = 0) => fire(canvas, type, { clientX: x, clientY: y, buttons, button: 0, pointerId: 1 });

test("letters with accents travel as text", () => {
  for (const c of "éèçàùÉ œ€") write(c);
  assert.equal(text(), "éèçàùÉ œ€");
  assert.deepEqual(keys(), []);
});

test("AltGr on an AZERTY keyboard makes text", () => {
  for (const c of "@#{[|\\^~]}€") write(c, ["AltGraph"]);
  assert.equal(text(), "@#{[|\\^~]}€");
  assert.deepEqual(keys(), []);
});

test("AltGr that the system calls Ctrl and Alt makes text too", () => {
  for (const c of "@#€v2") write(c, ["Control", "Alt", "AltGraph"]); /* some layouts have letters and digits there */
  assert.equal(text(), "@#€v2");
  assert.deepEqual(keys(), []);
});

test("a dead key waits for its letter", () => {
  press("Dead");
  assert.deepEqual(sent, []);
  write("ê");
  assert.equal(text(), "ê");
});

test("a composition travels once, when it is done", () => {
  fire(typing, "compositionstart");
  press("Process", [], { isComposing: true });
  for (const part of ["n", "ni", "你"]) {
    typing.value = part;
    fire(typing, "input");
  }
  assert.deepEqual(sent, []);
  fire(typing, "compositionend");
  fire(typing, "input");
  assert.equal(text(), "你");
});

test("code points beyond 16 bits stay whole", () => {
  write("😀");
  assert.equal(text(), "😀");
});

test("long text goes in pieces of 64 code points, without control characters", () => {
  typing.value = `${"a".repeat(100)}\n\t\u007f\u0085${"b".repeat(30)}`;
  fire(typing, "input");
  assert.deepEqual(sent.map(({ plain }) => plain.length / 4), [64, 64, 2]);
  assert.equal(text(), "a".repeat(100) + "b".repeat(30));
});

test("Ctrl+C is a key with its modifier, never text", () => {
  write("c", ["Control"]);
  write("C", ["Control", "Shift"]);
  assert.deepEqual(keys(), [[0x63, 2, 1], [0x63, 3, 1]]);
  assert.equal(text(), "");
});

test("named keys carry their modifiers", () => {
  press("Enter");
  press("Tab", ["Shift"]);
  press("F4", ["Alt"]);
  press("ArrowLeft", ["Control", "Shift"]);
  press(" ", ["Control"]);
  assert.deepEqual(keys(), [[0x100, 0, 1], [0x101, 1, 1], [0x114, 4, 1], [0x10a, 3, 1], [0x10f, 2, 1]]);
});

test("modifiers alone send nothing", () => {
  for (const key of ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]) press(key, [key]);
  assert.deepEqual(sent, []);
});

test("Ctrl, Alt and Escape give the keyboard back and send nothing", () => {
  press("Escape", ["Control", "Alt"]);
  assert.equal(typing.blurred, 1);
  assert.deepEqual(sent, []);
});

test("moves wait for the next picture of the page, and only the last one goes", () => {
  for (let i = 0; i < 50; i++) pointer("pointermove", i, i);
  assert.deepEqual([sent.length, frames.length], [0, 1]);
  frames[0]();
  assert.deepEqual(mouse(), [[1, 0, 98, 98]]);
});

test("a press comes after the move that led to it", () => {
  pointer("pointermove", 1, 1);
  pointer("pointerdown", 5, 6, 1);
  pointer("pointerup", 5, 6, 0);
  frames[0]();
  assert.deepEqual(mouse(), [[1, 0, 2, 2], [2, 1, 10, 12], [3, 1, 10, 12]]);
});

test("a finger on a tablet taps, taps twice and drags", () => {
  /** @param {string} type @param {number} x @param {number} buttons */
  const finger = (type, x, buttons) => fire(canvas, type, { clientX: x, clientY: 5, buttons, button: 0, pointerId: 7, pointerType: "touch" });
  for (let i = 0; i < 2; i++) {
    finger("pointerdown", 3, 1);
    finger("pointerup", 3, 0);
  }
  finger("pointerdown", 10, 1);
  finger("pointermove", 20, 1);
  finger("pointerup", 20, 0);
  assert.deepEqual(mouse().map(([action, button, x]) => [action, button, x]),
    [[2, 1, 6], [3, 1, 6], [2, 1, 6], [3, 1, 6], [2, 1, 20], [1, 0, 40], [3, 1, 40]]);
});

test("two buttons held at once are both pressed and both let go", () => {
  pointer("pointerdown", 0, 0, 1);
  pointer("pointermove", 0, 0, 3);
  pointer("pointermove", 0, 0, 2);
  pointer("pointerup", 0, 0, 0);
  assert.deepEqual(mouse().filter(([action]) => action !== 1).map(([action, button]) => [action, button]), [[2, 1], [2, 3], [3, 1], [3, 3]]);
});

test("a gesture that the browser takes away lets go of the button", () => {
  pointer("pointerdown", 0, 0, 1);
  pointer("pointercancel", 0, 0, 1);
  assert.deepEqual(mouse().map(([action, button]) => [action, button]), [[2, 1], [3, 1]]);
});

test("a button that is held at rest is told of, so that the agent need not let go", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  pointer("pointerdown", 4, 5, 1);
  t.mock.timers.tick(950);
  assert.deepEqual(mouse(), [[2, 1, 8, 10], [1, 0, 8, 10], [1, 0, 8, 10], [1, 0, 8, 10]]);
  pointer("pointerup", 4, 5, 0);
  const sentBefore = sent.length;
  t.mock.timers.tick(5000);
  assert.equal(sent.length, sentBefore);
});

test("a page that is closed, or loses control, lets go", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  pointer("pointerdown", 4, 5, 1);
  hands.close();
  assert.deepEqual(mouse().at(-1), [3, 1, 8, 10]);
  t.mock.timers.tick(5000);
  assert.equal(sent.length, 2);
});

test("coming in with a button already held presses nothing", () => {
  pointer("pointermove", 3, 3, 1);
  assert.deepEqual(mouse(), []);
});

test("small turns of the wheel add up to steps", () => {
  for (let i = 0; i < 5; i++) fire(canvas, "wheel", { clientX: 1, clientY: 1, deltaMode: 0, deltaX: 0, deltaY: 50 });
  const wheel = sent.map(({ plain }) => [plain[0], plain.readInt16BE(10), plain.readInt16BE(12)]);
  assert.deepEqual(wheel, [[4, 0, 1], [4, 0, 1]]);
});

test("without a grant of control nothing at all is sent", () => {
  grant = 0;
  write("a");
  write("c", ["Control"]);
  press("Enter");
  pointer("pointermove", 1, 1);
  pointer("pointerdown", 1, 1, 1);
  pointer("pointerup", 1, 1, 0);
  fire(canvas, "wheel", { clientX: 1, clientY: 1, deltaMode: 0, deltaX: 0, deltaY: 500 });
  for (const draw of frames) draw();
  assert.deepEqual(sent, []);
});

test("what was typed without a grant is not kept for later", () => {
  grant = 0;
  write("a");
  grant = 4;
  write("b");
  assert.equal(text(), "b");
});

test("without control the Tab key stays with the page", () => {
  grant = 0;
  assert.equal(press("Tab").defaultPrevented, false);
});

test("everything is sent under control, never under another capability", () => {
  write("a");
  press("Enter");
  pointer("pointerdown", 1, 1, 1);
  assert.deepEqual([...new Set(sent.map(({ cap }) => cap))], ["control"]);
});

test("what is pasted or dropped does not reach the customer", () => {
  for (const name of ["paste", "drop"]) {
    const event = new Event(name, { cancelable: true });
    typing.dispatchEvent(event);
    assert.ok(event.defaultPrevented, name);
  }
});

test("half a pair of surrogates is not text", () => {
  typing.value = "a\ud83d";
  typing.dispatchEvent(new Event("input"));
  assert.deepEqual(sent.map(({ plain }) => plain.length), [4]);
});

/** Pointer, frame, arrow and steps of the advisor (docs/PROTOCOL.md 8.1, S11), with made-up events. */
import { afterEach, beforeEach, mock, test } from "node:test";
import assert from "node:assert/strict";
import { Kind } from "../../web/shared/wire.js";
import { Pointing } from "../../web/viewer/pointing.js";

/** @type {string[]} */
let sent;
let grant = 0;
/** @type {Pointing} */
let pointing;
/** @type {any} */
let canvas;

beforeEach(() => {
  mock.timers.enable({ apis: ["setInterval"] });
  sent = [];
  grant = 2;
  canvas = new EventTarget();
  const session = {
    grant: () => grant,
    act: (/** @type {number} */ kind, /** @type {Uint8Array} */ plain, /** @type {string} */ cap) => {
      const view = new DataView(plain.buffer);
      if (kind === Kind.WRITE) {
        sent.push(`line ${view.getInt32(0)} ${view.getInt32(4)} ${new TextDecoder().decode(plain.subarray(8))}`);
        return;
      }
      assert.deepEqual([plain.length, cap], [17, "point"]);
      sent.push([plain[0], ...[1, 5, 9, 13].map((at) => view.getInt32(at))].join(" "));
    },
  };
  const screen = { place: (/** @type {number} */ x, /** @type {number} */ y) => ({ x: 2 * x, y: 2 * y }) };
  pointing = new Pointing(/** @type {any} */ (session), /** @type {any} */ (screen), canvas);
});

afterEach(() => {
  pointing.close();
  mock.timers.reset();
});

/** @param {string} type @param {number} clientX @param {number} clientY */
const fire = (type, clientX, clientY) => canvas.dispatchEvent(Object.assign(new Event(type), { clientX, clientY, pointerId: 1 }));

/** @param {import("../../web/viewer/pointing.js").ToolName} tool @param {number[]} from @param {number[]} [to] */
function drag(tool, [x, y], [toX, toY] = [x, y]) {
  pointing.tool = tool;
  fire("pointerdown", x, y);
  fire("pointerup", toX, toY);
}

test("an arrow goes from where the button went down, any way, and is shown again until it is cleared", () => {
  drag("arrow", [100, 100], [40, 120]);
  assert.deepEqual(sent, ["4 200 200 -120 40"]);
  mock.timers.tick(3000);
  assert.deepEqual(sent.slice(1), ["4 200 200 -120 40", "4 200 200 -120 40"]);
  pointing.clear();
  assert.equal(sent.at(-1), "3 0 0 0 0");
  const length = sent.length;
  mock.timers.tick(6000);
  assert.equal(sent.length, length);
});

test("a new arrow takes the old one's place; a click alone is none", () => {
  drag("arrow", [0, 0], [50, 0]);
  drag("arrow", [0, 0], [0, 50]);
  drag("arrow", [7, 7]);
  sent = [];
  mock.timers.tick(1500);
  assert.deepEqual(sent, ["4 0 0 0 100"]);
});

test("each click is the next step, nine at most", () => {
  for (let i = 1; i <= 11; i++) drag("step", [10 * i, 5]);
  sent = [];
  mock.timers.tick(1500);
  assert.deepEqual(sent, Array.from({ length: 9 }, (_, i) => `5 ${20 * (i + 1)} 10 ${i + 1} 0`));
});

test("what stays does not outlive the right, and does not come back with another", () => {
  drag("step", [10, 10]);
  grant = 0;
  sent = [];
  mock.timers.tick(1500);
  grant = 9;
  mock.timers.tick(3000);
  assert.deepEqual(sent, []);
});

test("a frame needs an area, the pointer follows", () => {
  drag("frame", [50, 40], [10, 10]);
  drag("frame", [50, 40], [51, 41]);
  pointing.tool = "pointer";
  fire("pointermove", 3, 4);
  assert.deepEqual(sent, ["2 20 20 80 60", "1 6 8 0 0"]);
});

test("a line is written where the picture was clicked, is shown again, makes place for another, and goes with the right", () => {
  drag("line", [100, 50]);
  assert.deepEqual(sent, []);
  assert.equal(pointing.write("  "), false);
  assert.equal(pointing.write("é".repeat(81)), false);
  assert.equal(pointing.write(" Cliquez\tici \u202e"), true);
  pointing.write("Puis là");
  mock.timers.tick(1500);
  assert.deepEqual(sent, ["line 200 100 Cliquezici", "line 200 100 Puis là", "line 200 100 Puis là"]);
  grant = 0;
  assert.equal(pointing.write("encore"), false);
  mock.timers.tick(3000);
  grant = 2;
  mock.timers.tick(3000);
  assert.equal(sent.length, 3);
});

/** From the page's pixels to the customer's: web/viewer/screen.js. */
import { beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { Screen } from "../../web/viewer/screen.js";

/** @type {any} */
let canvas;
/** @type {any} */
let cursor;
/** @type {any[]} */
let posted;
const frame = /** @type {any} */ ({ clientWidth: 960, clientHeight: 600 });

/** @type {any} */ (globalThis).ResizeObserver = class {
  observe() {}
  disconnect() {}
};

/** A canvas of the page whose box follows its style. */
function fakeCanvas() {
  const style = { width: "0px", height: "0px", transform: "" };
  return {
    style, hidden: false,
    classList: { toggle() {} },
    transferControlToOffscreen: () => ({}),
    getBoundingClientRect: () => ({ left: 40, top: 20, width: parseFloat(style.width), height: parseFloat(style.height) }),
  };
}

function begin() {
  const worker = Object.assign(new EventTarget(), { postMessage: (/** @type {any} */ message) => posted.push(message), terminate() {} });
  return { worker, screen: new Screen(canvas, cursor, frame, /** @type {any} */ (worker)) };
}

beforeEach(() => {
  canvas = fakeCanvas();
  cursor = fakeCanvas();
  posted = [];
});

test("a larger screen is made to fit, and its places are those of the customer", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 1920, height: 1080 });
  assert.deepEqual([canvas.style.width, canvas.style.height], ["960px", "540px"]);
  assert.deepEqual(screen.place(40, 20), { x: 0, y: 0 });
  assert.deepEqual(screen.place(40 + 480, 20 + 270), { x: 960, y: 540 });
  assert.deepEqual(screen.place(40 + 959.9, 20 + 539.9), { x: 1919, y: 1079 });
});

test("places beside the picture are its nearest pixels", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 800, height: 600 });
  assert.deepEqual(screen.place(-500, -500), { x: 0, y: 0 });
  assert.deepEqual(screen.place(9000, 9000), { x: 799, y: 599 });
});

test("at four scales and on three desktops every corner and edge can be reached, and every dot is its own pixel", () => {
  for (const [width, height] of [[1280, 800], [3840, 1080], [1080, 2944]]) {
    for (const clicks of [["out", "out", "out"], ["one", "out"], ["one"], ["one", "in", "in"]]) {
      canvas = fakeCanvas();
      cursor = fakeCanvas();
      const { screen } = begin();
      screen.takeScreens({ width, height });
      for (const how of clicks) screen.zoom(/** @type {any} */ (how));
      const shown = parseFloat(canvas.style.width);
      const high = parseFloat(canvas.style.height);
      const dots = Math.ceil(shown);
      const seen = Array.from({ length: dots }, (_, i) => screen.place(40 + i, 20).x);
      assert.deepEqual([seen[0], seen[dots - 1]], [0, width - 1], `${width} at ${shown / width}`);
      const lowest = screen.place(40 + dots - 1, 20 + Math.ceil(high) - 1);
      assert.deepEqual(lowest, { x: width - 1, y: height - 1 });
      for (let i = 1; i < dots - 1; i++) {
        assert.equal(seen[i], Math.floor((i * width) / shown)); /* the pixel drawn there */
      }
      if (shown >= width) assert.equal(new Set(seen).size, width, "each pixel can be hit");
    }
  }
});

test("a smaller screen is not enlarged by itself", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 640, height: 480 });
  assert.equal(canvas.style.width, "640px");
  screen.zoom("in");
  assert.equal(canvas.style.width, "960px");
  screen.zoom("one");
  screen.zoom("out");
  assert.equal(canvas.style.width, "480px");
  assert.deepEqual(screen.place(40 + 240, 20), { x: 320, y: 0 });
  screen.zoom("fit");
  assert.equal(canvas.style.width, "640px");
});

test("every pixel of the customer can be reached at its actual size", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 300, height: 200 });
  screen.zoom("one");
  for (let x = 0; x < 300; x++) assert.equal(screen.place(40 + x, 20).x, x);
});

test("when the customer's screen changes its size, the places follow", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 1920, height: 1080 });
  screen.takeScreens({ width: 1200, height: 600 });
  assert.deepEqual([canvas.style.width, canvas.style.height], ["960px", "480px"]);
  assert.deepEqual(screen.place(40 + 480, 20 + 240), { x: 600, y: 300 });
});

test("the cursor is where its hot spot says", () => {
  const { screen } = begin();
  screen.takeScreens({ width: 1920, height: 1080 });
  const plain = new Uint8Array(9);
  plain[0] = 1;
  new DataView(plain.buffer).setInt32(1, 100);
  new DataView(plain.buffer).setInt32(5, 60);
  screen.takeCursor(plain);
  assert.equal(cursor.style.transform, "translate(50px, 30px) scale(0.5)");
  screen.takeCursor(Uint8Array.of(0));
  assert.equal(cursor.hidden, true);
});

test("what the worker paints and complains of is told; clearing reaches it", () => {
  const { screen, worker } = begin();
  const told = /** @type {string[]} */ ([]);
  for (const name of ["painted", "trouble"]) screen.addEventListener(name, () => told.push(name));
  worker.dispatchEvent(Object.assign(new Event("message"), { data: { painted: { update: 1 } } }));
  worker.dispatchEvent(Object.assign(new Event("message"), { data: { trouble: "?" } }));
  screen.clear();
  assert.deepEqual(told, ["painted", "trouble"]);
  assert.deepEqual(posted.at(-1), { clear: true });
});

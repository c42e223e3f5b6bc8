/**
 * web/reader/film.js and player.js with the real decoder, a canvas of the test and a clock of the test: what is played
 * and what is sought is the same picture.
 * GUICHET_DECODER_WASM=decoder.wasm node --test tests/web/reader_player.test.js
 */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kind } from "../../web/shared/wire.js";
import { Broken } from "../../web/reader/broken.js";
import { Film, lastUntil } from "../../web/reader/film.js";
import { PictureDecoder } from "../../web/reader/decoder.js";
import { Player } from "../../web/reader/player.js";
import { Timeline } from "../../web/reader/timeline.js";
import { verifyBundle } from "../../web/reader/verify.js";
import { makeBundle } from "../evidence/fixture.js";

const wasm = process.env.GUICHET_DECODER_WASM ?? "";
const dir = mkdtempSync(join(tmpdir(), "reader-player-"));

/** @type {any} */ (globalThis).ImageData = class {
  /** @param {Uint8ClampedArray} data @param {number} width @param {number} height */
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
};

/** A canvas with as much of the real one as the player uses. */
class FakeCanvas {
  width = 0;
  height = 0;
  pixels = new Uint8ClampedArray(0);
  getContext() {
    return this;
  }
  clearRect() {
    this.pixels.fill(0);
  }
  /** @param {any} image @param {number} dx @param {number} dy @param {number} [x] @param {number} [y] @param {number} [w] @param {number} [h] */
  putImageData(image, dx, dy, x = 0, y = 0, w = image.width, h = image.height) {
    if (this.pixels.length !== this.width * this.height * 4) this.pixels = new Uint8ClampedArray(this.width * this.height * 4);
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        const [toX, toY] = [dx + column, dy + row];
        if (toX < 0 || toY < 0 || toX >= this.width || toY >= this.height) continue;
        const from = (row * image.width + column) * 4;
        this.pixels.set(image.data.subarray(from, from + 4), (toY * this.width + toX) * 4);
      }
    }
  }
}

/** @param {Uint8ClampedArray} bytes */
const fnv1a = (bytes) => bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 16777619), 2166136261) >>> 0;

/** A player whose time and frames the test turns. @param {any} given */
async function begin(given) {
  const bundle = makeBundle(join(dir, "keys"), { withKey: true, ...given });
  const film = new Film();
  const files = new Map([...bundle.files].map(([name, bytes]) => [name, new Uint8Array(bytes)]));
  const { facts, ok } = await verifyBundle(files, { onFrames: (frames) => film.add(frames) });
  assert.ok(ok);
  const clock = { ms: 0 };
  const frames = /** @type {(() => void)[]} */ ([]);
  const canvas = new FakeCanvas();
  const cursor = new FakeCanvas();
  const decoder = await PictureDecoder.load(new Uint8Array(readFileSync(wasm)));
  const player = new Player({
    film, decoder, canvas: /** @type {any} */ (canvas), cursor: /** @type {any} */ (cursor), spans: facts.chunks, now: () => clock.ms, nextFrame: (callback) => frames.push(callback),
  });
  const turn = (/** @type {number} */ ms) => {
    clock.ms += ms;
    for (const callback of frames.splice(0)) callback();
  };
  const settle = () => {
    for (let i = 0; frames.length && i < 1000; i++) turn(1);
  };
  return { player, film, canvas, cursor, turn, settle, bundle, frames, timeline: new Timeline(facts.journal.lines, facts.signed) };
}

/** @type {Awaited<ReturnType<typeof begin>>} */
let it;
before(async () => {
  it = await begin({ chunks: 40 });
});
after(() => rmSync(dir, { recursive: true, force: true }));

test("the last element until a moment is found", () => {
  const list = [10, 20, 20, 30].map((atMs) => ({ atMs }));
  assert.deepEqual([5, 10, 19, 20, 29, 30, 99].map((atMs) => lastUntil(list, atMs)), [-1, 0, 0, 2, 2, 3, 3]);
});

test("a film has every update, whole, and knows its key frames", () => {
  assert.ok(it.film.updates.length > 40);
  assert.ok(it.film.updates.some(({ parts }) => parts.length > 1));
  assert.deepEqual(it.film.updates.map(({ number }) => number), it.film.updates.map((_, i) => i + 1));
  assert.ok(it.film.updates.filter(({ isKey }) => isKey).length > 4);
  it.film.updates.forEach(({ isKey }, i) => assert.equal((it.film.bytesOf(i)[0] & 1) === 1, isKey));
});

test("a film has the messages of both, in order, and none that is not what docs/PROTOCOL.md 7.7 says", () => {
  const film = new Film();
  const frame = (/** @type {number} */ who, /** @type {string | number[]} */ said) => ({
    atMs: 5, seq: 1, kind: Kind.CHAT, plain: new Uint8Array([who, ...(typeof said === "string" ? new TextEncoder().encode(said) : said)]),
  });
  film.add(/** @type {any} */ ([frame(2, "Cliquez sur « Suivant »"), frame(1, "\ufeffC’est fait")]));
  assert.deepEqual(film.messages, [
    { atMs: 5, who: "advisor", text: "Cliquez sur « Suivant »" }, { atMs: 5, who: "customer", text: "\ufeffC’est fait" }]);
  for (const bad of [frame(3, "a"), frame(0, "a"), frame(1, ""), frame(1, [0xff])]) assert.throws(() => film.add(/** @type {any} */ ([bad])), Broken);
});

test("played to its end, the picture is the last one", () => {
  const { player, canvas, turn, bundle } = it;
  player.seek(player.fromMs);
  player.speed = 8;
  player.play();
  for (let i = 0; player.isPlaying && i < 5000; i++) turn(33);
  assert.equal(player.isPlaying, false);
  assert.equal(player.timeMs, player.toMs);
  assert.equal(fnv1a(canvas.pixels), bundle.pictureHash);
});

test("whatever moment is sought, in whatever order, shows what playing shows", () => {
  const { player, canvas, settle, film } = it;
  player.pause();
  const moments = film.updates.map(({ atMs }) => atMs);
  const played = moments.map((atMs) => {
    player.seek(atMs);
    settle();
    return fnv1a(canvas.pixels);
  });
  assert.ok(new Set(played).size > 10);
  for (let i = 0, at = 7; i < 60; i++, at = (at * 31 + 11) % moments.length) {
    player.seek(moments[at]);
    settle();
    assert.equal(player.isSeeking, false);
    assert.equal(fnv1a(canvas.pixels), played[at], `update ${at}`);
  }
});

test("speeds are what they say", () => {
  const { player, turn } = it;
  for (const speed of [1, 2, 8]) {
    player.seek(player.fromMs);
    player.speed = speed;
    player.play();
    turn(1);
    const begun = player.timeMs;
    for (let i = 0; i < 10; i++) turn(20);
    assert.equal(player.timeMs - begun, 200 * speed);
    player.pause();
    turn(20);
  }
});

test("the cursor is where the customer had it, with its tip", () => {
  const { player, film, cursor, settle } = it;
  const at = film.cursors.findIndex(({ place, shape }) => place.x > 0 && shape);
  player.seek(film.cursors[at].atMs);
  settle();
  const { x, y } = film.cursors[lastUntil(film.cursors, player.timeMs)].place;
  assert.deepEqual([...cursor.pixels.subarray((y * cursor.width + x) * 4, (y * cursor.width + x) * 4 + 4)], [0, 0, 0, 255]);
  assert.equal(cursor.pixels[0], 0);
});

test("a pause in the recording is told, and takes no longer than a moment to watch", async () => {
  const { player, turn, timeline } = await begin({ paused: true });
  assert.equal(player.gaps.length, 1);
  const [gap] = player.gaps;
  assert.ok(gap.toMs - gap.fromMs > 10000);
  assert.deepEqual(timeline.pauses.map(({ fromMs, toMs }) => fromMs <= gap.fromMs + 2000 && toMs >= gap.toMs - 2000), [true]);
  player.seek(gap.fromMs - 100);
  player.play();
  let inside = 0;
  for (let i = 0; player.timeMs < gap.toMs && i < 1000; i++) {
    turn(20);
    if (player.gap) inside += 20;
  }
  assert.ok(inside > 1000 && inside < 4000, String(inside));
});

test("after an update that was lost, nothing false is shown until the next key frame", async () => {
  const { player, film, canvas, settle } = await begin({ chunks: 12 });
  const lost = 2;
  let troubles = 0;
  player.addEventListener("trouble", () => troubles++);
  player.seek(film.updates[lost - 1].atMs);
  settle();
  const before = fnv1a(canvas.pixels);
  film.updates.splice(lost, 1);
  const key = film.updates.findIndex(({ isKey }, i) => isKey && i >= lost);
  player.seek(film.updates[key - 1].atMs);
  settle();
  assert.equal(fnv1a(canvas.pixels), before);
  assert.equal(troubles, 0, "the decoder was given what it cannot know");
  player.seek(film.updates[key].atMs);
  settle();
  assert.notEqual(fnv1a(canvas.pixels), before);
});

test("a fragment with an impossible layout is refused", () => {
  const bad = (/** @type {number[]} */ numbers, kind = 0x40) => {
    const plain = new Uint8Array(13);
    numbers.forEach((number, i) => new DataView(plain.buffer).setUint32(i * 4, number));
    return [{ atMs: 0, kind, plain }];
  };
  assert.throws(() => new Film().add(bad([1, 0, 0])), { why: "film" });
  assert.throws(() => new Film().add(bad([1, 9, 5])), { why: "film" });
  assert.throws(() => new Film().add(bad([1, 0, 0xffffffff])), { why: "film" });
  assert.throws(() => new Film().add([{ atMs: 0, kind: 0x41, plain: Uint8Array.of(1, 2) }]), { why: "film" });
  assert.throws(() => new Film().add([{ atMs: 0, kind: 0x41, plain: Uint8Array.of(2, 0, 99, 0, 1, 0, 0, 0, 0) }]), { why: "film" });
});

test("the time line says who asked what, who had the hand, and for how long", async () => {
  const { timeline } = await begin({ chunks: 12 });
  assert.deepEqual(timeline.asks.map(({ cap, answer, why }) => `${cap} ${answer} ${why}`), ["view granted ", "control refused click", "control granted "]);
  const [, , control] = timeline.asks;
  assert.equal(timeline.lengthOf("control"), control.untilMs - control.answeredMs);
  assert.ok(timeline.totals.mouse > 0);
  assert.deepEqual([...new Set(timeline.hands.map(({ who }) => who))], ["customer", "both", "advisor"]);
  timeline.hands.slice(1).forEach((hand, i) => assert.equal(hand.fromMs, timeline.hands[i].toMs));
  assert.equal(timeline.hands[0].fromMs, timeline.fromMs);
  assert.equal(timeline.hands[timeline.hands.length - 1].toMs, timeline.toMs);
  for (const { fromMs, toMs, who } of timeline.hands) {
    if (who !== "customer") assert.ok(fromMs >= control.answeredMs && toMs <= control.untilMs);
  }
  assert.equal(timeline.reason, "customer");
});

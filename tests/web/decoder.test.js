/**
 * The screen decoder in WebAssembly against the vectors of the native encoder.
 * GUICHET_DECODER_WASM=decoder.wasm node --test tests/web/decoder.test.js
 */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const ERR_MALFORMED = 2;
const wasm = process.env.GUICHET_DECODER_WASM ?? "";
const vectors = new URL("../vectors/picture/", import.meta.url);

/** The exports of decoder_wasm.c behind plain methods. */
class Decoder {
  #exports;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.#exports = /** @type {any} */ (new WebAssembly.Instance(module, {}).exports);
  }

  /** @param {Uint8Array} bytes @returns {number} */
  update(bytes) {
    const at = this.#exports.decoder_wasm_alloc_input(bytes.length);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return this.#exports.decoder_wasm_update(at, bytes.length);
  }

  reset() {
    this.#exports.decoder_wasm_reset();
  }

  /** @returns {number} */
  get width() {
    return this.#exports.decoder_wasm_width();
  }

  /** @returns {number} */
  get height() {
    return this.#exports.decoder_wasm_height();
  }

  get pixels() {
    const at = this.#exports.decoder_wasm_pixels();
    return new Uint8Array(this.#exports.memory.buffer, at, this.width * this.height * 4);
  }

  get dirty() {
    const count = this.#exports.decoder_wasm_dirty_count();
    const at = this.#exports.decoder_wasm_dirty_ptr();
    const numbers = new Uint16Array(this.#exports.memory.buffer, at, count * 4);
    return Array.from({ length: count }, (_, i) => numbers.slice(i * 4, i * 4 + 4));
  }
}

function newDecoder() {
  return new Decoder(new WebAssembly.Module(readFileSync(wasm)));
}

/** Steps of a vector file. @param {string} name */
function* stepsOf(name) {
  const bytes = readFileSync(new URL(name, vectors));
  let at = 0;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    const update = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    yield { update, hash: bytes.readUInt32BE(at) };
    at += 4;
  }
}

/** @param {string} name */
const firstStep = (name) => [...stepsOf(name)][0];

/** @param {Uint8Array} bytes */
function fnv1a(bytes) {
  let hash = 2166136261;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, 16777619);
  }
  return hash >>> 0;
}

/** @param {Uint8Array} from @param {Uint8Array} to @param {number} width @param {Uint16Array} rect */
function copyRect(from, to, width, [x, y, w, h]) {
  for (let row = y; row < y + h; row++) {
    const start = (row * width + x) * 4;
    to.set(from.subarray(start, start + w * 4), start);
  }
}

const names = readdirSync(vectors).filter((name) => name.endsWith(".bin"));

test("there are vectors", () => assert.ok(names.length >= 3));

for (const name of names) {
  test(`${name} decodes to the picture that was encoded`, () => {
    const decoder = newDecoder();
    for (const { update, hash } of stepsOf(name)) {
      assert.equal(decoder.update(update), 0);
      assert.equal(fnv1a(decoder.pixels), hash);
    }
  });

  test(`${name} changes only inside the dirty rectangles`, () => {
    const decoder = newDecoder();
    let canvas = /** @type {Uint8Array | null} */ (null);
    for (const { update } of stepsOf(name)) {
      assert.equal(decoder.update(update), 0);
      canvas ??= new Uint8Array(decoder.pixels.length);
      for (const rect of decoder.dirty) {
        copyRect(decoder.pixels, canvas, decoder.width, rect);
      }
      assert.deepEqual(canvas, decoder.pixels.slice());
    }
  });
}

test("a cut update is malformed and only a key frame helps", () => {
  const decoder = newDecoder();
  const [key, second] = [...stepsOf("text.bin")];
  for (let length = 0; length < key.update.length; length += 31) {
    assert.equal(decoder.update(key.update.subarray(0, length)), ERR_MALFORMED);
    assert.equal(decoder.dirty.length, 0);
  }
  assert.equal(decoder.update(second.update), ERR_MALFORMED);
  assert.equal(decoder.update(key.update), 0);
  assert.equal(decoder.update(second.update), 0);
});

test("after a reset a key frame is needed", () => {
  const decoder = newDecoder();
  const [key, second] = [...stepsOf("text.bin")];
  assert.equal(decoder.update(key.update), 0);
  decoder.reset();
  assert.equal(decoder.width, 0);
  assert.equal(decoder.update(second.update), ERR_MALFORMED);
  assert.equal(decoder.update(key.update), 0);
});

test("sizes that change again and again do not eat the memory", () => {
  const decoder = newDecoder();
  const keys = names.map((name) => firstStep(name));
  for (let i = 0; i < 300; i++) {
    assert.equal(decoder.update(keys[i % keys.length].update), 0);
  }
  assert.ok(decoder.pixels.buffer.byteLength < 32 << 20);
});

test("damaged updates never trap", () => {
  const decoder = newDecoder();
  const { update } = firstStep("text.bin");
  for (let i = 5; i < update.length; i += 17) {
    const damaged = Uint8Array.from(update);
    damaged[i] ^= 1 << i % 8;
    decoder.update(damaged);
  }
});

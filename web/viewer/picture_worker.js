/**
 * picture_worker: puts updates together, decodes them in WebAssembly, paints what changed. Runs beside the
 * page so that neither waits for the other.
 *
 * In:  { canvas } once; { fragment: Uint8Array } (PICTURE, docs/PROTOCOL.md 7.1); { clear: true }.
 * Out: { painted: { update, decodeUs, paintUs } }, { trouble: sentence }.
 */
const HEAD_BYTES = 12;
const UPDATE_MAX = 64 << 20;

/** @type {OffscreenCanvas} */
let canvas;
/** @type {OffscreenCanvasRenderingContext2D} */
let context;
/** @type {any} */
let decoder;
/** An update that is being put together. */
let pending = { update: 0, bytes: new Uint8Array(0), filled: 0 };
let queue = Promise.resolve();

async function load() {
  const answer = await fetch(new URL("decoder/decoder.wasm", import.meta.url));
  const { instance } = await WebAssembly.instantiate(await answer.arrayBuffer(), {});
  decoder = instance.exports;
}

/** Takes one fragment; true when its update is whole. @param {Uint8Array} fragment */
function collect(fragment) {
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  const update = view.getUint32(0);
  const offset = view.getUint32(4);
  const total = view.getUint32(8);
  const bytes = fragment.subarray(HEAD_BYTES);
  if (total > UPDATE_MAX || offset + bytes.length > total) throw new Error("fragment");
  if (offset === 0) pending = { update, bytes: new Uint8Array(total), filled: 0 };
  if (update !== pending.update || offset !== pending.filled) throw new Error("fragment out of order");
  pending.bytes.set(bytes, offset);
  pending.filled += bytes.length;
  return pending.filled === total;
}

function paint() {
  const width = decoder.decoder_wasm_width();
  const height = decoder.decoder_wasm_height();
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pixels = new Uint8ClampedArray(decoder.memory.buffer, decoder.decoder_wasm_pixels(), width * height * 4);
  const image = new ImageData(pixels, width, height);
  const rects = new Uint16Array(decoder.memory.buffer, decoder.decoder_wasm_dirty_ptr(), decoder.decoder_wasm_dirty_count() * 4);
  for (let i = 0; i < rects.length; i += 4) {
    context.putImageData(image, 0, 0, rects[i], rects[i + 1], rects[i + 2], rects[i + 3]);
  }
}

/** Decodes and paints the update that is whole. */
function show() {
  const begun = performance.now();
  const at = decoder.decoder_wasm_alloc_input(pending.bytes.length);
  new Uint8Array(decoder.memory.buffer, at, pending.bytes.length).set(pending.bytes);
  const bad = decoder.decoder_wasm_update(at, pending.bytes.length);
  if (bad) throw new Error(`decoder: ${bad}`);
  const decoded = performance.now();
  paint();
  const painted = performance.now();
  const us = (/** @type {number} */ ms) => Math.round(ms * 1000);
  self.postMessage({ painted: { update: pending.update, decodeUs: us(decoded - begun), paintUs: us(painted - decoded) } });
}

/** @param {any} message */
async function take(message) {
  if (message.canvas) {
    canvas = message.canvas;
    context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    await load();
  } else if (message.clear) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    decoder?.decoder_wasm_reset();
  } else if (collect(message.fragment)) {
    if (!decoder) await load();
    show();
  }
}

self.addEventListener("message", (event) => {
  queue = queue.then(() => take(event.data)).catch((error) => self.postMessage({ trouble: String(error.message) }));
});

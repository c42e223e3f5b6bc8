/** decoder: the exports of web/viewer/decoder/decoder_wasm.c behind plain methods. One at a time: it keeps one picture. */
import { Broken } from "./broken.js";

export class PictureDecoder {
  #exports;

  /** @param {WebAssembly.Exports} exports */
  constructor(exports) {
    this.#exports = /** @type {any} */ (exports);
  }

  /** @param {Uint8Array} wasm  decoder.wasm */
  static async load(wasm) {
    const { instance } = await WebAssembly.instantiate(/** @type {Uint8Array<ArrayBuffer>} */ (wasm), {});
    return new PictureDecoder(instance.exports);
  }

  /**
   * Applies one whole update.
   * @param {Uint8Array} bytes
   * @returns {Uint16Array}  what changed: x, y, width, height of each rectangle
   * @throws {Broken} "picture": only a key frame helps
   */
  update(bytes) {
    const at = this.#exports.decoder_wasm_alloc_input(bytes.length);
    if (!at) throw new Broken("picture");
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    if (this.#exports.decoder_wasm_update(at, bytes.length)) throw new Broken("picture");
    const count = this.#exports.decoder_wasm_dirty_count();
    return new Uint16Array(this.#exports.memory.buffer, this.#exports.decoder_wasm_dirty_ptr(), count * 4).slice();
  }

  /** Waits for a key frame, as new. */
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

  /** R, G, B, 255 of every pixel: a view, good until the next update. */
  get pixels() {
    return new Uint8ClampedArray(this.#exports.memory.buffer, this.#exports.decoder_wasm_pixels(), this.width * this.height * 4);
  }
}

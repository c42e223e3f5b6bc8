/**
 * pointing: the advisor's pointer and frames over the customer's screen (POINT, docs/PROTOCOL.md 8.1).
 * Injects nothing over there.
 */
import { Kind } from "../shared/wire.js";

const EVERY_MS = 33;
const SMALLEST = 8;
const Tool = Object.freeze({ POINTER: 1, FRAME: 2 });

export class Pointing {
  #session;
  #screen;
  #ac = new AbortController();
  #from = /** @type {{ x: number, y: number } | null} */ (null);
  #last = 0;
  /** @type {"hand" | "pointer" | "frame"} */
  tool = "hand";

  /** @param {import("./session.js").Session} session @param {import("./screen.js").Screen} screen @param {HTMLElement} canvas */
  constructor(session, screen, canvas) {
    this.#session = session;
    this.#screen = screen;
    const { signal } = this.#ac;
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#onUp(event), { signal });
  }

  close() {
    this.#ac.abort();
  }

  /** @param {number} tool @param {number} x @param {number} y @param {number} [width] @param {number} [height] */
  #send(tool, x, y, width = 0, height = 0) {
    const plain = new Uint8Array(17);
    const view = new DataView(plain.buffer);
    view.setUint8(0, tool);
    [x, y, width, height].forEach((v, i) => view.setInt32(1 + 4 * i, v));
    this.#session.act(Kind.POINT, plain, "point");
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const now = performance.now();
    if (this.tool !== "pointer" || now - this.#last < EVERY_MS) return;
    this.#last = now;
    const { x, y } = this.#screen.place(event.clientX, event.clientY);
    this.#send(Tool.POINTER, x, y);
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    const at = this.#screen.place(event.clientX, event.clientY);
    if (this.tool === "pointer") this.#send(Tool.POINTER, at.x, at.y);
    if (this.tool !== "frame") return;
    this.#from = at;
    /** @type {Element} */ (event.currentTarget).setPointerCapture?.(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    const from = this.#from;
    this.#from = null;
    if (this.tool !== "frame" || !from) return;
    const to = this.#screen.place(event.clientX, event.clientY);
    const width = Math.abs(to.x - from.x);
    const height = Math.abs(to.y - from.y);
    if (width < SMALLEST || height < SMALLEST) return;
    this.#send(Tool.FRAME, Math.min(from.x, to.x), Math.min(from.y, to.y), width, height);
  }
}

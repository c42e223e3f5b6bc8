/**
 * pointing: the advisor's pointer, frames, arrow, numbered steps and a written line over the customer's screen (POINT, WRITE, docs/PROTOCOL.md 8.1, 8.6).
 * Injects nothing over there. What is to stay is shown again and again: over there everything fades by itself, so that nothing outlives
 * the page, the link or the right.
 */
import { Kind } from "../shared/wire.js";

const EVERY_MS = 33;
const SMALLEST = 8;
const AGAIN_MS = 1500; /* less than OVERLAY_FADE_MS of the customer's program */
const STEPS = 9;
const LINE_MAX = 160; /* bytes */
const Tool = Object.freeze({ POINTER: 1, FRAME: 2, CLEAR: 3, ARROW: 4, STEP: 5 });

/** What the advisor can do with the mouse on the picture. @typedef {"hand" | "pointer" | "frame" | "arrow" | "step" | "line"} ToolName */

export class Pointing {
  #session;
  #screen;
  #ac = new AbortController();
  #from = /** @type {{ x: number, y: number } | null} */ (null);
  #last = 0;
  #arrow = /** @type {number[] | null} */ (null);
  #steps = /** @type {number[][]} */ ([]);
  #at = { x: 0, y: 0 }; /* where the line goes */
  #line = /** @type {Uint8Array | null} */ (null);
  #timer;
  /** @type {ToolName} */
  tool = "hand";

  /** @param {import("./session.js").Session} session @param {import("./screen.js").Screen} screen @param {HTMLElement} canvas */
  constructor(session, screen, canvas) {
    this.#session = session;
    this.#screen = screen;
    const { signal } = this.#ac;
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#onUp(event), { signal });
    this.#timer = setInterval(() => this.#again(), AGAIN_MS);
  }

  /** Shows a line where the picture was clicked last. False: there is nothing to show, or too much. @param {string} text */
  write(text) {
    const bytes = new TextEncoder().encode(text.normalize("NFC").replaceAll(/\p{C}/gu, "").trim());
    if (!bytes.length || bytes.length > LINE_MAX || !this.#session.grant("point")) return false;
    this.#line = new Uint8Array(8 + bytes.length);
    new DataView(this.#line.buffer).setInt32(0, this.#at.x);
    new DataView(this.#line.buffer).setInt32(4, this.#at.y);
    this.#line.set(bytes, 8);
    this.#again();
    return true;
  }

  /** Arrow, steps and line go, over there too. */
  clear() {
    this.#forget();
    this.#send(Tool.CLEAR, 0, 0);
  }

  #forget() {
    this.#arrow = null;
    this.#steps = [];
    this.#line = null;
  }

  #again() {
    if (!this.#session.grant("point")) this.#forget();
    if (this.#arrow) this.#send(Tool.ARROW, ...this.#arrow);
    this.#steps.forEach(([x, y], i) => this.#send(Tool.STEP, x, y, i + 1));
    if (this.#line) this.#session.act(Kind.WRITE, this.#line, "point");
  }

  close() {
    clearInterval(this.#timer);
    this.#ac.abort();
  }

  /** @param {number} tool @param {number[]} place  x, y, width, height; 0 if not given */
  #send(tool, ...place) {
    const [x, y, width = 0, height = 0] = place;
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
    if (this.tool === "step") this.#addStep(at);
    if (this.tool === "line") this.#at = at;
    if (this.tool !== "frame" && this.tool !== "arrow") return;
    this.#from = at;
    /** @type {Element} */ (event.currentTarget).setPointerCapture?.(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onUp(event) {
    const from = this.#from;
    this.#from = null;
    if (!from) return;
    const to = this.#screen.place(event.clientX, event.clientY);
    const width = Math.abs(to.x - from.x);
    const height = Math.abs(to.y - from.y);
    if (this.tool === "arrow" && Math.hypot(width, height) >= SMALLEST) {
      this.#arrow = [from.x, from.y, to.x - from.x, to.y - from.y];
      this.#again();
    } else if (this.tool === "frame" && width >= SMALLEST && height >= SMALLEST) {
      this.#send(Tool.FRAME, Math.min(from.x, to.x), Math.min(from.y, to.y), width, height);
    }
  }

  /** The next number; after the last one, nothing. @param {{ x: number, y: number }} at */
  #addStep({ x, y }) {
    if (this.#steps.length >= STEPS) return;
    this.#steps.push([x, y]);
    this.#again();
  }
}

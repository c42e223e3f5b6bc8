/**
 * hands: the advisor's mouse and keyboard into MOUSE, TEXT and KEY (docs/PROTOCOL.md section 8).
 * Text travels as code points, whatever keyboard made it; shortcuts as named keys with modifiers (S14).
 * Nothing is sent unless the customer's signed consent allows it right now (S16).
 */
import { Kind } from "../shared/wire.js";

/** Numbers of include/guichet/keys.def by KeyboardEvent.key. */
export const KEYS = Object.freeze({
  Enter: 0x100, Tab: 0x101, Backspace: 0x102, Escape: 0x103, Delete: 0x104, Insert: 0x105, Home: 0x106, End: 0x107,
  PageUp: 0x108, PageDown: 0x109, ArrowLeft: 0x10a, ArrowUp: 0x10b, ArrowRight: 0x10c, ArrowDown: 0x10d,
  ContextMenu: 0x10e, F1: 0x111, F2: 0x112, F3: 0x113, F4: 0x114, F5: 0x115, F6: 0x116, F7: 0x117, F8: 0x118,
  F9: 0x119, F10: 0x11a, F11: 0x11b, F12: 0x11c,
});
const SPACE = 0x10f;
const TEXT_MAX = 64;
const WHEEL_STEP = 100;
const REST_MS = 300; /* the agent lets go of a button of which it hears nothing for a second */

/** Bits of PointerEvent.buttons and the buttons of section 8.2. */
const BUTTONS = Object.freeze([{ bit: 1, button: 1 }, { bit: 4, button: 2 }, { bit: 2, button: 3 }]);

const Mouse = Object.freeze({ MOVE: 1, PRESS: 2, RELEASE: 3, WHEEL: 4 });

/** Events: "left" (the keyboard was given back to the page). */
export class Hands extends EventTarget {
  #session;
  #screen;
  #typing;
  #ac = new AbortController();
  #move = /** @type {{ x: number, y: number } | null} */ (null);
  #wheel = { x: 0, y: 0 };
  #held = 0;
  #at = { x: 0, y: 0 };
  #rest = /** @type {ReturnType<typeof setInterval> | undefined} */ (undefined);
  #isComposing = false;
  isActive = true;

  /**
   * @param {import("./session.js").Session} session @param {import("./screen.js").Screen} screen
   * @param {HTMLElement} canvas  gets the mouse @param {HTMLTextAreaElement} typing  gets the keyboard
   */
  constructor(session, screen, canvas, typing) {
    super();
    this.#session = session;
    this.#screen = screen;
    this.#typing = typing;
    const { signal } = this.#ac;
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#followButtons(event), { signal });
    canvas.addEventListener("pointercancel", (event) => this.#followButtons(event), { signal });
    globalThis.addEventListener?.("blur", () => this.#letGo(), { signal });
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { signal, passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    typing.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    typing.addEventListener("input", () => this.#onText(), { signal });
    for (const name of ["paste", "drop"]) { /* the clipboard does not cross (S23): what travels was typed */
      typing.addEventListener(name, (event) => event.preventDefault(), { signal });
    }
    typing.addEventListener("compositionstart", () => (this.#isComposing = true), { signal });
    typing.addEventListener("compositionend", () => this.#onComposed(), { signal });
  }

  close() {
    this.#letGo();
    this.#ac.abort();
  }

  #mayAct() {
    return this.isActive && this.#session.grant("control") > 0;
  }

  /* ---- mouse ---- */

  /** @param {number} action @param {number} button @param {{ x: number, y: number }} at @param {number} [wheelX] @param {number} [wheelY] */
  #sendMouse(action, button, at, wheelX = 0, wheelY = 0) {
    const plain = new Uint8Array(14);
    const view = new DataView(plain.buffer);
    view.setUint8(0, action);
    view.setUint8(1, button);
    view.setInt32(2, at.x);
    view.setInt32(6, at.y);
    view.setInt16(10, wheelX);
    view.setInt16(12, wheelY);
    this.#session.act(Kind.MOUSE, plain, "control");
  }

  /** One move a picture of the page is enough. @param {PointerEvent} event */
  #onMove(event) {
    this.#followButtons(event);
    if (!this.#mayAct()) return;
    const isWaiting = this.#move !== null;
    this.#move = this.#screen.place(event.clientX, event.clientY);
    if (!isWaiting) requestAnimationFrame(() => this.#flushMove());
  }

  #flushMove() {
    if (this.#move) this.#sendMouse(Mouse.MOVE, 0, this.#move);
    this.#move = null;
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    this.#typing.focus({ preventScroll: true });
    event.preventDefault();
    /** @type {Element} */ (event.currentTarget).setPointerCapture?.(event.pointerId);
    this.#followButtons(event);
  }

  /**
   * Sends what changed among the buttons. While one is held, the browser tells of a second one in a move,
   * and tells "up" only when the last one is let go.
   * @param {PointerEvent} event
   */
  #followButtons(event) {
    const now = event.type === "pointercancel" ? 0 : event.buttons;
    if (!this.#mayAct()) {
      this.#held = 0; /* the agent lets go by itself when control ends */
      return;
    }
    this.#at = this.#screen.place(event.clientX, event.clientY);
    this.#setButtons(now, this.#at, event.type === "pointermove");
  }

  /** @param {number} now  bits of PointerEvent.buttons @param {{ x: number, y: number }} at @param {boolean} [isMove] */
  #setButtons(now, at, isMove = false) {
    for (const { bit, button } of BUTTONS) {
      const isHeld = (this.#held & bit) !== 0;
      const isDown = (now & bit) !== 0;
      if (isDown === isHeld || (isDown && isMove && this.#held === 0)) continue;
      this.#held ^= bit;
      this.#flushMove();
      this.#sendMouse(isDown ? Mouse.PRESS : Mouse.RELEASE, button, at);
    }
    this.#keepTelling();
  }

  /** While a button is held without a move, the agent is told that it is. */
  #keepTelling() {
    if (this.#held === 0) {
      clearInterval(this.#rest);
      this.#rest = undefined;
      return;
    }
    this.#rest ??= setInterval(() => {
      if (this.#mayAct() && this.#held) this.#sendMouse(Mouse.MOVE, 0, this.#at);
      else this.#letGo();
    }, REST_MS);
  }

  /** The page loses the mouse, or control: nothing stays held. */
  #letGo() {
    if (this.#mayAct()) this.#setButtons(0, this.#at);
    this.#held = 0;
    this.#keepTelling();
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (!this.#mayAct()) return;
    event.preventDefault();
    const unit = event.deltaMode === 0 ? 1 : WHEEL_STEP / 3;
    this.#wheel.x += event.deltaX * unit;
    this.#wheel.y += event.deltaY * unit;
    const x = Math.trunc(this.#wheel.x / WHEEL_STEP);
    const y = Math.trunc(this.#wheel.y / WHEEL_STEP);
    if (!x && !y) return;
    this.#wheel.x -= x * WHEEL_STEP;
    this.#wheel.y -= y * WHEEL_STEP;
    this.#sendMouse(Mouse.WHEEL, 0, this.#screen.place(event.clientX, event.clientY), x, y);
  }

  /* ---- keyboard ---- */

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || event.key === "Process" || event.key === "Dead") return;
    if (event.key === "Escape" && event.ctrlKey && event.altKey) {
      event.preventDefault();
      this.#typing.blur();
      this.dispatchEvent(new Event("left"));
      return;
    }
    const key = keyNumber(event);
    if (key === 0 || !this.#mayAct()) return; /* text: the input event brings it; without control: the page's own key */
    event.preventDefault();
    const plain = new Uint8Array(4);
    new DataView(plain.buffer).setUint16(0, key);
    plain[2] = Number(event.shiftKey) | (Number(event.ctrlKey) << 1) | (Number(event.altKey) << 2) | (Number(event.metaKey) << 3);
    plain[3] = 1;
    this.#session.act(Kind.KEY, plain, "control");
  }

  #onComposed() {
    this.#isComposing = false;
    this.#onText();
  }

  #onText() {
    if (this.#isComposing) return;
    const points = Array.from(this.#typing.value, (c) => /** @type {number} */ (c.codePointAt(0)));
    this.#typing.value = "";
    if (!this.#mayAct()) return;
    const printable = points.filter(isPrintable);
    for (let i = 0; i < printable.length; i += TEXT_MAX) {
      const some = printable.slice(i, i + TEXT_MAX);
      const plain = new Uint8Array(4 * some.length);
      some.forEach((point, n) => new DataView(plain.buffer).setUint32(4 * n, point));
      this.#session.act(Kind.TEXT, plain, "control");
    }
  }
}

/** No control character, no half of a pair (section 8.3). @param {number} point */
function isPrintable(point) {
  return point >= 0x20 && !(point >= 0x7f && point <= 0x9f) && !(point >= 0xd800 && point <= 0xdfff);
}

/**
 * The number a key travels under, 0 if it is text. AltGr makes text, though some systems call it Ctrl + Alt.
 * @param {KeyboardEvent} event
 */
export function keyNumber(event) {
  const named = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
  if (named) return named;
  const isShortcut = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState("AltGraph");
  if (!isShortcut) return 0;
  if (event.key === " ") return SPACE;
  const letter = event.key.toLowerCase();
  return /^[a-z0-9]$/.test(letter) ? letter.charCodeAt(0) : 0;
}

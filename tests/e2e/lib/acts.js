/** acts: the payloads of section 8, and a stream of every one of them under grants that nobody gave. */
import { Kind, plainFrame } from "../../../web/shared/wire.js";
import { forgedFrame } from "./rogue.js";

/** @typedef {import("../../../web/shared/sealing.js").Sealer} Sealer */

export const Action = Object.freeze({ MOVE: 1, PRESS: 2, RELEASE: 3, WHEEL: 4 });

/** @param {number} action @param {number} button @param {number} x @param {number} y */
export function mouse(action, button, x, y) {
  const bytes = new Uint8Array(14);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, action);
  view.setUint8(1, button);
  view.setInt32(2, x);
  view.setInt32(6, y);
  view.setInt16(12, action === Action.WHEEL ? 1 : 0);
  return bytes;
}

/** @param {string} text */
export function text(text) {
  const points = Array.from(text, (c) => c.codePointAt(0) ?? 0);
  const bytes = new Uint8Array(4 * points.length);
  points.forEach((point, i) => new DataView(bytes.buffer).setUint32(4 * i, point));
  return bytes;
}

/** @param {number} key @param {number} modifiers */
export const key = (key, modifiers) => Uint8Array.of(key >> 8, key & 255, modifiers, 1);

/** @param {number} tool @param {number} x @param {number} y */
export function point(tool, x, y) {
  const bytes = new Uint8Array(17);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, tool);
  [x, y, tool === 2 ? 200 : 0, tool === 2 ? 100 : 0].forEach((n, i) => view.setInt32(1 + 4 * i, n));
  return bytes;
}

/** All that has an effect, once. */
const ACTS = /** @type {[number, Uint8Array][]} */ ([
  [Kind.MOUSE, mouse(Action.MOVE, 0, 300, 300)],
  [Kind.MOUSE, mouse(Action.PRESS, 1, 300, 300)],
  [Kind.MOUSE, mouse(Action.RELEASE, 1, 300, 300)],
  [Kind.MOUSE, mouse(Action.WHEEL, 0, 300, 300)],
  [Kind.TEXT, text("rm -rf ~\u00e9")],
  [Kind.KEY, key(0x0100, 0)],
  [Kind.KEY, key(0x0110 + 4, 4)], /* Alt+F4 */
  [Kind.POINT, point(1, 400, 400)],
  [Kind.POINT, point(2, 400, 400)],
  [Kind.WRITE, new Uint8Array([0, 0, 1, 144, 0, 0, 1, 144, 105, 99, 105])],
  [Kind.CHAT_SAY, new TextEncoder().encode("bonjour")],
]);

/** What a viewer sends unsealed and only under a grant of the view, or only while keys are agreed on. */
const PLAIN = /** @type {[number, number][]} */ ([
  [Kind.PICTURE_ACK, 12], [Kind.KEY_FRAME, 0], [Kind.VISIBILITY, 1], [Kind.PAIR_KEY, 97],
  [Kind.RECORD_PAUSE, 14],
]);

/**
 * One round of refusable frames: acts sealed with the true key and grants 0..5, acts that are not truly sealed,
 * and the picture's way back.
 * @param {Sealer} sealer @param {number} round
 */
export async function refusable(sealer, round) {
  const grant = round % 6;
  const out = await Promise.all(ACTS.map(([kind, plain]) => sealer.seal(kind, plain, grant)));
  for (const [kind, plain] of ACTS) out.push(forgedFrame(kind, plain.length + 16, 0xffffff00 + round % 200, grant));
  for (const [kind, length] of PLAIN) out.push(plainFrame(kind, new Uint8Array(length), grant));
  return out;
}

/**
 * merkle: the transparency log (docs/EVIDENCE.md section 8; RFC 9162): checkpoints and the way up to their root.
 */
import { fromHex, sha256, toHex, utf8 } from "./bytes.js";
import { must } from "./broken.js";
import { isHash } from "./journal.js";
import { mustHave, readCanonical, readLines } from "./canonical.js";

const STEPS_MAX = 64;
const NAME_MAX = 64; /* bytes */
const NUMBER = /^(0|[1-9]\d{0,15})$/;

/**
 * @param {Uint8Array} bytes  checkpoint.txt
 * @returns {{ name: string, size: number, root: string, wallMs: number }}
 * @throws {import("./broken.js").Broken} "checkpoint"
 */
export function readCheckpoint(bytes) {
  const lines = readLines(bytes);
  must(lines.length === 5 && lines[0] === "guichet-log 1", "checkpoint");
  const [, name, size, root, wallMs] = lines;
  must(name !== "" && utf8(name).length <= NAME_MAX, "checkpoint");
  must(NUMBER.test(size) && isHash(root) && NUMBER.test(wallMs), "checkpoint");
  return { name, size: Number(size), root, wallMs: Number(wallMs) };
}

/**
 * @typedef {Object} Inclusion
 * @property {string} text  the entry's line
 * @property {any} entry
 * @property {number} index
 * @property {{ side: string, hash: string }[]} steps  side: where the sibling stands
 */

/** @param {string[]} lines @returns {Inclusion} */
function readOne(lines) {
  const [, text] = /^entry (.*)$/s.exec(lines.shift() ?? "") ?? [];
  must(text, "inclusion");
  const index = /^index (.*)$/.exec(lines.shift() ?? "")?.[1] ?? "";
  must(NUMBER.test(index), "inclusion");
  const entry = readCanonical(text);
  mustHave(entry, "event:s hash:s n:i session:s wall_ms:i");
  const steps = [];
  while (lines.length && !lines[0].startsWith("entry ")) {
    const step = /^(left|right) ([0-9a-f]{64})$/.exec(String(lines.shift()));
    must(step && steps.length < STEPS_MAX, "inclusion");
    steps.push({ side: step[1], hash: step[2] });
  }
  return { text, entry, index: Number(index), steps };
}

/**
 * @param {Uint8Array} bytes  inclusion.txt
 * @returns {Inclusion[]}  two: opened, sealed
 * @throws {import("./broken.js").Broken} "inclusion" or what is wrong with the entry
 */
export function readInclusions(bytes) {
  const lines = readLines(bytes);
  must(lines.shift() === "guichet-inclusion 1" && lines.length >= 4, "inclusion");
  for (const line of lines) must(/^(entry|index|left|right) /.test(line), "inclusion");
  must(lines[0].startsWith("entry "), "inclusion");
  const out = [readOne(lines), readOne(lines)];
  must(lines.length === 0, "inclusion");
  return out;
}

/** On which sides the siblings of a leaf stand, from the leaf up. @param {number} index @param {number} size @returns {string[]} */
export function sidesOf(index, size) {
  if (size <= 1) return [];
  let half = 1;
  while (half * 2 < size) half *= 2;
  if (index < half) return [...sidesOf(index, half), "right"];
  return [...sidesOf(index - half, size - half), "left"];
}

/** The root that an inclusion leads to, 64 digits. @param {Inclusion} inclusion */
export async function fold({ text, steps }) {
  let hash = await sha256(Uint8Array.of(0), utf8(text));
  for (const step of steps) {
    const sibling = fromHex(step.hash);
    const [left, right] = step.side === "left" ? [sibling, hash] : [hash, sibling];
    hash = await sha256(Uint8Array.of(1), left, right);
  }
  return toHex(hash);
}

/**
 * Checks that an entry stands in the log of a checkpoint, at its place.
 * @param {Inclusion} inclusion
 * @param {{ size: number, root: string }} checkpoint
 * @param {{ event: string, session: string, hash: string }} expected
 * @throws {import("./broken.js").Broken} "entry", "place", "root"
 */
export async function mustInclude(inclusion, checkpoint, expected) {
  const { entry, index, steps } = inclusion;
  const { event, session, hash } = expected;
  must(entry.event === event && entry.session === session && entry.hash === hash, "entry", { name: event });
  must(entry.n === index && index < checkpoint.size, "place", { name: event });
  const sides = sidesOf(index, checkpoint.size);
  must(sides.length === steps.length && sides.every((side, i) => side === steps[i].side), "place", { name: event });
  must((await fold(inclusion)) === checkpoint.root, "root", { name: event });
}


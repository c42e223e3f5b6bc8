/**
 * control: when the advisor could act, and whether all of it was recorded (docs/EVIDENCE.md section 11, `control`).
 * Pure; used by the verifier and by the time line.
 *
 * Control is live from the journal's line of the grant to the first later line of the agent that takes it: `limit`,
 * `release` or `suspend` of control or view, `paired`, `pause`, `end`. What the gateway says of a link ends nothing. When
 * the notary says that the session is over, control ends where the recording stops.
 */
import { isLoss } from "./continuity.js";

/** @typedef {{ fromMs: number, toMs: number, fromN: number, toN: number, isLoss: boolean }} Interval  wall clock of the notary; lines of the journal, the first and the one that ends it; isLoss: a link was lost */

const TAKES_ALL = new Set(["paired", "pause", "end"]);
const TAKES = new Set(["limit", "release", "suspend"]);
const OVER = new Set(["failed", "recover", "end"]);
const UNDERWAY_MS = 10000; /* signed lines that were on their way when the end was told */

/** True if a signed line takes a capability away. @param {any} fields  of the line @param {string} cap */
function takesAway(fields, cap) {
  if (TAKES_ALL.has(fields.event)) return cap === "control" || fields.event === "end";
  return TAKES.has(fields.event) && (fields.cap === cap || fields.cap === "view");
}

/** True if behind a line of the notary nobody can act. @param {import("./journal.js").Line} line @param {string} cap */
const isOver = (line, cap) => OVER.has(line.event) && (cap === "control" || line.event !== "recover");

/**
 * When a capability was live.
 * @param {import("./journal.js").Line[]} lines
 * @param {{ line: { n: number }, fields: any }[]} signed
 * @param {string} cap
 * @returns {Interval[]}
 */
export function intervalsOf(lines, signed, cap) {
  const fieldsOf = new Map(signed.map(({ line, fields }) => [line.n, fields]));
  const out = /** @type {Interval[]} */ ([]);
  let open = /** @type {import("./journal.js").Line | null} */ (null);
  let recordedMs = 0;
  const close = (/** @type {number} */ toMs, /** @type {number} */ toN, isLoss = false) => {
    if (open) out.push({ fromMs: open.wallMs, toMs: Math.max(open.wallMs, toMs), fromN: open.n, toN, isLoss });
    open = null;
  };
  for (const line of lines) {
    const fields = fieldsOf.get(line.n) ?? null;
    if (line.event === "chunk") recordedMs = line.data.to_ms;
    if (fields && takesAway(fields, cap)) close(line.wallMs, line.n, isLoss(fields));
    if (!fields && isOver(line, cap)) close(cap === "control" ? recordedMs : line.wallMs, line.n);
    if (fields?.event === "grant" && fields.cap === cap) open ??= line; /* a second one begins nothing */
  }
  if (lines.length) close(recordedMs, lines[lines.length - 1].n);
  return out;
}

/** The number of a line that grants control in a pause of the recording (6.5); -1 if there is none. @param {{ line: { n: number }, fields: any }[]} signed */
export function grantInPause(signed) {
  let isPaused = false;
  for (const { line, fields } of signed) {
    if (fields.event === "pause" || fields.event === "resume") isPaused = fields.event === "pause";
    if (isPaused && fields.event === "grant" && fields.cap === "control") return line.n;
  }
  return -1;
}

/**
 * The first line that counts what the advisor did while control was not live, or after the session was over; null if
 * there is none.
 * @param {import("./journal.js").Line[]} lines
 * @param {{ line: { n: number }, fields: any }[]} signed
 * @returns {import("./journal.js").Line | null}
 */
export function actedWithout(lines, signed) {
  const fieldsOf = new Map(signed.map(({ line, fields }) => [line.n, fields]));
  let isLive = false;
  let overMs = Infinity;
  for (const line of lines) {
    const fields = fieldsOf.get(line.n) ?? null;
    if (!fields && isOver(line, "control") && isLive) overMs = Math.min(overMs, line.wallMs);
    if (!fields) continue;
    const done = fields.event === "counts" ? fields.done_mouse + fields.done_text + fields.done_key : 0;
    if (done && (!isLive || line.wallMs > overMs + UNDERWAY_MS)) return line;
    if (takesAway(fields, "control")) isLive = false;
    if (fields.event !== "grant" || fields.cap !== "control") continue;
    isLive = true;
    overMs = Infinity;
  }
  return null;
}

/** By how much two clocks may differ, and how long the chunk that an end cut short may have been. */
export const SLACK_MS = 2000;

/**
 * The first moment of an interval that no chunk holds; null if there is none.
 * @param {{ fromMs: number, toMs: number }} interval
 * @param {{ fromMs: number, toMs: number }[]} chunks  in order
 * @param {(fromMs: number, toMs: number) => boolean} [isExcused]  a time between chunks
 * @returns {number | null}
 */
export function uncovered({ fromMs, toMs }, chunks, isExcused = () => false) {
  const end = toMs - SLACK_MS;
  let at = fromMs + SLACK_MS;
  for (const chunk of chunks) {
    if (at >= end || chunk.fromMs >= end) break;
    if (chunk.toMs <= at) continue;
    if (chunk.fromMs > at && !isExcused(at, chunk.fromMs)) return at;
    at = chunk.toMs;
  }
  return at >= end || isExcused(at, end) ? null : at;
}

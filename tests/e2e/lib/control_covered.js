/**
 * control_covered: E8, from a session's journal alone: how long control was live outside of the recording's
 * chunks and of its pauses (docs/EVIDENCE.md 6.3, 11 `control`). The answer has to be 0 s.
 */

import assert from "node:assert/strict";

/** @typedef {{ event: string, wall_ms: number, data: any }} JournalLine */
/** @typedef {{ from: number, to: number }} Interval  ms, UTC */

/** Lines after which nobody can have acted, although the agent could not say so: the link or the evidence is gone. */
const LOSSES = new Set(["failed", "recover", "end"]);

/** @param {JournalLine} line */
const isLoss = (line) => LOSSES.has(line.event) || (["joined", "left"].includes(line.event) && line.data.who === "agent");

/** What a signed line does to control. @param {{ event: string, cap?: string }} line */
function takesControl({ event, cap }) {
  if (["pause", "paired", "end"].includes(event)) return true;
  return ["limit", "release", "suspend"].includes(event) && (cap === "control" || cap === "view");
}

/**
 * When control was live. A line of the agent takes it when it was stored; where the link or the session was
 * lost, it is not known when the agent stopped, only that the gateway let nothing pass any more: the end of the
 * last chunk.
 * @param {JournalLine[]} journal @returns {Interval[]}
 */
export function controlIntervals(journal) {
  const out = /** @type {Interval[]} */ ([]);
  let since = 0;
  let recorded = 0;
  /** @param {number} to */
  const close = (to) => {
    if (since) out.push({ from: since, to });
    since = 0;
  };
  for (const line of journal) {
    if (line.event === "chunk") recorded = line.data.to_ms;
    if (isLoss(line)) close(Math.max(since, recorded));
    if (line.event !== "consent") continue;
    const signed = JSON.parse(line.data.line);
    if (takesControl(signed)) close(line.wall_ms);
    if (signed.event === "grant" && signed.cap === "control") since = line.wall_ms;
  }
  close(recorded);
  return out;
}

/** When the recording ran, or was paused before both sides. @param {JournalLine[]} journal @returns {Interval[]} */
function coveredIntervals(journal) {
  const out = /** @type {Interval[]} */ ([]);
  let paused = 0;
  for (const line of journal) {
    if (line.event === "chunk") out.push({ from: line.data.from_ms, to: line.data.to_ms });
    if (line.event !== "consent") continue;
    const { event } = JSON.parse(line.data.line);
    if (event === "pause") paused = line.wall_ms;
    if ((event === "resume" || event === "end") && paused) {
      out.push({ from: paused, to: line.wall_ms });
      paused = 0;
    }
  }
  return out.sort((a, b) => a.from - b.from);
}

/** Milliseconds of `interval` that none of `covered` holds. @param {Interval} interval @param {Interval[]} covered */
function uncovered({ from, to }, covered) {
  let at = from;
  let missing = 0;
  for (const each of covered) {
    if (each.to <= at || at >= to) continue;
    if (each.from > at) missing += Math.min(each.from, to) - at;
    at = Math.max(at, each.to);
  }
  return missing + Math.max(0, to - at);
}

/**
 * @param {JournalLine[]} journal  all lines, parsed
 * @returns {{ controlMs: number, uncoveredMs: number, chunks: number }}
 */
export function controlCovered(journal) {
  const covered = coveredIntervals(journal);
  const intervals = controlIntervals(journal);
  return {
    controlMs: intervals.reduce((ms, { from, to }) => ms + to - from, 0),
    uncoveredMs: intervals.reduce((ms, interval) => ms + uncovered(interval, covered), 0),
    chunks: journal.filter((line) => line.event === "chunk").length,
  };
}

/** E8 of one session. @param {JournalLine[]} journal @param {{ wasLive?: boolean }} [options]  `wasLive`: control has to have been live */
export function assertCovered(journal, { wasLive = false } = {}) {
  const { controlMs, uncoveredMs, chunks } = controlCovered(journal);
  assert.equal(uncoveredMs, 0, `control was live outside of the recording for ${uncoveredMs} of ${controlMs} ms (${chunks} chunks)`);
  if (wasLive) assert.ok(controlMs > 0, "control was never live");
}

/** whole: a verifier must not accuse those who did nothing: no rule of continuity is broken by a real session. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Continuity } from "../../../web/reader/continuity.js";
import { actedWithout, intervalsOf, uncovered } from "../../../web/reader/control.js";
import { readJournal, readSigned } from "../../../web/reader/journal.js";
import { chunkName, readChunk } from "../../../web/reader/recording.js";

/** Holds the journal and the chunks of a session to EVIDENCE.md 11, `recording` and `control`. @param {string} path  journal.jsonl */
export async function assertWhole(path) {
  const journal = await readJournal(new Uint8Array(readFileSync(path)));
  const signed = await readSigned(journal);
  const continuity = new Continuity(journal.lines, signed);
  const count = journal.lines.filter(({ event }) => event === "chunk").length;
  const chunks = Array.from({ length: count }, (_, i) => readChunk(new Uint8Array(readFileSync(join(dirname(path), chunkName(i + 1))))));
  let seq = 0;
  let framedMs = 0;
  for (const [i, chunk] of chunks.entries()) {
    const before = chunks[i - 1];
    assert.ok(!before || chunk.fromMs === before.toMs || continuity.isExplained(before.toMs, chunk.fromMs), `time before chunk ${chunk.number}`);
    if (!chunk.frames.length) continue;
    const isWhole = chunk.frames.every((frame, k) => frame.seq === seq + 1 + k);
    assert.ok(isWhole || continuity.isBroken(framedMs, chunk.toMs), `counters of chunk ${chunk.number}`);
    seq = chunk.frames[chunk.frames.length - 1].seq;
    framedMs = chunk.fromMs;
  }
  assert.equal(continuity.firstLost(), null);
  assert.equal(actedWithout(journal.lines, signed), null);
  for (const interval of intervalsOf(journal.lines, signed, "control")) {
    assert.equal(uncovered(interval, chunks, (from, to) => interval.isLoss && continuity.isAccident(from, to)), null);
  }
}

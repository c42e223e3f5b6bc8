/**
 * bundle: E11, the copy of a session of half an hour: `GUICHET_BUILD=build/demo node tests/bench/bundle.js [CHUNKS]`
 * (Release build). CHUNKS (900) chunks of 2 s, made by the fixture; milliseconds until the zip is written, and until
 * each of the three verifiers has accepted it; the best of five.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readZip } from "../../web/reader/zip.js";
import { verifyBundle } from "../../web/reader/verify.js";
import { makeBundle, writeBundle } from "../evidence/fixture.js";

const CHUNKS = Number(process.argv[2] ?? 900);
const build = process.env.GUICHET_BUILD ?? "build/demo";
const dir = mkdtempSync(join(tmpdir(), "guichet-bundle-"));

/** @param {string} what @param {() => unknown} act */
async function best(what, act, rounds = 5) {
  let least = Infinity;
  for (let i = 0; i < rounds; i++) {
    const begun = performance.now();
    await act();
    least = Math.min(least, performance.now() - begun);
  }
  console.log(`${what.padEnd(22)} ${least.toFixed(0)} ms`);
}

try {
  const { files, contentKey } = makeBundle(join(dir, "keys"), { chunks: CHUNKS, withKey: true });
  const folder = join(dir, "folder");
  const zip = join(dir, "bundle.zip");
  writeBundle(folder, files);
  await best("bundle written", () => execFileSync(join(build, "bundle_make"), [folder, zip, contentKey]));
  console.log(`${"bundle".padEnd(22)} ${(statSync(zip).size / 1e6).toFixed(1)} MB, ${CHUNKS} chunks`);
  await best("guichet-verify", () => execFileSync(join(build, "guichet-verify"), [zip]));
  await best("lecteur's verifier", async () => {
    const { ok, first } = await verifyBundle(readZip(new Uint8Array(readFileSync(zip))));
    if (!ok) throw new Error(`refused: ${first}`);
  });
  await best("VERIFIER.sh", () => execFileSync("sh", [join(folder, "VERIFIER.sh")]), 1);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

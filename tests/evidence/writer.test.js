/**
 * The writer of the bundle (gateway/office/bundle.c) against the fixture, which is made from the format's text by other
 * means: of the same folder both make the same files, and the zip is accepted.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readZip } from "../../web/reader/zip.js";
import { makeBundle, writeBundle } from "./fixture.js";
import { build } from "./parents.js";

const kinds = [{}, { paused: true, withKey: true }, { erased: true }, { stamp: false }, { chunks: 0 }, { chunks: 60 }];

test("the writer makes of a folder what the format says, byte for byte", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "guichet-writer-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [i, options] of kinds.entries()) {
    const { files, contentKey } = makeBundle(join(dir, "keys"), { ...options, seed: `writer ${i}` });
    const [folder, zip, again] = ["folder", "zip", "again"].map((name) => join(dir, `${name}-${i}`));
    const key = files.has("content.key") ? [contentKey] : [];
    writeBundle(folder, files);
    execFileSync(join(build, "bundle_make"), [folder, zip, ...key]);
    execFileSync(join(build, "bundle_make"), [folder, again, ...key]);
    assert.deepEqual(readFileSync(zip), readFileSync(again));
    const made = readZip(readFileSync(zip));
    assert.deepEqual([...made.keys()], [...files.keys()].sort());
    for (const [name, bytes] of made) assert.deepEqual(Buffer.from(bytes), files.get(name), name);
    execFileSync(join(build, "guichet-verify"), ["--root", join(folder, "root.crt"), zip]);
    execFileSync("sh", ["-c", 'unzip -tqq "$0" || [ $? -eq 127 ]', zip]);
  }
});

/**
 * E5: every change of a bundle is found and named. A hundred thousand mutants, made and checked by one C program
 * (mutate.c) from bundles that fixture.js makes anew.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { makeParents } from "./parents.js";

test("E5: 100,000 mutants of a bundle, each found and named", (t) => {
  const parents = makeParents(t);
  const run = spawnSync(parents.mutate, [...parents.args, "--seed", process.env.E5_SEED ?? "2026"], { encoding: "utf8" });
  t.diagnostic(`\n${run.stdout}${run.stderr}`);
  assert.equal(run.status, 0);
  const [, found, missed] = /E5: \d+ mutants, (\d+) found and named, \d+ neutral, (\d+) missed/.exec(run.stdout) ?? [];
  assert.ok(Number(found) >= 100000, `${found} found`);
  assert.equal(missed, "0");
});

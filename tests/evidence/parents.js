/** parents: the bundles that mutants are made from, and the program that makes them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBundle, writeBundle } from "./fixture.js";

/** Where the programs were built: GUICHET_BUILD. */
export const build = process.env.GUICHET_BUILD ?? new URL("../../build/debug", import.meta.url).pathname;

/**
 * Two sessions of one bank and one of another, in a folder that goes with the test.
 * @param {import("node:test").TestContext} t
 */
export function makeParents(t) {
  const dir = mkdtempSync(join(tmpdir(), "guichet-mutants-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const [name, bank] of [["own", "bank"], ["other", "bank"], ["foreign", "foreign-bank"]]) {
    writeBundle(join(dir, name), makeBundle(join(dir, bank), { seed: name, withKey: true }).files);
  }
  const args = ["own", "other", "foreign"].flatMap((name) => [`--${name}`, join(dir, name)]);
  return { dir, args, mutate: join(build, "mutate") };
}

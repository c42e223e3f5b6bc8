/**
 * E6: the three verifiers agree. 500 of the mutants of E5, whole bundles of every kind, and the lies of lies.js are given to
 * guichet-verify, VERIFIER.sh and the page's verifyBundle(); as folders, and every fourth as a zip too (the script reads no
 * zip). A mutant that `files` refuses in guichet-verify is shown to the script in every second case only: it is the
 * slowest, and that item is the first.
 *
 * They must agree on yes or no, and on the item. Nothing is excused, but for what the page cannot know: which root the bank
 * publishes.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { verifyBundle } from "../../web/reader/verify.js";
import { readZip } from "../../web/reader/zip.js";
import { makeBundle, writeBundle } from "./fixture.js";
import { makeLies } from "./lies.js";
import { build, makeParents } from "./parents.js";
import { zipOf } from "./zip.js";

const SAMPLES = Number(process.env.E6_SAMPLES ?? 500);
const script = new URL("../../web/reader/VERIFIER.sh", import.meta.url).pathname;

/** Changes of what the bundle's reader has to compare himself: the page has nobody to ask what the bank publishes. */
const TRUSTED = /(root|tsa)\.crt/;

/** @typedef {{ status: number, item: string, said: string }} Verdict */

/** @param {string} file @param {string[]} args @returns {Promise<{ status: number, out: string }>} */
const run = (file, args) => new Promise((resolve) => {
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
  execFile(file, args, { encoding: "utf8", env }, (error, stdout, stderr) => {
    resolve({ status: error ? Number(error.code) : 0, out: stdout + stderr });
  });
});

/** @param {string} dir  or zip @param {string[]} trust @returns {Promise<Verdict>} */
async function byProgram(dir, trust) {
  const options = trust.length ? ["--root", trust[0], "--tsa", trust[1]] : [];
  const { status, out } = await run(join(build, "guichet-verify"), ["--json", ...options, dir]);
  if (status === 2) return { status, item: "unreadable", said: out };
  const result = JSON.parse(out);
  return { status, item: result.item, said: `${result.place}: ${result.what}` };
}

/** @param {string} dir @param {string[]} trust @returns {Promise<Verdict>} */
async function byScript(dir, trust) {
  const { status, out } = await run("sh", [script, dir, ...trust]);
  /* eslint-disable-next-line no-control-regex */
  assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  return { status, item: status === 2 ? "unreadable" : (/^FAUX +(\S+)/m.exec(out)?.[1] ?? ""), said: out.slice(-200) };
}

/** The files as the page takes them from a folder. @param {string} dir @returns {Map<string, Uint8Array>} */
function filesOf(dir) {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.filter(({ name }) => !LITTER.has(name)).map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dir.length + 1));
  return new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
}

const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** @param {Map<string, Uint8Array>} files @returns {Promise<Verdict>} */
async function byPage(files) {
  const { ok, first, items } = await verifyBundle(files);
  assert.notEqual(items.at(-1)?.why, "odd", items.at(-1)?.text);
  return { status: ok ? 0 : 1, item: first, said: items.at(-1)?.text ?? "" };
}

/** @param {Buffer} zip @returns {Promise<Verdict>} */
async function byPageZip(zip) {
  let files;
  try {
    files = readZip(zip);
  } catch (error) {
    return { status: 2, item: "unreadable", said: String(error) };
  }
  return byPage(files);
}

/** Runs a job for each of a list, a few at a time. @template T @param {T[]} list @param {(one: T) => Promise<void>} job */
async function each(list, job) {
  const rest = [...list];
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await job(one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** @param {Verdict} a @param {Verdict} b */
const agrees = (a, b) => a.status === b.status && a.item === b.item;

const told = (/** @type {string} */ who, /** @type {Verdict} */ { status, item, said }) => `${who}: ${status} ${item} (${said.trim()})`;

/**
 * What the verifiers say differently of a bundle; "" if nothing.
 * @param {string} dir @param {string[]} trust @param {{ isTrusted?: boolean, hasScript?: boolean, hasZip?: boolean }} options  isTrusted: what the
 *   reader must compare himself was changed, the page has nobody to ask
 */
async function difference(dir, trust, { isTrusted = false, hasScript = true, hasZip = false }) {
  const [program, page] = await Promise.all([byProgram(dir, trust), byPage(filesOf(dir))]);
  const alone = isTrusted || program.status === 1 ? await byProgram(dir, []) : program;
  const out = [];
  if (hasScript || program.item !== "files") {
    const shell = await byScript(dir, trust);
    if (!agrees(program, shell)) out.push(`${told("VERIFIER.sh", shell)}\n  ${told("guichet-verify", program)}`);
  }
  if (!isTrusted && !agrees(alone, page)) out.push(`${told("lecteur", page)}\n  ${told("guichet-verify", alone)}`);
  if (hasZip) {
    const zip = zipOf([...filesOf(dir)].sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(`${dir}.zip`, zip);
    const [again, pageZip] = [await byProgram(`${dir}.zip`, []), await byPageZip(zip)];
    if (!agrees(again, alone)) out.push(`${told("as a zip", again)}\n  ${told("as a folder", alone)}`);
    if (!agrees(again, pageZip)) out.push(`${told("lecteur", pageZip)}\n  ${told("as a zip", again)}`);
  }
  return out.join("\n  ");
}

test("E6: the three verifiers accept every kind of genuine bundle", async (t) => {
  const parents = makeParents(t);
  const kinds = /** @type {Parameters<typeof makeBundle>[1][]} */ ([{}, { paused: true, withKey: true }, { erased: true }, { stamp: false }, { tsaRsa: true }, { customer: false }, { chunks: 0 }, { chunks: 40 },
    { again: true }, { lost: "link", chunks: 18 }, { lost: "gateway", chunks: 18, withKey: true }]);
  await each([...kinds.entries()], async ([i, options]) => {
    const dir = join(parents.dir, `kind-${i}`);
    const { files } = makeBundle(join(parents.dir, options?.tsaRsa ? "rsa" : "bank"), { ...options, seed: `kind ${i}` });
    writeBundle(dir, files);
    const zip = zipOf([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(`${dir}.zip`, zip);
    for (const verdict of [await byProgram(dir, []), await byScript(dir, []), await byPage(filesOf(dir)), await byProgram(`${dir}.zip`, []), await byPageZip(zip)]) {
      assert.equal(verdict.status, 0, `${JSON.stringify(options)}: ${verdict.item} ${verdict.said}`);
    }
  });
});

test("E6: the three verifiers say the same of every lie, and what is due", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "guichet-lies-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const wrong = /** @type {string[]} */ ([]);
  const lies = makeLies(dir);
  await each([...lies.entries()], async ([i, lie]) => {
    const place = lie.dir ?? join(dir, `lie-${i}${lie.zip ? ".zip" : ""}`);
    if (lie.files) writeBundle(place, lie.files);
    if (lie.zip) writeFileSync(place, lie.zip);
    const verdicts = [["guichet-verify", await byProgram(place, [])]];
    if (!lie.zip) verdicts.push(["VERIFIER.sh", await byScript(place, [])]);
    if (lie.zip || !(lie.dir && lie.item === "unreadable")) verdicts.push(["lecteur", lie.zip ? await byPageZip(lie.zip) : await byPage(filesOf(place))]);
    for (const [who, verdict] of /** @type {[string, Verdict][]} */ (verdicts)) {
      if (verdict.item !== lie.item) wrong.push(`${lie.name}, expected ${lie.item || "accepted"}: ${told(who, verdict)}`);
    }
  });
  t.diagnostic(`${lies.length} lies`);
  assert.deepEqual(wrong, []);
});

test(`E6: the three verifiers agree on ${SAMPLES} mutants`, async (t) => {
  const parents = makeParents(t);
  const samples = join(parents.dir, "samples");
  execFileSync(parents.mutate, [...parents.args, "--write", samples, "--samples", String(SAMPLES)]);
  const list = readFileSync(join(samples, "list"), "utf8").trim().split("\n");
  const trust = ["root.crt", "tsa.crt"].map((name) => join(parents.dir, "own", name));
  const differences = /** @type {string[]} */ ([]);
  const refused = list.filter((line) => line.split(" ")[1] === "found").length;
  await each(list, async (line) => {
    const number = Number(line.slice(0, 5));
    const found = await difference(join(samples, line.slice(0, 5)), trust, { isTrusted: TRUSTED.test(line), hasScript: number % 2 === 0, hasZip: number % 4 === 0 });
    if (found) differences.push(`${line}\n  ${found}`);
  });
  t.diagnostic(`${list.length} bundles, ${refused} refused, ${differences.length} disagreements`);
  assert.deepEqual(differences, []);
  assert.ok(refused >= SAMPLES * 0.99);
});

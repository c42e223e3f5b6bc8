/**
 * web/reader/verify.js against bundles of tests/evidence/fixture.js: what is genuine is accepted, and what was forged
 * is refused under the name of the item that it breaks, even when the forger made SHA256SUMS anew.
 */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ITEMS, verifyBundle } from "../../web/reader/verify.js";
import { canonical, derOf, hex256, makeBundle, signCms, stamp, sumsOf } from "../evidence/fixture.js";
import { en } from "../../web/reader/en.js";
import { fr } from "../../web/reader/fr.js";

const dir = mkdtempSync(join(tmpdir(), "reader-"));
const keys = join(dir, "keys");
/** @type {ReturnType<typeof makeBundle>} */
let bundle;

before(() => (bundle = makeBundle(keys, { withKey: true })));
after(() => rmSync(dir, { recursive: true }));

/** @param {Map<string, Buffer>} files */
const plain = (files) => new Map([...files].map(([name, bytes]) => [name, new Uint8Array(bytes)]));

/** The state of each item, in one line. @param {Map<string, Buffer>} files @param {any} [options] */
async function states(files, options) {
  const { items } = await verifyBundle(plain(files), options);
  return items.map(({ item, state }) => `${item}:${state}`).join(" ");
}

const ALL = ITEMS.map((item) => `${item}:ok`).join(" ");

test("a genuine bundle holds in every item", async () => {
  const { ok, first, facts } = await verifyBundle(plain(bundle.files));
  assert.equal(await states(bundle.files), ALL);
  assert.ok(ok && first === "");
  assert.equal(facts.secrets.get("customer"), "Client-4711 – Jeanne Lefèvre");
  assert.equal(facts.sealedBy.name, "Notaire Guichet");
});

for (const [what, options, expected] of /** @type {[string, any, string][]} */ ([
  ["a sealed one", {}, ALL.replace("content:ok", "content:none")],
  ["one that waits for its time stamp", { withKey: true, stamp: false }, ALL.replace("time:ok", "time:waiting")],
  ["an erased one", { erased: true }, ALL.replace("private:ok", "private:none").replace("key:ok", "key:none").replace("content:ok", "content:none")],
  ["one with a pause", { withKey: true, paused: true }, ALL],
  ["one with two agreements on keys", { withKey: true, again: true }, ALL],
  ["one whose agent lost its link in control", { withKey: true, lost: "link", chunks: 18 }, ALL],
  ["one whose gateway was killed in control", { withKey: true, lost: "gateway", chunks: 18 }, ALL],
  ["one whose time-stamp authority has RSA keys", { withKey: true, tsaRsa: true }, ALL],
  ["one in which nothing was shown", { chunks: 0 }, ALL.replace("recording:ok", "recording:none").replace("control:ok", "control:none").replace("content:ok", "content:none")],
  ["a short one without control", { chunks: 3, withKey: true }, ALL.replace("control:ok", "control:none")],
])) {
  test(`accepted: ${what}`, async () => {
    const keyDir = options.tsaRsa ? join(dir, "rsa") : keys;
    assert.equal(await states(makeBundle(keyDir, options).files), expected);
  });
}

test("a sealed bundle opens with the key that an officer has, and with no other", async () => {
  const { files, contentKey } = makeBundle(keys);
  const right = new Uint8Array(Buffer.from(contentKey, "hex"));
  assert.equal(await states(files, { contentKey: right }), ALL);
  assert.match(await states(files, { contentKey: right.map((byte) => byte ^ 1) }), /content:broken$/);
});

/** Files that can be changed. @param {(files: Map<string, Buffer>) => void} change @param {boolean} [sums]  made anew */
function forged(change, sums = true) {
  const files = new Map([...bundle.files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  change(files);
  if (sums) files.set("SHA256SUMS", sumsOf(files));
  return files;
}

/** @param {Map<string, Buffer>} files @param {string} name */
const get = (files, name) => /** @type {Buffer} */ (files.get(name));

/** @param {Map<string, Buffer>} files @param {string} name @param {(text: string) => string} change */
function edit(files, name, change) {
  const before = get(files, name).toString();
  const text = change(before);
  assert.notEqual(text, before, "the test changes nothing");
  files.set(name, Buffer.from(text));
}

/** @param {Map<string, Buffer>} files @param {string} name @param {number} at  from the end if negative */
function flip(files, name, at) {
  const bytes = get(files, name);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
}

/** A journal whose lines were changed by one who chains and seals anew: a notary that lies. @param {Map<string, Buffer>} files @param {(lines: any[]) => any[]} change */
function rechain(files, change) {
  const lines = change(get(files, "journal.jsonl").toString().trim().split("\n").map((line) => JSON.parse(line)));
  let p = "0".repeat(64);
  const texts = lines.map((line, n) => {
    const text = canonical({ ...line, n, p });
    p = hex256(text);
    return `${text}\n`;
  });
  files.set("journal.jsonl", Buffer.from(texts.join("")));
}

/** @param {Map<string, Buffer>} files @param {any} change */
function reseal(files, change) {
  const seal = `${canonical({ ...JSON.parse(get(files, "seal.json").toString()), ...change })}\n`;
  files.set("seal.json", Buffer.from(seal));
  files.set("seal.p7s", signCms(keys, seal));
}

/** @type {[string, string, (files: Map<string, Buffer>) => void][]} item that must be named, what was done, how */
const FORGERIES = [
  ["files", "a needed file is gone", (files) => files.delete("VERIFIER.sh")],
  ["files", "a file too many", (files) => files.set("lisez.exe", Buffer.from("x"))],
  ["files", "a chunk with an odd name", (files) => files.set("chunks/13", Buffer.from("x"))],
  ["journal", "a letter of the journal", (files) => edit(files, "journal.jsonl", (text) => text.replace("Mise en place", "Mise en plaie"))],
  ["journal", "a line is gone", (files) => edit(files, "journal.jsonl", (text) => text.replace(/^.*"event":"asked".*\n/m, ""))],
  ["journal", "the tail is cut in mid-line", (files) => files.set("journal.jsonl", get(files, "journal.jsonl").subarray(0, -9))],
  ["journal", "two lines change places", (files) => edit(files, "journal.jsonl", (text) => text.replace(/^(.*\n)(.*\n)$/m, "$2$1"))],
  ["journal", "a space that changes no meaning", (files) => edit(files, "journal.jsonl", (text) => text.replace('"n":3,', '"n":3, '))],
  ["agent", "a refusal becomes a grant", (files) => rechain(files, (lines) => lines.map((line) => {
    if (!line.data.line?.includes('"event":"refuse"')) return line;
    return { ...line, data: { ...line.data, line: line.data.line.replace('"event":"refuse"', '"event":"limit"') } };
  }))],
  ["agent", "a signed line is gone", (files) => rechain(files, (lines) => lines.filter((line) => !line.data.line?.includes('"event":"limit"')))],
  ["agent", "another key of the agent", (files) => edit(files, "agent.pub", (text) => text.replace(/[A-Z](?=.*=)/, (c) => (c === "A" ? "B" : "A")))],
  ["agent", "a copy of a grant says something else", (files) => edit(files, "grants/0004.txt", (text) => text.replace("view", "point"))],
  ["agent", "a copy's signature", (files) => flip(files, "grants/0004.sig", -1)],
  ["agent", "a copy is gone", (files) => files.delete("grants/0004.sig")],
  ["agent", "a copy too many", (files) => files.set("grants/0099.txt", Buffer.from("{}"))],
  ["heads", "chunks that were counted in a head are gone", (files) => {
    rechain(files, (lines) => lines.map((line) => (line.event === "chunk" && line.data.n === 1 ? { ...line, event: "noted" } : line)));
  }],
  ["heads", "a seal by another key", (files) => {
    makeBundle(join(dir, "others"), { chunks: 0 });
    files.set("seal.p7s", signCms(join(dir, "others"), get(files, "seal.json")));
  }],
  ["terms", "a word of the terms", (files) => edit(files, "terms.txt", (text) => text.replace("gratuitement", "contre paiement"))],
  ["terms", "the terms are gone", (files) => files.delete("terms.txt")],
  ["private", "another customer", (files) => edit(files, "private.jsonl", (text) => text.replace("4711", "4712"))],
  ["private", "a value twice", (files) => edit(files, "private.jsonl", (text) => text + text)],
  ["private", "a value that nobody committed to", (files) => edit(files, "private.jsonl", (text) => text.replace('"name":"ip"', '"name":"iq"'))],
  ["recording", "a bit of the film", (files) => flip(files, "chunks/000003", -1)],
  ["recording", "a piece of the film is gone", (files) => files.delete("chunks/000003")],
  ["recording", "a piece too many", (files) => files.set("chunks/000013", get(files, "chunks/000012"))],
  ["recording", "two pieces change places", (files) => {
    const first = get(files, "chunks/000003");
    files.set("chunks/000003", get(files, "chunks/000004"));
    files.set("chunks/000004", first);
  }],
  ["key", "another wrapped key", (files) => flip(files, "key.wrapped", 7)],
  ["seal", "the seal counts otherwise", (files) => reseal(files, { journal_lines: 3 })],
  ["seal", "another reason", (files) => reseal(files, { reason: "advisor" })],
  ["seal", "another root of the recording", (files) => reseal(files, { recording: "0".repeat(64) })],
  ["seal", "of another session", (files) => reseal(files, { session: "0".repeat(32) })],
  ["signature", "the time in the seal", (files) => edit(files, "seal.json", (text) => text.replace(/"wall_ms":\d/, '"wall_ms":2'))],
  ["signature", "the build in the seal", (files) => edit(files, "seal.json", (text) => text.replace("guichet-notary 0.1.0", "guichet-notary 0.1.1"))],
  ["signature", "the last byte of the signature", (files) => flip(files, "seal.p7s", -1)],
  ["signature", "a signature that does not name its certificate", (files) => files.set("seal.p7s", signCms(keys, get(files, "seal.json"), "-nosmimecap"))],
  ["signature", "another root", (files) => files.set("root.crt", get(files, "tsa.crt"))],
  ["log", "a seal that was signed anew", (files) => reseal(files, { build: "guichet-notary 0.1.1" })],
  ["log", "a step of the way up", (files) => edit(files, "inclusion.txt", (text) => text.replace(/left ./, "left x"))],
  ["log", "another side", (files) => edit(files, "inclusion.txt", (text) => text.replace("left ", "right "))],
  ["log", "another root of the log", (files) => edit(files, "checkpoint.txt", (text) => text.replace(/\n[0-9a-f]{64}\n/, `\n${"0".repeat(64)}\n`))],
  ["log", "another time of the checkpoint", (files) => edit(files, "checkpoint.txt", (text) => text.replace(/\n1(\d+)\n$/, "\n2$1\n"))],
  ["log", "a checkpoint that another signed", (files) => {
    makeBundle(join(dir, "others"), { chunks: 0 });
    files.set("checkpoint.p7s", signCms(join(dir, "others"), get(files, "checkpoint.txt")));
  }],
  ["log", "the two entries change places", (files) => edit(files, "inclusion.txt", (text) => {
    const [head, ...entries] = text.split(/^(?=entry )/m);
    return head + entries.reverse().join("");
  })],
  ["time", "a stamp over something else", (files) => files.set("checkpoint.tsr", stamp(keys, "autre chose"))],
  ["time", "a stamp of another authority", (files) => files.set("tsa.crt", get(files, "root.crt"))],
  ["time", "the roots of the authority are gone", (files) => files.delete("tsa.crt")],
  ["time", "a refusal in place of a stamp", (files) => files.set("checkpoint.tsr", Buffer.from("30053003020102", "hex"))],
  ["after", "who looked at it", (files) => edit(files, "after.jsonl", (text) => text.replace("n.petit", "x.petit"))],
  ["after", "the first who looked at it", (files) => edit(files, "after.jsonl", (text) => text.slice(text.indexOf("\n") + 1))],
  ["content", "another key of the film", (files) => edit(files, "content.key", (text) => (text.startsWith("0") ? "1" : "0") + text.slice(1))],
  ["content", "no key at all", (files) => files.set("content.key", Buffer.from("clé"))],
];

for (const [item, what, change] of FORGERIES) {
  test(`refused at ${item}: ${what}`, async () => {
    const { ok, first, items } = await verifyBundle(plain(forged(change)));
    const last = items[items.length - 1];
    assert.equal(first, item, last.text);
    assert.ok(!ok && last.item === item && last.state === "broken");
    assert.notEqual(last.why, "odd", last.text);
    assert.ok(`broken_${last.why}` in fr && `broken_${last.why}` in en, last.why);
  });
}

for (const [lie, item, what] of /** @type {const} */ ([
  ["hole", "recording", "six seconds of control that nobody recorded"],
  ["cut", "recording", "all pictures of the time of control"],
  ["cut_one", "recording", "one picture"],
  ["cut_rest", "recording", "all pictures from the grant of control to the end"],
  ["left", "recording", "a minute of control in which the agent was said to be away"],
  ["regrant", "recording", "a second grant behind a minute that nobody recorded"],
  ["acted", "control", "acts after control was taken back"],
  ["bool", "journal", "a value that is no value of this format"],
  ["null", "journal", "nothing as a value"],
  ["negative", "journal", "a negative number"],
  ["fraction", "journal", "a fraction"],
  ["huge", "journal", "a number above 2^53"],
  ["deep", "journal", "too many levels"],
  ["space", "agent", "a space in a signed line"],
  ["nest", "agent", "too many levels in a signed line"],
  ["twice", "agent", "a name twice in a signed line"],
  ["bytes0", "recording", "a chunk without bytes"],
  ["pause", "control", "control that was granted in a pause"],
  ["gap", "recording", "six seconds left out without a reason"],
  ["counter", "recording", "frames that come twice"],
  ["prev", "agent", "a signed line that does not follow the one before"],
  ["head", "heads", "a receipt that the notary never signed"],
])) {
  test(`refused at ${item}, whoever signed it: ${what}`, async () => {
    const { first, items } = await verifyBundle(plain(makeBundle(keys, { lie, chunks: 18 }).files));
    assert.equal(first, item, items[items.length - 1].text);
  });
}

test("every item that can fail is forged above", () => {
  assert.deepEqual(ITEMS.filter((item) => !FORGERIES.some(([named]) => named === item)), ["control"]); /* that one by the lies */
});

test("a chunk's time that was left out is found, and where control was live it is the worst", async () => {
  const { intervalsOf, uncovered } = await import("../../web/reader/control.js");
  const { facts } = await verifyBundle(plain(bundle.files));
  const [interval] = intervalsOf(facts.journal.lines, facts.signed, "control");
  assert.equal(uncovered(interval, facts.chunks), null);
  const middle = facts.chunks.findIndex((chunk) => chunk.fromMs > interval.fromMs + 4000);
  assert.notEqual(uncovered(interval, facts.chunks.filter((_, i) => i !== middle)), null);
  assert.notEqual(uncovered(interval, []), null);
});

test("any byte of any file that is changed is refused, and the file is named", async () => {
  for (const name of bundle.files.keys()) {
    if (name === "SHA256SUMS" || name === "content.key") continue;
    const files = forged((each) => flip(each, name, get(each, name).length >> 1), false);
    const { first, items } = await verifyBundle(plain(files));
    assert.equal(first, "files");
    assert.equal(items[0].values.name, name);
  }
});

test("a byte changed anywhere in what proves is refused, whatever the sums say", async () => {
  let tried = 0;
  for (const name of bundle.files.keys()) {
    if (["SHA256SUMS", "LISEZMOI.txt", "VERIFIER.sh", "lecteur.html", "root.crt", "tsa.crt"].includes(name)) continue;
    const whole = get(bundle.files, name);
    /* nothing is chained to the last line of after.jsonl yet */
    const length = name === "after.jsonl" ? whole.lastIndexOf("\n", whole.length - 2) : whole.length;
    for (let i = 0; i < Math.min(length, 12); i++) {
      const at = Math.floor((i * length) / 12);
      const { ok, items } = await verifyBundle(plain(forged((files) => flip(files, name, at))));
      const isLoose = /\.(p7s|tsr)$/.test(name); /* versions and sets of algorithms that nothing is read from */
      assert.ok(!ok || isLoose, `${name} at ${at}`);
      assert.notEqual(items[items.length - 1].why, "odd", `${name} at ${at}: ${items[items.length - 1].text}`);
      tried++;
    }
  }
  assert.ok(tried > 300);
});

test("copies of signatures are compared to the byte", () => {
  assert.equal(derOf(Buffer.alloc(64, 0xff)).length, 2 + 2 * 35);
  assert.equal(derOf(Buffer.alloc(64)).length, 2 + 2 * 3);
});

/** A journal in short: what happened, at which second. @param {[number, string, any?][]} rows */
async function controlOf(rows) {
  const { intervalsOf } = await import("../../web/reader/control.js");
  const lines = rows.map(([at, event, data = {}], n) => ({ n, event, data, wallMs: at * 1000, bootMs: 0, text: "", hash: "" }));
  const signed = lines.filter(({ event }) => event === "consent").map((line) => ({ line, fields: line.data }));
  return intervalsOf(lines, signed, "control").map(({ fromMs, toMs }) => `${fromMs / 1000}-${toMs / 1000}`).join(" ");
}

const grant = { event: "grant", cap: "control" };

for (const [what, rows, expected] of /** @type {[string, [number, string, any?][], string][]} */ ([
  ["ends when the customer takes it back", [[1, "consent", grant], [5, "consent", { event: "limit", cap: "control" }], [9, "end"]], "1-5"],
  ["ends when the view ends", [[1, "consent", grant], [5, "consent", { event: "limit", cap: "view" }], [9, "end"]], "1-5"],
  ["outlives the end of pointing", [[1, "consent", grant], [5, "consent", { event: "limit", cap: "point" }], [7, "consent", { event: "end" }]], "1-7"],
  ["ends with a pause", [[1, "consent", grant], [5, "consent", { event: "pause" }], [9, "end"]], "1-5"],
  ["ends with a new agreement", [[1, "consent", grant], [5, "consent", { event: "paired" }], [9, "end"]], "1-5"],
  ["ends where the recording stopped when the agent was lost", [[1, "consent", grant], [4, "chunk", { to_ms: 4000 }], [9, "left", { who: "agent" }]], "1-4"],
  ["outlives the loss of the viewer until the agent says", [[1, "consent", grant], [3, "left", { who: "viewer" }], [5, "consent", { event: "suspend", cap: "control" }]], "1-5"],
  ["ends where the recording stopped when the gateway died", [[1, "consent", grant], [4, "chunk", { to_ms: 4000 }], [90, "recover"], [99, "end"]], "1-4"],
  ["without any end: where the recording stopped", [[1, "consent", grant], [4, "chunk", { to_ms: 4000 }]], "1-4"],
  ["twice", [[1, "consent", grant], [2, "consent", { event: "release", cap: "control" }], [5, "consent", grant], [6, "consent", { event: "end" }]], "1-2 5-6"],
])) {
  test(`control ${what}`, async () => assert.equal(await controlOf(rows), expected));
}

/**
 * True if frames that the agent says it sent are found missing. Rows: second, event, data; a number: a head with that counter.
 * @param {[number, string | number, any?][]} rows
 */
async function isLost(rows) {
  const { Continuity } = await import("../../web/reader/continuity.js");
  const say = (/** @type {number} */ sent) => ({ event: "head", sent, gateway: '{"wall_ms":0}' });
  const lines = rows.map(([at, event, data = {}], n) => ({
    n, event: typeof event === "number" ? "consent" : event, data: typeof event === "number" ? say(event) : data, wallMs: at * 1000, bootMs: 0, text: "", hash: "",
  }));
  const signed = lines.filter(({ event }) => event === "consent").map((line) => ({ line, fields: line.data, text: "", hash: "", sig: "" }));
  return new Continuity(lines, signed).firstLost() !== null;
}

const view = { event: "grant", cap: "view" };
const stored = (/** @type {number} */ last) => ({ last_seq: last, from_ms: 1e6, to_ms: 1e6 });
/** The view and control are live, ten frames are stored. @type {[number, string | number, any?][]} */
const live = [[1, "consent", view], [2, "consent", grant], [3, 4], [4, "chunk", stored(10)]];

for (const [what, expected, rows] of /** @type {[string, boolean, [number, string | number, any?][]][]} */ ([
  ["what was sent never comes", true, [[5, 20], [10, 20], [15, 20], [20, 20]]],
  ["it comes in time", false, [[5, 20], [10, 20], [12, "chunk", stored(20)], [15, 20], [30, 20]]],
  ["the link is slow, but goes on", false, [[5, 60], [10, 60], [12, "chunk", stored(20)], [15, 60], [20, 60], [21, "chunk", stored(40)], [25, 60], [29, "chunk", stored(60)], [40, 60]]],
  ["the link is said to be slow for ever", true, Array.from({ length: 40 }, (_, i) => /** @type {any} */ (i % 2 ? [5 + i * 5, "chunk", stored(11 + i)] : [5 + i * 5, 100 + i]))],
  ["the link stood still for 40 s", false, [[5, 20], [45, 20], [46, 20], [47, "chunk", stored(20)], [60, 20]]],
  ["the gateway says that a link was lost, in control", true, [[5, 20], [7, "left", { who: "agent" }], [8, "joined", { who: "agent" }], [10, 20], [15, 20], [20, 20]]],
  ["the agent says so", false, [[5, 20], [7, "consent", { event: "suspend", cap: "control", why: "lost" }], [10, 20], [15, 20], [20, 20]]],
  ["the view was taken", false, [[5, 20], [7, "consent", { event: "limit", cap: "view" }], [10, 20], [15, 20], [20, 20]]],
  ["the customer takes control back", true, [[5, 20], [7, "consent", { event: "limit", cap: "control" }], [10, 20], [15, 20], [20, 20]]],
  ["nothing is recorded in a pause", false, [[5, "consent", { event: "pause" }], [6, 30], [11, 40], [16, 50], [21, 60], [26, 70], [27, "consent", { event: "resume" }], [28, 80], [33, 80], [38, 80]]],
])) {
  test(`a picture ${expected ? "is" : "is not"} missed when ${what}`, async () => assert.equal(await isLost([...live, ...rows]), expected));
}

/** Forms that the reader of evidence takes apart: canonical JSON, DER, PEM, the log. web/reader. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Broken } from "../../web/reader/broken.js";
import { mustHave, readCanonical, readLines, writeCanonical } from "../../web/reader/canonical.js";
import { readDer, readPem } from "../../web/reader/der.js";
import { fold, mustInclude, readCheckpoint, readInclusions, sidesOf } from "../../web/reader/merkle.js";
import { Certificate, derSignature, rawSignature, readCertificates } from "../../web/reader/certificate.js";
import { Merkle, canonical, hex256 } from "../evidence/fixture.js";
import { makeKey, openssl } from "../evidence/keys.js";

/** A certificate that the openssl command makes. @param {...string} extensions */
function certificateWith(...extensions) {
  const dir = mkdtempSync(join(tmpdir(), "certificate-"));
  makeKey(dir, "one");
  openssl(dir, "req", "-x509", "-new", "-key", "one.key", "-sha256", "-subj", "/CN=Un", "-out", "one.crt", ...extensions.flatMap((each) => ["-addext", each]));
  const [certificate] = readCertificates(new Uint8Array(readFileSync(join(dir, "one.crt"))));
  rmSync(dir, { recursive: true });
  return certificate;
}

for (const [mayStamp, ...extensions] of /** @type {[boolean, ...string[]][]} */ ([
  [true, "keyUsage=critical,digitalSignature", "extendedKeyUsage=critical,timeStamping"],
  [true, "extendedKeyUsage=critical,timeStamping"],
  [true, "keyUsage=nonRepudiation", "extendedKeyUsage=critical,timeStamping"],
  [false, "keyUsage=critical,digitalSignature", "extendedKeyUsage=timeStamping"],
  [false, "keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=critical,timeStamping"],
  [false, "keyUsage=critical,digitalSignature,keyAgreement,decipherOnly", "extendedKeyUsage=critical,timeStamping"],
  [false, "keyUsage=critical,keyAgreement", "extendedKeyUsage=critical,timeStamping"],
  [false, "extendedKeyUsage=critical,timeStamping,emailProtection"],
  [false, "keyUsage=critical,digitalSignature"],
])) {
  test(`${mayStamp ? "may" : "may not"} stamp times: ${extensions.join(", ")}`, () => {
    const certificate = certificateWith(...extensions);
    assert.ok(certificate instanceof Certificate);
    assert.equal(certificate.mayStamp, mayStamp);
  });
}

const bytes = (/** @type {string | Buffer} */ text) => new Uint8Array(Buffer.from(text));

test("what is canonical comes back, byte for byte", () => {
  const value = { b: [1, "é"], a: { "\u{1f600}": [], "\uffee": 9007199254740992 }, c: "\u0000\b\t\n\f\r\"\\\u001f\u007f/" };
  const text = canonical(value);
  assert.equal(writeCanonical(readCanonical(text)), text);
});

for (const [what, text] of Object.entries({
  "a space": '{"a": 1}', "keys out of order": '{"b":1,"a":2}', "a key twice": '{"a":1,"a":1}', "a fraction": '{"a":1.5}', "an exponent": '{"a":1e3}',
  "a negative number": '{"a":-1}', "minus zero": '{"a":-0}', "a number past 2^53": '{"a":9007199254740993}', "null": '{"a":null}', "true": '{"a":true}', "nine levels": `{"a":${"[".repeat(8)}${"]".repeat(8)}}`, "a long line": `{"a":"${"é".repeat(65536)}"}`,
  "an escape that is not needed": '{"a":"\\u0041"}', "an escaped slash": '{"a":"\\/"}', "capitals in an escape": '{"a":"\\u001F"}',
  "half a surrogate": '{"a":"\\ud800"}', "a list": "[]", "nothing": "", "a line feed": '{"a":1}\n', "too deep": `{"a":${"[".repeat(9)}${"]".repeat(9)}}`,
})) {
  test(`not canonical: ${what}`, () => assert.throws(() => readCanonical(text), { why: "canonical" }));
}

test("keys are ordered by code points, not by halves of surrogates", () => {
  assert.deepEqual(readCanonical('{"\uffee":1,"\u{1f600}":2}'), { "\uffee": 1, "\u{1f600}": 2 });
  assert.throws(() => readCanonical('{"\u{1f600}":2,"\uffee":1}'));
});

test("lines end in a line feed, in UTF-8", () => {
  assert.deepEqual(readLines(bytes("a\nb\n")), ["a", "b"]);
  assert.deepEqual(readLines(bytes("")), []);
  assert.throws(() => readLines(bytes("a\nb")), { why: "cut" });
  assert.throws(() => readLines(Uint8Array.of(0xff, 10)), { why: "utf8" });
});

test("fields are those that were named", () => {
  mustHave({ a: "x", n: 1 }, "a:s n:i | o:o");
  mustHave({ a: "x", more: 2 }, "a:s *");
  assert.throws(() => mustHave({ a: "x", more: 2 }, "a:s"), { why: "field", values: { name: "more" } });
  assert.throws(() => mustHave({}, "a:s *"), { why: "field" });
  assert.throws(() => mustHave({ a: 1 }, "a:s"), { why: "field" });
  assert.throws(() => mustHave({ a: ["x", 1] }, "a:a"), { why: "field" });
});

test("DER is read, and nothing else", () => {
  const value = readDer(bytes(Buffer.from("30050201050500", "hex")), 0x30);
  assert.equal(value.children[0].number, 5);
  for (const bad of ["", "30", "3080", "308101", "30820001", "30050201", "0200", "1f0100", "3003020105ff"]) {
    assert.throws(() => readDer(bytes(Buffer.from(bad, "hex"))).number, Broken, bad);
  }
});

test("signatures of P-256 go to DER and back, short numbers too", () => {
  for (const start of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
    const raw = Uint8Array.from({ length: 64 }, (_, i) => (i % 32 === 0 ? start : i));
    assert.deepEqual(rawSignature(derSignature(raw), 32), raw);
  }
});

test("a PEM file needs a block", () => {
  assert.throws(() => readPem("rien"), { why: "pem" });
  assert.throws(() => readPem("-----BEGIN X-----\n!!!\n-----END X-----"), { why: "pem" });
  assert.deepEqual(readPem("-----BEGIN X-----\nAQI=\n-----END X-----")[0], { label: "X", bytes: Uint8Array.of(1, 2) });
});

/** @param {number} size */
function logOf(size) {
  const entries = Array.from({ length: size }, (_, n) => canonical({ event: "opened", hash: hex256(String(n)), n, session: "00", wall_ms: n }));
  const tree = new Merkle(entries);
  return { entries, tree, checkpoint: { size, root: tree.root().toString("hex") } };
}

/** @param {ReturnType<typeof logOf>} log @param {number} index */
function inclusionOf({ entries, tree }, index) {
  const one = [`entry ${entries[index]}`, `index ${index}`, ...tree.path(index)].join("\n");
  return readInclusions(bytes(`guichet-inclusion 1\n${one}\n${one}\n`))[0];
}

test("every entry of every small log is found in it, at its place only", async () => {
  for (let size = 1; size <= 17; size++) {
    const log = logOf(size);
    for (let index = 0; index < size; index++) {
      const inclusion = inclusionOf(log, index);
      const expected = { event: "opened", session: "00", hash: hex256(String(index)) };
      assert.equal(await fold(inclusion), log.checkpoint.root);
      assert.deepEqual(sidesOf(index, size), inclusion.steps.map(({ side }) => side));
      await mustInclude(inclusion, log.checkpoint, expected);
      await assert.rejects(mustInclude({ ...inclusion, index: index + 1 }, log.checkpoint, expected), { why: "place" });
      await assert.rejects(mustInclude(inclusion, log.checkpoint, { ...expected, hash: hex256("x") }), { why: "entry" });
      await assert.rejects(mustInclude(inclusion, { ...log.checkpoint, root: hex256("x") }, expected), { why: "root" });
    }
  }
});

test("checkpoints and inclusions have one form", () => {
  assert.deepEqual(readCheckpoint(bytes(`guichet-log 1\nbanque\n3\n${"0".repeat(64)}\n12\n`)), { name: "banque", size: 3, root: "0".repeat(64), wallMs: 12 });
  for (const bad of ["", "guichet-log 1\n", `guichet-log 2\nb\n3\n${"0".repeat(64)}\n12\n`, `guichet-log 1\nb\n03\n${"0".repeat(64)}\n12\n`, `guichet-log 1\nb\n3\n${"0".repeat(63)}\n12\n`]) {
    assert.throws(() => readCheckpoint(bytes(bad)), Broken);
  }
  for (const bad of ["", "guichet-inclusion 1\n", "guichet-inclusion 1\nentry {}\nindex 0\nentry {}\nindex 0\n", "guichet-inclusion 1\nleft 0\nindex 0\nentry {}\nindex 0\n"]) {
    assert.throws(() => readInclusions(bytes(bad)), Broken);
  }
});

/** web/reader/evidence_key.js: keys as openssl writes them, and what they open. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEncrypted, readEvidenceKey, unwrap } from "../../web/reader/evidence_key.js";
import { isContentKey, readContentKey } from "../../web/reader/recording.js";
import { makeBundle } from "../evidence/fixture.js";
import { openssl } from "../evidence/keys.js";

const dir = mkdtempSync(join(tmpdir(), "reader-keys-"));
const PASSPHRASE = "deux agents, deux copies";
/** @type {ReturnType<typeof makeBundle>} */
let bundle;

before(() => (bundle = makeBundle(dir, { chunks: 1 })));
after(() => rmSync(dir, { recursive: true }));

const pem = (/** @type {string} */ name) => readFileSync(join(dir, name), "utf8");
const wrapped = () => new Uint8Array(/** @type {Buffer} */ (bundle.files.get("key.wrapped")));
const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("hex");

test("a key under a passphrase opens what was wrapped", async () => {
  assert.ok(isEncrypted(pem("evidence.key")));
  const key = await readEvidenceKey(pem("evidence.key"), PASSPHRASE);
  assert.equal(hex(await unwrap(key, wrapped())), bundle.contentKey);
  assert.equal(key.extractable, false);
});

test("so does one in clear", async () => {
  assert.ok(!isEncrypted(pem("evidence.plain.key")));
  assert.equal(hex(await unwrap(await readEvidenceKey(pem("evidence.plain.key")), wrapped())), bundle.contentKey);
});

test("and one that `openssl genpkey -aes-256-cbc` wrote is read", async () => {
  openssl(dir, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-aes-256-cbc", "-pass", "pass:clé", "-out", "other.key");
  const key = await readEvidenceKey(pem("other.key"), "clé");
  await assert.rejects(unwrap(key, wrapped()), { why: "wrapped" });
});

test("a wrong passphrase is told as such", async () => {
  for (const wrong of ["", "deux agents", `${PASSPHRASE} `]) await assert.rejects(readEvidenceKey(pem("evidence.key"), wrong), { why: "passphrase" });
});

test("what is no such key is refused in words", async () => {
  await assert.rejects(readEvidenceKey("bonjour"), { why: "pem" });
  await assert.rejects(readEvidenceKey(pem("root.crt")), { why: "pem_key" });
  await assert.rejects(readEvidenceKey(pem("notary.key")), { why: "pem_key" });
  openssl(dir, "pkcs8", "-topk8", "-in", "evidence.plain.key", "-v1", "PBE-SHA1-3DES", "-passout", "pass:x", "-out", "old.key");
  await assert.rejects(readEvidenceKey(pem("old.key"), "x"), { why: "pem_cipher" });
});

test("a wrapped key that was damaged does not open", async () => {
  const key = await readEvidenceKey(pem("evidence.plain.key"));
  const damaged = wrapped();
  damaged[100] ^= 1;
  await assert.rejects(unwrap(key, damaged), { why: "wrapped" });
  await assert.rejects(unwrap(key, damaged.subarray(1)), { why: "wrapped" });
});

test("content.key has one form and proves itself", async () => {
  const key = readContentKey(`${bundle.contentKey}\n`);
  const opened = JSON.parse(String(bundle.files.get("grants/0000.txt")));
  assert.ok(await isContentKey(key, opened.key_check));
  assert.ok(!(await isContentKey(key.map((byte) => byte ^ 1), opened.key_check)));
  for (const bad of ["", bundle.contentKey.slice(1), `${bundle.contentKey}\n\n`, "G".repeat(64)]) assert.throws(() => readContentKey(bad), { why: "content_form" });
});

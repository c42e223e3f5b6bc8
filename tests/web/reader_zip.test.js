/** web/reader/zip.js: takes apart what a bundle may be, and nothing else. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { Broken } from "../../web/reader/broken.js";
import { crc32, readZip } from "../../web/reader/zip.js";
import { zipOf } from "../evidence/zip.js";

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
const files = /** @type {[string, Uint8Array][]} */ ([["a.txt", bytes("premier")], ["chunks/000001", bytes("")], ["é.txt", bytes("deuxième")]]);
const zip = new Uint8Array(zipOf(files));

/** @param {Uint8Array} damaged @returns {Map<string, Uint8Array> | null} null if it was refused */
function tryRead(damaged) {
  try {
    return readZip(damaged);
  } catch (error) {
    assert.ok(error instanceof Broken, String(error));
    return null;
  }
}

/** @param {Uint8Array} whole @param {(bytes: Uint8Array, view: DataView) => void} change */
function changed(whole, change) {
  const copy = whole.slice();
  change(copy, new DataView(copy.buffer));
  return copy;
}

/** Where the directory begins. @param {Uint8Array} whole */
const directoryOf = (whole) => new DataView(whole.buffer, whole.byteOffset).getUint32(whole.length - 6, true);

test("the checksum is that of everyone", () => assert.equal(crc32(bytes("123456789")), 0xcbf43926));

test("files come out as they went in", () => assert.deepEqual([...readZip(zip)], files));

test("a zip that was cut anywhere is refused", () => {
  for (let length = 0; length < zip.length; length++) assert.equal(tryRead(zip.slice(0, length)), null, String(length));
});

test("whatever byte of its own is changed, no content comes out under another name", () => {
  let refused = 0;
  for (let i = 0; i < zip.length; i++) {
    const read = tryRead(changed(zip, (copy) => (copy[i] ^= 0x41)));
    if (!read) refused++;
    else for (const [name, content] of read) assert.equal(content.length, files.find(([each]) => each === name)?.[1].length, String(i));
  }
  assert.ok(refused > zip.length / 3, String(refused));
});

test("bytes between the files are refused", () => {
  const second = zipOf(files.slice(0, 1));
  const at = directoryOf(second);
  const gap = Buffer.concat([second.subarray(0, at), Buffer.of(0), second.subarray(at)]);
  gap.writeUInt32LE(at + 1, gap.length - 6);
  assert.equal(tryRead(new Uint8Array(gap)), null);
});

test("bytes behind the end are refused", () => assert.equal(tryRead(new Uint8Array([...zip, 0])), null));

test("a compressed file is told from a damaged one", () => {
  const text = bytes("x".repeat(100));
  const packed = changed(new Uint8Array(zipOf([["a", deflateRawSync(text)]])), (_, view) => view.setUint16(directoryOf(zipOf([["a", deflateRawSync(text)]])) + 10, 8, true));
  assert.throws(() => readZip(packed), { why: "zip_packed" });
});

test("a name may not stand twice", () => {
  assert.throws(() => readZip(new Uint8Array(zipOf([["a", bytes("1")], ["a", bytes("2")]]))), { why: "zip_twice" });
});

test("two files may not share their bytes", () => {
  const two = new Uint8Array(zipOf([["a", bytes("1")], ["a", bytes("1")]]));
  const shared = changed(two, (copy, view) => {
    const second = directoryOf(two) + 47;
    copy[second + 46] = "b".charCodeAt(0);
    view.setUint32(second + 42, 0, true);
    view.setUint32(second + 42, 0, true);
  });
  assert.equal(tryRead(shared), null);
});

/** The customer's version of a bundle: one file more, and nothing else changed. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { NotABundle, addToZip, contentKeyText } from "../../web/office/customer_bundle.js";
import { crc32, readZip } from "../../web/reader/zip.js";

/** A zip of stored files, as gateway/office/bundle_zip.c writes it. @param {[string, string][]} files */
function makeZip(files) {
  const parts = [];
  const central = [];
  let at = 0;
  for (const [name, text] of files) {
    const bytes = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const end = Buffer.alloc(14);
    end.writeUInt16LE(0o100644, 8);
    end.writeUInt32LE(at, 10);
    const entry = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, Buffer.from(name), bytes]);
    parts.push(entry);
    central.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), common, end, Buffer.from(name)]));
    at += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

const FILES = /** @type {[string, string][]} */ ([["SHA256SUMS", "s"], ["chunks/000001", "c".repeat(1000)], ["grants/0000.txt", "g"], ["tsa.crt", "t"]]);
const KEY = /** @type {[string, string]} */ (["content.key", contentKeyText(new Uint8Array(32).fill(0xab))]);

/** @param {Blob} blob */
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());

test("the same bytes as a bundle that was made with the key", async () => {
  assert.match(KEY[1], /^(ab){32}\n$/);
  for (const others of [FILES, [], FILES.slice(0, 2), FILES.slice(2)]) {
    const wanted = makeZip([...others, KEY].sort(([a], [b]) => (a < b ? -1 : 1)));
    const made = await bytesOf(await addToZip(new Blob([makeZip(others)]), ...KEY));
    assert.deepEqual(made, wanted);
    assert.equal(Buffer.from(readZip(new Uint8Array(made)).get("content.key") ?? []).toString(), KEY[1]);
  }
});

test("what is no bundle, or has a key already, is refused", async () => {
  const zip = makeZip([...FILES, KEY].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(21), Buffer.alloc(22), zip, makeZip(FILES).subarray(1), Buffer.concat([makeZip(FILES), Buffer.alloc(1)])]) {
    await assert.rejects(addToZip(new Blob([/** @type {any} */ (bytes)]), ...KEY), NotABundle);
  }
});

/** Files on the advisor's side (docs/PROTOCOL.md section 10): what is sent, what is taken, what is shown of it. */
import assert from "node:assert/strict";
import { File } from "node:buffer";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { Files } from "../../web/viewer/files.js";

/** The session, as files see it. */
class Channel extends EventTarget {
  sent = /** @type {[number, any][]} */ ([]);
  buffered = 0;

  /** @param {number} kind @param {object | Uint8Array} content */
  sendFile(kind, content) {
    this.sent.push([kind, content]);
  }

  /** @param {string} name @param {unknown} [detail] */
  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {number} kind */
  of(kind) {
    return this.sent.filter(([each]) => each === kind).map(([, content]) => content);
  }
}

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** @param {Uint8Array} frame */
const numbers = (frame) => [new DataView(frame.buffer, frame.byteOffset).getUint32(0), new DataView(frame.buffer, frame.byteOffset).getUint32(4)];
const state = (/** @type {number} */ file, /** @type {string} */ word, why = "", at = 0) => ({ file, state: word, why, at, size: 0 });
/** @param {number} file @param {number} at @param {Uint8Array} bytes */
function data(file, at, bytes) {
  const frame = new Uint8Array(8 + bytes.length);
  new DataView(frame.buffer).setUint32(0, file);
  new DataView(frame.buffer).setUint32(4, at);
  frame.set(bytes, 8);
  return frame;
}
/** Until digests are computed. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

async function offered(size = 20000) {
  const channel = new Channel();
  const files = new Files(/** @type {any} */ (channel));
  const bytes = new Uint8Array(size).map((_, i) => i);
  await files.offer(/** @type {any} */ (new File([bytes], "devis.pdf")));
  return { channel, files, bytes, t: [...files.transfers.values()][0] };
}

test("a file is offered with name, size and hash, and goes only as far as the gateway says", async () => {
  const { channel, bytes, t } = await offered();
  assert.deepEqual(channel.of(Kind.FILE_OFFER), [{ file: 1, name: "devis.pdf", sha256: sha256(bytes), size: 20000 }]);
  assert.deepEqual(channel.of(Kind.FILE_PUT), []);
  channel.say("file-go", [1, 0, 10000]);
  assert.deepEqual(channel.of(Kind.FILE_PUT).map((put) => [...numbers(put), put.length - 8]), [[1, 0, 8184], [1, 8184, 1816]]);
  channel.say("file-go", [1, 10000, 20000]);
  assert.deepEqual(Buffer.concat(channel.of(Kind.FILE_PUT).map((put) => put.subarray(8))), Buffer.from(bytes));
  channel.say("file-state", state(1, "done"));
  assert.equal(t.state, "done");
  assert.equal(t.bytes, null, "it is not kept");
});

test("while much waits for the network nothing more is put there", async () => {
  const { channel } = await offered();
  channel.buffered = 1 << 20;
  channel.say("file-go", [1, 0, 20000]);
  assert.equal(channel.of(Kind.FILE_PUT).length, 0);
  channel.buffered = 0;
  await settled();
  assert.equal(channel.of(Kind.FILE_PUT).length, 3);
});

test("after a loss it goes on from what the gateway has", async () => {
  const { channel } = await offered();
  channel.say("file-go", [1, 0, 20000]);
  channel.say("lost");
  channel.sent.length = 0;
  channel.say("file-go", [1, 8184, 20000]);
  assert.deepEqual(channel.of(Kind.FILE_PUT).map((put) => numbers(put)[1]), [8184, 16368]);
});

/** @param {Uint8Array} bytes @param {string} [hash] */
function asked(bytes, hash = sha256(bytes)) {
  const channel = new Channel();
  const files = new Files(/** @type {any} */ (channel));
  files.ask();
  channel.say("line", { event: "file_accept", file: 1, way: "up", name: "relevé.pdf", size: bytes.length, sha256: hash });
  channel.say("file-state", state(1, "moving"));
  return { channel, t: [...files.transfers.values()][0] };
}

test("a file that was asked for is handed out only when it is whole and what was signed", async () => {
  const bytes = new Uint8Array(100).fill(7);
  const { channel, t } = asked(bytes);
  assert.deepEqual(channel.of(Kind.FILE_TAKEN).map(numbers), [[1, 0]]);
  channel.say("file-data", data(1, 0, bytes.subarray(0, 60)));
  channel.say("file-data", data(1, 0, bytes.subarray(0, 60))); /* twice */
  channel.say("file-data", data(1, 60, new Uint8Array(41))); /* too much */
  assert.equal(t.have, 60);
  channel.say("file-data", data(1, 60, bytes.subarray(60)));
  await settled();
  assert.equal(t.state, "done");
  assert.equal(t.blob?.size, 100);
  assert.equal(t.blob?.type, "application/octet-stream");
  assert.deepEqual(numbers(channel.of(Kind.FILE_TAKEN).at(-1)), [1, 100]);
});

test("another content than was signed is stopped and not handed out", async () => {
  const bytes = new Uint8Array(10);
  const { channel, t } = asked(bytes, "0".repeat(64));
  channel.say("file-data", data(1, 0, bytes));
  await settled();
  assert.equal(t.blob, null);
  assert.deepEqual([t.state, t.why], ["failed", "hash"]);
  assert.deepEqual(channel.of(Kind.FILE_STOP), [{ file: 1 }]);
});

test("a page that was loaded anew takes a file from its beginning, and stops one whose bytes it has not", () => {
  const channel = new Channel();
  const files = new Files(/** @type {any} */ (channel));
  channel.say("file-state", state(4, "moving"));
  assert.deepEqual(channel.of(Kind.FILE_TAKEN), [], "its name is not known yet");
  channel.say("line", { event: "file_accept", file: 4, way: "up", name: "a.pdf", size: 9, sha256: "00" });
  assert.deepEqual(channel.of(Kind.FILE_TAKEN).map(numbers), [[4, 0]]);
  channel.say("file-go", [3, 0, 10]);
  assert.deepEqual(channel.of(Kind.FILE_STOP), [{ file: 3 }]);
  files.ask();
  assert.equal(channel.of(Kind.FILE_ASK)[0].file, 5, "numbers grow");
});

test("what the customer or the gateway refused is told by its word", async () => {
  const { channel, files } = await offered();
  channel.say("line", { event: "file_refuse", file: 1, way: "down", why: "click" });
  await files.offer(/** @type {any} */ (new File(["x"], "a.exe")));
  channel.say("file-state", state(2, "refused", "type"));
  await files.offer(/** @type {any} */ (new File([], "leer.pdf")));
  assert.deepEqual([...files.transfers.values()].map((t) => [t.state, t.why]), [["refused", "click"], ["failed", "type"], ["failed", "size"]]);
  assert.equal(channel.of(Kind.FILE_OFFER).length, 2);
});

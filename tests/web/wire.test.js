/** Frames of docs/PROTOCOL.md section 2, as the browser reads and writes them. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Kind, PAYLOAD_MAX, ProtocolError, jsonFrame, plainFrame, readFrame, readJson, rowOf } from "../../web/shared/wire.js";
import { KEYS } from "../../web/viewer/hands.js";
import { arrayBuffer, frame, header } from "./lib/agent_side.js";

/** @param {string} name */
const definitions = (name) => readFileSync(new URL(`../../include/guichet/${name}.def`, import.meta.url), "utf8");

test("a frame comes out as it was written", () => {
  const read = readFrame(arrayBuffer(plainFrame(Kind.PING, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 7)));
  assert.equal(read.kind, Kind.PING);
  assert.equal(read.grant, 7);
  assert.equal(read.sealed, false);
  assert.deepEqual([...read.payload], [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("the bytes are those of the second implementation", () => {
  assert.deepEqual(Buffer.from(plainFrame(Kind.VISIBILITY, Uint8Array.of(1), 3)), frame(0x45, Buffer.of(1), 3));
  assert.deepEqual(Buffer.from(jsonFrame(Kind.ASK, { ask: 1, cap: "view" })), frame(0x30, Buffer.from('{"ask":1,"cap":"view"}')));
});

/** @type {[string, Buffer][]} */
const refused = [
  ["an empty message", Buffer.alloc(0)],
  ["a short header", frame(0x71, Buffer.alloc(8)).subarray(0, 15)],
  ["a payload cut short", frame(0x71, Buffer.alloc(8)).subarray(0, 20)],
  ["a byte too many", Buffer.concat([frame(0x71, Buffer.alloc(8)), Buffer.of(0)])],
  ["two frames in one message", Buffer.concat([frame(0x71, Buffer.alloc(8)), frame(0x71, Buffer.alloc(8))])],
  ["another version", Buffer.concat([Buffer.of(2), frame(0x71, Buffer.alloc(8)).subarray(1)])],
  ["an unknown kind", frame(0x7f, Buffer.alloc(8))],
  ["an unknown flag", Buffer.concat([header(0x71, 8, { flags: 2 }), Buffer.alloc(8)])],
  ["a payload longer than the most", frame(0x40, Buffer.alloc(PAYLOAD_MAX + 1))],
  ["a length that lies", Buffer.concat([header(0x71, 0xffffffff), Buffer.alloc(8)])],
];
for (const [name, bytes] of refused) {
  test(`${name} is no frame`, () => {
    assert.throws(() => readFrame(arrayBuffer(bytes)), ProtocolError);
  });
}

test("the longest payload is a frame", () => {
  const bytes = Buffer.concat([header(0x40, PAYLOAD_MAX, { flags: 1, seq: 1 }), Buffer.alloc(PAYLOAD_MAX)]);
  assert.equal(readFrame(arrayBuffer(bytes)).payload.length, PAYLOAD_MAX);
});

test("lengths and seals are those of messages.def, and one byte more or less is no frame", () => {
  const rows = [...definitions("messages").matchAll(/^MESSAGE\((0x\w+),\s*\w+,\s*\w+,\s*(\w+),\s*(\d+),\s*(\w+),/gm)];
  for (const [, id, form, min, max] of rows) {
    const row = rowOf(Number(id));
    if (!row) continue;
    const most = max === "WIRE_PAYLOAD_MAX" ? PAYLOAD_MAX : Number(max);
    assert.deepEqual(row, [Number(min), most, form === "SEALED"], id);
    const flags = form === "SEALED" ? 1 : 0;
    for (const length of [row[0] - 1, row[1] + 1].filter((n) => n >= 0)) {
      const bytes = Buffer.concat([header(Number(id), length, { flags }), Buffer.alloc(length)]);
      assert.throws(() => readFrame(arrayBuffer(bytes)), ProtocolError, `${id} ${length}`);
    }
    const other = Buffer.concat([header(Number(id), row[0], { flags: 1 - flags }), Buffer.alloc(row[0])]);
    assert.throws(() => readFrame(arrayBuffer(other)), ProtocolError, `${id} seal`);
  }
  for (const id of Object.values(Kind)) assert.ok(rowOf(id));
});

/** @type {[string, string][]} */
const notRead = [
  ["no JSON", "{"],
  ["bytes after the object", '{"a":1} x'],
  ["a list", "[1]"],
  ["null", "null"],
  ["an unknown field", '{"a":1,"b":2}'],
  ["a missing field", "{}"],
  ["another type", '{"a":"1"}'],
  ["a field twice", '{"a":1,"a":2}'],
  ["a field twice in two spellings", '{"a":1,"\\u0061":2}'],
  ["too many levels", '{"a":[[[[1]]]]}'],
  ["a field of the prototype", '{"__proto__":1}'],
  ["a broken number", '{"a":1.5}'],
  ["a number that cannot be exact", '{"a":9007199254740993}'],
];
for (const [name, text] of notRead) {
  test(`JSON with ${name} is refused`, () => {
    assert.throws(() => readJson(Buffer.from(text), { a: "number" }), ProtocolError);
  });
}

test("JSON that is not UTF-8 is refused", () => {
  assert.throws(() => readJson(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}), ProtocolError);
});

test("every kind has the number of messages.def", () => {
  const numbers = new Map([...definitions("messages").matchAll(/^MESSAGE\((0x\w+),\s*(\w+),/gm)].map(([, id, name]) => [name, Number(id)]));
  assert.ok(numbers.size > 30);
  for (const [name, id] of Object.entries(Kind)) assert.equal(id, numbers.get(name), name);
});

test("every key has the number of keys.def", () => {
  const rows = [...definitions("keys").matchAll(/^KEY\((0x\w+),\s*\w+,\s*"([^"]+)"/gm)].filter(([, , key]) => key !== " ");
  assert.ok(rows.length > 25);
  assert.deepEqual(KEYS, Object.fromEntries(rows.map(([, id, key]) => [key, Number(id)])));
});

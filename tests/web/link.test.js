/** The link to the gateway over a fake socket: order, errors, returns after a loss (docs/PROTOCOL.md section 3). */
import { mock, test } from "node:test";
import assert from "node:assert/strict";
import { Kind } from "../../web/shared/wire.js";
import { Link } from "../../web/viewer/link.js";
import { arrayBuffer, frame } from "./lib/agent_side.js";
import { FakeClock } from "./lib/fake_clock.js";
import { FakeSocket } from "./lib/fake_socket.js";

/** Lets the queue of the link run empty. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** @param {(frame: any) => Promise<void>} [handle] */
function begin(handle = async () => {}) {
  const sockets = /** @type {FakeSocket[]} */ ([]);
  const told = /** @type {string[]} */ ([]);
  const link = new Link(() => {
    sockets.push(new FakeSocket());
    return /** @type {any} */ (sockets[sockets.length - 1]);
  }, handle);
  for (const name of ["open", "lost", "closed"]) {
    link.addEventListener(name, (event) => told.push([name, /** @type {any} */ (event).detail?.reason].filter(Boolean).join(" ")));
  }
  link.open();
  return { link, sockets, told };
}

const pong = arrayBuffer(frame(Kind.PONG, Buffer.alloc(8)));

test("frames are handled one after the other, however long each takes", async () => {
  const seen = /** @type {number[]} */ ([]);
  const { sockets } = begin(async ({ payload }) => {
    for (let i = payload[0]; i < 4; i++) await Promise.resolve();
    seen.push(payload[0]);
  });
  sockets[0].open();
  for (const n of [0, 1, 2, 3]) sockets[0].receive(arrayBuffer(frame(Kind.PONG, Buffer.alloc(8, n))));
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(seen, [0, 1, 2, 3]);
});

/** @type {[string, unknown][]} */
const broken = [
  ["a text message", "bonjour"],
  ["a short frame", new ArrayBuffer(3)],
  ["an unknown kind", arrayBuffer(frame(0x7f))],
];
for (const [name, data] of broken) {
  test(`${name} closes the link once, for good`, async () => {
    mock.method(console, "error", () => {});
    const { sockets, told } = begin();
    sockets[0].open();
    sockets[0].receive(data);
    sockets[0].receive(data);
    await settle();
    assert.deepEqual(told, ["open", "closed protocol"]);
    assert.equal(sockets[0].closed, 1);
    mock.restoreAll();
  });
}

test("nothing is handled after a frame that broke the protocol", async () => {
  mock.method(console, "error", () => {});
  const seen = /** @type {number[]} */ ([]);
  const { sockets } = begin(async ({ kind }) => void seen.push(kind));
  sockets[0].open();
  sockets[0].receive("x");
  sockets[0].receive(pong);
  await settle();
  assert.deepEqual(seen, []);
  mock.restoreAll();
});

test("a lost link comes back sooner at first, then every 3 s, and gives up after 60 s", async () => {
  const clock = new FakeClock();
  const { sockets, told } = begin();
  sockets[0].open();
  const waits = [];
  const start = Date.now();
  while (!told.includes("closed lost") && waits.length < 100) {
    const count = sockets.length;
    sockets[count - 1].drop(1006);
    await settle();
    const from = Date.now();
    while (sockets.length === count && !told.includes("closed lost")) clock.tick(50);
    waits.push(Date.now() - from);
  }
  assert.deepEqual(waits.slice(0, 6), [250, 500, 1000, 2000, 3000, 3000]);
  assert.ok(Date.now() - start >= 60000 && Date.now() - start <= 64000);
  clock.stop();
});

test("a link that came back starts its patience anew", async () => {
  const clock = new FakeClock();
  const { sockets, told } = begin();
  sockets[0].open();
  for (let i = 0; i < 3; i++) {
    sockets[i].drop(1006);
    await settle();
    clock.tick(250);
    sockets[i + 1].open();
  }
  assert.deepEqual(told, ["open", "lost", "open", "lost", "open", "lost", "open"]);
  clock.stop();
});

test("what the gateway ended does not come back", async () => {
  for (const word of ["ended", "busy", "malformed"]) {
    const { sockets, told } = begin();
    sockets[0].open();
    sockets[0].drop(4000, word);
    await settle();
    assert.deepEqual(told, ["open", `closed ${word}`]);
    assert.equal(sockets.length, 1);
  }
});

test("nothing is sent, nor kept for later, while there is no link", () => {
  const { link, sockets } = begin();
  link.send(new Uint8Array(16));
  sockets[0].open();
  assert.deepEqual(sockets[0].sent, []);
  link.send(new Uint8Array(16));
  assert.equal(sockets[0].sent.length, 1);
});

test("a closed link neither opens nor tells again", async () => {
  const { link, sockets, told } = begin();
  sockets[0].open();
  link.close("left");
  link.close("left");
  sockets[0].drop(1006);
  await settle();
  assert.deepEqual(told, ["open", "closed left"]);
  assert.equal(sockets.length, 1);
});

/**
 * S16: without a click of the customer's, nothing that a viewer or a gateway sends has an effect, and all of it
 * is counted. An X server's own record of events is the witness.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { Kind, jsonFrame, plainFrame } from "../../web/shared/wire.js";
import { refusable } from "./lib/acts.js";
import { PROMPTS } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { forge } from "./lib/program.js";
import { begin } from "./lib/robot.js";
import { RogueGateway } from "./lib/rogue.js";
import { watch } from "./lib/watch.js";
import { world } from "./lib/world.js";

const FLOOD_MS = 10000;
const BURST = 20;
const { stack, desk } = world(0);

/** @param {Record<string, number>} seen  what xrecord_watch counted */
function assertUntouched(seen) {
  const { key, button, motion, held_keys, held_buttons } = seen;
  assert.deepEqual({ key, button, motion, held_keys, held_buttons }, { key: 0, button: 0, motion: 0, held_keys: 0, held_buttons: 0 });
}

/** @param {any[]} lines  what the agent signed */
function assertNothingDone(lines) {
  const counts = lines.filter((line) => line.event === "counts");
  for (const name of ["done_mouse", "done_text", "done_key", "done_point", "local"]) {
    assert.equal(counts.reduce((n, line) => n + line[name], 0), 0, name);
  }
}

/** What is legal without a grant and has no effect either. */
const harmless = () => [
  plainFrame(Kind.PING, new Uint8Array(8)), jsonFrame(Kind.GIVE_BACK, { cap: "control" }), jsonFrame(Kind.ASK_CANCEL, { ask: 77 }),
];

test("a patched viewer that sends every message at full speed for 10 s without a grant has no effect", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  await sleep(300);
  const finish = await watch(desk);
  let sent = 0;
  viewer.session.ask("view"); /* a prompt hangs over all of it, unanswered */
  await desk.waitWindow(PROMPTS.view);
  for (let stop = Date.now() + FLOOD_MS, round = 0; Date.now() < stop;) {
    for (let i = 0; i < BURST; i++, round++) {
      const frames = await refusable(viewer.sealer, round);
      for (const frame of frames) viewer.send(frame);
      sent += frames.length;
    }
    for (const frame of harmless()) viewer.send(frame);
    await until("the socket keeps up", () => viewer.socket.bufferedAmount < 1 << 20);
    await sleep(0); /* lets the socket breathe */
  }
  const refused = () => stack.journal(session).filter((line) => line.event === "refused");
  const total = () => refused().reduce((n, line) => n + line.data.viewer, 0);
  await until("all of it is counted", () => total() >= sent, 10000).catch(() => {});
  assert.equal(total(), sent, "refused frames in the journal");
  assert.equal(refused().reduce((n, line) => n + line.data.agent, 0), 0);
  assert.ok(sent > 20000, `only ${sent} frames in ${FLOOD_MS} ms`);
  assert.ok(viewer.session.isLive && viewer.opened === 1, "the link holds");
  assertUntouched(await finish());
  assertNothingDone(stack.consent(session));
  assert.ok(stack.consent(session).every((line) => ["open", "paired", "ask", "counts", "head"].includes(line.event)));
  assert.equal(viewer.count(Kind.PICTURE) + viewer.count(Kind.CURSOR) + viewer.count(Kind.SCREENS), 0, "nothing seen");
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await end(agent);
});

test("a patched gateway that pairs by itself and floods the agent for 10 s has no effect", async () => {
  const port = stack.port + 3;
  const rogue = new RogueGateway(stack, port);
  const agent = desk.launch(forge(stack, { nativePort: port, url: `https://localhost:${port + 5}/` }), [], `${stack.dir}/rogue.log`);
  await rogue.live();
  await sleep(300);
  const finish = await watch(desk);
  let sent = 0;
  rogue.send(jsonFrame(Kind.ASK, { ask: 1, cap: "view" }));
  await desk.waitWindow(PROMPTS.view);
  const sealer = rogue.sealer;
  assert.ok(sealer);
  for (let stop = Date.now() + FLOOD_MS, round = 0; Date.now() < stop; round++) {
    const frames = await refusable(sealer, round);
    sent += frames.length;
    const isTaken = frames.map((frame) => rogue.send(frame)).every(Boolean);
    for (const frame of harmless()) rogue.send(frame);
    if (!isTaken) await rogue.drained();
  }
  const counted = () => rogue.lines.filter((line) => line.event === "counts").reduce((n, line) => n + line.refused, 0);
  await until("all of it is counted", () => counted() >= sent, 15000).catch(() => {});
  assert.equal(counted(), sent, "refused frames in lines the agent signed");
  assert.ok(sent > 20000, `only ${sent} frames in ${FLOOD_MS} ms`);
  assertNothingDone(rogue.lines);
  assert.equal(rogue.lines.filter((line) => line.event === "grant").length, 0);
  assert.equal(rogue.joined, 1, "the link holds");
  assert.ok(rogue.isLive && rogue.pongs > 0);
  assertUntouched(await finish());
  await end(agent);
  rogue.close();
});

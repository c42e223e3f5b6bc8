/** S19, S25, S26, S29: what the customer's program does so that both sides can prove what happened. */
import assert from "node:assert/strict";
import { createDecipheriv, createHash, createPublicKey, hkdfSync, verify } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Kind, jsonFrame } from "../../web/shared/wire.js";
import { Between } from "./lib/between.js";
import { answer, PROMPTS } from "./lib/customer.js";
import { end, run, sleep, until } from "./lib/process.js";
import { redirect } from "./lib/program.js";
import { begin } from "./lib/robot.js";
import { Door, payloadOf } from "./lib/rogue.js";
import { world } from "./lib/world.js";

const HEAD_MS = 5000;
const SILENCE_MS = 20000;
const { stack, desk } = world(14);
const port = stack.port + 3;

/** @param {import("./lib/robot.js").RobotViewer} viewer @param {"view" | "point" | "control"} cap */
async function allow(viewer, cap) {
  viewer.session.ask(cap);
  await answer(desk, cap);
  await viewer.state(cap, "allowed");
}

/** @param {Awaited<ReturnType<typeof begin>>} all */
async function finish({ viewer, agent, session }) {
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await until("the end is journaled", () => stack.journal(session).some((line) => line.event === "end"));
  await end(agent);
}

/** @param {string | Buffer} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("every head that the agent signed was true of the journal, and is the bank's", async () => {
  const all = await begin(stack, desk);
  await allow(all.viewer, "view");
  const heads = () => stack.consent(all.session).filter((line) => line.event === "head");
  await until("three heads", () => heads().length >= 3, 4 * HEAD_MS);
  await finish(all);
  const key = createPublicKey(readFileSync(join(stack.dir, "pki/notary.pem")));
  const lines = readFileSync(stack.journalPath(all.session), "utf8").trimEnd().split("\n");
  let sent = -1;
  for (const head of heads()) {
    const text = JSON.parse(head.gateway);
    assert.ok(verify("sha256", Buffer.from(head.gateway), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(head.gateway_sig, "hex")));
    assert.equal(text.head, sha256(lines[text.n - 1]), `head of ${text.n} lines`);
    assert.equal(text.session, all.session);
    const place = lines.findIndex((line) => line.includes(head.gateway_sig));
    assert.ok(text.n <= place, "signed before it was stored");
    assert.equal(lines.slice(0, text.n).filter((line) => JSON.parse(line).event === "chunk").length, text.chunks);
    assert.ok(head.sent >= sent, "the counter goes on");
    sent = head.sent;
  }
});

/** Passes all but the heads of the journal. */
class Mute extends Between {
  isOn = false;

  /** @param {(frame: Buffer) => Uint8Array | null} change  what becomes of a head */
  constructor(change) {
    super(stack, port);
    this.change = change;
  }

  /** @param {Buffer} frame @param {import("./lib/between.js").Ways} to */
  async fromGateway(frame, to) {
    const passed = this.isOn && frame[1] === Door.HEAD ? this.change(frame) : frame;
    if (passed) to.toAgent(passed);
  }
}

/** How long after the view was allowed the agent ended, and why. @param {Mute} middle */
async function endWith(middle) {
  const all = await begin(stack, desk, { change: (program) => redirect(stack, program, { nativePort: port }) });
  await allow(all.viewer, "view");
  const allowed = Date.now();
  middle.isOn = true;
  await until("the agent ends", () => all.viewer.ended, SILENCE_MS + 3000);
  const ms = Date.now() - allowed;
  const last = stack.consent(all.session).at(-1);
  assert.deepEqual([last.event, last.why], ["end", "evidence"]);
  await end(all.agent);
  middle.close();
  return ms;
}

test("a gateway that shows no signed heads ends the session within 20 s of the view", async () => {
  const ms = await endWith(new Mute(() => null));
  assert.ok(ms > SILENCE_MS - HEAD_MS && ms < SILENCE_MS + 2000, `${ms} ms`);
});

test("a head that the bank's notary has not signed ends the session at once", async () => {
  const ms = await endWith(new Mute((frame) => {
    const { text, sig } = JSON.parse(payloadOf(frame).toString());
    return jsonFrame(Door.HEAD, { text: text.replace(/"n":\d+/, '"n":99999'), sig });
  }));
  assert.ok(ms < HEAD_MS + 2000, `${ms} ms`);
});

/** Frames of the recording: seq and the whole bytes. @param {string} session */
function recorded(session) {
  const folder = join(stack.dir, "store/sessions", session, "chunks");
  const out = /** @type {{ seq: number, kind: number, bytes: Buffer }[]} */ ([]);
  for (const name of readdirSync(folder).sort()) {
    let rest = readFileSync(join(folder, name)).subarray(64);
    while (rest.length) {
      const bytes = rest.subarray(4, 4 + 16 + rest.readUInt32BE(8));
      out.push({ seq: bytes.readUInt32BE(8), kind: bytes[1], bytes });
      rest = rest.subarray(4 + bytes.length);
    }
  }
  return out;
}

/** @param {Buffer} key @param {{ seq: number, bytes: Buffer }} frame */
function open(key, { seq, bytes }) {
  const nonce = Buffer.alloc(12);
  nonce.write("A>V", "latin1");
  nonce.writeUInt32BE(seq, 8);
  const cipher = createDecipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(bytes.subarray(0, 16));
  cipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([cipher.update(bytes.subarray(16, -16)), cipher.final()]);
}

/** The content key, as two officers would open it (EVIDENCE 5). @param {string} session */
function contentKey(session) {
  const pki = join(stack.dir, "pki");
  const hex = run("sh", ["-c", `openssl pkeyutl -decrypt -inkey ${pki}/evidence.key -passin file:${pki}/evidence.pass -in ` +
    `${join(stack.dir, "store/sessions", session, "key.wrapped")} -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 ` +
    "-pkeyopt rsa_mgf1_md:sha256 | od -An -tx1 -v"]);
  return Buffer.from(hex.replace(/\s/g, ""), "hex");
}

test("the wrapped key opens every recorded picture, each under the key of its own agreement", async () => {
  const moving = desk.launch("xclock", ["-digital", "-update", "0.2", "-geometry", "400x80+40+40"]);
  const all = await begin(stack, desk);
  await allow(all.viewer, "view");
  await sleep(1500);
  all.viewer.send(Buffer.concat([Buffer.from([1, Kind.PAIR_START]), Buffer.alloc(14)])); /* as a page that was loaded anew */
  await until("agreed anew", () => stack.consent(all.session).filter((line) => line.event === "paired").length === 2 && all.viewer.session.isLive);
  await allow(all.viewer, "view");
  await sleep(1500);
  await finish(all);
  await end(moving);
  const key = contentKey(all.session);
  const lines = stack.consent(all.session);
  assert.equal(sha256(Buffer.concat([Buffer.from("guichet/1 content key"), key])), lines[0].key_check);
  assert.equal(sha256(readFileSync(join(stack.dir, "store/sessions", all.session, "key.wrapped"))), lines[0].content_key);
  const agreements = lines.filter((line) => line.event === "paired").map(({ seq, transcript }) => ({
    seq, key: Buffer.from(hkdfSync("sha256", key, Buffer.from(transcript, "hex"), "guichet/1 agent to viewer", 32)),
  }));
  const counts = agreements.map(() => 0);
  for (const frame of recorded(all.session)) {
    const at = agreements.findLastIndex((each) => frame.seq > each.seq);
    assert.ok(open(agreements[at].key, frame).length > 0);
    for (const [i, other] of agreements.entries()) if (i !== at) assert.throws(() => open(other.key, frame));
    if (frame.kind === Kind.PICTURE) counts[at]++;
  }
  assert.ok(counts.every((count) => count > 0), `pictures by agreement: ${counts}`);
});

test("in a pause nothing is stored, nobody acts, the picture goes on; then it begins with a key frame", async () => {
  const moving = desk.launch("xclock", ["-digital", "-update", "0.2", "-geometry", "400x80+40+40"]);
  const all = await begin(stack, desk);
  const { viewer, session } = all;
  await allow(viewer, "view");
  await allow(viewer, "control");
  viewer.session.pauseRecording("card");
  await viewer.state("control", "suspended");
  await until("the pause is signed", () => viewer.session.consent.paused === "card");
  const pause = stack.consent(session).find((line) => line.event === "pause");
  assert.deepEqual([pause.who, pause.why], ["advisor", "card"]);
  const paused = Date.now();
  viewer.session.ask("control");
  await viewer.state("control", "refused");
  assert.equal(viewer.session.consent.why("control"), "pause");
  assert.equal(desk.window(PROMPTS.control), null);
  await sleep(3000);
  await until("the picture goes on for the advisor", () => viewer.count(Kind.PICTURE, paused) > 3);
  viewer.session.resumeRecording();
  await until("it is recorded again", () => viewer.session.consent.paused === "");
  await sleep(1500);
  await allow(viewer, "control");
  await finish(all);
  await end(moving);
  const journal = stack.journal(session);
  const at = (/** @type {string} */ event) => journal.find((line) => line.event === "consent" && JSON.parse(line.data.line).event === event).wall_ms;
  const chunks = journal.filter((line) => line.event === "chunk").map((line) => line.data);
  const slackMs = 100; /* a line's time is the notary's, a chunk's the gateway's, who hears of the line a moment later */
  for (const { from_ms, to_ms } of chunks) {
    assert.ok(to_ms <= at("pause") + slackMs || from_ms >= at("resume") - slackMs, `a chunk in the pause: ${from_ms} to ${to_ms}`);
  }
  const gap = chunks.findIndex((chunk, i) => i > 0 && chunk.from_ms > chunks[i - 1].to_ms + 2500);
  assert.ok(gap > 0, "there is a gap");
  const key = contentKey(session);
  const transcript = Buffer.from(stack.consent(session).find((line) => line.event === "paired").transcript, "hex");
  const kav = Buffer.from(hkdfSync("sha256", key, transcript, "guichet/1 agent to viewer", 32));
  const first = recorded(session).find((frame) => frame.kind === Kind.PICTURE && frame.seq >= chunks[gap].first_seq &&
    isKeyFrame(open(kav, frame)));
  const any = recorded(session).find((frame) => frame.kind === Kind.PICTURE && frame.seq >= chunks[gap].first_seq);
  assert.ok(first && any);
  assert.ok(recorded(session).indexOf(first) - recorded(session).indexOf(any) < 4, "a key frame after the resumption");
});

/** First fragment of an update that stands alone (PROTOCOL.md 7.1, PICTURE.md 2.2). @param {Buffer} plain */
const isKeyFrame = (plain) => plain.readUInt32BE(4) === 0 && (plain[12] & 1) === 1;

test("the customer's own input is counted by class, never what it was", async () => {
  const all = await begin(stack, desk);
  await allow(all.viewer, "view");
  await sleep(1200);
  const before = stack.consent(all.session).length;
  desk.hand("type", "--delay", "60", "azerty");
  desk.hand("mousemove", "300", "300", "sleep", "0.1", "mousemove", "320", "300");
  const sum = (/** @type {string} */ field) => stack.consent(all.session).slice(before)
    .filter((line) => line.event === "counts").reduce((n, line) => n + line[field], 0);
  await until("counted", () => sum("own_key") >= 6 && sum("own_mouse") >= 2, 4000);
  assert.equal(sum("done_text") + sum("done_key") + sum("done_mouse"), 0, "none of it is the advisor's");
  assert.ok(!readFileSync(stack.journalPath(all.session), "utf8").includes("azerty"));
  await finish(all);
});

/** S27: messages both ways, in large type for the customer, recorded as they were shown, never in the journal. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { answer, WINDOW } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { world } from "./lib/world.js";

const CHAT = "Messages avec Claire Martin";
const HAND_MS = 1600;
const { stack, desk } = world(16);
const utf8 = new TextDecoder();

/** @param {string} session */
const counted = (session) => stack.consent(session).filter((line) => line.event === "chat").map(({ who, length }) => [who, length]);

/** @param {string} session */
const chunks = (session) => join(stack.dir, "store/sessions", session, "chunks");

test("both write, both read, both are recorded and only their length is in the journal", async () => {
  const { viewer, session, agent } = await begin(stack, desk);
  const heard = /** @type {string[]} */ ([]);
  viewer.session.addEventListener("chat", (event) => {
    const plain = /** @type {CustomEvent} */ (event).detail;
    heard.push(`${plain[0]} ${utf8.decode(plain.subarray(1))}`);
  });
  viewer.session.say("Trop tôt");
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  viewer.session.say("Regardez l’endroit que je vous montre.");
  const chat = await desk.waitWindow(CHAT);
  await until("it comes back", () => heard.length === 1);
  assert.equal(heard[0], "2 Regardez l’endroit que je vous montre.");
  await sleep(500);
  desk.click(chat.x + 200, chat.y + chat.height - 165);
  desk.hand("type", "--delay", "60", "Merci, je vois");
  await sleep(300);
  desk.hand("key", "Return");
  await until("the customer's words", () => heard.length === 2).catch(() => assert.fail(heard.join("; ")));
  assert.equal(heard[1], "1 Merci, je vois");
  viewer.session.say("Cliquez vous-même, je ne touche à rien. <b>œuf</b>");
  await until("the second", () => heard.length === 3);
  await sleep(HAND_MS);
  if (process.env.GUICHET_PICTURES) {
    mkdirSync(process.env.GUICHET_PICTURES, { recursive: true });
    desk.png(join(process.env.GUICHET_PICTURES, "chat.png"));
  }
  desk.ghost("key", "x"); /* the field has the focus: injected text of the advisor's is refused, this is another program's */
  viewer.session.act(Kind.TEXT, Uint8Array.of(0, 0, 0, 0x41), "control");
  await until("the advisor writes nothing there", () => viewer.notices.some(({ what }) => what === "ours"));
  assert.deepEqual(counted(session), [["advisor", 38], ["customer", 14], ["advisor", 50]]);
  const journal = readFileSync(stack.journalPath(session), "utf8");
  for (const word of ["Regardez", "Merci", "vous-même"]) assert.ok(!journal.includes(word), word);
  await until("recorded", () => kindsOf(session).filter((kind) => kind === Kind.CHAT).length === 3, 6000);
  viewer.session.end();
  await until("ended", () => viewer.ended);
  await until("the window of messages goes", () => !desk.window(CHAT));
  assert.ok(desk.window(WINDOW));
  await end(agent);
});

/** Kinds of the frames that were recorded. @param {string} session */
function kindsOf(session) {
  const kinds = [];
  for (const name of readdirSync(chunks(session))) {
    const bytes = readFileSync(join(chunks(session), name));
    for (let at = 64; at < bytes.length; at += 20 + bytes.readUInt32BE(at + 8)) kinds.push(bytes[at + 5]);
  }
  return kinds;
}

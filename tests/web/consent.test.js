/** What the advisor's page shows as allowed: only what the customer's agent signed (docs/PROTOCOL.md section 6.2, S16). */
import { test } from "node:test";
import assert from "node:assert/strict";
import { Consent, ConsentGap } from "../../web/shared/consent.js";
import { ProtocolError } from "../../web/shared/wire.js";
import { AgentSide, ZEROS } from "./lib/agent_side.js";

const SESSION = "00112233445566778899aabbccddeeff";

async function begin() {
  const agent = new AgentSide(SESSION, []);
  const consent = new Consent(SESSION);
  await consent.trust(agent.sign);
  /** @param {Record<string, unknown>} event */
  const say = (event) => consent.take(agent.line(event));
  return { agent, consent, say };
}

/** @param {Consent} consent */
const states = (consent) => ["view", "point", "control"].map((cap) => consent.state(/** @type {any} */ (cap)));

async function withAllAllowed() {
  const all = await begin();
  let grant = 0;
  for (const cap of ["view", "point", "control"]) {
    await all.say({ event: "ask", ask: ++grant, cap, text: "?" });
    await all.say({ event: "grant", ask: grant, cap, grant });
  }
  return all;
}

test("a question of Suppr is shown while it stands, and gives no right", async () => {
  const { consent, say } = await begin();
  await say({ event: "delete", step: "asked", cap: "control", grant: 1, number: 1, modifiers: 0, text: "?" });
  assert.ok(consent.isDeleteAsked);
  assert.equal(consent.grant("control"), 0);
  await say({ event: "delete", step: "allowed", cap: "control", grant: 1, number: 1, modifiers: 0 });
  assert.ok(!consent.isDeleteAsked);
  assert.equal(consent.grant("control"), 0);
});

test("nothing is allowed before a signed grant", async () => {
  const { consent, say } = await begin();
  await say({ event: "open", acceptance: "", ceiling: [], content_key: "", purpose: "", sign: "", terms: "" });
  await say({ event: "ask", ask: 1, cap: "view", text: "?" });
  assert.deepEqual(states(consent), ["asked", "none", "none"]);
  assert.equal(consent.grant("view"), 0);
});

test("a grant allows its capability alone, under its number", async () => {
  const { consent, say } = await begin();
  await say({ event: "ask", ask: 1, cap: "view", text: "?" });
  await say({ event: "grant", ask: 1, cap: "view", grant: 5 });
  assert.deepEqual(states(consent), ["allowed", "none", "none"]);
  assert.equal(consent.grant("view"), 5);
  assert.equal(consent.grant("control"), 0);
});

test("each way to lose a capability has its own state and leaves no grant", async () => {
  for (const [event, state] of [["limit", "withdrawn"], ["release", "none"], ["suspend", "suspended"]]) {
    const { consent, say } = await withAllAllowed();
    await say({ event, cap: "control", grant: 3, ...(event === "suspend" ? { why: "locked" } : {}) });
    assert.deepEqual(states(consent), ["allowed", "allowed", state]);
    assert.equal(consent.grant("control"), 0);
  }
});

test("a pause of the recording is what the signed lines say, and changes no right", async () => {
  const { consent, say } = await withAllAllowed();
  assert.equal(consent.paused, "");
  await say({ event: "pause", who: "advisor", why: "code" });
  assert.equal(consent.paused, "code");
  await say({ event: "head", gateway: "{}", gateway_sig: "", sent: 3 });
  assert.deepEqual(states(consent), ["allowed", "allowed", "allowed"]);
  await say({ event: "resume" });
  assert.equal(consent.paused, "");
  await assert.rejects(say({ event: "pause" }), ProtocolError);
});

test("without the view nothing else is allowed", async () => {
  const { consent, say } = await withAllAllowed();
  await say({ event: "limit", cap: "view", grant: 1 });
  assert.deepEqual(states(consent), ["withdrawn", "withdrawn", "withdrawn"]);
});

test("a refusal is shown with its cause", async () => {
  const { consent, say } = await begin();
  await say({ event: "ask", ask: 1, cap: "control", text: "?" });
  await say({ event: "refuse", ask: 1, cap: "control", why: "silence" });
  assert.equal(consent.state("control"), "refused");
  assert.equal(consent.why("control"), "silence");
});

test("the end takes everything", async () => {
  const { consent, say } = await withAllAllowed();
  await say({ event: "end", why: "panic" });
  assert.equal(consent.ended, "panic");
  for (const cap of /** @type {const} */ (["view", "point", "control"])) assert.equal(consent.grant(cap), 0);
});

/** @type {[string, (agent: AgentSide) => Buffer][]} */
const forgeries = [
  ["a line of another key", () => new AgentSide(SESSION, []).line({ event: "grant", ask: 1, cap: "control", grant: 9 }, { n: 1 })],
  ["one letter changed after signing", (agent) => Buffer.from(agent.line({ event: "ask", ask: 1, cap: "view", text: "?" }).toString().replace("view", "viev"))],
  ["a signature of zeros", (agent) => Buffer.from(JSON.stringify({ line: JSON.parse(String(agent.line({ event: "counts" }))).line, sig: "00".repeat(64) }))],
  ["a signature that is too short", (agent) => Buffer.from(JSON.stringify({ line: JSON.parse(String(agent.line({ event: "counts" }))).line, sig: "00" }))],
  ["a gap", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: 9 }, { n: 2 })],
  ["another line before it", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: 9 }, { prev: ZEROS })],
  ["an unknown event", (agent) => agent.line({ event: "always", cap: "control", grant: 9 })],
  ["an unknown capability", (agent) => agent.line({ event: "grant", ask: 1, cap: "everything", grant: 9 })],
  ["another session", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: 9 }, { session: "ff".repeat(16) })],
  ["a grant number that is no number", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: "9" })],
  ["a grant number of 0", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: 0 })],
  ["a number of its own that is no number", (agent) => agent.line({ event: "grant", ask: 1, cap: "control", grant: 9 }, { n: "1" })],
  ["a line that is no JSON", (agent) => agent.signed("grant")],
  ["a line that is null", (agent) => agent.signed("null")],
  ["an unknown field beside it", (agent) => Buffer.from(JSON.stringify({ ...JSON.parse(String(agent.line({ event: "counts" }))), more: 1 }))],
];
for (const [name, forge] of forgeries) {
  test(`${name} closes the link and allows nothing`, async () => {
    const { agent, consent, say } = await begin();
    await say({ event: "counts" });
    await assert.rejects(async () => consent.take(forge(agent)), ProtocolError);
    assert.equal(consent.grant("control"), 0);
  });
}

test("a line that comes again changes nothing", async () => {
  const { agent, consent } = await begin();
  const grant = agent.line({ event: "grant", ask: 1, cap: "view", grant: 1 });
  await consent.take(grant);
  await consent.take(agent.line({ event: "limit", cap: "view", grant: 1 }));
  await consent.take(grant);
  assert.equal(consent.state("view"), "withdrawn");
});

test("grant numbers only grow", async () => {
  const { consent, say } = await begin();
  await say({ event: "grant", ask: 2, cap: "view", grant: 2 });
  await assert.rejects(say({ event: "grant", ask: 3, cap: "control", grant: 2 }), ProtocolError);
  assert.equal(consent.grant("control"), 0);
});

test("a line before its key is refused", async () => {
  const consent = new Consent(SESSION);
  await assert.rejects(consent.take(new AgentSide(SESSION, []).line({ event: "counts" })), ProtocolError);
});

test("the signing key cannot change within a session", async () => {
  const { consent } = await begin();
  await assert.rejects(consent.trust(new AgentSide(SESSION, []).sign), ProtocolError);
});

test("a gap is told apart from a lie", async () => {
  const { agent, consent, say } = await begin();
  await say({ event: "counts" });
  agent.line({ event: "counts" }); /* stored, never told */
  await assert.rejects(say({ event: "counts" }), ConsentGap);
  await assert.rejects(async () => consent.take(agent.line({ event: "counts" }, { n: 1, prev: ZEROS })), (error) => !(error instanceof ConsentGap));
});

test("after a gap nothing is allowed, and the chain is checked again from there", async () => {
  const { agent, consent, say } = await withAllAllowed();
  agent.line({ event: "counts" });
  consent.skip();
  assert.deepEqual(states(consent), ["suspended", "suspended", "suspended"]);
  await say({ event: "counts" });
  await assert.rejects(async () => consent.take(agent.line({ event: "counts" }, { prev: ZEROS })), ProtocolError);
  await assert.rejects(say({ event: "counts" }), ConsentGap);
});

test("an earlier line does not count again after a gap", async () => {
  const { agent, consent } = await begin();
  const grant = agent.line({ event: "grant", ask: 1, cap: "view", grant: 1 });
  await consent.take(agent.line({ event: "counts" }));
  consent.skip();
  await consent.take(grant);
  assert.equal(consent.grant("view"), 0);
});

test("new keys take what was allowed and asked", async () => {
  const { consent, say } = await withAllAllowed();
  await say({ event: "release", cap: "control", grant: 3 });
  await say({ event: "ask", ask: 4, cap: "control", text: "?" });
  await say({ event: "paired", words: "" });
  assert.deepEqual(states(consent), ["suspended", "suspended", "suspended"]);
  assert.equal(consent.grant("view"), 0);
});

/** Keys and sealed frames: web/shared/sealing.js against a second implementation (docs/PROTOCOL.md section 5). */
import { mock, test } from "node:test";
import assert from "node:assert/strict";
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";
import { Pairing, readWords } from "../../web/shared/sealing.js";
import { Kind, ProtocolError, readFrame } from "../../web/shared/wire.js";
import { AgentSide, arrayBuffer, header, parse, sha256 } from "./lib/agent_side.js";
import { wordList, wordsText } from "./lib/words.js";

const SESSION = "00112233445566778899aabbccddeeff";

/** @param {Uint8Array} bytes @param {number} [more]  zeros after them */
const read = (bytes, more = 0) => readFrame(arrayBuffer(Buffer.concat([bytes, Buffer.alloc(more)])));

async function paired() {
  const agent = new AgentSide(SESSION, wordList);
  const pairing = new Pairing(SESSION, wordList);
  agent.agree(await pairing.answer(agent.commit()));
  const { words, sign } = await pairing.reveal(agent.reveal());
  return { agent, words, sign, sealer: await pairing.secret(read(agent.secret())) };
}

test("both sides get the same words and the agent's signing point", async () => {
  const { agent, words, sign } = await paired();
  assert.equal(words, agent.spoken);
  assert.match(words, /^\S+ \S+$/);
  assert.equal(sign, agent.sign);
});

test("each opens what the other sealed", async () => {
  const { agent, sealer } = await paired();
  assert.equal(Buffer.from(await sealer.open(read(agent.seal(Kind.NOTICE, Buffer.from("bonjour"))))).toString(), "bonjour");
  const bytes = Buffer.from(await sealer.seal(Kind.POINT, Buffer.from("ici"), 4));
  assert.deepEqual([parse(bytes).seq, parse(bytes).grant, parse(bytes).flags], [1, 4, 1]);
  assert.equal(agent.open(bytes).toString(), "ici");
});

test("counters of what the viewer seals grow by one", async () => {
  const { agent, sealer } = await paired();
  const sealed = await Promise.all(Array.from({ length: 20 }, () => sealer.seal(Kind.POINT, Buffer.from("xx"), 1)));
  assert.deepEqual(sealed.map((bytes) => parse(Buffer.from(bytes)).seq), Array.from({ length: 20 }, (_, i) => i + 1));
  for (const bytes of sealed) assert.equal(agent.open(Buffer.from(bytes)).toString(), "xx");
});

for (const [name, at] of /** @type {[string, number][]} */ ([["kind", 1], ["counter", 11], ["grant", 15], ["content", 17], ["tag", -1]])) {
  test(`a sealed frame with one bit of its ${name} changed does not open`, async () => {
    const { agent, sealer } = await paired();
    const bytes = agent.seal(Kind.CURSOR, Buffer.from("abcdef"), 1);
    bytes[at < 0 ? bytes.length + at : at] ^= at === 1 ? 3 : 2; /* CURSOR becomes SCREENS */
    await assert.rejects(async () => sealer.open(read(bytes)), ProtocolError);
  });
}

test("a frame that comes again is refused", async () => {
  const { agent, sealer } = await paired();
  const bytes = agent.seal(Kind.NOTICE, Buffer.from("xx"));
  await sealer.open(read(bytes));
  await assert.rejects(async () => sealer.open(read(bytes)), ProtocolError);
});

test("an older frame after a newer one is refused", async () => {
  const { agent, sealer } = await paired();
  const first = agent.seal(Kind.NOTICE, Buffer.from("11"));
  await sealer.open(read(agent.seal(Kind.NOTICE, Buffer.from("22"))));
  await assert.rejects(async () => sealer.open(read(first)), ProtocolError);
});

test("counter 0 and an unsealed frame are refused", async () => {
  const { agent, sealer } = await paired();
  const bytes = agent.seal(Kind.NOTICE, Buffer.from("xx"));
  bytes.writeUInt32BE(0, 8);
  await assert.rejects(async () => sealer.open(read(bytes)), ProtocolError);
  await assert.rejects(async () => sealer.open({ ...read(bytes), sealed: false }), ProtocolError);
});

test("what the viewer sealed does not come back as the agent's", async () => {
  const { sealer } = await paired();
  await assert.rejects(async () => sealer.open(read(await sealer.seal(Kind.NOTICE, Buffer.from("xx")))), ProtocolError);
});

for (const [name, at] of /** @type {[string, number][]} */ ([["key", 40], ["random part", 70], ["signing point", 130]])) {
  test(`another ${name} than the one committed to is refused`, async () => {
    const agent = new AgentSide(SESSION, wordList);
    const pairing = new Pairing(SESSION, wordList);
    await pairing.answer(agent.commit());
    const reveal = agent.reveal();
    reveal[at] ^= 1;
    await assert.rejects(pairing.reveal(reveal), ProtocolError);
  });
}

test("a committed point that is not on the curve is refused", async () => {
  const pairing = new Pairing(SESSION, wordList);
  const reveal = new AgentSide(SESSION, wordList).reveal();
  reveal[40] ^= 1;
  await pairing.answer(sha256("guichet/1 commit", reveal));
  await assert.rejects(pairing.reveal(reveal), ProtocolError);
});

test("the words differ on both sides when someone stands between them", async () => {
  let same = 0;
  for (let i = 0; i < 8; i++) {
    const agent = new AgentSide(SESSION, wordList);
    const middle = new AgentSide(SESSION, wordList);
    const pairing = new Pairing(SESSION, wordList);
    await pairing.answer(middle.commit());
    agent.agree(await new Pairing(SESSION, wordList).answer(agent.commit()));
    const { words } = await pairing.reveal(middle.reveal());
    if (words === agent.spoken) same++;
  }
  assert.equal(same, 0);
});

test("the session is part of the words and of the keys", async () => {
  const agent = new AgentSide(SESSION, wordList);
  const pairing = new Pairing("ff".repeat(16), wordList);
  agent.agree(await pairing.answer(agent.commit()));
  const { words } = await pairing.reveal(agent.reveal());
  assert.notEqual(words, agent.spoken);
  await assert.rejects(pairing.secret(read(agent.secret())), ProtocolError);
});

test("messages of the agreement out of turn are refused", async () => {
  const agent = new AgentSide(SESSION, wordList);
  const pairing = new Pairing(SESSION, wordList);
  await assert.rejects(pairing.reveal(agent.reveal()), ProtocolError);
  await assert.rejects(pairing.secret(read(header(0x24, 48, { flags: 1 }), 48)), ProtocolError);
  await pairing.answer(agent.commit());
  await assert.rejects(pairing.answer(agent.commit()), ProtocolError);
});

test("the list has 2,048 different words", () => {
  assert.equal(new Set(readWords(wordsText)).size, 2048);
  assert.throws(() => readWords("un\ndeux\n"));
});

test("a later agreement goes on with the agent's counter, under a key of its own", async () => {
  const { agent, sealer: earlier } = await paired();
  const pairing = new Pairing(SESSION, wordList);
  agent.agree(await pairing.answer(agent.commit()));
  await pairing.reveal(agent.reveal());
  const sealer = await pairing.secret(read(agent.secret()), 2);
  for (const isOld of [true, true, false]) {
    const open = async () => sealer.open(read(agent.seal(Kind.NOTICE, Buffer.from("xx"))));
    await (isOld ? assert.rejects(open, ProtocolError) : open());
  }
  assert.equal(sealer.received, 3);
  await assert.rejects(async () => earlier.open(read(agent.seal(Kind.NOTICE, Buffer.from("xx")))), ProtocolError);
});

const vector = JSON.parse(readFileSync(new URL("../vectors/sealing.json", import.meta.url), "utf8"));

/** Makes the viewer draw the vector's key and random part. */
async function drawVector() {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(vector.viewer_private, "hex");
  const point = ecdh.getPublicKey();
  const coordinate = (/** @type {number} */ at) => point.subarray(at, at + 32).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) };
  const params = { name: "ECDH", namedCurve: "P-256" };
  const d = Buffer.from(vector.viewer_private, "hex").toString("base64url");
  const pair = {
    privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d }, params, false, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("jwk", jwk, params, true, []),
  };
  mock.method(crypto.subtle, "generateKey", async () => pair);
  mock.method(crypto, "getRandomValues", (/** @type {Uint8Array} */ out) => {
    out.set(Buffer.from(vector.pair_key.slice(130), "hex"));
    return out;
  });
}

test("fixed keys give the words and the bytes of the vector", async () => {
  const bytes = (/** @type {string} */ name) => Buffer.from(vector[name], "hex");
  const hex = (/** @type {Uint8Array} */ out) => Buffer.from(out).toString("hex");
  await drawVector();
  const pairing = new Pairing(vector.session, wordList);
  assert.equal(hex(await pairing.answer(bytes("commit"))), vector.pair_key);
  mock.restoreAll();
  assert.equal((await pairing.reveal(bytes("reveal"))).words, vector.words);
  const sealer = await pairing.secret(read(bytes("secret_frame")));
  assert.equal(hex(await sealer.open(read(bytes("cursor_frame")))), vector.cursor_plain);
  assert.equal(hex(await sealer.seal(Kind.POINT, bytes("point_plain"), 5)), vector.point_frame);
});

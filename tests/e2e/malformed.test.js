/** Bytes that no honest program sends, at every door: nothing falls, nothing leaks, and a good session notices nothing. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import test, { after, before } from "node:test";
import WebSocket from "ws";
import { Kind, concat, jsonFrame, plainFrame, writeHeader } from "../../web/shared/wire.js";
import { sleep, until } from "./lib/process.js";
import { RobotAdvisor, begin } from "./lib/robot.js";
import { Door } from "./lib/rogue.js";
import { world } from "./lib/world.js";

const QUIET_MS = 150; /* so long a door may say nothing before the next case */
const MANY_BYTES = 70000;
const { stack, desk } = world(8);
const HOST = `localhost:${stack.port}`;
const ORIGIN = `https://${HOST}`;
const DIRECT = stack.port + 1000;
let cases = 0;
let good = /** @type {Awaited<ReturnType<typeof begin>>} */ (/** @type {unknown} */ (null));
let advisor = /** @type {RobotAdvisor} */ (/** @type {unknown} */ (null));
let live = 0;

before(async () => {
  advisor = await new RobotAdvisor(stack).signIn();
  good = await begin(stack, desk);
  live = stack.pid("live");
});

/** live is the same process, has nothing to report, and the session beside still answers. */
async function assertUnharmed() {
  process.kill(live, 0);
  assert.equal(stack.pid("live"), live);
  assert.doesNotMatch(stack.log("live"), /Sanitizer|runtime error/);
  const since = Date.now();
  const ping = plainFrame(Kind.PING, crypto.getRandomValues(new Uint8Array(8)));
  good.viewer.send(ping);
  await until("the good session answers PING", () => good.viewer.count(Kind.PONG, since) > 0, 3000);
  assert.equal(good.viewer.opened, 1, "on its first socket");
}

after(() => assert.ok(cases >= 200, `${cases} cases`));

/** What a raw TLS client is told before the door closes or stays silent. @param {{ port: number, alpn: string }} door @param {string | Uint8Array} bytes */
function raw({ port, alpn }, bytes) {
  cases++;
  return /** @type {Promise<string>} */ (new Promise((resolve) => {
    const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
    const socket = tls.connect({ port, ca, servername: "localhost", ALPNProtocols: [alpn] }, () => socket.write(bytes));
    let said = "";
    const done = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(QUIET_MS, done);
    socket.on("data", (part) => {
      said += part.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", done);
  }));
}

/** @param {string} first @param {Record<string, string> | [string, string][]} headers @param {string} [body] */
function http(first, headers, body = "") {
  const lines = (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${first}\r\n${lines.join("")}\r\n${body}`;
}

const UPGRADE = {
  Host: HOST, Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
};
const FORM = { Host: HOST, Origin: ORIGIN, "Content-Type": "application/x-www-form-urlencoded" };

/** @returns {[string, string | Uint8Array][]} requests as live sees them without a proxy in front */
function requests() {
  const get = "GET / HTTP/1.1";
  const random = [1, 16, 100, 1000, 5000].map((n) => /** @type {[string, Uint8Array]} */ ([`${n} random bytes`, crypto.getRandomValues(new Uint8Array(n))]));
  const paths = ["//", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/a\\b", "/%00", "/%", "/%zz", "*", "http://evil/", "/" + "a".repeat(3000), "/conseiller/..%2f..%2f", "/\xff\xfe"];
  const methods = ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get", "G E T", "\0GET", "PRI"];
  return [
    ...random,
    ...paths.map((path) => /** @type {[string, string]} */ ([`path ${path.slice(0, 20)}`, http(`GET ${path} HTTP/1.1`, { Host: HOST })])),
    ...methods.map((m) => /** @type {[string, string]} */ ([`method ${m}`, http(`${m} / HTTP/1.1`, { Host: HOST })])),
    ["CONNECT", http("CONNECT evil.example:443 HTTP/1.1", { Host: HOST })],
    ["h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0".repeat(9)],
    ["h2c", http(get, { Host: HOST, Upgrade: "h2c", Connection: "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABkAAQAAP__" })],
    ["no host", http(get, {})],
    ["two hosts", http(get, [["Host", HOST], ["Host", "evil.example"]])],
    ["same host twice", http(get, [["Host", HOST], ["Host", HOST]])],
    ["another host", http(get, { Host: "evil.example" })],
    ["CL and TE", http("POST /code HTTP/1.1", { ...FORM, "Content-Length": "4", "Transfer-Encoding": "chunked" }, "0\r\n\r\nGET / HTTP/1.1\r\n\r\n")],
    ["TE", http("POST /code HTTP/1.1", { ...FORM, "Transfer-Encoding": "chunked" }, "zz\r\n")],
    ["TE folded", http("POST /code HTTP/1.1", { ...FORM, "Transfer-Encoding": "\r\n chunked" }, "0\r\n\r\n")],
    ["two CL", http("POST /code HTTP/1.1", [...Object.entries(FORM), ["Content-Length", "4"], ["Content-Length", "5"]], "code")],
    ...["-1", "+4", "0x4", "4,4", "99999999999", "9".repeat(25), "4 ", "abc"].map((n) =>
      /** @type {[string, string]} */ ([`CL ${n}`, http("POST /code HTTP/1.1", { ...FORM, "Content-Length": n }, "code")])),
    ["too long a body", http("POST /code HTTP/1.1", { ...FORM, "Content-Length": "20000" }, "a".repeat(20000))],
    ["body without length", http("POST /accepter HTTP/1.1", FORM, "bouton=accepter")],
    ["short body", http("POST /code HTTP/1.1", { ...FORM, "Content-Length": "500" }, "code=1")],
    ["giant header", http(get, { Host: HOST, "X-A": "a".repeat(MANY_BYTES) })],
    ["many headers", http(get, [["Host", HOST], ...Array.from({ length: 2000 }, (_, i) => /** @type {[string, string]} */ ([`X-${i}`, "a"]))])],
    ["giant cookie", http("GET /suite HTTP/1.1", { Host: HOST, Cookie: `__Host-guichet-acceptation=${"a".repeat(3000)}` })],
    ["many forwarders", http(get, { Host: HOST, "X-Forwarded-For": Array(400).fill("1.2.3.4").join(",") })],
    ["no version", `GET /\r\nHost: ${HOST}\r\n\r\n`],
    ["HTTP/9.9", http("GET / HTTP/9.9", { Host: HOST })],
    ["bare LF", `GET / HTTP/1.1\nHost: ${HOST}\n\n`],
    ["NUL in a header", http(get, { Host: HOST, "X-A": "a\0b" })],
    ["colonless header", `GET / HTTP/1.1\r\nHost: ${HOST}\r\nnothing\r\n\r\n`],
    ["half a request", "GET / HT"],
    ["pipelined", http(get, { Host: HOST }).repeat(5)],
    ["a guichet frame", Buffer.from(plainFrame(Kind.PING, new Uint8Array(8)))],
    ...["/agent", "/conseiller/ws", "/", "/sante"].flatMap((path) => [
      /** @type {[string, string]} */ ([`${path} no version`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, "Sec-WebSocket-Version": "" })]),
      /** @type {[string, string]} */ ([`${path} version 8`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, "Sec-WebSocket-Version": "8" })]),
      /** @type {[string, string]} */ ([`${path} no key`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, "Sec-WebSocket-Key": "" })]),
      /** @type {[string, string]} */ ([`${path} no protocol`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, Origin: ORIGIN })]),
      /** @type {[string, string]} */ ([`${path} wrong protocol`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, Origin: ORIGIN, "Sec-WebSocket-Protocol": "chat" })]),
      /** @type {[string, string]} */ ([`${path} POST`, http(`POST ${path} HTTP/1.1`, { ...UPGRADE, Origin: ORIGIN, "Sec-WebSocket-Protocol": "guichet-agent.1" })]),
      /** @type {[string, string]} */ ([`${path} browser as agent`, http(`GET ${path} HTTP/1.1`, { ...UPGRADE, Origin: ORIGIN, "Sec-WebSocket-Protocol": "guichet-agent.1" })]),
    ]),
  ];
}

/** JSON that is not one strict object. @returns {Uint8Array[]} */
function badJson() {
  const texts = [
    "", "{", "null", "[]", "1", "\"\"", "{}{}", "{} ", "{\"v\":1,\"v\":1}", "{\"v\":1e999}", "{\"v\":NaN}", "{\"v\":01}", "{'v':1}", "\ufeff{}",
    "{\"a\":".repeat(50) + "1" + "}".repeat(50), "[".repeat(250), "{\"ask\":1,\"cap\":\"view\",\"x\":1}", "{\"ask\":-1,\"cap\":\"view\"}",
    "{\"ask\":1.5,\"cap\":\"view\"}", "{\"ask\":4294967296,\"cap\":\"view\"}", "{\"ask\":\"1\",\"cap\":\"view\"}", "{\"ask\":1,\"cap\":\"\\ud800\"}", "{\"ask\":1}\0",
  ];
  return [...texts.map((text) => new TextEncoder().encode(text)), Uint8Array.of(123, 0xff, 0xfe, 125)];
}

/** Frames wrong in themselves. @returns {Uint8Array[]} */
function badFrames() {
  const header = (/** @type {Record<number, number>} */ change) => {
    const bytes = writeHeader(Kind.PING, 8);
    for (const [at, value] of Object.entries(change)) bytes[Number(at)] = value;
    return concat(bytes, new Uint8Array(8));
  };
  return [
    header({ 0: 0 }), header({ 0: 2 }), header({ 0: 0x47 }), header({ 1: 0 }), header({ 1: 0xff }), header({ 1: 0x60 }), header({ 2: 1 }), header({ 3: 2 }), header({ 3: 1 }),
    header({ 4: 0xff }), header({ 5: 1 }), header({ 6: 0xff, 7: 0xf1 }), header({ 7: 7 }), header({ 7: 9 }),
    new Uint8Array(1), new Uint8Array(15), new Uint8Array(16), new Uint8Array(17), crypto.getRandomValues(new Uint8Array(64)),
    plainFrame(Kind.PING, new Uint8Array(0)), plainFrame(Kind.MOUSE, new Uint8Array(30)), plainFrame(Kind.TEXT, new Uint8Array(8)),
    concat(writeHeader(Kind.PAIR_KEY, 97, { sealed: true, seq: 1 }), new Uint8Array(97)), new Uint8Array(9000), new Uint8Array(MANY_BYTES),
  ];
}

const AGENTS = [0x01, Kind.CONSENT, Kind.PAIR_COMMIT, Kind.PAIR_REVEAL, Kind.PICTURE, Kind.PONG];
const GATEWAYS = [...Object.values(Door).filter((kind) => kind !== Door.HELLO && kind !== Door.LINK_PONG), Kind.SESSION, Kind.AGENT_STATE];
const VIEWERS = [Kind.PAIR_START, Kind.ASK, Kind.END, Kind.KEY_FRAME, Kind.PING];
const hello = (/** @type {object} */ change) => jsonFrame(0x01, {
  v: 1, features: 0, agent: "0.1.0", os: "linux-x11", sign: "04" + "0".repeat(128), ticket: "0".repeat(32), ...change,
});

/** What an agent's door is sent first. @returns {Uint8Array[]} */
function asAgent() {
  return [
    ...badFrames(), ...badJson().map((json) => plainFrame(0x01, json)), ...[...GATEWAYS, ...VIEWERS, Kind.CONSENT].map((kind) => jsonFrame(kind, {})),
    hello({}), hello({ v: 2 }), hello({ sign: "zz" }), hello({ ticket: "" }), hello({ ticket: undefined }), hello({ session: good.session, resume: "0".repeat(32) }),
    hello({ ticket: undefined, session: good.session, resume: "0".repeat(32) }), hello({ os: "x".repeat(3000) }), concat(hello({}), hello({})), hello({}).subarray(0, 40),
  ];
}

/** Sends messages on a new WebSocket; true if the gateway closed it. @param {() => WebSocket} open @param {(Uint8Array | string)[]} messages */
function overSocket(open, messages) {
  cases++;
  return /** @type {Promise<boolean>} */ (new Promise((resolve) => {
    const socket = open();
    let isClosed = false;
    socket.on("error", () => {});
    socket.on("close", () => {
      isClosed = true;
      resolve(true);
    });
    socket.on("open", async () => {
      await Promise.race([once(socket, "message"), once(socket, "close"), sleep(QUIET_MS)]); /* the room is loaded */
      for (const message of messages) socket.send(message);
      await sleep(QUIET_MS);
      if (!isClosed) resolve(false);
      socket.terminate();
    });
  }));
}

/** Runs a few at a time. @template T @param {T[]} all @param {(one: T) => Promise<unknown>} run */
async function some(all, run) {
  for (let i = 0; i < all.length; i += 4) await Promise.all(all.slice(i, i + 4).map(run));
}

test("requests that no browser sends, straight at live and through nginx", async () => {
  for (const port of [DIRECT, stack.port]) {
    await some(requests(), async ([what, bytes]) => {
      const said = await raw({ port, alpn: "http/1.1" }, bytes);
      assert.doesNotMatch(said, /^HTTP\/1\.1 101/, what);
      assert.doesNotMatch(said, /\x7fELF|root:x:/, what);
    });
    await assertUnharmed();
  }
});

test("frames that no agent sends at the native door", async () => {
  await some(asAgent(), async (bytes) => {
    const said = await raw({ port: stack.port + 1, alpn: "guichet/1" }, bytes);
    assert.doesNotMatch(said, /"resume"/, "no WELCOME");
  });
  assert.match(await raw({ port: stack.port + 1, alpn: "guichet/1" }, hello({})), /"reason":"ticket"/, "the door is reached");
  for (const alpn of ["http/1.1", "guichet/2"]) await raw({ port: stack.port + 1, alpn }, hello({}));
  await assertUnharmed();
});

test("messages that no agent sends at the web door", async () => {
  const open = () => new WebSocket(`wss://${HOST}/assistance/agent`, ["guichet-agent.1"], { ca: advisor.ca });
  await some(asAgent(), (bytes) => overSocket(open, [bytes]));
  assert.ok(await overSocket(open, ["text"]), "a text message closes");
  await assertUnharmed();
});

test("messages that no viewer sends at the viewer's door", async () => {
  const { session } = await advisor.newSession();
  const open = () => advisor.socket(session);
  const bad = [
    ...badFrames(), ...badJson().flatMap((json) => [Kind.END, Kind.GIVE_BACK].map((kind) => plainFrame(kind, json))).filter((frame) => frame.length > 18),
    ...[...AGENTS, ...GATEWAYS].map((kind) => jsonFrame(kind, {})),
  ];
  for (const message of [...bad, "text"]) { /* one viewer at a time: the next would close the one before */
    const isClosed = await overSocket(open, [message]);
    if (typeof message === "string") assert.ok(isClosed, "a text message closes");
  }
  await assertUnharmed();
  assert.equal((await advisor.ask("conseiller/api/sessions")).status, 200);
});

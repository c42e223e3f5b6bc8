/**
 * malformed: bytes that no honest program sends, and what each is owed for it. A case is [what, bytes, owed]; the
 * tables are judged by malformed.test.js.
 */
import { createHash } from "node:crypto";
import { Kind, concat, jsonFrame, plainFrame, writeHeader } from "../../../web/shared/wire.js";
import { Door } from "./rogue.js";

const MANY_BYTES = 70000;
const encoder = new TextEncoder();

/**
 * What is owed to a case at a door of frames: the word of the close (docs/PROTOCOL.md 4.4), "forbidden" for a frame
 * that is dropped and counted while the link stays, or "part" for the beginning of something: waited for, then `lost`.
 * @typedef {"malformed" | "ticket" | "version" | "forbidden" | "part"} Owed
 * @typedef {[string, Uint8Array, Owed]} FrameCase
 */

/** The same bytes in every run. @param {number} length @param {string} seed */
function noise(length, seed) {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`${seed} ${i}`).digest());
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

/** @param {number[]} kinds */
const names = (kinds) => kinds.map((kind) => {
  const [name] = Object.entries({ ...Kind, ...Door }).find(([, value]) => value === kind) ?? [String(kind)];
  return /** @type {[string, number]} */ ([name, kind]);
});

/* ---- frames ---- */

/** JSON that is not one strict object, or not one that any message has. @returns {[string, Uint8Array][]} */
export function badJson() {
  const texts = [
    "", "{", "null", "[]", "1", "\"\"", "{}{}", "{}x", "{\"v\":1,\"v\":1}", "{\"v\":1e999}", "{\"v\":NaN}", "{\"v\":01}", "{'v':1}", "\ufeff{}",
    "{\"a\":".repeat(50) + "1" + "}".repeat(50), "[".repeat(250), "{\"ask\":1,\"cap\":\"view\",\"x\":1}", "{\"ask\":-1,\"cap\":\"view\"}",
    "{\"ask\":1.5,\"cap\":\"view\"}", "{\"ask\":4294967296,\"cap\":\"view\"}", "{\"ask\":\"1\",\"cap\":\"view\"}", "{\"ask\":1,\"cap\":\"\\ud800\"}", "{\"ask\":1}\0",
    "{\"ask\":0,\"cap\":\"view\"}", "{\"ask\":1,\"cap\":\"files\"}", "{\"cap\":\"\"}", "{\"x\":{}}",
  ];
  return [
    ...texts.map((text) => /** @type {[string, Uint8Array]} */ ([text.slice(0, 30), encoder.encode(text)])),
    ["no UTF-8", Uint8Array.of(123, 0xff, 0xfe, 125)],
  ];
}

/** Frames wrong in themselves. `isStream`: without borders between messages a short one is only a beginning. @param {boolean} isStream @returns {FrameCase[]} */
export function badFrames(isStream) {
  const part = isStream ? "part" : "malformed";
  const header = (/** @type {Record<number, number>} */ change) => {
    const bytes = writeHeader(Kind.PING, 8);
    for (const [at, value] of Object.entries(change)) bytes[Number(at)] = value;
    return concat(bytes, new Uint8Array(8));
  };
  const changes = /** @type {[string, Record<number, number>][]} */ ([
    ["version 0", { 0: 0 }], ["version 2", { 0: 2 }], ["version G", { 0: 0x47 }], ["kind 0", { 1: 0 }], ["kind ff", { 1: 0xff }],
    ["kind 60", { 1: 0x60 }], ["flag 256", { 2: 1 }], ["flag 2", { 3: 2 }], ["sealed PING", { 3: 1 }], ["length 4 GiB", { 4: 0xff }],
    ["length 64 KiB", { 5: 1 }], ["length 65521", { 6: 0xff, 7: 0xf1 }], ["a byte too many", { 7: 7 }],
  ]);
  return [
    ...changes.map(([what, change]) => /** @type {FrameCase} */ ([what, header(change), "malformed"])),
    ["a byte too few", header({ 7: 9 }), "malformed"],
    ["one byte", Uint8Array.of(1), part],
    ["fifteen bytes", writeHeader(Kind.PING, 8).subarray(0, 15), part],
    ["zeros", new Uint8Array(16), "malformed"],
    ["zeros and one", new Uint8Array(17), "malformed"],
    ["noise", noise(64, "frame"), "malformed"],
    ["PING without bytes", plainFrame(Kind.PING, new Uint8Array(0)), "malformed"],
    ["MOUSE in the open", plainFrame(Kind.MOUSE, new Uint8Array(30)), "malformed"],
    ["TEXT too short", plainFrame(Kind.TEXT, new Uint8Array(8)), "malformed"],
    ["PAIR_KEY sealed", concat(writeHeader(Kind.PAIR_KEY, 97, { sealed: true, seq: 1 }), new Uint8Array(97)), "malformed"],
    ["9,000 zeros", new Uint8Array(9000), "malformed"],
    ["70,000 zeros", new Uint8Array(MANY_BYTES), "malformed"],
  ];
}

const AGENTS = [Door.HELLO, Door.LINK_PONG, Kind.CONSENT, Kind.PAIR_COMMIT, Kind.PAIR_REVEAL, Kind.PICTURE, Kind.PONG];
const GATEWAYS = [Door.WELCOME, Door.RECEIPT, Kind.REFUSED, Door.VIEWER_STATE, Door.LINK_PING, Kind.SESSION, Kind.AGENT_STATE];
const VIEWERS = [Kind.PAIR_START, Kind.PAIR_KEY, Kind.PAIR_RESUME, Kind.ASK, Kind.ASK_CANCEL, Kind.GIVE_BACK, Kind.END, Kind.KEY_FRAME, Kind.MOUSE, Kind.PING];

/** Messages that somebody else may send. @param {number[]} kinds @returns {FrameCase[]} */
const strangers = (kinds) => names(kinds).map(([name, kind]) => [name, jsonFrame(kind, {}), "malformed"]);

const hello = (/** @type {object} */ change) => jsonFrame(Door.HELLO, {
  v: 1, features: 0, agent: "0.1.0", os: "linux-x11", sign: "04" + "0".repeat(128), ticket: "0".repeat(32), ...change,
});

/** What an agent's door is sent first. @param {boolean} isStream @param {string} session  of somebody @returns {FrameCase[]} */
export function asAgentFirst(isStream, session) {
  const resume = { session, resume: "0".repeat(32) };
  return [
    ...badFrames(isStream),
    ...badJson().map(([what, json]) => /** @type {FrameCase} */ ([`HELLO ${what}`, plainFrame(Door.HELLO, json), "malformed"])),
    ...strangers([...GATEWAYS, ...VIEWERS, Kind.CONSENT]),
    ["HELLO, no such ticket", hello({}), "ticket"],
    ["HELLO, version 2", hello({ v: 2 }), "version"],
    ["HELLO, no point", hello({ sign: "zz" }), "malformed"],
    ["HELLO, empty ticket", hello({ ticket: "" }), "malformed"],
    ["HELLO, neither ticket nor token", hello({ ticket: undefined }), "malformed"],
    ["HELLO, ticket and token", hello(resume), "malformed"],
    ["HELLO, wrong token", hello({ ticket: undefined, ...resume }), "ticket"],
    ["HELLO, endless system", hello({ os: "x".repeat(3000) }), "malformed"],
    ["HELLO, endless ticket", hello({ ticket: "0".repeat(3000) }), "malformed"],
    ["HELLO twice", concat(hello({}), hello({})), "malformed"],
    ["half a HELLO", hello({}).subarray(0, 40), isStream ? "part" : "malformed"],
  ];
}

/** What an agent that is in sends, before a viewer has come. @returns {FrameCase[]} */
export function asAgentInside() {
  return [
    ...badFrames(true).filter(([, , owed]) => owed !== "part"),
    ...badJson().map(([what, json]) => /** @type {FrameCase} */ ([`CONSENT ${what}`, plainFrame(Kind.CONSENT, json), "malformed"])),
    ...strangers([...GATEWAYS, ...VIEWERS]),
    ["HELLO again", hello({}), "forbidden"],
    ["PICTURE without a grant", concat(writeHeader(Kind.PICTURE, 28, { sealed: true, seq: 1, grant: 1 }), new Uint8Array(28)), "forbidden"],
    ["NOTICE before the keys", concat(writeHeader(Kind.NOTICE, 18, { sealed: true, seq: 1 }), new Uint8Array(18)), "forbidden"],
    ["PONG before the keys", plainFrame(Kind.PONG, new Uint8Array(8)), "forbidden"],
  ];
}

/** What a viewer whose session is live sends without any grant. @returns {FrameCase[]} */
export function asViewer() {
  const kinds = names([Kind.ASK, Kind.ASK_CANCEL, Kind.GIVE_BACK, Kind.END]);
  const sealed = /** @type {[string, number, number][]} */ ([
    ["MOUSE", Kind.MOUSE, 30], ["TEXT", Kind.TEXT, 20], ["KEY", Kind.KEY, 20], ["POINT", Kind.POINT, 33],
  ]);
  return [
    ...badFrames(false),
    ...kinds.flatMap(([name, kind]) => badJson().map(([what, json]) =>
      /** @type {FrameCase} */ ([`${name} ${what}`, plainFrame(kind, json), "malformed"]))),
    ...strangers([...AGENTS, ...GATEWAYS]),
    ...sealed.map(([name, kind, length]) => /** @type {FrameCase} */ ([
      `${name} without a grant`, concat(writeHeader(kind, length, { sealed: true, seq: 1, grant: 1 }), new Uint8Array(length)), "forbidden"])),
    ["PICTURE_ACK without a grant", plainFrame(Kind.PICTURE_ACK, new Uint8Array(12)), "forbidden"],
    ["KEY_FRAME without a grant", plainFrame(Kind.KEY_FRAME), "forbidden"],
    ["VISIBILITY without a grant", plainFrame(Kind.VISIBILITY, new Uint8Array(1)), "forbidden"],
    ["PAIR_KEY after the keys", plainFrame(Kind.PAIR_KEY, new Uint8Array(97)), "forbidden"],
  ];
}

/* ---- HTTP ---- */

/**
 * What is owed to a request: one of these statuses; "closed" for no answer and no connection; "waits" for one that is
 * not whole: nothing is said, and the connection is closed in time. 200 is owed where the library puts right what was
 * written (`//`) or the page is the same for everyone.
 * @typedef {(number | "closed" | "waits")[]} OwedHttp
 * @typedef {[string, string | Uint8Array, OwedHttp, OwedHttp]} HttpCase  what, bytes, owed by live, owed by nginx before it
 */

/** @param {string} first @param {Record<string, string> | [string, string][]} headers @param {string} [body] */
function http(first, headers, body = "") {
  const lines = (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${first}\r\n${lines.join("")}\r\n${body}`;
}

/** Requests as a proxy could pass them, or as somebody before it could send them. @param {string} host @param {string} base  "/" or the proxy's path @returns {HttpCase[]} */
export function badRequests(host, base) {
  const origin = `https://${host}`;
  const form = { Host: host, Origin: origin, "Content-Type": "application/x-www-form-urlencoded" };
  const get = `GET ${base} HTTP/1.1`;
  const post = `POST ${base}code HTTP/1.1`;
  const upgrade = {
    Host: host, Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
  };
  const at = (/** @type {string} */ path) => http(`GET ${base}${path} HTTP/1.1`, { Host: host });
  const method = (/** @type {string} */ name) => http(`${name} ${base} HTTP/1.1`, { Host: host });
  const length = (/** @type {string} */ n) => http(post, { ...form, "Content-Length": n }, "code");
  return /** @type {HttpCase[]} */ ([
    ...[16, 100, 1000, 5000].map((n) => [`${n} bytes of noise`, noise(n, "http"), [400, 403, "closed"], [400]]),
    ["one byte of noise", Uint8Array.of(0xfe), [403], [400]],
    ["path //", at("/"), [200], [200]],
    ["path /../", at("../etc/passwd"), [404], [404, 400]],
    ["path /%2e%2e/", at("%2e%2e/%2e%2e/etc/passwd"), [404], [400, 404]],
    ["path with \\", at("a\\b"), [400], [400]],
    ["path with %00", at("%00"), [200], [400]],
    ["path with %", at("%"), [403], [400]],
    ["path with %zz", at("%zz"), [403], [400]],
    ["path *", http("GET * HTTP/1.1", { Host: host }), [403], [400]],
    ["another's address", http("GET http://evil/ HTTP/1.1", { Host: host }), [403], [200, 404, 400]],
    ["path of 3,000 bytes", at("a".repeat(3000)), [400], [400, 404]],
    ["path with %2f", at("conseiller/..%2f..%2f"), [200], [200, 400, 404]],
    ["path that is no UTF-8", at("\xff\xfe"), [404], [404]],
    ...["PUT", "DELETE", "OPTIONS", "PATCH"].map((name) => [`method ${name}`, method(name), [405], [405]]),
    ...["TRACE", "PROPFIND", "G E T", "\0GET", "PRI"].map((name) => [`method ${name.replace("\0", "NUL ")}`, method(name), [403], [400, 403, 405]]),
    ["method get", method("get"), [200], [400]],
    ["CONNECT", http("CONNECT evil.example:443 HTTP/1.1", { Host: host }), ["closed"], [400, 405]],
    ["preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0".repeat(9), [403], [400]],
    ["h2c", http(get, { Host: host, Upgrade: "h2c", Connection: "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABkAAQAAP__" }), [426], [400, 426]],
    ["no host", http(get, {}), [400], [400]],
    ["two hosts", http(get, [["Host", host], ["Host", "evil.example"]]), [400], [400]],
    ["the same host twice", http(get, [["Host", host], ["Host", host]]), [400], [400]],
    ["another host", http(get, { Host: "evil.example" }), [421], [421]],
    ["two lengths in one", http(post, { ...form, "Content-Length": "4", "Transfer-Encoding": "chunked" }, "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), [501], [400]],
    ["chunks", http(post, { ...form, "Transfer-Encoding": "chunked" }, "zz\r\n"), [501], [400]],
    ["chunks in a folded line", http(post, { ...form, "Transfer-Encoding": "\r\n chunked" }, "0\r\n\r\n"), ["waits"], [400]],
    ["two lengths", http(post, [...Object.entries(form), ["Content-Length", "4"], ["Content-Length", "5"]], "code"), [400], [400]],
    ...["-1", "+4", "0x4", "4,4", "99999999999", "9".repeat(25), "abc"].map((n) => [`length ${n}`, length(n), [400], [400, 413]]),
    ["length and a space", length("4 "), [400], [200]],
    ["too long a body", http(post, { ...form, "Content-Length": "20000" }, "a".repeat(20000)), [413], [413]],
    ["a body without length", http(`POST ${base}accepter HTTP/1.1`, form, "bouton=accepter"), [200], [200]],
    ["too short a body", http(post, { ...form, "Content-Length": "500" }, "code=1"), ["waits"], ["waits"]],
    ["a giant header", http(get, { Host: host, "X-A": "a".repeat(MANY_BYTES) }), ["closed"], [400]],
    ["2,000 headers", http(get, [["Host", host], ...Array.from({ length: 2000 }, (_, i) => /** @type {[string, string]} */ ([`X-${i}`, "a"]))]), ["closed"], [400]],
    ["a giant cookie", http(`GET ${base}suite HTTP/1.1`, { Host: host, Cookie: `__Host-guichet-acceptation=${"a".repeat(3000)}` }), [200], [200]],
    ["400 forwarders", http(get, { Host: host, "X-Forwarded-For": Array(400).fill("1.2.3.4").join(",") }), [200], [200]],
    ["no version", `GET ${base}\r\nHost: ${host}\r\n\r\n`, [200], [200, 404, "closed"]],
    ["HTTP/9.9", http(`GET ${base} HTTP/9.9`, { Host: host }), [200], [505]],
    ["bare line feeds", `GET ${base} HTTP/1.1\nHost: ${host}\n\n`, [200], [200]],
    ["NUL in a header", http(get, { Host: host, "X-A": "a\0b" }), ["waits"], [400]],
    ["a header without colon", `${get}\r\nHost: ${host}\r\nnothing\r\n\r\n`, ["waits"], [200]],
    ["half a request", "GET / HT", ["waits"], ["waits"]],
    ["a frame", Buffer.from(plainFrame(Kind.PING, new Uint8Array(8))), [403], [400]],
    ...["agent", "conseiller/ws", "", "sante"].flatMap((path) => {
      const isDoor = path === "agent" || path === "conseiller/ws";
      const ask = (/** @type {object} */ change, verb = "GET") => http(`${verb} ${base}${path} HTTP/1.1`, { ...upgrade, ...change });
      const both = (/** @type {string} */ what, /** @type {string} */ bytes, /** @type {number} */ owed) =>
        [`/${path} ${what}`, bytes, [isDoor ? owed : 400], [isDoor ? owed : 400]];
      return [
        both("without version", ask({ "Sec-WebSocket-Version": "" }), 426),
        both("version 8", ask({ "Sec-WebSocket-Version": "8" }), 426),
        both("without key", ask({ "Sec-WebSocket-Key": "" }), 400),
        both("without protocol", ask({ Origin: origin }), 400),
        both("another protocol", ask({ Origin: origin, "Sec-WebSocket-Protocol": "chat" }), 400),
        both("POST", ask({ Origin: origin, "Sec-WebSocket-Protocol": "guichet-agent.1" }, "POST"), 400),
        both("a browser as agent", ask({ Origin: origin, "Sec-WebSocket-Protocol": "guichet-agent.1" }), path === "agent" ? 403 : 400),
      ];
    }),
  ]);
}

/* ---- WebSocket ---- */

/** An upgrade that is in order at the agent's web door. @param {string} host @param {string} base */
export const upgradeAsAgent = (host, base) => http(`GET ${base}agent HTTP/1.1`, {
  Host: host, Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": "guichet-agent.1",
});

/**
 * What breaks RFC 6455 after it, and what is owed: our word, the library's close code, or no more than the end.
 * @returns {[string, Uint8Array, "malformed" | 1002 | ""][]}
 */
export const badSocketBytes = () => [
  ["no mask", Uint8Array.of(0x82, 2, 1, 1), "malformed"],
  ["a reserved opcode", Uint8Array.of(0x83, 0x82, 0, 0, 0, 0, 1, 1), 1002],
  ["a reserved bit", Uint8Array.of(0xc2, 0x82, 0, 0, 0, 0, 1, 1), 1002],
  ["a control frame in pieces", Uint8Array.of(0x09, 0x81, 0, 0, 0, 0, 1), 1002],
  ["a control frame of 126 bytes", concat(Uint8Array.of(0x89, 0xfe, 0, 126, 0, 0, 0, 0), new Uint8Array(126)), ""],
  ["a continuation of nothing", Uint8Array.of(0x80, 0x82, 0, 0, 0, 0, 1, 1), 1002],
  ["a length of 2^63", Uint8Array.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ""],
];

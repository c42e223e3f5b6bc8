/**
 * The back office on the real stack: a session of the real program is found, looked at, played again in a browser with
 * the evidence key, exported, verified, held, erased by two persons; each of it stands in the evidence. The API is
 * compared with docs/office-openapi.json. GUICHET_SHOTS=folder keeps office.png and replay.png.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { readZip } from "../../web/reader/zip.js";
import { Action, mouse, text } from "./lib/acts.js";
import { launch, person } from "./lib/browser.js";
import { answer, endSession } from "./lib/customer.js";
import { Desk } from "./lib/desk.js";
import { exportForCustomer, loadKey, openNewestSession, openOffice, passphraseOf, replayControl } from "./lib/office_page.js";
import { OpenApi } from "./lib/openapi.js";
import { run, sleep, until } from "./lib/process.js";
import { Person, begin, leaveAll } from "./lib/robot.js";
import { ROOT, Stack } from "./lib/stack.js";

const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8923) });
const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 990));
const api = new OpenApi(join(ROOT, "docs/office-openapi.json"));
const shots = process.env.GUICHET_SHOTS;
const PASSWORD = "une longue phrase facile";
const OFFICERS = /** @type {const} */ ([["anne.durand", "Anne Durand", "compliance"], ["bruno.petit", "Bruno Petit", "compliance"], ["luc.roche", "Luc Roche", "operator"]]);

/** Somebody at the back office. */
class Officer extends Person {
  /** @param {string} name */
  async signIn(name) {
    const { status, text: said } = await this.call("POST", "api/login", { name, password: PASSWORD });
    assert.equal(status, 200, said);
    return this;
  }

  /** @param {string} method @param {string} path @param {object} [json] */
  call(method, path, json) {
    return this.ask(`bureau/${path}`, { method, json });
  }
}

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {Officer} */
let anne;
/** @type {Officer} */
let bruno;
/** @type {Officer} */
let luc;
let session = "";
let folder = "";

/** The program's own session: something is shown, asked, refused, done. */
async function makeSession() {
  const { viewer, session: id } = await begin(stack, desk);
  const moving = desk.launch("xclock", ["-digital", "-update", "0.2", "-geometry", "400x80+40+40"]);
  for (const cap of /** @type {const} */ (["view", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  await sleep(1600);
  viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 200, 200), "control");
  viewer.session.act(Kind.TEXT, text("abc"), "control");
  await sleep(6000);
  await endSession(desk);
  moving.kill();
  await until("the session is over", () => stack.journal(id).some((line) => line.event === "end"));
  viewer.close();
  return id;
}

before(async () => {
  stack.start();
  for (const [name, display, role] of OFFICERS) stack.officer(name, display, PASSWORD, role);
  await desk.open();
  browser = await launch();
  [anne, bruno, luc] = await Promise.all(OFFICERS.map(([name]) => new Officer(stack).signIn(name)));
  session = await makeSession();
  folder = join(stack.dir, "exported");
  mkdirSync(folder);
  await until("the session is sealed", async () => (await anne.call("GET", `api/sessions/${session}`)).status === 200, 90000);
});

after(async () => {
  leaveAll();
  await browser?.close();
  await desk.close();
  stack.stop();
  stack.clean();
});

/** Lines of after.jsonl. */
const afterwards = () => readFileSync(join(stack.dir, "store/sessions", session, "after.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));

/** As a monitor asks, at the office's own door. @param {string} path @returns {Promise<import("./lib/openapi.js").Answer>} */
function local(path) {
  const port = stack.port + 1002;
  return new Promise((resolve, reject) => {
    plainRequest({ host: "127.0.0.1", port, path, headers: { Host: `127.0.0.1:${port}` } }, (response) => {
      const parts = /** @type {Buffer[]} */ ([]);
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const body = Buffer.concat(parts);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() });
      });
    }).on("error", reject).end();
  });
}

/** @param {string} zip */
function verify(zip) {
  run(join(stack.build, "guichet-verify"), [zip]);
}

test("a bundle is one request, and all who can verify accept it", async () => {
  const answered = await until("the checkpoint has its time stamp", async () => {
    const exported = await anne.call("POST", `api/sessions/${session}/export`, { for: "bank" });
    assert.equal(exported.status, 200, exported.text.slice(0, 300));
    return readZip(new Uint8Array(exported.body)).has("checkpoint.tsr") ? exported : null;
  }, 60000);
  assert.equal(Number(answered.headers["content-length"]), answered.body.length);
  const zip = join(folder, "bank.zip");
  writeFileSync(zip, answered.body);
  verify(zip);
  const files = readZip(new Uint8Array(answered.body));
  assert.ok(files.has("inclusion.txt") && files.has("LISEZMOI.txt") && files.has("lecteur.html") && !files.has("content.key"));
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, "bank", name)), { recursive: true });
    writeFileSync(join(folder, "bank", name), bytes);
  }
  run("sh", [join(folder, "bank/VERIFIER.sh")]);
});

test("the page shows the session, the recording plays with the key, and the customer's version opens", async () => {
  const page = await openOffice(browser, stack, "anne.durand", PASSWORD);
  const sent = /** @type {string[]} */ ([]);
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await openNewestSession(page);
  assert.match((await page.textContent("#events")) ?? "", /Le client autorise\u00a0: agir\./);
  if (shots) await page.screenshot({ path: join(shots, "office.png"), fullPage: true });

  await loadKey(page, stack);
  const zip = join(folder, "customer.zip");
  await exportForCustomer(page, zip);
  verify(zip);
  const key = Buffer.from(readZip(new Uint8Array(readFileSync(zip))).get("content.key") ?? []).toString();
  assert.match(key, /^[0-9a-f]{64}\n$/);

  const colours = await replayControl(page);
  assert.ok(colours > 10, `the picture has ${colours} colours`);
  if (shots) await page.screenshot({ path: join(shots, "replay.png") });
  for (const each of sent) {
    assert.ok(!each.includes(key.trim()) && !each.includes(passphraseOf(stack)) && !each.includes("PRIVATE KEY"), each);
  }
});

test("every look and every export stands in the evidence, with who and what", () => {
  const seen = afterwards().map(({ event, data }) => `${event} ${data.by} ${data.how ?? data.for}`);
  for (const line of ["accessed anne.durand page", "accessed anne.durand replay", "exported anne.durand bank", "exported anne.durand customer"]) {
    assert.ok(seen.includes(line), `${line}: ${seen.join("; ")}`);
  }
});

test("the API is what its description says, and nothing more", async () => {
  const s = `api/sessions/${session}`;
  const calls = /** @type {[Officer, string, string, string, object?][]} */ ([
    [new Officer(stack), "POST", "/api/login", "api/login", { name: "anne.durand", password: "faux" }],
    [new Officer(stack), "POST", "/api/login", "api/login", { name: "anne.durand", password: PASSWORD }],
    [await new Officer(stack).signIn("luc.roche"), "POST", "/api/logout", "api/logout", {}],
    [anne, "GET", "/api/me", "api/me"], [luc, "GET", "/api/me", "api/me"], [new Officer(stack), "GET", "/api/me", "api/me"],
    [anne, "GET", "/api/sessions", "api/sessions?limit=5"], [anne, "GET", "/api/sessions", "api/sessions?limit=x"], [luc, "GET", "/api/sessions", "api/sessions"],
    [anne, "GET", "/api/sessions/{session}", s], [anne, "GET", "/api/sessions/{session}", `api/sessions/${"0".repeat(32)}`],
    [anne, "POST", "/api/sessions/{session}/replay", `${s}/replay`, {}], [anne, "POST", "/api/sessions/{session}/replay", `${s}/replay`, { a: 1 }],
    [anne, "GET", "/api/sessions/{session}/files/{name}", `${s}/files/chunks/000001`], [anne, "GET", "/api/sessions/{session}/files/{name}", `${s}/files/x`],
    [bruno, "GET", "/api/sessions/{session}/files/{name}", `${s}/files/key.wrapped`],
    [anne, "POST", "/api/sessions/{session}/export", `${s}/export`, { for: "bank" }], [anne, "POST", "/api/sessions/{session}/export", `${s}/export`, { for: "x" }],
    [anne, "POST", "/api/sessions/{session}/rectify", `${s}/rectify`, { text: "Le client s’appelle Dupont." }], [anne, "POST", "/api/sessions/{session}/rectify", `${s}/rectify`, { text: " " }],
    [anne, "POST", "/api/sessions/{session}/hold", `${s}/hold`, { on: true, ground: "Litige 12" }],
    [anne, "POST", "/api/sessions/{session}/erase", `${s}/erase`, { ground: "Art. 17" }], /* held */
    [anne, "POST", "/api/sessions/{session}/hold", `${s}/hold`, { on: false, ground: "Accord" }],
    [anne, "POST", "/api/sessions/{session}/erase", `${s}/erase`, { ground: "Art. 17" }],
    [anne, "POST", "/api/sessions/{session}/erase/confirm", `${s}/erase/confirm`, {}], /* the same person */
    [anne, "GET", "/api/report.csv", "api/report.csv"], [luc, "GET", "/api/report.csv", "api/report.csv"],
    [luc, "GET", "/api/now", "api/now"], [anne, "GET", "/api/now", "api/now"],
    [luc, "POST", "/api/retention", "api/retention", { dry: true }], [luc, "POST", "/api/retention", "api/retention", {}],
  ]);
  const called = new Set(["GET /metrics", "GET /health", "GET /ready"]);
  const statuses = /** @type {string[]} */ ([]);
  for (const [who, method, path, at, json] of calls) {
    const answered = await who.call(method, at, json);
    assert.equal(api.check(method, path, answered), "");
    called.add(`${method} ${path}`);
    statuses.push(`${path} ${answered.status}`);
  }
  for (const path of ["/metrics", "/health", "/ready"]) assert.equal(api.check("GET", path, await local(path)), "");
  for (const wanted of ["/api/sessions/{session}/erase 409", "/api/sessions/{session}/erase/confirm 409", "/api/sessions/{session}/files/{name} 409", "/api/sessions 403"]) {
    assert.ok(statuses.includes(wanted), `${wanted}: ${statuses.join(", ")}`);
  }
  assert.deepEqual(api.operations.map(({ method, path }) => `${method} ${path}`).sort(), [...called].sort());
});

test("every route of the server is in the description, and what is not there is not there", async () => {
  const source = readFileSync(join(ROOT, "gateway/office/office_routes.c"), "utf8");
  const routes = [...source.matchAll(/\{ "(GET|POST)", "([^"]+)"/g)].map(([, method, path]) => `${method} ${path.replace("*", "{session}").replace(/\/$/, "/{name}")}`);
  assert.deepEqual(routes.sort(), api.operations.map(({ method, path }) => `${method} ${path}`).sort());
  for (const path of ["api", "api/", "api/sessions/", "api/officers", `api/sessions/${session}/`, `api/sessions/${session}/delete`, "metrics", "store/"]) {
    assert.equal((await anne.call("GET", path)).status, 404, path);
  }
});

test("the numbers for the monitor are in the form that Prometheus reads", async () => {
  const { text: metrics } = await local("/metrics");
  execFileSync("promtool", ["check", "metrics"], { input: metrics });
  assert.match(metrics, /^guichet_notary_up 1$/m);
  assert.match(metrics, /^guichet_seats 20$/m);
  assert.equal(metrics.includes(session), false);
});

test("another site's page can do nothing, not even look", async () => {
  for (const origin of [undefined, "null", "https://evil.example"]) {
    const answered = await anne.ask(`bureau/api/sessions/${session}/hold`, { json: { on: true, ground: "x" }, headers: { Origin: origin } });
    assert.equal(answered.status, 403);
  }
  const page = await person(browser);
  await page.goto(new URL("bureau/", stack.url).href);
  await page.fill("#login-name", "bruno.petit");
  await page.fill("#login-password", PASSWORD);
  await page.click("#login-submit");
  await page.waitForSelector("#search-table");
  const before = afterwards().length;
  await page.goto("data:text/html,<title>evil</title>");
  const cookies = await page.context().cookies(stack.url);
  assert.deepEqual(cookies.map(({ name, sameSite, secure, httpOnly }) => [name, sameSite, secure, httpOnly]), [["__Host-guichet-bureau", "Strict", true, true]]);
  await page.setContent(`<img src="${new URL(`bureau/api/sessions/${session}`, stack.url).href}">`);
  await sleep(500);
  assert.equal(afterwards().length, before, "no cookie went along");
});

test("without the notary the office says so, and it comes back by itself", async () => {
  process.kill(stack.pid("notary"));
  await until("the notary is gone", async () => (await local("/ready")).status === 503);
  assert.equal((await anne.call("GET", "api/me")).status, 503);
  stack.startAgain("notary");
  await until("the office is ready", async () => (await local("/ready")).status === 200);
  assert.equal((await anne.call("GET", "api/me")).status, 200);
});

test("the erasure takes a second person; then nobody can read it and it still verifies", async () => {
  const confirmed = await bruno.call("POST", `api/sessions/${session}/erase/confirm`, {});
  assert.equal(confirmed.status, 200, confirmed.text);
  const page = JSON.parse((await anne.call("GET", `api/sessions/${session}`)).text);
  assert.deepEqual(page.private, {});
  await anne.call("POST", `api/sessions/${session}/replay`, {});
  assert.equal((await anne.call("GET", `api/sessions/${session}/files/key.wrapped`)).status, 404);
  const answered = await anne.call("POST", `api/sessions/${session}/export`, { for: "bank" });
  assert.equal(answered.status, 200, answered.text.slice(0, 300));
  const zip = join(folder, "erased.zip");
  writeFileSync(zip, answered.body);
  verify(zip);
});

/** The ways in: the bank's link that needs no typing (S4), and native TLS on the HTTPS port. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import test, { after, before } from "node:test";
import { until } from "./lib/process.js";
import { RobotAdvisor, RobotCustomer } from "./lib/robot.js";
import { RobotAgent, ticketOf } from "./lib/robot_agent.js";
import { Stack } from "./lib/stack.js";

const LIVE_PORT_OFFSET = 1000;
const stack = new Stack({ port: 8883, samePort: true });
let advisor = /** @type {RobotAdvisor} */ (/** @type {unknown} */ (null));

before(async () => {
  stack.start();
  advisor = await new RobotAdvisor(stack).signIn();
});
after(() => {
  stack.stop();
  stack.clean();
});

const authority = () => readFileSync(join(stack.dir, "pki/ca.pem"));

test("the bank's link brings the customer to the program without typing, once", async () => {
  const { session } = await advisor.newSession();
  const made = await advisor.ask(`conseiller/api/sessions/${session}/link`, { json: {} });
  const { url } = JSON.parse(made.text);
  const link = new URL(url).searchParams.get("lien") ?? "";
  assert.match(link, /^[0-9a-f]{32}$/);
  const page = await new RobotCustomer(stack).ask(`?lien=${link}`);
  const hash = /name="empreinte" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "";
  const form = { bouton: "accepter", empreinte: hash, lien: link };

  const customer = new RobotCustomer(stack);
  assert.equal((await customer.ask("accepter", { form })).status, 303);
  const { body } = await customer.ask(await customer.link());
  assert.match(ticketOf(body), /^[0-9a-f]{32}$/);

  const other = new RobotCustomer(stack);
  const again = await other.ask("accepter", { form });
  assert.equal(again.status, 303, "the acceptance is kept though the link is used");
  const next = await other.ask(String(again.headers.location));
  assert.doesNotMatch(next.text, /href="programme/, "the link works once");
  assert.match(next.text, /Votre accord est enregistré\. Le lien de votre banque, lui, a déjà servi/);
  assert.match(next.text, /name="code"/, "a code will do");
});

test("another advisor gets no link to a session", async () => {
  const answer = await advisor.ask(`conseiller/api/sessions/${"0".repeat(32)}/link`, { json: {} });
  assert.ok(answer.status >= 400);
});

test("native agents come in on the HTTPS port when it is configured, told apart by ALPN", async () => {
  const { session, code } = await advisor.newSession();
  const customer = new RobotCustomer(stack);
  await customer.accept();
  await customer.typeCode(code);
  const { body } = await customer.ask(await customer.link());
  const agent = new RobotAgent({ port: stack.port + LIVE_PORT_OFFSET, ca: authority(), ticket: ticketOf(body) });
  const viewer = advisor.view(session);
  await viewer.live();
  assert.equal(viewer.session.agent.transport, "native");
  viewer.session.ask("view");
  await until("the grant is stored", () => agent.viewGrant === 1);
  viewer.close();
  agent.close();
});

test("a frame without the protocol's ALPN is refused on the HTTPS port", async () => {
  const socket = connect({
    host: "127.0.0.1", port: stack.port + LIVE_PORT_OFFSET, ca: authority(), servername: "localhost",
    ALPNProtocols: ["http/1.1"],
  });
  const closed = new Promise((resolve) => socket.on("close", resolve));
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
  socket.on("error", () => {});
  socket.on("secureConnect", () => socket.write(Buffer.from("01010000000000020000000000000000" + "7b7d", "hex")));
  await closed;
  assert.doesNotMatch(answer, /WELCOME|reason/);
});

/**
 * gateway: what a session costs guichet-live: `GUICHET_BUILD=build/demo node tests/bench/gateway.js [SESSIONS]`
 * (Release build). Robots in this process are both ends; nginx is in front; only live is measured.
 *
 * Memory: growth of its resident set over SESSIONS live sessions (native TLS agent, WSS viewer), divided.
 * Relay: CPU seconds of live for the megabytes it carries from agents to viewers in 8 KiB sealed frames, first with the
 * recording, then with the recording paused; and for scale, in the same run, the CPU of nginx for the same bytes (it
 * carries both legs, as TCP and as WSS).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { frame } from "../web/lib/agent_side.js";
import { RobotAdvisor, RobotCustomer } from "../e2e/lib/robot.js";
import { RobotAgent, ticketOf } from "../e2e/lib/robot_agent.js";
import { sleep, until } from "../e2e/lib/process.js";
import { Stack } from "../e2e/lib/stack.js";

const SESSIONS = Number(process.argv[2] ?? 50);
const FRAME_BYTES = 8192;
const RELAY_MS = 8000;

/** @param {number} pid @param {string} field  of /proc/PID/status, kB */
const memory = (pid, field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

/** CPU seconds. @param {number} pid */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Children of a process. @param {number} pid */
const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

process.env.GUICHET_SEATS = String(SESSIONS + 5);
const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8443) });
try {
  stack.start();
  const live = stack.pid("live");
  const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
  const advisor = await new RobotAdvisor(stack).signIn();

  /** One session up to the keys. */
  const begin = async () => {
    const { session, code } = await advisor.newSession();
    const customer = new RobotCustomer(stack);
    await customer.accept();
    await customer.typeCode(code);
    const { body } = await customer.ask(await customer.link());
    const agent = new RobotAgent({ port: stack.port + 1, ca, ticket: ticketOf(body) });
    const viewer = advisor.view(session);
    await viewer.live();
    return { agent, viewer };
  };

  const first = await begin(); /* what is allocated once */
  await sleep(1500);
  const before = memory(live, "VmRSS");
  const all = [first];
  for (let i = 0; i < SESSIONS; i++) all.push(await begin());
  await sleep(3000);
  console.log(`live, idle session: ${((memory(live, "VmRSS") - before) / SESSIONS).toFixed(1)} KiB (${SESSIONS} sessions)`);

  const some = all.slice(0, 10);
  for (const { agent, viewer } of some) {
    viewer.session.ask("view");
    await until("view granted", () => agent.viewGrant && viewer.session.consent.state("view") === "allowed");
  }
  const payload = Buffer.alloc(FRAME_BYTES);
  let carried = 0;
  let isOver = false;
  for (const { agent, viewer } of some) {
    viewer.socket.removeAllListeners("message"); /* the robot reads, but does not decrypt: only live is measured */
    viewer.socket.on("message", (/** @type {ArrayBuffer} */ data) => (carried += data.byteLength));
    let seq = 0;
    const next = () => {
      const sealed = frame(0x40, payload, agent.viewGrant);
      sealed.writeUInt16BE(1, 2);
      sealed.writeUInt32BE(++seq, 8); /* the recording takes only counters that grow */
      return sealed;
    };
    const pump = () => {
      while (!isOver && agent.send(next()));
      if (!isOver) agent.socket.once("drain", pump);
    };
    pump();
  }
  const workers = children(stack.pid("nginx"));
  const programs = () => ({ live: cpu(live), notary: cpu(stack.pid("notary")), nginx: workers.reduce((n, pid) => n + cpu(pid), 0) });

  /** What RELAY_MS of it cost. @param {string} how */
  const measure = async (how) => {
    const begun = programs();
    carried = 0;
    await sleep(RELAY_MS);
    const now = programs();
    const megabytes = carried / 1e6;
    const rate = (/** @type {"live" | "notary" | "nginx"} */ who) => (megabytes / (now[who] - begun[who])).toFixed(0);
    console.log(`${how}: ${megabytes.toFixed(0)} MB; live ${rate("live")} MB a CPU-second, nginx in front (both legs) ${rate("nginx")}`);
    console.log(`${how}: the notary used ${(now.notary - begun.notary).toFixed(2)} s of CPU, live ${(now.live - begun.live).toFixed(2)} s`);
  };
  await measure("relay, recorded");
  for (const { agent } of some) agent.pause();
  await sleep(1000);
  await measure("relay, recording paused");
  isOver = true;
  console.log(`live, peak memory: ${(memory(live, "VmHWM") / 1024).toFixed(0)} MB`);
  for (const { agent, viewer } of all) {
    viewer.socket.terminate();
    agent.close();
  }
} finally {
  stack.stop();
  stack.clean();
}
process.exit();

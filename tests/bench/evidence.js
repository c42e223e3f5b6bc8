/**
 * evidence: what evidence costs: `GUICHET_BUILD=build/demo node tests/bench/evidence.js [SESSIONS] [SECONDS]`
 * (Release build). SESSIONS (50) sessions, all of them recorded: each agent sends the picture of somebody who
 * types, and once a second a line of consent; the time from a line to its receipt is what is measured: signed by
 * the robot, checked by live, flushed by the notary, between the chunks of all the others. Then the CPU of both
 * programs, and the recording's bytes on the disk.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { frame } from "../web/lib/agent_side.js";
import { RobotAdvisor, RobotCustomer } from "../e2e/lib/robot.js";
import { RobotAgent, ticketOf } from "../e2e/lib/robot_agent.js";
import { sleep, until } from "../e2e/lib/process.js";
import { Stack } from "../e2e/lib/stack.js";

const SESSIONS = Number(process.argv[2] ?? 50);
const SECONDS = Number(process.argv[3] ?? 30);
const FRAMES_A_SECOND = 5; /* keys of a fast typist */
const FRAME_BYTES = 300;   /* a changed letter and the cursor, as the coder of the picture sends them */

/** CPU seconds. @param {number} pid */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** @param {number[]} sorted @param {number} part */
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

process.env.GUICHET_SEATS = String(SESSIONS + 5);
const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8443) });
try {
  stack.start();
  const ca = readFileSync(join(stack.dir, "pki/ca.pem"));
  const advisor = await new RobotAdvisor(stack).signIn();

  const begin = async () => {
    const { session, code } = await advisor.newSession();
    const customer = new RobotCustomer(stack);
    await customer.accept();
    await customer.typeCode(code);
    const { body } = await customer.ask(await customer.link());
    const agent = new RobotAgent({ port: stack.port + 1, ca, ticket: ticketOf(body) });
    const viewer = advisor.view(session);
    await viewer.live();
    viewer.session.ask("view");
    await until("view granted", () => agent.viewGrant && viewer.session.consent.state("view") === "allowed");
    viewer.socket.removeAllListeners("message"); /* it reads, but does not decrypt */
    return { session, agent, viewer };
  };
  const all = [];
  for (let i = 0; i < SESSIONS; i++) all.push(await begin());

  const waits = /** @type {number[]} */ ([]);
  const timers = all.map(({ agent }) => {
    let seq = 0;
    let tick = Math.floor(Math.random() * FRAMES_A_SECOND); /* not all at once */
    agent.onReceipt = (sent) => waits.push(performance.now() - sent);
    return setInterval(() => {
      const sealed = frame(0x40, Buffer.alloc(FRAME_BYTES), agent.viewGrant);
      sealed.writeUInt16BE(1, 2);
      sealed.writeUInt32BE(++seq, 8);
      agent.send(sealed);
      if (++tick % FRAMES_A_SECOND === 0) agent.measure();
    }, 1000 / FRAMES_A_SECOND);
  });
  const [live, notary] = [stack.pid("live"), stack.pid("notary")];
  const begun = [cpu(live), cpu(notary)];
  await sleep(SECONDS * 1000);
  const used = [cpu(live) - begun[0], cpu(notary) - begun[1]];
  timers.forEach(clearInterval);
  await sleep(3000);
  waits.sort((a, b) => a - b);
  const ms = (/** @type {number} */ part) => quantile(waits, part).toFixed(1);
  console.log(`consent acknowledged, ${SESSIONS} sessions recorded: p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms (${waits.length} lines)`);
  console.log(`CPU: live ${((100 * used[0]) / SECONDS).toFixed(1)} %, notary ${((100 * used[1]) / SECONDS).toFixed(1)} %`);
  const chunks = all.flatMap(({ session }) => {
    const folder = join(stack.dir, "store/sessions", session, "chunks");
    return readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  });
  const seconds = SESSIONS * SECONDS;
  const kib = (/** @type {number} */ bytes) => (bytes / 1024).toFixed(0);
  console.log(`recording of typing: ${kib((chunks.reduce((a, b) => a + b, 0) / seconds) * 3600)} KiB an hour in ${chunks.length} chunks`);
  const journals = all.reduce((n, { session }) => n + statSync(stack.journalPath(session)).size, 0);
  console.log(`journal: ${kib((journals / seconds) * 3600)} KiB an hour`);
  for (const { agent, viewer } of all) {
    viewer.socket.terminate();
    agent.close();
  }
} finally {
  stack.stop();
  stack.clean();
}
process.exit();

/**
 * stop: how soon the customer's computer has stopped after « Mettre fin » (S31):
 * `GUICHET_BUILD=build/demo node tests/bench/stop.js [ENDS]`
 *
 * ENDS (100) sessions of the real program for each of three gateways: running; frozen (SIGSTOP just before the click);
 * flooding (the advisor's page sends acts as fast as it can, through the gateway). View and control are allowed, the picture
 * flows. Milliseconds from the X server's time of the physical button's release to the time that the `end` line bears: the program
 * writes that line when capture, input, overlay and keys have been stopped. Both clocks count from the machine's start; the server's has
 * a step of up to 4 ms. Also the worst count of pictures read after the click. With fewer than 1,000 ends p99.9 is the worst.
 */
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "../e2e/lib/acts.js";
import { busySession } from "../e2e/lib/busy.js";
import { WINDOW } from "../e2e/lib/customer.js";
import { Desk } from "../e2e/lib/desk.js";
import { end, sleep, until } from "../e2e/lib/process.js";
import { leaveAll } from "../e2e/lib/robot.js";
import { Stack } from "../e2e/lib/stack.js";
import { watch } from "../e2e/lib/watch.js";

const ENDS = Number(process.argv[2] ?? 100);
const SETTLE_MS = 700;
const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8443) });
const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 700));

/** @typedef {Awaited<ReturnType<typeof busySession>>} Busy */

/** What the gateway does while the customer clicks; each answers how to undo it. @type {Record<string, (busy: Busy) => () => void>} */
const GATEWAYS = {
  running: () => () => {},
  frozen: () => {
    const live = stack.pid("live");
    process.kill(live, "SIGSTOP");
    return () => process.kill(live, "SIGCONT");
  },
  flooding: ({ viewer }) => {
    const timer = setInterval(() => {
      for (let i = 0; i < 50; i++) viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 100 + i, 600), "control");
    }, 5);
    return () => clearInterval(timer);
  },
};

/** @param {(busy: Busy) => () => void} change */
async function round(change) {
  const busy = await busySession(stack, desk);
  const w = await desk.waitWindow(WINDOW);
  const undo = change(busy);
  let seen;
  try {
    desk.hand("mousemove", Math.round(w.x + w.width * 0.75), w.y + w.height - 45, "sleep", "0.3");
    const finish = await watch(desk);
    desk.hand("click", 1);
    await sleep(SETTLE_MS);
    seen = await finish();
  } finally {
    undo();
  }
  const last = () => stack.consent(busy.session).at(-1);
  await until("the end is journaled", () => last()?.event === "end");
  busy.viewer.close();
  await end(busy.agent);
  await end(busy.moving);
  return { ms: last().boot_ms - seen.released_ms, captures: seen.after_release };
}

/** @param {number[]} sorted @param {number} part */
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];

const table = /** @type {Record<string, object>} */ ({});
try {
  stack.start();
  await desk.open();
  for (const [name, change] of Object.entries(GATEWAYS)) {
    const ms = [];
    let captures = 0;
    for (let i = 0; i < ENDS; i++) {
      const one = await round(change);
      ms.push(one.ms);
      captures = Math.max(captures, one.captures);
    }
    ms.sort((a, b) => a - b);
    table[name] = { ends: ENDS, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99), "p99.9": quantile(ms, 0.999), worst_captures_after: captures };
    console.log(JSON.stringify({ gateway: name, ...table[name] }));
  }
  console.table(table);
} finally {
  leaveAll();
  await desk.close();
  stack.stop();
  stack.clean();
}

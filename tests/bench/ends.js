/**
 * ends: ended means ended (S31): `GUICHET_BUILD=build/demo node tests/bench/ends.js [ENDS] [DESKS]`
 *
 * ENDS (1,000) sessions of the real program on DESKS (4) real X displays at once, each with the view and control allowed,
 * the picture flowing, the advisor's page sending acts as fast as it can and a file of 19 MB on its way; then one of seven
 * ends, in turn. Counted after each one, on the customer's X server and disk: pictures taken, acts, keys and buttons down, files
 * that are not whole. Counted at the end: sessions without an end in the journal, codes that still work, seats not given back, bytes in
 * the spool. Everything must be 0; the exit status says so.
 */
import { createHash, randomBytes } from "node:crypto";
import { File } from "node:buffer";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kind } from "../../web/shared/wire.js";
import { Action, mouse } from "../e2e/lib/acts.js";
import { busySession, hold } from "../e2e/lib/busy.js";
import { answer, doubt, endSession, WINDOW } from "../e2e/lib/customer.js";
import { Desk } from "../e2e/lib/desk.js";
import { end, sleep, until } from "../e2e/lib/process.js";
import { RobotAdvisor, RobotCustomer, leaveAll } from "../e2e/lib/robot.js";
import { Stack } from "../e2e/lib/stack.js";
import { watch } from "../e2e/lib/watch.js";

const ENDS = Number(process.argv[2] ?? 1000);
const DESKS = Number(process.argv[3] ?? 4);
const SEATS = 100; /* a lost end holds its seat for 60 s */
const SETTLE_MS = 500; /* from the end until nothing may happen any more */
const WATCH_MS = 700;
const LOST_MS = 90000; /* WIRE_RESUME_MS and the next look */
const FILE = Buffer.concat([Buffer.from("%PDF-1.7\n"), randomBytes(19 << 20)]);
const WHOLE = createHash("sha256").update(FILE).digest("hex");

/** @typedef {Awaited<ReturnType<typeof busySession>> & { desk: Desk }} Busy */

/** How a session ends; `isHand`: by the customer's own hand, which takes the advisor's from the mouse before. @type {Record<string, { isHand: boolean, act: (busy: Busy) => any }>} */
const WAYS = {
  button: { isHand: true, act: ({ desk }) => endSession(desk) },
  panic: { isHand: true, act: ({ desk }) => desk.hand("keydown", "Escape", "sleep", "1.3", "keyup", "Escape") },
  doubt: { isHand: true, act: ({ desk }) => doubt(desk) },
  window: { isHand: true, act: async ({ desk }) => {
    const w = await desk.waitWindow(WINDOW);
    desk.click(w.x + w.width / 2, w.y - 8);
    desk.hand("key", "alt+F4");
  } },
  killed: { isHand: false, act: ({ agent }) => agent.kill("SIGKILL") },
  tab: { isHand: false, act: ({ viewer }) => viewer.close() },
  logout: { isHand: false, act: ({ advisor }) => advisor.ask("conseiller/api/logout", { json: {} }) },
};

/** Acts as fast as the page can; ends with the session. @param {Busy} busy */
function flood({ viewer }) {
  const timer = setInterval(() => {
    for (let i = 0; i < 20; i++) viewer.session.act(Kind.MOUSE, mouse(Action.MOVE, 0, 100 + i, 600), "control");
  }, 10);
  return () => clearInterval(timer);
}

/** Files in the customer's folder that are not whole. @param {string} home */
function torn(home) {
  const names = readdirSync(home, { recursive: true }).map(String).filter((name) => lstatSync(join(home, name)).isFile());
  const received = names.filter((name) => name !== ".config/user-dirs.dirs");
  return received.filter((name) => createHash("sha256").update(readFileSync(join(home, name))).digest("hex") !== WHOLE).length;
}

/** @param {Stack} stack @param {number} number */
function makeHome(stack, number) {
  const home = join(stack.dir, `home-${number}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, "Downloads"), { recursive: true });
  mkdirSync(join(home, ".config"));
  writeFileSync(join(home, ".config/user-dirs.dirs"), 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
  return { home, env: { HOME: home, XDG_CONFIG_HOME: "", XDG_DATA_HOME: "", ASAN_OPTIONS: "detect_leaks=0" } };
}

/** One session and its end. @param {Stack} stack @param {Desk} desk @param {number} number @param {string} name */
async function round(stack, desk, number, name) {
  const { home, env } = makeHome(stack, number);
  const busy = { ...(await busySession(stack, desk, { env })), desk };
  const files = busy.viewer.session.files;
  const calm = flood(busy);
  try {
    await files.offer(/** @type {any} */ (new File([/** @type {any} */ (FILE)], "relevé.pdf")));
    await answer(desk, "offer");
    if (!WAYS[name].isHand) await hold(desk, busy.viewer);
    await WAYS[name].act(busy);
    await sleep(SETTLE_MS);
    const finish = await watch(desk);
    await sleep(WATCH_MS);
    const seen = await finish();
    const state = [...files.transfers.values()].at(-1)?.state;
    return { session: busy.session, code: busy.code, state, captures: seen.captures, acts: seen.key + seen.button + seen.motion, down: seen.held_keys + seen.held_buttons, torn: torn(home) };
  } finally {
    calm();
    busy.viewer.close();
    await end(busy.agent);
    await end(busy.moving);
  }
}

/** Codes of ended sessions that still open something; a few, as a person may try them. @param {Stack} stack @param {string[]} codes */
async function liveCodes(stack, codes) {
  const customer = new RobotCustomer(stack);
  await customer.accept();
  let live = 0;
  for (const code of codes.slice(-3)) if ((await customer.typeCode(code)).status === 303) live++;
  return live;
}

/** Seats that can be taken, up to all of them and one. @param {Stack} stack */
async function freeSeats(stack) {
  const advisor = await new RobotAdvisor(stack).signIn();
  for (let n = 0; n <= SEATS; n++) {
    const made = await advisor.newSession().catch(() => null);
    if (!made) return n;
  }
  return SEATS + 1;
}

process.env.GUICHET_SEATS = String(SEATS);
const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8443) });
const names = Object.keys(WAYS);
const table = Object.fromEntries(names.map((name) => [name, { ends: 0, captures: 0, acts: 0, down: 0, torn: 0, under_way: 0 }]));
const sessions = /** @type {string[]} */ ([]);
const codes = /** @type {string[]} */ ([]);
let begun = 0;
let spoilt = 0; /* the machine was too busy for the preparations */
let failed = 0;

/** @param {number} i */
async function worker(i) {
  const desk = await new Desk(Number(process.env.GUICHET_DISPLAY ?? 700) + 2 * i).open();
  try {
    while (begun < ENDS) {
      const name = names[begun++ % names.length];
      const row = table[name];
      const one = await round(stack, desk, i, name).catch((error) => {
        console.error(`${name}: not come as far as its end: ${error.message}`);
        return null;
      });
      if (!one) {
        begun--;
        if (++spoilt > ENDS / 10) throw new Error("too many sessions that did not come as far as their end");
        continue;
      }
      const { session, code, state, ...counts } = one;
      sessions.push(session);
      codes.push(code);
      row.ends++;
      if (state !== "done") row.under_way++;
      for (const key of /** @type {const} */ (["captures", "acts", "down", "torn"])) row[key] += counts[key];
      if (Object.values(counts).some(Boolean)) console.error(`${name} ${session}: ${JSON.stringify(counts)}`);
    }
  } finally {
    await desk.close();
  }
}

try {
  stack.start();
  const told = await Promise.allSettled(Array.from({ length: DESKS }, (_, i) => worker(i)));
  for (const { reason } of /** @type {any[]} */ (told.filter(({ status }) => status === "rejected"))) {
    console.error(reason);
    failed++;
  }
  leaveAll();
  console.table(table);
  const open = () => sessions.filter((session) => stack.journal(session).at(-1)?.event !== "end");
  await until("every session has its end", () => open().length === 0, LOST_MS).catch(() => {});
  await sleep(spoilt ? LOST_MS : 0);
  const spool = join(stack.dir, "spool");
  const rest = {
     sessions_without_end: open().length, live_codes: await liveCodes(stack, codes),
    seats_lost: SEATS - (await freeSeats(stack)), spooled: existsSync(spool) ? readdirSync(spool).length : 0,
  };
  console.log(JSON.stringify({ ends: sessions.length, spoilt, ...rest }));
  failed += Object.values(rest).filter(Boolean).length + Object.values(table).filter(({ captures, acts, down, torn: t }) => captures + acts + down + t).length;
} finally {
  stack.stop();
  stack.clean();
}
process.exitCode = failed ? 1 : 0;

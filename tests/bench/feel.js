/**
 * feel: what advisor and customer feel, through a real nginx in a real Chromium:
 * `GUICHET_BUILD=build/demo node tests/bench/feel.js` (a Release build with bench_target). Prints a table.
 *
 * first picture: from the click on « Autoriser » to the first painted update. click and key to pixel: from the
 * event in the page to the animation frame that shows the changed pixel. scroll: bytes relayed while xterm
 * scrolls 200 lines of text. rest: CPU of the agent and frames in 20 s in which nothing changes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newSession, onScreen, signIn, waitState } from "../e2e/lib/advisor.js";
import { launch, person } from "../e2e/lib/browser.js";
import { accept, answer, download, WINDOW } from "../e2e/lib/customer.js";
import { Desk } from "../e2e/lib/desk.js";
import { end, sleep, until } from "../e2e/lib/process.js";
import { Stack } from "../e2e/lib/stack.js";

const ROUNDS = 120;
const REST_MS = 20000;

/** @param {number[]} values @param {number} p */
const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];

/** @param {string} what @param {number[]} values  milliseconds */
function report(what, values) {
  console.log(`${what.padEnd(34)} p50 ${percentile(values, 0.5).toFixed(1)} ms, p95 ${percentile(values, 0.95).toFixed(1)} ms, n ${values.length}`);
}

/** CPU seconds a process has used. @param {number} pid */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Counts what comes over the viewer's WebSockets. @param {import("playwright-core").Page} page */
function countFrames(page) {
  const seen = { frames: 0, pictures: 0, bytes: 0 };
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
    const bytes = Buffer.from(payload);
    seen.frames++;
    seen.bytes += bytes.length;
    if (bytes[1] === 0x40) seen.pictures++;
  }));
  return seen;
}

/** Installs the stop-watch: events start it, a changed pixel at `place` of the canvas stops it. @param {import("playwright-core").Page} page @param {{ x: number, y: number }} place */
function installWatch(page, place) {
  return page.evaluate(({ x, y }) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#screen"));
    const one = new OffscreenCanvas(1, 1);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (one.getContext("2d", { willReadFrequently: true }));
    const look = () => {
      context.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data.join();
    };
    const watch = { times: /** @type {number[]} */ ([]), isBusy: false };
    const start = () => {
      const begun = performance.now();
      const before = look();
      watch.isBusy = true;
      const step = () => {
        if (look() !== before) {
          watch.times.push(performance.now() - begun);
          watch.isBusy = false;
        } else if (performance.now() - begun < 2000) requestAnimationFrame(step);
        else watch.isBusy = false;
      };
      requestAnimationFrame(step);
    };
    canvas.addEventListener("pointerdown", start, true);
    document.querySelector("#typing")?.addEventListener("keydown", start, true);
    Object.assign(globalThis, { watch });
  }, place);
}

/** @param {import("playwright-core").Page} page @param {() => Promise<void>} act */
async function measure(page, act) {
  await page.evaluate(() => (/** @type {any} */ (globalThis).watch.times = []));
  for (let i = 0; i < ROUNDS; i++) {
    await act();
    await page.waitForFunction(() => !(/** @type {any} */ (globalThis).watch.isBusy));
    await sleep(40 + Math.random() * 40);
  }
  return page.evaluate(() => /** @type {number[]} */ (/** @type {any} */ (globalThis).watch.times));
}

/** @param {{ stack: Stack, desk: Desk, browser: import("playwright-core").Browser }} world */
async function bench({ stack, desk, browser }) {
  const advisor = await person(browser);
  const customer = await person(browser);
  const seen = countFrames(advisor);
  await signIn(advisor, stack.url);
  const { code } = await newSession(advisor);
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  desk.launch(join(stack.build, "bench_target"), []);
  const agent = desk.launch(program, [], join(stack.dir, "agent.log"));
  await desk.waitWindow(WINDOW);
  await advisor.waitForSelector("#page-session:visible");

  await advisor.click("#ask-view");
  await answer(desk, "view");
  await waitState(advisor, "view", "allowed");
  await until("first picture", () => seen.pictures > 0);
  await sleep(1000);
  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  desk.hand("mousemove", 640, 790);
  await sleep(2000);

  const place = { x: 160, y: 100 };
  await installWatch(advisor, place);
  const at = await onScreen(advisor, place.x, place.y);
  report("click to pixel", await measure(advisor, () => advisor.mouse.click(at.x, at.y)));
  report("key to pixel", await measure(advisor, () => advisor.keyboard.press("ArrowDown")));

  const terminal = desk.launch("xterm", ["-geometry", "80x30+20+420", "-e", "sleep 1; seq -f 'Ligne %g du relevé de compte' 200; sleep 60"]);
  await sleep(900);
  const before = { ...seen };
  await sleep(3000);
  console.log(`${"scroll of 200 lines in xterm".padEnd(34)} ${((seen.bytes - before.bytes) / 1000).toFixed(1)} kB in ${seen.pictures - before.pictures} pictures`);
  await end(terminal);
  await sleep(1500);

  const rest = { ...seen };
  const cpu = cpuSeconds(Number(agent.pid));
  await sleep(REST_MS);
  const used = (100 * (cpuSeconds(Number(agent.pid)) - cpu)) / (REST_MS / 1000);
  console.log(`${"agent at rest".padEnd(34)} ${used.toFixed(2)} % of a core, ${seen.pictures - rest.pictures} pictures in ${REST_MS / 1000} s`);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${agent.pid}/status`, "utf8"))?.[1];
  console.log(`${"agent, peak memory".padEnd(34)} ${(Number(peak) / 1024).toFixed(0)} MB`);
}

/** First pictures over several sessions' worth of grants: view is given back and asked again. @param {{ stack: Stack, desk: Desk, browser: import("playwright-core").Browser }} world */
async function firstPictures({ stack, desk, browser }) {
  const advisor = await person(browser);
  const customer = await person(browser);
  const seen = countFrames(advisor);
  await signIn(advisor, stack.url);
  const { code, session } = await newSession(advisor);
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  const agent = desk.launch(program, [], join(stack.dir, "agent.log"));
  await desk.waitWindow(WINDOW);
  await advisor.waitForSelector("#page-session:visible");
  const times = [];
  let bytes = 0;
  for (let i = 0; i < 6; i++) {
    const before = seen.bytes;
    await advisor.click("#ask-view");
    const painted = advisor.evaluate(() => new Promise((resolve) => {
      const reason = /** @type {Element} */ (document.querySelector("#reason"));
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#screen"));
      const look = () => (canvas.width > 1 && reason.textContent === "Image à jour." ? resolve(Date.now()) : requestAnimationFrame(look));
      look();
    }));
    await answer(desk, "view");
    const at = /** @type {number} */ (await painted);
    const granted = stack.consent(session).filter((line) => line.event === "grant").at(-1).wall_ms;
    times.push(at - granted);
    bytes = seen.bytes - before;
    await sleep(500);
    await advisor.click("#give-back-view");
    await sleep(700);
  }
  report("click on « Autoriser » to picture", times);
  console.log(`${"first picture".padEnd(34)} ${(bytes / 1000).toFixed(0)} kB (1280x800, with the customer's window)`);
  await advisor.click("#end");
  await advisor.waitForSelector("#page-ended:visible");
  await end(agent);
  await advisor.context().close();
  await customer.context().close();
}

const stack = new Stack({ port: Number(process.env.GUICHET_PORT ?? 8443) });
const desk = new Desk(Number(process.env.GUICHET_DISPLAY ?? 901));
let browser;
try {
  stack.start();
  await desk.open();
  browser = await launch();
  await firstPictures({ stack, desk, browser });
  await bench({ stack, desk, browser });
} finally {
  await browser?.close();
  await desk.close();
  stack.stop();
  stack.clean();
}

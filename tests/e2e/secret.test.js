/**
 * S23, S25: while the customer types a password, nobody else acts, nothing is recorded, and its field is hatched for all.
 * A real GTK form tells about itself on a real accessibility bus, as on his own desktop.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { canvasPixels, newSession, signIn, waitState } from "./lib/advisor.js";
import { launch, person } from "./lib/browser.js";
import { accept, answer, download, endSession, WINDOW } from "./lib/customer.js";
import { end, until } from "./lib/process.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(26);
const HATCH = "4a505c";

/** A session bus of this desktop's own. @returns {Promise<{ bus: import("node:child_process").ChildProcess, address: string }>} */
async function sessionBus() {
  const bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], {
    env: { ...process.env, DISPLAY: desk.display },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let address = "";
  bus.stdout.on("data", (bytes) => { address += bytes; });
  await until("the bus has an address", () => address.includes("\n"));
  return { bus, address: address.trim() };
}

/** How much of the advisor's picture is hatched. @param {import("playwright-core").Page} page */
async function hatched(page) {
  const { rgb } = await canvasPixels(page);
  let n = 0;
  for (let i = 0; i < rgb.length; i += 3) if (rgb.toString("hex", i, i + 3) === HATCH) n++;
  return n;
}

test("a password takes control back, stops the recording, is hatched for the advisor, and lets go again by itself", async () => {
  const { bus, address } = await sessionBus();
  const env = { DBUS_SESSION_BUS_ADDRESS: address };
  const browser = await launch();
  const advisor = await person(browser);
  const customer = await person(browser);
  await signIn(advisor, stack.url);
  const { code, session } = await newSession(advisor);
  await accept(customer, stack.url);
  const program = await download(customer, code, stack.dir);
  const form = desk.launch("zenity", ["--forms", "--title=Connexion", "--text=Mon compte", "--add-entry=Nom", "--add-password=Secret"],
    undefined, env);
  const { id } = await desk.waitWindow("^Connexion$");
  desk.ghost("windowmove", id, 60, 60);
  const agent = desk.launch(program, [], join(stack.dir, "agent.log"), env);
  await desk.waitWindow(WINDOW, 15000);
  await advisor.waitForSelector("#page-session:visible");
  await advisor.click("#ask-view");
  await answer(desk, "view");
  await waitState(advisor, "view", "allowed");
  await advisor.click("#ask-control");
  await answer(desk, "caller");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  assert.equal(await hatched(advisor), 0);

  const place = await desk.waitWindow("^Connexion$");
  desk.click(place.x + 150, place.y + 55); /* into « Nom » */
  desk.hand("key", "Tab");
  await waitState(advisor, "control", "suspended");
  await until("the advisor reads why", async () => /mot de passe/.test(await advisor.textContent("#recording") ?? ""));
  await until("hatched", async () => await hatched(advisor) > 500);
  desk.hand("type", "--delay", "60", "Sesame");
  assert.equal(await advisor.isVisible("#record-resume"), false, "not the advisor's to end");
  const pause = stack.consent(session).find((line) => line.event === "pause");
  assert.deepEqual([pause.who, pause.why], ["customer", "password"]);
  if (process.env.GUICHET_PICTURES) {
    mkdirSync(process.env.GUICHET_PICTURES, { recursive: true });
    await advisor.screenshot({ path: join(process.env.GUICHET_PICTURES, "password_advisor.png") });
    desk.png(join(process.env.GUICHET_PICTURES, "password_customer.png"));
  }
  await advisor.click("#ask-control");
  await waitState(advisor, "control", "refused");

  desk.hand("key", "shift+Tab");
  await until("it is recorded again", () => stack.consent(session).some((line) => line.event === "resume"));
  assert.ok(await hatched(advisor) > 500, "what was typed stays hidden for as long as it is there");
  await advisor.waitForTimeout(5500); /* in peace after a refusal */
  await advisor.click("#ask-control");
  await answer(desk, "control");
  await waitState(advisor, "control", "allowed");
  await end(form);
  await until("nothing is hatched any more", async () => await hatched(advisor) === 0);
  await endSession(desk);
  await advisor.waitForSelector("#page-ended:visible");
  await end(agent);
  await end(bus);
  await browser.close();
});

/** S10: the program installs nothing and leaves nothing behind. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { answer, endSession } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(7);

/** Every path under a folder with kind, size, time of change and content. @param {string} folder */
function snapshot(folder) {
  return readdirSync(folder, { recursive: true }).map(String).sort().map((name) => {
    const path = join(folder, name);
    const s = lstatSync(path);
    const content = s.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
    return { name, mode: s.mode, size: s.size, changed: s.mtimeMs, content };
  });
}

test("a whole session leaves the customer's home and temporary folder as they were", async () => {
  const home = join(stack.dir, "home");
  const temporary = join(stack.dir, "tmp");
  for (const folder of [".cache", ".config", ".local/share", "Documents"]) mkdirSync(join(home, folder), { recursive: true });
  mkdirSync(temporary);
  writeFileSync(join(home, "Documents/lettre.txt"), "Bonjour");
  const before = [snapshot(home), snapshot(temporary)];
  const env = {
    ASAN_OPTIONS: "detect_leaks=0", /* the toolkit's own, when the build looks for them */
    HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: join(home, ".cache"), XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"), XDG_STATE_HOME: join(home, ".local/state"),
  };
  const { viewer, agent } = await begin(stack, desk, { env });
  for (const cap of /** @type {const} */ (["view", "point", "control"])) {
    viewer.session.ask(cap);
    await answer(desk, cap);
    await viewer.state(cap, "allowed");
  }
  await endSession(desk);
  await until("ended", () => viewer.ended);
  await sleep(500);
  await endSession(desk); /* now it closes the window */
  await until("the program is over", () => agent.exitCode !== null);
  assert.equal(agent.exitCode, 0);
  assert.deepEqual([snapshot(home), snapshot(temporary)], before);
  await end(agent);
});

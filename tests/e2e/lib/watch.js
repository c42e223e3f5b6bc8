/** watch: what really happens on a customer's X server, by xrecord_watch.c. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./process.js";
import { ROOT } from "./stack.js";

let program = "";

/** The program of the build, or one compiled here. */
function find() {
  if (program) return program;
  const built = join(process.env.GUICHET_BUILD ?? join(ROOT, "build"), "xrecord_watch");
  if (existsSync(built)) return (program = built);
  const out = join(mkdtempSync(join(tmpdir(), "guichet-watch-")), "xrecord_watch");
  run("cc", ["-std=gnu17", "-O1", join(ROOT, "tests/e2e/xrecord_watch.c"), "-o", out, "-lxcb", "-lxcb-record"]);
  return (program = out);
}

/** Begins to watch; the answer ends the watch and says what was counted. @param {import("./desk.js").Desk} desk */
export async function watch(desk) {
  const child = spawn(find(), [], { env: { ...process.env, DISPLAY: desk.display }, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const gone = new Promise((resolve) => child.once("close", resolve)); /* all it printed has come */
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (part) => {
      text += part;
      if (text.startsWith("ready\n")) resolve(undefined);
    });
    child.once("exit", () => reject(new Error("xrecord_watch ended")));
  });
  return async () => {
    child.kill("SIGTERM");
    await gone;
    const counts = Object.fromEntries([...text.matchAll(/(\w+) (-?\d+)/g)].map(([, name, n]) => [name, Number(n)]));
    return /** @type {{ key: number, button: number, motion: number, captures: number, after_release: number, last_capture_ms: number, released_ms: number, held_keys: number, held_buttons: number }} */ (counts);
  };
}

/** What is down right now. @param {import("./desk.js").Desk} desk */
export async function held(desk) {
  const counts = await (await watch(desk))();
  return { keys: counts.held_keys, buttons: counts.held_buttons };
}


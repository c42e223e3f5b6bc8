/** process: child processes that a test starts, and only those, are ended by it. */
import { spawn, execFileSync } from "node:child_process";
import { openSync } from "node:fs";

/** Resolves after `ms` milliseconds. @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Polls until `check` answers something true; its answer is the result.
 * @template T
 * @param {string} what  named in the error
 * @param {() => T | Promise<T>} check
 * @param {number} [timeout]  milliseconds
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, check, timeout = 10000) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await check();
    if (answer) return /** @type {NonNullable<T>} */ (answer);
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await sleep(25);
  }
}

/**
 * Starts a program with its output in a file.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, log?: string, cwd?: string }} [options]
 */
export function start(program, args, { env = {}, log = "/dev/null", cwd } = {}) {
  const out = openSync(log, "a");
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    cwd,
    stdio: ["ignore", out, out],
  });
  child.on("error", (error) => console.error(`${program}: ${error.message}`));
  return child;
}

/** Ends a child that start() made, and waits for it. @param {import("node:child_process").ChildProcess | undefined} child */
export async function end(child) {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(timer);
}

/** Runs a command and returns what it printed. @param {string} program @param {string[]} args @param {Record<string, string>} [env] */
export function run(program, args, env = {}) {
  return execFileSync(program, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
  });
}

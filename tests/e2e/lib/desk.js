/**
 * desk: the customer's desktop: an X server whose mouse and keyboard are moved from an outer X server.
 * What hand() does arrives as physical devices, what ghost() does as injected XTEST devices.
 */
import { createHash, X509Certificate } from "node:crypto";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { end, run, sleep, start, until } from "./process.js";

export const WIDTH = 1280;
export const HEIGHT = 800;
/** Title of the demonstration bank's page (deploy/demo-bank). */
export const BANK = "Mes comptes – Banque Exemple";

const BROWSER_WIDTH = 800; /* beside the agent's window */

export class Desk {
  #children = /** @type {import("node:child_process").ChildProcess[]} */ ([]);

  /** @param {number} number  display numbers used: number and number + 1 */
  constructor(number) {
    this.outer = `:${number}`;
    this.display = `:${number + 1}`;
  }

  async open() {
    this.#start("Xvfb", [this.outer, "-screen", "0", `${WIDTH}x${HEIGHT}x24`, "-nolisten", "tcp"], "");
    await this.#ready(this.outer);
    this.#start("Xephyr", [this.display, "-screen", `${WIDTH}x${HEIGHT}`, "-resizeable", "-nolisten", "tcp"], this.outer);
    await this.#ready(this.display);
    run("setxkbmap", ["fr"], { DISPLAY: this.outer });
    this.#start("openbox", [], this.display);
    await sleep(500);
    return this;
  }

  /**
   * Starts a program of the customer's.
   * @param {string} program @param {string[]} args @param {string} [log] @param {Record<string, string>} [env]
   */
  launch(program, args, log, env = {}) {
    return this.#start(program, args, this.display, log, env);
  }

  /**
   * A desktop as a customer has it: his own browser with the bank's page, at the left of the screen. It trusts the
   * development certificate by its key alone.
   * @param {import("./stack.js").Stack} stack
   */
  async browse(stack) {
    run("xsetroot", ["-solid", "#31525b"], { DISPLAY: this.display });
    const { publicKey } = new X509Certificate(readFileSync(join(stack.dir, "pki/server.pem")));
    const key = createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest("base64");
    this.launch("chromium", [
      `--user-data-dir=${join(stack.dir, "browser")}`, `--ignore-certificate-errors-spki-list=${key}`, "--no-sandbox", "--test-type",
      "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--password-store=basic", "--lang=fr", "--window-position=0,0",
      `--window-size=${BROWSER_WIDTH},${HEIGHT}`, new URL("/", stack.url).href,
    ], join(stack.dir, "browser.log"), { LANGUAGE: "fr" });
    const window = await this.waitWindow(BANK, 30000);
    await sleep(1500); /* the tab stops turning */
    return window;
  }

  async close() {
    for (const child of this.#children.reverse()) await end(child);
  }

  /** Physical mouse and keyboard: xdotool on the outer display. @param {...(string | number)} args */
  hand(...args) {
    run("xdotool", args.map(String), { DISPLAY: this.outer });
  }

  /** Injected input: xdotool on the customer's own display. @param {...(string | number)} args */
  ghost(...args) {
    run("xdotool", args.map(String), { DISPLAY: this.display });
  }

  /** Physical click at a place. @param {number} x @param {number} y */
  click(x, y) {
    this.hand("mousemove", Math.round(x), Math.round(y), "sleep", "0.1", "click", "1");
  }

  /** Where the customer's pointer is. */
  mouse() {
    const shell = run("xdotool", ["getmouselocation", "--shell"], { DISPLAY: this.display });
    const [x, y] = ["X", "Y"].map((key) => Number(new RegExp(`^${key}=(\\d+)`, "m").exec(shell)?.[1]));
    return { x, y };
  }

  /**
   * Geometry of the first visible window whose title matches, or null.
   * @param {string} title
   * @returns {{ id: string, x: number, y: number, width: number, height: number } | null}
   */
  window(title) {
    const found = spawnSync("xdotool", ["search", "--onlyvisible", "--name", title], {
      env: { ...process.env, DISPLAY: this.display }, encoding: "utf8",
    });
    const id = found.stdout.trim().split("\n")[0];
    if (!id) return null;
    const shell = run("xdotool", ["getwindowgeometry", "--shell", id], { DISPLAY: this.display });
    /** @param {string} key */
    const value = (key) => Number(new RegExp(`${key}=(-?\\d+)`).exec(shell)?.[1]);
    return { id, x: value("X"), y: value("Y"), width: value("WIDTH"), height: value("HEIGHT") };
  }

  /** @param {string} title @param {number} [timeout] */
  waitWindow(title, timeout) {
    return until(`window ${title}`, () => this.window(title), timeout);
  }

  /** Screenshot as raw XWD. */
  xwd() {
    const shot = spawnSync("xwd", ["-root", "-silent"], {
      env: { ...process.env, DISPLAY: this.display }, maxBuffer: 64 << 20,
    });
    if (shot.status !== 0) throw new Error(`xwd: ${shot.stderr}`);
    return shot.stdout;
  }

  /** Screenshot of the customer's screen into a PNG file. @param {string} file */
  png(file) {
    const out = spawnSync("convert", ["xwd:-", "png:-"], { input: this.xwd(), maxBuffer: 64 << 20 });
    writeFileSync(file, out.stdout);
  }

  /** Pixels of the screen: RGB, 3 bytes each, row by row. */
  pixels() {
    const out = spawnSync("convert", ["xwd:-", "-depth", "8", "rgb:-"], { input: this.xwd(), maxBuffer: 64 << 20 });
    return out.stdout;
  }

  /**
   * @param {string} program @param {string[]} args @param {string} display @param {string} [log]
   * @param {Record<string, string>} [env]
   */
  #start(program, args, display, log, env = {}) {
    const child = start(program, args, { env: display ? { ...env, DISPLAY: display } : env, log });
    this.#children.push(child);
    return child;
  }

  /** @param {string} display */
  #ready(display) {
    return until(`display ${display}`, () => spawnSync("xdpyinfo", ["-display", display]).status === 0);
  }
}

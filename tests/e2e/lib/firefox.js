/** firefox: Debian's Firefox ESR over WebDriver BiDi, without any driver between. Only what the tests here need. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { end, start, until } from "./process.js";

const FIREFOX = "/usr/bin/firefox-esr";

/** No first pages, no updates, no network of its own; a proxy that nobody answers keeps every page off line. */
const PREFS = {
  "browser.shell.checkDefaultBrowser": false, "browser.startup.homepage_override.mstone": "ignore", "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.disabledForTesting": true, "browser.aboutwelcome.enabled": false, "network.proxy.type": 1, "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9, "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9, "network.proxy.allow_hijacking_localhost": true,
  "remote.active-protocols": 1, "intl.locale.requested": "fr",
};

/** One Firefox with one page. */
export class Firefox {
  #child;
  #profile;
  #socket = /** @type {any} */ (null);
  #next = 1;
  #waiting = /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */ (new Map());
  #context = "";
  /** What pages logged as errors. @type {string[]} */
  complaints = [];

  /** @param {import("node:child_process").ChildProcess} child @param {string} profile */
  constructor(child, profile) {
    this.#child = child;
    this.#profile = profile;
  }

  /** @param {number} port */
  static async open(port) {
    const profile = mkdtempSync(join(tmpdir(), "firefox-"));
    writeFileSync(join(profile, "user.js"), Object.entries(PREFS).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(""));
    const args = ["--headless", "--no-remote", "--profile", profile, `--remote-debugging-port=${port}`, "about:blank"];
    const firefox = new Firefox(start(FIREFOX, args, { env: { HOME: profile, MOZ_HEADLESS_WIDTH: "900", MOZ_HEADLESS_HEIGHT: "1100" } }), profile);
    await firefox.#connect(port);
    return firefox;
  }

  /** @param {number} port */
  async #connect(port) {
    this.#socket = await until("Firefox", () => tryOpen(`ws://127.0.0.1:${port}/session`), 60000);
    this.#socket.on("message", (/** @type {Buffer} */ text) => this.#take(JSON.parse(text.toString())));
    await this.send("session.new", { capabilities: {} });
    await this.send("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = await this.send("browsingContext.getTree", {});
    this.#context = contexts[0].context;
    await this.send("browsingContext.setViewport", { context: this.#context, viewport: { width: 900, height: 1000 } });
  }

  /** @param {any} message */
  #take(message) {
    if (message.method === "log.entryAdded" && message.params.level === "error") this.complaints.push(message.params.text);
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (message.type === "error") waiting.reject(new Error(`${message.error}: ${message.message}`));
    else waiting.resolve(message.result);
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  send(method, params) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** @param {string} url */
  goto(url) {
    return this.send("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** The value of an expression in the page, through JSON. @param {string} expression @returns {Promise<any>} */
  async evaluate(expression) {
    const params = { expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`, target: { context: this.#context }, awaitPromise: true };
    const { type, result, exceptionDetails } = await this.send("script.evaluate", params);
    if (type !== "success") throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  }

  /** @param {string} selector */
  async #find(selector) {
    const params = { context: this.#context, locator: { type: "css", value: selector } };
    const { nodes } = await this.send("browsingContext.locateNodes", params);
    if (!nodes.length) throw new Error(`${selector} is not there`);
    return nodes[0];
  }

  /** @param {string} selector @param {string[]} files */
  async setFiles(selector, files) {
    const { sharedId } = await this.#find(selector);
    await this.send("input.setFiles", { context: this.#context, element: { sharedId }, files });
  }

  /** A click of the mouse in the middle of an element. @param {string} selector */
  async click(selector) {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollIntoView({ block: "center" })`);
    const { sharedId } = await this.#find(selector);
    const origin = { type: "element", element: { sharedId } };
    const actions = [{ type: "pointerMove", x: 0, y: 0, origin }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await this.send("input.performActions", { context: this.#context, actions: [{ type: "pointer", id: "mouse", actions }] });
  }

  /** @param {string} path  of a PNG file */
  async screenshot(path) {
    const { data } = await this.send("browsingContext.captureScreenshot", { context: this.#context });
    writeFileSync(path, Buffer.from(data, "base64"));
  }

  async close() {
    this.#socket?.close();
    await end(this.#child);
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** An open WebSocket, or null. @param {string} url @returns {Promise<WebSocket | null>} */
function tryOpen(url) {
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}

/** stack: notary, live and nginx of one test, through deploy/stack; sessions and journals of it. */
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./process.js";

export const ROOT = resolve(import.meta.dirname, "../../..");
const SCRIPT = join(ROOT, "deploy/stack");
export const ADVISOR = { name: "claire.martin", display: "Claire Martin", password: "une longue phrase facile" };

export class Stack {
  /** @param {{ build?: string, port?: number, dir?: string, pki?: string, samePort?: boolean }} [options] */
  constructor({ build, port = 8443, dir, pki, samePort = false } = {}) {
    this.samePort = samePort;
    this.build = resolve(build ?? process.env.GUICHET_BUILD ?? join(ROOT, "build"));
    this.dir = dir ?? mkdtempSync(join(tmpdir(), "guichet-"));
    this.port = port;
    this.url = `https://localhost:${port}/assistance/`;
    const given = pki ?? process.env.GUICHET_PKI;
    this.pki = given && resolve(given);
  }

  start() {
    const env = /** @type {Record<string, string>} */ ({ GUICHET_SAME_PORT: this.samePort ? "yes" : "no" });
    if (this.pki) env.GUICHET_PKI = this.pki;
    run(SCRIPT, ["start", this.dir, this.build, String(this.port)], env);
    run(SCRIPT, ["advisor", this.dir, ADVISOR.name, ADVISOR.display, ADVISOR.password]);
    return this;
  }

  stop() {
    run(SCRIPT, ["stop", this.dir]);
  }

  /** Forgets everything, unless GUICHET_KEEP is set. */
  clean() {
    if (!process.env.GUICHET_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }

  /** @param {"live" | "notary" | "nginx"} which */
  pid(which) {
    return Number(readFileSync(join(this.dir, `${which}.pid`), "utf8"));
  }

  /** @param {"live" | "notary"} which */
  startAgain(which) {
    run(SCRIPT, [`start-${which}`, this.dir]);
  }

  /** Lines of a session's journal, parsed. @param {string} session */
  journal(session) {
    const path = this.journalPath(session);
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** @param {string} session */
  journalPath(session) {
    return join(this.dir, "store/journal", `${session}.jsonl`);
  }

  /** What the customer signed, in order. @param {string} session */
  consent(session) {
    return this.journal(session)
      .filter((line) => line.event === "consent")
      .map((line) => JSON.parse(line.data.line));
  }

  /** @param {"live" | "notary" | "nginx"} which */
  log(which) {
    return readFileSync(join(this.dir, `${which}.log`), "utf8");
  }
}

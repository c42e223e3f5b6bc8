/** stack: notary, live and nginx of one test, through deploy/stack; sessions and journals of it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./process.js";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const SCRIPT = join(ROOT, "deploy/stack");
export const ADVISOR = { name: "claire.martin", display: "Claire Martin", password: "une longue phrase facile" };

export class Stack {
  /** @param {{ build?: string, port?: number, dir?: string, pki?: string, samePort?: boolean, alertUrl?: string }} [options] */
  constructor({ build, port = 8443, dir, pki, samePort = false, alertUrl = "" } = {}) {
    this.alertUrl = alertUrl;
    this.samePort = samePort;
    this.build = resolve(build ?? process.env.GUICHET_BUILD ?? join(ROOT, "build"));
    this.dir = dir ?? mkdtempSync(join(tmpdir(), "guichet-"));
    this.port = port;
    this.url = `https://localhost:${port}/assistance/`;
    const given = pki ?? process.env.GUICHET_PKI;
    this.pki = given && resolve(given);
  }

  start() {
    const env = /** @type {Record<string, string>} */ ({ GUICHET_SAME_PORT: this.samePort ? "yes" : "no", GUICHET_ALERT_URL: this.alertUrl });
    if (this.pki) env.GUICHET_PKI = this.pki;
    run(SCRIPT, ["start", this.dir, this.build, String(this.port)], env);
    run(SCRIPT, ["advisor", this.dir, ADVISOR.name, ADVISOR.display, ADVISOR.password]);
    return this;
  }

  /** @param {string} name @param {string} display @param {string} password @param {"compliance" | "operator"} role */
  officer(name, display, password, role) {
    run(SCRIPT, ["officer", this.dir, name, display, password, role]);
  }

  stop() {
    run(SCRIPT, ["stop", this.dir]);
  }

  /** Forgets everything, unless GUICHET_KEEP is set. */
  clean() {
    if (!process.env.GUICHET_KEEP) rmSync(this.dir, { recursive: true, force: true });
  }

  /** @param {"live" | "notary" | "office" | "nginx" | "clamd"} which */
  pid(which) {
    return Number(readFileSync(join(this.dir, `${which}.pid`), "utf8"));
  }

  /** @param {"live" | "notary" | "office" | "clamd"} which */
  startAgain(which) {
    run(SCRIPT, [`start-${which}`, this.dir]);
  }

  /** Lines of a session's journal, parsed. @param {string} session */
  journal(session) {
    const path = this.journalPath(session);
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Every session that there has been. */
  sessions() {
    const path = join(this.dir, "store/sessions");
    return existsSync(path) ? readdirSync(path) : [];
  }

  /** @param {string} session */
  journalPath(session) {
    return join(this.dir, "store/sessions", session, "journal.jsonl");
  }

  /** What the customer signed, in order. @param {string} session */
  consent(session) {
    return this.journal(session)
      .filter((line) => line.event === "consent")
      .map((line) => JSON.parse(line.data.line));
  }

  /** @param {"live" | "notary" | "office" | "nginx"} which */
  log(which) {
    return readFileSync(join(this.dir, `${which}.log`), "utf8");
  }
}

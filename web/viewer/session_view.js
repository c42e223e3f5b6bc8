/** session_view: the advisor's view of a session that is under way. */
import { FilesView } from "./files_view.js";
import { ChatView } from "./chat_view.js";
import { Hands } from "./hands.js";
import { NoteView } from "./note_view.js";
import { Pointing } from "./pointing.js";
import { RecordingView } from "./recording_view.js";
import { RightsView } from "./rights_view.js";
import { Screen } from "./screen.js";

const STILL_MS = 5000;
const TOOLS = /** @type {const} */ (["hand", "pointer", "frame", "arrow", "step", "line"]);

export class SessionView {
  #root;
  #session;
  #words;
  #screen;
  #hands;
  #pointing;
  #rights;
  #recording;
  #files;
  #chat;
  #note;
  #timer;
  #ac = new AbortController();
  #painted = 0;
  #notice = { what: "", until: 0 };
  #viewGrant = 0;
  #isSeeing = false;
  #isLineRefused = false;

  /**
   * @param {HTMLElement} root  with fresh canvases @param {import("./session.js").Session} session
   * @param {import("../shared/words.js").Words} words @param {Worker} worker
   */
  constructor(root, session, words, worker) {
    const canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("#screen"));
    const cursor = /** @type {HTMLCanvasElement} */ (root.querySelector("#cursor"));
    const frame = /** @type {HTMLElement} */ (root.querySelector("#frame"));
    const typing = /** @type {HTMLTextAreaElement} */ (root.querySelector("#typing"));
    this.#root = root;
    this.#session = session;
    this.#words = words;
    this.#screen = new Screen(canvas, cursor, frame, worker);
    this.#hands = new Hands(session, this.#screen, canvas, typing);
    this.#pointing = new Pointing(session, this.#screen, canvas);
    this.#rights = new RightsView(this.#find("#rights"), session, words);
    this.#recording = new RecordingView(this.#find("#recording"), session, words);
    this.#files = new FilesView(root, session, words);
    this.#chat = new ChatView(this.#find("#chat"), this.#find("#chat-toggle"), session, words);
    this.#note = new NoteView(this.#find("#note"), session, words);
    this.#listen();
    /** @type {HTMLInputElement} */ (this.#find("#line-text")).value = ""; /* the session before this one */
    this.#choose("hand");
    this.#timer = setInterval(() => this.draw(), 500);
    this.draw();
  }

  close() {
    clearInterval(this.#timer);
    this.#ac.abort();
    this.#files.close();
    this.#hands.close();
    this.#pointing.close();
    this.#chat.close();
    this.#screen.close();
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  #listen() {
    const { signal } = this.#ac;
    const session = this.#session;
    /** @param {string} selector @param {() => void} act */
    const click = (selector, act) => this.#find(selector).addEventListener("click", act, { signal });
    /** @param {string} name @param {(detail: any) => void} take */
    const plain = (name, take) =>
      session.addEventListener(name, (event) => take(/** @type {CustomEvent} */ (event).detail), { signal });
    click("#end", () => session.end());
    click("#zoom-fit", () => this.#screen.zoom("fit"));
    click("#zoom-1", () => this.#screen.zoom("one"));
    click("#zoom-in", () => this.#screen.zoom("in"));
    click("#zoom-out", () => this.#screen.zoom("out"));
    click("#fullscreen", () => this.#toggleFullscreen());
    for (const tool of TOOLS) click(`#tool-${tool}`, () => this.#choose(tool));
    click("#tool-clear", () => this.#pointing.clear());
    this.#find("#line").addEventListener("submit", (event) => this.#write(event), { signal });
    session.addEventListener("change", () => this.draw(), { signal });
    plain("picture", (fragment) => this.#screen.takePicture(fragment));
    plain("cursor", (cursor) => this.#screen.takeCursor(cursor));
    plain("screens", (screens) => this.#screen.takeScreens(screens));
    plain("notice", (notice) => this.#takeNotice(notice));
    this.#screen.addEventListener("painted", (event) => this.#onPainted(/** @type {CustomEvent} */ (event).detail), { signal });
    this.#screen.addEventListener("trouble", () => session.askKeyFrame(), { signal });
    this.#hands.addEventListener("left", () => this.#find("#tool-hand").focus(), { signal });
    document.addEventListener("visibilitychange", () => session.tellVisibility(!document.hidden), { signal });
  }

  /** @param {{ update: number, decodeUs: number, paintUs: number }} painted */
  #onPainted({ update, decodeUs, paintUs }) {
    const isFirst = this.#painted === 0;
    this.#painted = performance.now();
    if (isFirst) this.draw();
    this.#session.acknowledge(update, decodeUs, paintUs);
  }

  /** @param {{ what: string, ms: number }} notice */
  #takeNotice({ what, ms }) {
    this.#notice = { what, until: performance.now() + Math.max(ms, 1500) };
    this.draw();
  }

  /** @param {import("./pointing.js").ToolName} tool */
  #choose(tool) {
    this.#pointing.tool = tool;
    this.#hands.isActive = tool === "hand";
    for (const each of TOOLS) {
      this.#find(`#tool-${each}`).setAttribute("aria-pressed", String(each === tool));
    }
    this.#find("#line").hidden = tool !== "line";
    this.#find("#tool-line").setAttribute("aria-expanded", String(tool === "line"));
    if (tool === "line") this.#find("#line-text").focus();
  }

  /** @param {Event} event */
  #write(event) {
    const input = /** @type {HTMLInputElement} */ (this.#find("#line-text"));
    event.preventDefault();
    this.#isLineRefused = !this.#pointing.write(input.value);
    if (!this.#isLineRefused) input.value = "";
    this.draw();
  }

  #toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#root.requestFullscreen().then(() => lockKeyboard()).catch((error) => console.error(error));
  }

  /* ---- drawing ---- */

  draw() {
    const session = this.#session;
    const { facts, agent } = session;
    const words = this.#words;
    this.#followView();
    this.#rights.draw();
    this.#recording.draw();
    this.#files.draw();
    this.#chat.draw();
    this.#note.draw();
    this.#set("#words", session.spoken ? session.spoken.replace(" ", " · ") : words.text("wordsNone"));
    this.#set("#latency", session.latency < 0 ? words.text("latencyNone") : words.text("latency", { ms: session.latency }));
    this.#set("#elapsed", words.text("elapsed", { time: words.span(Date.now() - facts.started_ms) }));
    this.#set("#terms-accepted", words.text("terms", { version: facts.terms, time: words.time(facts.accepted_ms) }));
    const transport = `transport_${agent.transport}`;
    this.#set("#transport", words.has(transport) ? words.text(transport) : "");
    this.#set("#reason", words.text(this.#reason()));
    this.#set("#line-hint", words.text(this.#isLineRefused ? "lineRefused" : "lineHint"));
    this.#drawCaution();
    for (const tool of [...TOOLS.slice(1), "clear"]) {
      /** @type {HTMLButtonElement} */ (this.#find(`#tool-${tool}`)).disabled = !session.grant("point");
    }
  }

  /** What the customer's program said about fraud stays in sight. */
  #drawCaution() {
    const { isDoubting, caller } = this.#session.consent;
    const box = this.#find("#caution");
    const key = isDoubting ? "cautionDoubt" : caller === "other" ? "cautionCalled" : null;
    this.#set("#caution", key ? this.#words.text(key) : "");
    box.hidden = !key;
  }

  /** The picture disappears with the right to see it. */
  #followView() {
    const isSeeing = this.#session.grant("view") > 0;
    if (isSeeing && !this.#isSeeing && document.hidden) this.#session.tellVisibility(false); /* the agent begins with a visible page */
    this.#isSeeing = isSeeing;
    const grant = this.#session.consent.grant("view");
    if (grant === this.#viewGrant) return;
    this.#viewGrant = grant;
    this.#painted = 0;
    if (!grant) this.#screen.clear();
  }

  /** Why the picture stands still, or that it does not. @returns {import("../shared/words.js").TextKey} */
  #reason() {
    const session = this.#session;
    const now = performance.now();
    if (!session.linked) return "reason_lost";
    if (!session.isLive) return "reason_agent";
    if (session.consent.isDeleteAsked) return "reason_delete";
    if (this.#notice.what && now < this.#notice.until) {
      return /** @type {import("../shared/words.js").TextKey} */ (`reason_${this.#notice.what}`);
    }
    const state = session.consent.state("view");
    if (session.consent.isDoubting) return "reason_doubt";
    if (state === "asked") return "reason_waiting";
    if (state === "withdrawn" || state === "refused") return `reason_${state}`;
    if (state !== "allowed") return "reason_ask";
    if (!this.#painted) return "reason_first";
    return now - this.#painted > STILL_MS ? "reason_still" : "reason_live";
  }

  /** @param {string} selector @param {string} text */
  #set(selector, text) {
    const element = this.#find(selector);
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * In full screen the browser gives the page its own shortcuts too, where it can (Chromium): Alt + Tab, Super, Escape. It
 * goes back to the browser with full screen; Escape held leaves that, as the browser says.
 */
async function lockKeyboard() {
  await /** @type {any} */ (navigator).keyboard?.lock?.();
}

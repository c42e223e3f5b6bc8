/**
 * replay_view: plays a recording in the browser once the officer has loaded his key here: picture and cursor, who had the
 * hand, speed, events to jump to. Fires "back".
 */
import { PictureDecoder } from "../reader/decoder.js";
import { Messages } from "../reader/messages.js";
import { Player } from "../reader/player.js";
import { clock, sentence } from "./formats.js";
import { make, makeButton, makeSvg } from "./make.js";
import { ReplaySource } from "./replay_source.js";

const SPEEDS = [1, 2, 4, 8, 16];
const WIDTH = 1000;

/** @returns {Promise<PictureDecoder>} */
async function loadDecoder() {
  const answer = await fetch(new URL("../viewer/decoder/decoder.wasm", import.meta.url));
  return PictureDecoder.load(new Uint8Array(await answer.arrayBuffer()));
}

export class ReplayView extends EventTarget {
  #root;
  #api;
  #words;
  #keys;
  #onError;
  #newDecoder;
  #history = /** @type {import("./api.js").History | null} */ (null);
  #source = /** @type {ReplaySource | null} */ (null);
  #player = /** @type {Player | null} */ (null);
  #abort = /** @type {AbortController | null} */ (null);
  #parts = /** @type {Record<string, any>} */ ({});
  #isShown = false; /* the first picture */

  /**
   * @param {HTMLElement} root @param {import("./api.js").OfficeApi} api @param {import("./formats.js").OfficeWords} words
   * @param {import("./key_view.js").KeyView} keys @param {(error: unknown) => void} onError @param {() => Promise<PictureDecoder>} [newDecoder]
   */
  constructor(root, api, words, keys, onError, newDecoder = loadDecoder) {
    super();
    this.#root = root;
    this.#api = api;
    this.#words = words;
    this.#keys = keys;
    this.#onError = onError;
    this.#newDecoder = newDecoder;
    this.#find("#replay-back").addEventListener("click", () => this.dispatchEvent(new Event("back")));
    keys.addEventListener("key", () => this.#history && this.#start());
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  /** @param {import("./api.js").History} history */
  async show(history) {
    this.close();
    this.#history = history;
    this.redraw();
    if (this.#keys.key) await this.#start();
  }

  /** Stops, and forgets every picture. */
  close() {
    this.#abort?.abort();
    this.#player?.close();
    this.#abort = this.#player = this.#source = this.#history = null;
    this.#isShown = false;
    this.#find("#replay-stage").replaceChildren();
    this.#find("#replay-stage").hidden = true;
    this.#find("#replay-state").textContent = "";
  }

  /** Draws again after the language changed. */
  redraw() {
    if (this.#history && !this.#source) this.#find("#replay-state").textContent = this.#words.text("keyNone");
    if (this.#player) this.#build(this.#player);
  }

  async #start() {
    const { key } = this.#keys;
    if (!this.#history || !key || this.#abort) return;
    const abort = this.#abort = new AbortController();
    const source = this.#source = new ReplaySource(this.#api, this.#history.session);
    try {
      await source.begin(key, abort.signal);
      await this.#open(source);
      await source.load((done) => this.#progress(done, source.pieces.length), abort.signal);
      if (!abort.signal.aborted) this.#find("#replay-state").textContent = "";
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#abort = null;
      this.#onError(error);
    }
  }

  /** @param {number} done @param {number} all */
  #progress(done, all) {
    this.#find("#replay-state").textContent = this.#words.text("replayLoading", { n: done, all });
    if (this.#player) this.#parts.messages.follow(this.#player.timeMs);
    const first = this.#source?.film.updates[0];
    if (first && !this.#isShown) {
      this.#isShown = true;
      this.#player?.seek(first.atMs);
    }
  }

  /** @param {ReplaySource} source */
  async #open(source) {
    const canvas = make("canvas", { id: "replay-screen", width: 1, height: 1, role: "img" });
    const cursor = make("canvas", { id: "replay-cursor", width: 1, height: 1, "aria-hidden": "true" });
    this.#parts = { canvas, cursor };
    const decoder = await this.#newDecoder();
    const player = this.#player = new Player({ film: source.film, decoder, canvas, cursor, spans: source.pieces });
    for (const type of ["time", "state"]) player.addEventListener(type, () => this.#follow(player));
    this.#find("#replay-stage").hidden = false;
    this.#build(player);
  }

  /** Everything around the canvases, in the language of the page. @param {Player} player */
  #build(player) {
    const words = this.#words;
    const { canvas, cursor } = this.#parts;
    canvas.setAttribute("aria-label", words.text("replayScreen"));
    const play = makeButton("", () => player.isPlaying ? player.pause() : player.play(), "primary");
    play.id = "replay-play";
    const speed = make("select", { id: "replay-speed" }, ...SPEEDS.map((n) => make("option", { value: String(n) }, words.text("replaySpeedOf", { n }))));
    speed.value = String(player.speed);
    speed.addEventListener("change", () => {
      player.speed = Number(speed.value);
    });
    const seek = make("input", {
      id: "replay-seek", type: "range", min: String(player.fromMs), max: String(player.toMs), step: "100", "aria-label": words.text("replaySeek"),
    });
    seek.addEventListener("input", () => player.seek(Number(seek.value)));
    const at = make("span", { id: "replay-at" });
    const hand = make("p", { id: "replay-hand", role: "status" });
    const messages = new Messages({
      film: /** @type {ReplaySource} */ (this.#source).film,
      words: { title: words.text("replayChat"), none: words.text("replayChatNone"), customer: words.text("replayChatCustomer"), advisor: words.text("replayChatAdvisor") },
      clock: (atMs) => clock(words, atMs),
      onJump: (atMs) => player.seek(atMs),
    });
    Object.assign(this.#parts, { play, seek, at, hand, messages });
    const needle = makeSvg("line", { y1: 0, y2: 30, class: "replay-needle" });
    this.#parts.needle = needle;
    this.#find("#replay-stage").replaceChildren(
      make("div", { className: "replay" },
        make("div", { className: "film" }, make("div", { className: "stage" }, canvas, cursor)),
        make("div", {},
          make("h2", {}, words.text("replayJump")),
          make("ol", { className: "jump", tabIndex: 0, role: "list" }, ...this.#events(player)),
          messages.root)),
      hand, this.#hands(player, needle), seek,
      make("p", { className: "row" }, play, make("label", { htmlFor: "replay-speed" }, words.text("replaySpeed")), speed, at));
    this.#follow(player);
  }

  /** @param {Player} player */
  #events(player) {
    return (this.#source?.timeline?.events ?? []).map(({ atMs, what, cap, why }) => {
      const text = sentence(this.#words, { ms: atMs, event: what, data: { ...this.#dataOf(atMs, what), cap, why } });
      const button = makeButton(`${clock(this.#words, atMs)}  ${text}`, () => player.seek(atMs));
      return make("li", {}, button);
    });
  }

  /** What the server's history says of the same event. @param {number} ms @param {string} what */
  #dataOf(ms, what) {
    return this.#history?.events.find((each) => each.ms === ms && each.event === what)?.data ?? {};
  }

  /** @param {Player} player @param {SVGElement} needle */
  #hands(player, needle) {
    const x = (/** @type {number} */ ms) => (ms - player.fromMs) / Math.max(1, player.toMs - player.fromMs) * WIDTH;
    const svg = makeSvg("svg", { viewBox: `0 0 ${WIDTH} 30`, role: "img", "aria-label": this.#words.text("ribbonHeading"), class: "hands", preserveAspectRatio: "none" });
    for (const { fromMs, toMs, who } of this.#source?.timeline?.hands ?? []) {
      const [from, to] = [Math.max(0, x(fromMs)), Math.min(WIDTH, x(toMs))];
      if (to > from) svg.append(makeSvg("rect", { x: from, y: 4, width: to - from, height: 22, class: `hand-${who}` }));
    }
    for (const { fromMs, toMs } of player.gaps) {
      svg.append(makeSvg("rect", { x: x(fromMs), y: 4, width: Math.max(2, x(toMs) - x(fromMs)), height: 22, class: "ribbon-gap" }));
    }
    svg.append(needle);
    svg.addEventListener("click", (event) => {
      const box = svg.getBoundingClientRect();
      player.seek(player.fromMs + (/** @type {MouseEvent} */ (event).clientX - box.left) / box.width * (player.toMs - player.fromMs));
    });
    return svg;
  }

  /** @param {Player} player */
  #follow(player) {
    const { play, seek, at, hand, needle, messages } = this.#parts;
    messages.follow(player.timeMs);
    const words = this.#words;
    const now = player.timeMs - player.fromMs;
    const span = player.toMs - player.fromMs;
    const x = now / Math.max(1, span) * WIDTH;
    set(play, words.text(player.isPlaying ? "replayPause" : "replayPlay"));
    seek.value = String(player.timeMs);
    const text = words.text("replayAt", { at: words.span(now), all: words.span(span), clock: clock(words, player.timeMs) });
    set(at, text);
    seek.setAttribute("aria-valuetext", text);
    needle.setAttribute("x1", String(x));
    needle.setAttribute("x2", String(x));
    const who = this.#source?.timeline?.hands.find(({ fromMs, toMs }) => fromMs <= player.timeMs && player.timeMs < toMs)?.who ?? "customer";
    hand.dataset.who = player.gap ? "gap" : who;
    set(hand, words.text(player.gap ? "hand_gap" : `hand_${who}`));
  }
}

/** Only if it changed: a status is read aloud each time. @param {HTMLElement} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

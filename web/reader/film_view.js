/**
 * film_view: a player with its buttons, its time line, the ribbon and the list of moments. Builds its own elements
 * in the one it is given; its words come from outside, so that lecteur.html and the office can both have it.
 */
import { Player } from "./player.js";
import { element } from "./dom.js";
import { Messages } from "./messages.js";
import { ribbon, swatch } from "./ribbon.js";

const SPEEDS = [1, 2, 8];
const STEP_MS = 1000;

/**
 * @typedef {Object} Parts
 * @property {import("./film.js").Film} film
 * @property {import("./decoder.js").PictureDecoder} decoder
 * @property {import("./timeline.js").Timeline} timeline
 * @property {{ fromMs: number, toMs: number }[]} spans  of the chunks, in order
 * @property {import("./words.js").Words} words
 */

export class FilmView {
  #words;
  #timeline;
  #root;
  #player;
  #stage = element("div", { class: "film-stage" });
  #play = element("button", { type: "button", class: "film-play" });
  #start = element("button", { type: "button", class: "film-start" });
  #slider = element("input", { type: "range", min: "0", step: String(STEP_MS), class: "film-line" });
  #clock = element("span", { class: "film-clock" });
  #head = element("span", { class: "film-head", "aria-hidden": "true" });
  #now = element("p", { class: "film-now" });
  #card = element("p", { class: "film-card", hidden: true });
  #speeds = /** @type {HTMLButtonElement[]} */ ([]);
  #messages;
  #marks = /** @type {{ atMs: number, node: HTMLElement }[]} */ ([]);
  #abort = new AbortController();

  /** @param {HTMLElement} root  is emptied @param {Parts} parts */
  constructor(root, { film, decoder, timeline, spans, words }) {
    this.#words = words;
    this.#timeline = timeline;
    this.#root = root;
    const canvas = element("canvas", { class: "film-picture", role: "img", "aria-label": words.say("filmPicture") });
    const cursor = element("canvas", { class: "film-cursor", "aria-hidden": "true" });
    this.#player = new Player({ film, decoder, canvas, cursor, spans });
    this.#messages = new Messages({
      film,
      words: { title: words.say("chatTitle"), none: words.say("chatNone"), customer: words.say("chatCustomer"), advisor: words.say("chatAdvisor") },
      clock: (atMs) => words.clock(atMs),
      onJump: (atMs) => this.#jump(atMs),
    });
    this.#stage.append(canvas, cursor, this.#card, this.#start);
    root.replaceChildren(this.#stage, this.#controls(), this.#tracks(), this.#now, this.#legend(), this.#messages.root, this.#moments());
    this.#listen();
    this.#player.seek(film.updates[0]?.atMs ?? this.#player.fromMs);
    this.#showState();
  }

  get player() {
    return this.#player;
  }

  close() {
    this.#player.close();
    this.#abort.abort();
    this.#root.replaceChildren();
  }

  #controls() {
    const say = (/** @type {string} */ key, /** @type {Record<string, number>} */ values = {}) => this.#words.say(key, values);
    this.#start.setAttribute("aria-label", say("filmPlayLong"));
    this.#speeds = SPEEDS.map((n) => element("button", { type: "button", "aria-label": say("filmSpeedOf", { n }), "data-speed": String(n) }, `${n}×`));
    const full = element("button", { type: "button", class: "film-full" }, say("filmFull"));
    full.addEventListener("click", () => void this.#stage.requestFullscreen?.(), { signal: this.#abort.signal });
    return element("div", { class: "film-controls" }, this.#play, this.#clock,
      element("span", { class: "film-speeds", role: "group", "aria-label": say("filmSpeed") }, ...this.#speeds), full);
  }

  #tracks() {
    const { fromMs, toMs, gaps } = this.#player;
    this.#slider.max = String(Math.ceil((toMs - fromMs) / STEP_MS) * STEP_MS);
    this.#slider.setAttribute("aria-label", this.#words.say("filmLine"));
    const drawn = ribbon(this.#timeline, { fromMs, toMs, gaps }, this.#words.say("filmHandLine"));
    return element("div", { class: "film-tracks" }, this.#slider,
      element("div", { class: "film-ribbon" }, drawn, this.#head));
  }

  #legend() {
    const kinds = /** @type {const} */ (["customer", "both", "advisor", "none"]);
    const used = kinds.filter((who) => (who === "none" ? this.#player.gaps.length : this.#timeline.hands.some((hand) => hand.who === who)));
    return element("ul", { class: "film-legend", "aria-label": this.#words.say("filmHand") }, ...used.map((who) => element("li", {}, swatch(who), this.#words.say(`hand_${who}`))));
  }

  #moments() {
    const words = this.#words;
    const list = element("ol", { class: "film-events" });
    for (const event of this.#timeline.events) {
      const text = sentence(words, event);
      const time = element("span", { class: "film-when" }, words.clock(event.atMs));
      const isIn = event.atMs >= this.#player.fromMs && event.atMs <= this.#player.toMs;
      const node = isIn ? element("button", { type: "button" }, time, text) : element("span", { class: "film-out" }, time, text);
      if (isIn) node.addEventListener("click", () => this.#jump(event.atMs), { signal: this.#abort.signal });
      this.#marks.push({ atMs: event.atMs, node });
      list.append(element("li", {}, node));
    }
    return element("div", { class: "film-moments" }, element("h3", {}, words.say("eventsTitle")), element("p", { class: "hint" }, words.say("eventsHint")), list);
  }

  /** @param {number} atMs */
  #jump(atMs) {
    this.#player.seek(atMs);
    this.#stage.scrollIntoView({ block: "nearest" });
  }

  #listen() {
    const { signal } = this.#abort;
    const toggle = () => (this.#player.isPlaying ? this.#player.pause() : this.#player.play());
    this.#play.addEventListener("click", toggle, { signal });
    this.#start.addEventListener("click", () => {
      toggle();
      this.#play.focus({ preventScroll: true });
    }, { signal });
    this.#stage.addEventListener("click", (event) => event.target !== this.#start && this.#player.isPlaying && this.#player.pause(), { signal });
    this.#slider.addEventListener("input", () => this.#player.seek(this.#player.fromMs + Number(this.#slider.value)), { signal });
    for (const button of this.#speeds) {
      button.addEventListener("click", () => (this.#player.speed = Number(button.dataset.speed)), { signal });
    }
    this.#player.addEventListener("time", () => this.#showTime(), { signal });
    this.#player.addEventListener("state", () => this.#showState(), { signal });
    this.#player.addEventListener("trouble", () => this.#showCard(this.#words.say("filmTrouble")), { signal });
  }

  #showState() {
    const { isPlaying, speed } = this.#player;
    this.#play.textContent = this.#words.say(isPlaying ? "filmPause" : "filmPlay");
    this.#play.classList.toggle("is-playing", isPlaying);
    this.#start.hidden = isPlaying;
    this.#stage.setAttribute("aria-busy", String(this.#player.isSeeking));
    for (const button of this.#speeds) button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed));
    this.#showTime();
  }

  #showTime() {
    const { timeMs, fromMs, toMs, gap } = this.#player;
    const at = this.#words.counter(timeMs - fromMs);
    const clock = this.#words.clock(timeMs);
    this.#slider.value = timeMs >= toMs ? this.#slider.max : String(Math.round(timeMs - fromMs));
    this.#head.style.left = `${((timeMs - fromMs) / Math.max(1, toMs - fromMs)) * 100}%`;
    this.#slider.setAttribute("aria-valuetext", this.#words.say("filmMoment", { at, clock }));
    this.#clock.textContent = this.#words.say("filmOf", { at, all: this.#words.counter(toMs - fromMs) });
    const hand = this.#timeline.hands.find((each) => each.fromMs <= timeMs && timeMs < each.toMs)?.who ?? "customer";
    this.#now.textContent = `${clock} – ${this.#words.say(`handNow_${hand}`)}`;
    this.#now.dataset.hand = hand;
    this.#showCard(gap ? this.#gapText(gap) : "");
    this.#messages.follow(timeMs);
    let current = -1;
    this.#marks.forEach(({ atMs }, i) => atMs <= timeMs && (current = i));
    this.#marks.forEach(({ node }, i) => (i === current ? node.setAttribute("aria-current", "true") : node.removeAttribute("aria-current")));
  }

  /** @param {{ fromMs: number, toMs: number }} gap */
  #gapText(gap) {
    const isPause = this.#timeline.pauses.some(({ fromMs, toMs }) => fromMs < gap.toMs && toMs > gap.fromMs);
    return this.#words.say(isPause ? "filmGapPause" : "filmGap", { length: this.#words.length(gap.toMs - gap.fromMs) });
  }

  /** @param {string} text  "": none */
  #showCard(text) {
    if (this.#card.textContent !== text) this.#card.textContent = text;
    this.#card.hidden = text === "";
  }
}

/** What happened, in a sentence. @param {import("./words.js").Words} words @param {import("./timeline.js").Event} event */
export function sentence(words, { what, cap, why, name = "" }) {
  const values = { name, why: words.sayOr(`why_${why}`, "why_click") };
  return words.sayOr(`event_${what}_${cap}`, `event_${what}`, values);
}

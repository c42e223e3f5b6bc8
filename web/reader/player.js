/**
 * player: plays a film on two canvases, the picture and the cursor over it: play, pause, speeds, seeking through key
 * frames. Needs a film, a decoder and a clock; knows nothing of the page around it.
 */
import { lastUntil } from "./film.js";

const SLICE_MS = 12; /* of work at a time, so that the page stays alive */
const GAP_MS = 2500; /* a gap in the recording never takes longer to watch */

/**
 * @typedef {Object} Parts
 * @property {import("./film.js").Film} film  may grow while it plays
 * @property {import("./decoder.js").PictureDecoder} decoder
 * @property {HTMLCanvasElement} canvas  gets the picture in its own pixels
 * @property {HTMLCanvasElement} cursor  gets the size of the picture
 * @property {{ fromMs: number, toMs: number }[]} spans  where there is a recording: the chunks, in order
 * @property {() => number} [now]  milliseconds, only growing
 * @property {(callback: () => void) => void} [nextFrame]
 */

/** Events: "time", "state" (playing or not, seeking or not), "size", "trouble". Times are the gateway's wall clock. */
export class Player extends EventTarget {
  #film;
  #decoder;
  #canvas;
  #cursor;
  #spans;
  #now;
  #nextFrame;
  #at;
  #applied = -1;
  #isBroken = false; /* until the next key frame */
  #dirty = /** @type {Uint16Array[]} */ ([]);
  #shown = -2; /* index of the cursor that stands */
  #isPlaying = false;
  #isBehind = false;
  #isClosed = false;
  #lastTick = 0;
  #speed = 1;

  /** @param {Parts} parts */
  constructor({ film, decoder, canvas, cursor, spans, now, nextFrame }) {
    super();
    this.#film = film;
    this.#decoder = decoder;
    this.#canvas = canvas;
    this.#cursor = cursor;
    this.#spans = mergeSpans(spans);
    this.#now = now ?? (() => performance.now());
    this.#nextFrame = nextFrame ?? ((callback) => requestAnimationFrame(callback));
    this.#at = this.fromMs;
    decoder.reset();
  }

  get fromMs() {
    return this.#spans[0]?.fromMs ?? 0;
  }

  get toMs() {
    return this.#spans[this.#spans.length - 1]?.toMs ?? 0;
  }

  /** Where there is no recording, between first and last chunk. */
  get gaps() {
    return this.#spans.slice(1).map((span, i) => ({ fromMs: this.#spans[i].toMs, toMs: span.fromMs }));
  }

  get timeMs() {
    return this.#at;
  }

  get isPlaying() {
    return this.#isPlaying;
  }

  /** True while pictures are still being decoded up to the present moment. */
  get isSeeking() {
    return this.#isBehind;
  }

  /** The gap in which the present moment lies, or null. */
  get gap() {
    return this.gaps.find(({ fromMs, toMs }) => fromMs <= this.#at && this.#at < toMs) ?? null;
  }

  get speed() {
    return this.#speed;
  }

  /** @param {number} speed  1 is real time */
  set speed(speed) {
    this.#speed = speed;
    this.#tell("state");
  }

  play() {
    if (this.#isPlaying || this.#isClosed) return;
    if (this.#at >= this.toMs) this.#at = this.fromMs;
    this.#isPlaying = true;
    this.#lastTick = this.#now();
    this.#tell("state");
    this.#nextFrame(() => this.#tick());
  }

  pause() {
    if (!this.#isPlaying) return;
    this.#isPlaying = false;
    this.#tell("state");
  }

  /** @param {number} atMs */
  seek(atMs) {
    this.#at = Math.min(Math.max(atMs, this.fromMs), this.toMs);
    const wasBehind = this.#isBehind;
    this.#isBehind = true;
    this.#tell("time");
    if (!this.#isPlaying && !wasBehind) this.#nextFrame(() => this.#catchUp());
  }

  close() {
    this.#isClosed = true;
    this.#isPlaying = false;
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }

  /** While it stands still: decodes up to the moment that was sought, a slice at a time. */
  #catchUp() {
    if (this.#isClosed || this.#isPlaying || !this.#isBehind) return;
    this.#show();
    if (this.#isBehind) this.#nextFrame(() => this.#catchUp());
  }

  #tick() {
    if (this.#isClosed || !this.#isPlaying) return;
    const now = this.#now();
    if (!this.#isBehind) this.#move(now - this.#lastTick);
    this.#lastTick = now;
    this.#show();
    if (this.#at >= this.toMs && !this.#isBehind) this.pause();
    else this.#nextFrame(() => this.#tick());
  }

  /** @param {number} ms  that went by */
  #move(ms) {
    const { gap } = this;
    const speed = gap ? Math.max(this.#speed, (gap.toMs - gap.fromMs) / GAP_MS) : this.#speed;
    const next = this.#at + ms * speed;
    const end = gap && next > gap.toMs ? gap.toMs : this.toMs;
    this.#at = Math.min(next, end);
    this.#tell("time");
  }

  /** Decodes for one slice and paints. */
  #show() {
    const goal = lastUntil(this.#film.updates, this.#at);
    const wasBehind = this.#isBehind;
    this.#isBehind = !this.#advance(goal);
    if (!this.#isBehind) {
      this.#paint();
      this.#placeCursor();
    }
    if (wasBehind !== this.#isBehind) this.#tell("state");
  }

  /** Applies updates up to `goal`; true if that was reached. @param {number} goal */
  #advance(goal) {
    const end = this.#now() + SLICE_MS;
    const key = this.#film.keyBefore(goal);
    if (goal < this.#applied || key > this.#applied) this.#applied = Math.max(key - 1, -1);
    if (goal < 0) this.#blank();
    while (this.#applied < goal) {
      this.#apply(++this.#applied);
      if (this.#now() > end) return this.#applied === goal;
    }
    return true;
  }

  /** @param {number} index */
  #apply(index) {
    const update = this.#film.updates[index];
    const before = this.#film.updates[index - 1];
    if (update.isKey) this.#isBroken = false;
    else if (!before || update.number !== before.number + 1) this.#isBroken = true; /* one is missing: a lost link */
    if (this.#isBroken) return;
    try {
      this.#dirty.push(this.#decoder.update(this.#film.bytesOf(index)));
    } catch {
      this.#isBroken = true;
      this.#tell("trouble");
    }
  }

  #blank() {
    this.#applied = -1;
    this.#dirty = [];
    this.#canvas.getContext("2d")?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #paint() {
    if (!this.#dirty.length) return;
    const { width, height } = this.#decoder;
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d", { alpha: false }));
    const image = new ImageData(/** @type {any} */ (this.#decoder.pixels), width, height);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      for (const canvas of [this.#canvas, this.#cursor]) [canvas.width, canvas.height] = [width, height];
      this.#shown = -2;
      context.putImageData(image, 0, 0);
      this.#tell("size");
    } else if (this.#dirty.length > 1) {
      context.putImageData(image, 0, 0);
    } else {
      const [rects] = this.#dirty;
      for (let i = 0; i < rects.length; i += 4) context.putImageData(image, 0, 0, rects[i], rects[i + 1], rects[i + 2], rects[i + 3]);
    }
    this.#dirty = [];
  }

  #placeCursor() {
    const index = lastUntil(this.#film.cursors, this.#at);
    if (index === this.#shown) return;
    this.#shown = index;
    const context = this.#cursor.getContext("2d");
    const cursor = this.#film.cursors[index];
    context?.clearRect(0, 0, this.#cursor.width, this.#cursor.height);
    if (!context || !cursor?.isShown || !cursor.shape) return;
    const { width, height, hotX, hotY, rgba } = cursor.shape;
    context.putImageData(new ImageData(rgba, width, height), cursor.place.x - hotX, cursor.place.y - hotY);
  }
}

/** Spans that touch become one. @param {{ fromMs: number, toMs: number }[]} spans */
function mergeSpans(spans) {
  const out = /** @type {{ fromMs: number, toMs: number }[]} */ ([]);
  for (const { fromMs, toMs } of spans) {
    const last = out[out.length - 1];
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else out.push({ fromMs, toMs });
  }
  return out;
}

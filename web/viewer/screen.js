/**
 * screen: the canvas with the customer's screen: fit, actual size, zoom; pixels of the page into pixels of
 * the customer's desktop.
 */
const ZOOMS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/**
 * The pixel under a place. A picture that is made smaller still has its edges: its first and last dots are the
 * customer's first and last pixels, where menus and bars come out.
 * @param {number} at  page dots from the picture's edge @param {number} shown  its length in page dots
 * @param {number} size  and in the customer's pixels
 */
function pixel(at, shown, size) {
  if (shown < size && at < 1) return 0;
  if (shown < size && at >= shown - 1) return size - 1;
  return Math.min(Math.max(0, Math.floor((at * size) / shown)), size - 1);
}

/** Events: "painted" (detail { update, decodeUs, paintUs }), "trouble". */
export class Screen extends EventTarget {
  #canvas;
  #cursor;
  #frame;
  #worker;
  #zoom = /** @type {number | "fit"} */ ("fit");
  #width = 0;
  #height = 0;
  #scale = 1;
  #hot = { x: 0, y: 0 };
  #at = { x: 0, y: 0 };
  #resized;

  /**
   * @param {HTMLCanvasElement} canvas  shows the picture @param {HTMLCanvasElement} cursor  over it
   * @param {HTMLElement} frame  the scrolling box around both @param {Worker} worker  picture_worker.js
   */
  constructor(canvas, cursor, frame, worker) {
    super();
    this.#canvas = canvas;
    this.#cursor = cursor;
    this.#frame = frame;
    this.#worker = worker;
    const offscreen = canvas.transferControlToOffscreen();
    worker.postMessage({ canvas: offscreen }, [offscreen]);
    worker.addEventListener("message", ({ data }) => {
      if (data.painted) this.dispatchEvent(new CustomEvent("painted", { detail: data.painted }));
      if (data.trouble) this.dispatchEvent(new CustomEvent("trouble", { detail: data.trouble }));
    });
    this.#resized = new ResizeObserver(() => this.#layout());
    this.#resized.observe(frame);
  }

  /** @param {Uint8Array} fragment  owned by the screen from now on */
  takePicture(fragment) {
    this.#worker.postMessage({ fragment }, [fragment.buffer]);
  }

  /** @param {{ width: number, height: number }} size  physical pixels */
  takeScreens({ width, height }) {
    this.#width = width;
    this.#height = height;
    this.#layout();
  }

  /** CURSOR of docs/PROTOCOL.md 7.2. @param {Uint8Array} plain */
  takeCursor(plain) {
    const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
    const kind = view.getUint8(0);
    this.#cursor.hidden = kind === 0;
    if (kind === 1) this.#at = { x: view.getInt32(1), y: view.getInt32(5) };
    if (kind === 2) this.#takeShape(view, plain);
    this.#placeCursor();
  }

  /** @param {DataView} view @param {Uint8Array} plain */
  #takeShape(view, plain) {
    const width = view.getUint16(1);
    const height = view.getUint16(3);
    this.#hot = { x: view.getUint16(5), y: view.getUint16(7) };
    this.#cursor.width = width;
    this.#cursor.height = height;
    const pixels = new Uint8ClampedArray(plain.slice(9).buffer);
    this.#cursor.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  }

  clear() {
    this.#worker.postMessage({ clear: true });
    this.#cursor.hidden = true;
  }

  close() {
    this.#resized.disconnect();
    this.#worker.terminate();
  }

  /** @param {"fit" | "one" | "in" | "out"} how */
  zoom(how) {
    if (how === "fit") this.#zoom = "fit";
    else if (how === "one") this.#zoom = 1;
    else {
      const now = this.#scale;
      const larger = ZOOMS.find((z) => z > now + 0.01) ?? 3;
      const smaller = ZOOMS.findLast((z) => z < now - 0.01) ?? 0.25;
      this.#zoom = how === "in" ? larger : smaller;
    }
    this.#layout();
  }

  /**
   * The customer's pixel under a place of the page.
   * @param {number} clientX @param {number} clientY
   */
  place(clientX, clientY) {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: pixel(clientX - box.left, box.width, this.#width),
      y: pixel(clientY - box.top, box.height, this.#height),
    };
  }

  #layout() {
    if (!this.#width) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const room = Math.min(this.#frame.clientWidth / this.#width, this.#frame.clientHeight / this.#height);
    this.#scale = this.#zoom === "fit" ? Math.min(room, 1 / ratio) : this.#zoom / ratio;
    this.#canvas.classList.toggle("enlarged", this.#scale * ratio >= 2);
    this.#canvas.style.width = `${this.#width * this.#scale}px`;
    this.#canvas.style.height = `${this.#height * this.#scale}px`;
    this.#placeCursor();
  }

  #placeCursor() {
    const x = (this.#at.x - this.#hot.x) * this.#scale;
    const y = (this.#at.y - this.#hot.y) * this.#scale;
    this.#cursor.style.transform = `translate(${x}px, ${y}px) scale(${this.#scale})`;
  }
}

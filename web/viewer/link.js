/**
 * link: the WebSocket to the gateway, with its returns after a loss (docs/PROTOCOL.md section 3).
 * Frames come out one after the other, each handled before the next: what is sealed keeps its order.
 */
import { ProtocolError, readFrame } from "../shared/wire.js";

const RETRY_MS = [250, 500, 1000, 2000, 3000];
const GIVE_UP_MS = 60000;
const CLOSED_BY_GATEWAY = 4000;

/**
 * Events: "open", "lost" (trying again), "closed" with detail.reason (for good).
 */
export class Link extends EventTarget {
  #connect;
  #handle;
  #socket = /** @type {WebSocket | null} */ (null);
  #ac = new AbortController();
  #queue = Promise.resolve();
  #tries = 0;
  #lostAt = 0;
  #isClosed = false;

  /**
   * @param {() => WebSocket} connect  makes a socket, so that tests can hand in a fake
   * @param {(frame: import("../shared/wire.js").Frame) => Promise<void>} handle
   */
  constructor(connect, handle) {
    super();
    this.#connect = connect;
    this.#handle = handle;
  }

  open() {
    const ac = new AbortController();
    const { signal } = ac;
    const socket = this.#connect();
    this.#ac = ac;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.#onOpen(), { signal });
    socket.addEventListener("message", (event) => this.#onMessage(event.data), { signal });
    socket.addEventListener("close", (event) => this.#onClose(event), { signal });
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  /** Bytes that wait for the network. */
  get buffered() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param {Uint8Array} frame  dropped while there is no link */
  send(frame) {
    if (this.isOpen) this.#socket?.send(/** @type {Uint8Array<ArrayBuffer>} */ (frame));
  }

  /** Closes for good, once. @param {string} reason */
  close(reason) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ac.abort();
    this.#socket?.close();
    this.dispatchEvent(new CustomEvent("closed", { detail: { reason } }));
  }

  #onOpen() {
    this.#tries = 0;
    this.#lostAt = 0;
    this.dispatchEvent(new Event("open"));
  }

  /** @param {unknown} data */
  #onMessage(data) {
    this.#queue = this.#queue.then(() => this.#take(data));
  }

  /** @param {unknown} data */
  async #take(data) {
    if (this.#isClosed) return;
    try {
      if (!(data instanceof ArrayBuffer)) throw new ProtocolError("a text message");
      await this.#handle(readFrame(data));
    } catch (error) {
      this.close("protocol");
      if (!(error instanceof ProtocolError)) throw error;
      console.error(error.message);
    }
  }

  /** @param {CloseEvent} event */
  #onClose(event) {
    this.#ac.abort();
    this.#queue = this.#queue.then(() => this.#afterClose(event));
  }

  /** @param {CloseEvent} event */
  #afterClose(event) {
    if (this.#isClosed) return;
    if (event.code === CLOSED_BY_GATEWAY && event.reason !== "lost" && event.reason !== "evidence") {
      this.close(event.reason);
      return;
    }
    const now = Date.now();
    this.#lostAt ||= now;
    if (now - this.#lostAt > GIVE_UP_MS) {
      this.close("lost");
      return;
    }
    this.dispatchEvent(new Event("lost"));
    setTimeout(() => this.#isClosed || this.open(), RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
  }
}

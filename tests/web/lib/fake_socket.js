/** fake_socket: a WebSocket that a test opens, feeds and drops by hand. */

export class FakeSocket extends EventTarget {
  readyState = 0;
  binaryType = "blob";
  sent = /** @type {Uint8Array[]} */ ([]);
  closed = 0;

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** @param {unknown} data */
  receive(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  /** @param {number} code @param {string} [reason] */
  drop(code, reason = "") {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }

  /** @param {Uint8Array} bytes */
  send(bytes) {
    this.sent.push(bytes);
  }

  close() {
    this.closed++;
    this.readyState = 3;
  }
}

/** fake_clock: setTimeout and Date.now in the test's hand (Node.js 18 cannot mock dates). */

const real = { setTimeout: globalThis.setTimeout, now: Date.now };

/** Takes the clock over; nothing else waits meanwhile. `stop` gives it back. */
export class FakeClock {
  #now = real.now();
  #waiting = /** @type {{ at: number, call: () => void }[]} */ ([]);

  constructor() {
    globalThis.setTimeout = /** @type {any} */ ((/** @type {() => void} */ call, ms = 0) => {
      this.#waiting.push({ at: this.#now + ms, call });
      return this.#waiting.length;
    });
    Date.now = () => this.#now;
  }

  /** Time passes: what is due is called in its order. @param {number} ms */
  tick(ms) {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }

  stop() {
    globalThis.setTimeout = real.setTimeout;
    Date.now = real.now;
  }
}

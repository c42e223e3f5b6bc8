/**
 * node18: what the pages' modules find in every browser and Debian 12's Node.js 18 does not have as globals. Loaded
 * before the tests: node --import ./tests/node18.js; Node.js 20 and later need it not.
 */
import { webcrypto } from "node:crypto";

class CustomEvent extends Event {
  #detail;

  /** @param {string} type @param {CustomEventInit} [options] */
  constructor(type, options = {}) {
    super(type, options);
    this.#detail = options.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }
}

for (const [name, value] of Object.entries({ crypto: webcrypto, CustomEvent })) {
  if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/**
 * replay_source: fetches a recording piece by piece, compares each piece with the journal, opens it with the officer's
 * key in this browser and hands the pictures to a film. Knows no page.
 */
import { Broken, must } from "../reader/broken.js";
import { sha256Hex } from "../reader/bytes.js";
import { unwrap } from "../reader/evidence_key.js";
import { Film } from "../reader/film.js";
import { readJournal, readSigned } from "../reader/journal.js";
import { Opener, agreementsOf, chunkName, isContentKey, readChunk } from "../reader/recording.js";
import { Timeline } from "../reader/timeline.js";

const AHEAD = 6; /* pieces asked for at once */

/** @typedef {{ n: number, sha256: string, fromMs: number, toMs: number }} Piece  as the journal has it */

export class ReplaySource {
  #api;
  #session;
  #opener = /** @type {Opener | null} */ (null);
  film = new Film();
  /** @type {Piece[]} */
  pieces = [];
  /** @type {Timeline | null} */
  timeline = null;

  /** @param {Pick<import("./api.js").OfficeApi, "replay" | "file">} api @param {string} session */
  constructor(api, session) {
    this.#api = api;
    this.#session = session;
  }

  /**
   * Begins: from here on the replay stands in the evidence.
   * @param {CryptoKey} key  the bank's evidence key @param {AbortSignal} signal
   * @throws {Broken}
   */
  async begin(key, signal) {
    await this.#api.replay(this.#session);
    const journal = await readJournal(await this.#file("journal.jsonl", signal), { session: this.#session });
    const signed = await readSigned(journal);
    this.pieces = journal.lines.filter(({ event }) => event === "chunk").map(({ data }) =>
      ({ n: data.n, sha256: data.sha256, fromMs: data.from_ms, toMs: data.to_ms }));
    this.timeline = new Timeline(journal.lines, signed);
    const content = await unwrap(key, await this.#file("key.wrapped", signal));
    must(await isContentKey(content, signed[0]?.fields.key_check ?? ""), "wrapped");
    this.#opener = await Opener.with(content, agreementsOf(signed));
    content.fill(0);
  }

  /**
   * Everything, in order; the film grows meanwhile.
   * @param {(done: number) => void} onProgress  pieces so far @param {AbortSignal} signal
   */
  async load(onProgress, signal) {
    const asked = /** @type {Promise<Uint8Array>[]} */ ([]);
    for (let i = 0; i < this.pieces.length; i++) {
      while (asked.length < Math.min(this.pieces.length, i + AHEAD)) {
        const next = this.#file(chunkName(this.pieces[asked.length].n), signal);
        next.catch(() => undefined); /* told when its turn comes */
        asked.push(next);
      }
      await this.#take(this.pieces[i], await asked[i]);
      asked[i] = Promise.resolve(new Uint8Array());
      onProgress(i + 1);
    }
  }

  /** @param {Piece} piece @param {Uint8Array} bytes */
  async #take(piece, bytes) {
    if (await sha256Hex(bytes) !== piece.sha256) throw new Broken("chunk", { n: piece.n });
    const chunk = readChunk(bytes);
    must(chunk.session === this.#session && chunk.number === piece.n, "chunk", { n: piece.n });
    this.film.add(await /** @type {Opener} */ (this.#opener).open(chunk));
  }

  /** @param {string} name @param {AbortSignal} signal */
  #file(name, signal) {
    return this.#api.file(this.#session, name, signal);
  }
}

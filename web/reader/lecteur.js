/**
 * lecteur: the page lecteur.html: takes a bundle, checks it, shows what it says and plays its film. Nothing leaves it:
 * the content security policy allows no connection at all.
 */
import * as summary from "./summary_view.js";
import { Broken } from "./broken.js";
import { Film } from "./film.js";
import { FilmView } from "./film_view.js";
import { PictureDecoder } from "./decoder.js";
import { Timeline } from "./timeline.js";
import { UnsealView } from "./unseal_view.js";
import { Words } from "./words.js";
import { readZip } from "./zip.js";
import { sha256Hex } from "./bytes.js";
import { verifyBundle } from "./verify.js";

const FILES_MAX = 100000;
const BYTES_MAX = 2 ** 31 - 1;
/** What computers put into folders by themselves. */
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** The elements of the page that are looked at. @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** The files of a folder, by their names below it. @param {Iterable<File>} list */
async function readFolder(list) {
  const files = /** @type {Map<string, Uint8Array>} */ (new Map());
  let bytes = 0;
  for (const file of list) {
    const name = file.webkitRelativePath.split("/").slice(1).join("/") || file.name;
    if (LITTER.has(file.name)) continue;
    bytes += file.size;
    if (files.size >= FILES_MAX || bytes > BYTES_MAX) throw new Broken("zip");
    files.set(name, new Uint8Array(await file.arrayBuffer()));
  }
  return files;
}

/** The files of one zip. @param {File} file */
async function readOne(file) {
  if (file.size > BYTES_MAX) throw new Broken("zip");
  return readZip(new Uint8Array(await file.arrayBuffer()));
}

class Page {
  #words = new Words("fr");
  #wasm;
  #files = /** @type {Map<string, Uint8Array> | null} */ (null);
  #result = /** @type {summary.Result | null} */ (null);
  #film = new Film();
  #view = /** @type {FilmView | null} */ (null);
  #trouble = /** @type {Broken | null} */ (null);
  #isWorking = false;

  /** @param {Uint8Array} wasm  decoder.wasm */
  constructor(wasm) {
    this.#wasm = wasm;
    byId("lang").addEventListener("click", () => this.#turn());
    byId("zip").addEventListener("change", (/** @type {any} */ { target }) => this.#take([...target.files], target));
    byId("folder").addEventListener("change", (/** @type {any} */ { target }) => this.#take([...target.files], target));
    byId("print").addEventListener("click", () => window.print());
    byId("another").addEventListener("click", () => this.#again());
    this.#listenToDrops();
    this.#sayAll();
  }

  #listenToDrops() {
    const over = (/** @type {boolean} */ is) => byId("drop").classList.toggle("is-over", is);
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    document.addEventListener("dragleave", () => over(false));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) void this.#take(files);
    });
  }

  /** @param {File[]} list  one zip, or the files of a folder @param {HTMLInputElement} [input]  emptied, so that the same can be chosen again */
  async #take(list, input) {
    if (!list.length || this.#isWorking) return;
    this.#isWorking = true;
    this.#trouble = null;
    this.#close();
    this.#show("working");
    try {
      const isFolder = list.length > 1 || list[0].webkitRelativePath !== "";
      this.#files = isFolder ? await readFolder(list) : await readOne(list[0]);
      await this.#check();
    } catch (error) {
      this.#trouble = error instanceof Broken ? error : new Broken("odd", { name: String(error) });
      this.#show("open");
    } finally {
      this.#isWorking = false;
      if (input) input.value = "";
    }
  }

  /** @param {Uint8Array} [contentKey] */
  async #check(contentKey) {
    if (!this.#files) return;
    const film = new Film();
    const result = await verifyBundle(this.#files, {
      contentKey, onFrames: (frames) => film.add(frames), onProgress: (share) => this.#progress(share),
    });
    this.#film = film;
    this.#result = result;
    await this.#showResult();
    this.#show("result");
    byId("verdict").querySelector("h1").focus();
  }

  /** A key that an officer gave. @param {Uint8Array} contentKey */
  async #unseal(contentKey) {
    if (!this.#files) return;
    const film = new Film();
    const result = await verifyBundle(this.#files, { contentKey, onFrames: (frames) => film.add(frames) });
    const last = result.items[result.items.length - 1];
    if (!result.ok) throw new Broken(last.why, last.values);
    this.#film = film;
    this.#result = result;
    await this.#showResult();
    byId("film").scrollIntoView({ block: "start" });
  }

  /** @param {number} share */
  #progress(share) {
    byId("progress").value = share;
    byId("progress-text").textContent = this.#words.say("checking", { share: Math.round(share * 100) });
  }

  async #showResult() {
    const result = this.#result;
    const words = this.#words;
    if (!result || !this.#files) return;
    byId("verdict").className = `verdict ${result.ok ? "good" : "bad"}`;
    byId("verdict").replaceChildren(...summary.verdict(words, result));
    byId("checks").replaceChildren(...summary.checks(words, result));
    for (const id of ["facts", "asks", "film", "root-check", "after"]) byId(id).hidden = !result.ok;
    if (!result.ok) return;
    const timeline = new Timeline(result.facts.journal.lines, result.facts.signed);
    const hashOf = async (/** @type {string} */ name) => (this.#files?.has(name) ? sha256Hex(/** @type {Uint8Array} */ (this.#files.get(name))) : "");
    byId("facts").replaceChildren(...summary.facts(words, result, timeline));
    byId("asks").replaceChildren(...summary.asks(words, timeline));
    byId("root-check").replaceChildren(...summary.rootCheck(words, await hashOf("root.crt"), await hashOf("tsa.crt")));
    byId("after").replaceChildren(...summary.after(words, result.facts.after));
    await this.#showFilm(result, timeline);
  }

  /** @param {summary.Result} result @param {Timeline} timeline */
  async #showFilm(result, timeline) {
    const { chunks, contentKey } = result.facts;
    const wrapped = this.#files?.get("key.wrapped") ?? null;
    this.#close();
    if (contentKey && chunks.length) {
      const decoder = await PictureDecoder.load(this.#wasm);
      this.#view = new FilmView(byId("film-view"), { film: this.#film, decoder, timeline, spans: chunks, words: this.#words });
      return;
    }
    const isErased = result.facts.after.some(({ event }) => event === "erased");
    const note = !chunks.length ? "filmNone" : isErased ? "filmErased" : "filmSealed";
    const text = document.createElement("p");
    text.className = "notice";
    text.textContent = this.#words.say(note);
    const form = document.createElement("div");
    byId("film-closed").replaceChildren(text, form);
    if (note === "filmSealed") new UnsealView(form, this.#words, wrapped, (key) => this.#unseal(key));
  }

  #close() {
    this.#view?.close();
    this.#view = null;
    byId("film-view").replaceChildren();
    byId("film-closed").replaceChildren();
  }

  #again() {
    this.#close();
    this.#files = this.#result = this.#trouble = null;
    this.#film = new Film();
    this.#show("open");
    byId("zip").focus();
  }

  /** @param {"open" | "working" | "result"} part */
  #show(part) {
    for (const id of ["open", "working", "result"]) byId(id).hidden = id !== part;
    if (part === "working") this.#progress(0);
    this.#showTrouble();
    window.scrollTo(0, 0);
  }

  #showTrouble() {
    const trouble = this.#trouble;
    byId("trouble").hidden = !trouble;
    if (!trouble) return;
    const detail = this.#words.say(`broken_${trouble.why}`, trouble.values);
    byId("trouble").textContent = `${this.#words.say("openTrouble")} ${detail}`;
  }

  #turn() {
    const { timeMs } = this.#view?.player ?? { timeMs: null };
    this.#words = new Words(this.#words.lang === "fr" ? "en" : "fr");
    this.#sayAll();
    this.#showTrouble();
    void this.#showResult().then(() => timeMs !== null && this.#view?.player.seek(timeMs));
  }

  #sayAll() {
    document.documentElement.lang = this.#words.lang;
    document.title = this.#words.say("appTitle");
    for (const node of document.querySelectorAll("[data-text]")) {
      node.textContent = this.#words.say(/** @type {HTMLElement} */ (node).dataset.text ?? "");
    }
  }
}

const base64 = atob(byId("decoder").textContent.trim());
new Page(Uint8Array.from(base64, (c) => c.charCodeAt(0)));

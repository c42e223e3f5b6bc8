/** main: puts the back office together; the only module that looks for elements of the whole document. */
import { Words } from "../shared/words.js";
import { ActionsView } from "./actions_view.js";
import { ApiError, OfficeApi } from "./api.js";
import { en } from "./en.js";
import { fr } from "./fr.js";
import { KeyView } from "./key_view.js";
import { LoginView } from "./login_view.js";
import { OperatorView } from "./operator_view.js";
import { ReplayView } from "./replay_view.js";
import { SearchView } from "./search_view.js";
import { SessionView } from "./session_view.js";

const PAGES = ["login", "search", "session", "replay", "now"];

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const words = /** @type {import("./formats.js").OfficeWords} */ (new Words({ fr, en: /** @type {any} */ (en) }));
const api = new OfficeApi(document.baseURI, fetch.bind(globalThis));
const login = new LoginView(/** @type {HTMLFormElement} */ (element("login-form")), api, showTrouble);
const keys = new KeyView(/** @type {HTMLFormElement} */ (element("key-form")), words, showTrouble);
const search = new SearchView(element("page-search"), api, words, showTrouble);
const session = new SessionView(element("page-session"), words);
const actions = new ActionsView(element("page-session"), api, words, keys, showTrouble);
const replay = new ReplayView(element("page-replay"), api, words, keys, showTrouble);
const operator = new OperatorView(element("page-now"), api, words, showTrouble);

/** @type {import("./api.js").Me | null} */
let me = null;
let page = "login";

/** On the session's page it says that there is one; in the replay it would stand in the way. @param {string} name */
const needsKey = (name) => name === "session" || (name === "replay" && !keys.key);

/** @param {string} name */
function showPage(name) {
  page = name;
  element("trouble").hidden = true;
  for (const each of PAGES) element(`page-${each}`).hidden = each !== name;
  element("key-box").hidden = !needsKey(name);
  if (name !== "now") operator.close();
  if (name !== "replay") replay.close();
  for (const [id, shown] of /** @type {[string, string[]][]} */ ([["nav-search", ["search", "session", "replay"]], ["nav-now", ["now"]]])) {
    if (shown.includes(name)) element(id).setAttribute("aria-current", "page");
    else element(id).removeAttribute("aria-current");
  }
  focusHeading(element(`page-${name}`));
}

/** The keyboard and the screen reader go on where the new page begins. @param {HTMLElement} shown */
function focusHeading(shown) {
  const heading = /** @type {HTMLElement | null} */ (shown.querySelector("h1"));
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  globalThis.scrollTo?.(0, 0);
}

/** The sentence for what went wrong. @param {any} error */
function sentenceOf(error) {
  const word = error instanceof ApiError ? error.word : String(error?.message ?? "");
  const keys = [`error_${error?.why}`, word ? `error${word[0].toUpperCase()}${word.slice(1)}` : ""];
  const key = keys.find((each) => words.has(each));
  return words.text(/** @type {keyof typeof fr} */ (key ?? "errorOther"));
}

/** @param {unknown} error */
function showTrouble(error) {
  if (error instanceof ApiError && error.status === 401 && page !== "login") {
    leave();
    return;
  }
  const box = element("trouble");
  box.textContent = sentenceOf(error);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

function applyLanguage() {
  document.documentElement.lang = words.lang;
  document.title = words.text("appTitle");
  words.fill(document);
  search.redraw();
  session.redraw();
  keys.redraw();
  replay.redraw();
  operator.redraw();
}

/** Forgets what was on the screen, and the key. */
function leave() {
  me = null;
  keys.clear();
  search.clear();
  session.clear();
  replay.close();
  operator.close();
  element("who").textContent = element("bank").textContent = "";
  element("nav").hidden = element("logout").hidden = true;
  showPage("login");
}

async function enter() {
  try {
    me = await api.me();
  } catch (error) {
    leave();
    if (!(error instanceof ApiError && error.status === 401)) showTrouble(error);
    return;
  }
  element("who").textContent = me.display;
  element("bank").textContent = `· ${me.bank}`;
  element("nav").hidden = element("logout").hidden = false;
  element("nav-search").hidden = me.role !== "compliance";
  element("nav-now").hidden = me.role !== "operator";
  await follow();
}

/** Shows what the address names. */
async function follow() {
  if (!me) return;
  const [, kind, id] = /^#\/(session|replay|now)(?:\/([0-9a-f]{32}))?$/.exec(window.location.hash) ?? [];
  try {
    if (me.role === "operator") await openNow();
    else if (kind === "session" && id) await openSession(id);
    else if (kind === "replay" && id) await openReplay(id);
    else await openSearch(me);
  } catch (error) {
    showTrouble(error);
  }
}

async function openNow() {
  showPage("now");
  await operator.show();
}

/** @param {import("./api.js").Me} who */
async function openSearch(who) {
  showPage("search");
  await search.show(who);
}

/** @param {string} id */
async function openSession(id) {
  const history = await api.session(id);
  session.show(history);
  actions.show(history);
  showPage("session");
}

/** @param {string} id */
async function openReplay(id) {
  if (session.history?.session !== id) session.show(await api.session(id));
  showPage("replay");
  if (session.history) await replay.show(session.history);
}

login.addEventListener("signed-in", enter);
keys.addEventListener("key", () => {
  element("key-box").hidden = !needsKey(page);
  element("trouble").hidden = true;
});
search.addEventListener("open", (event) => {
  window.location.hash = `#/session/${/** @type {CustomEvent} */ (event).detail.session}`;
});
session.addEventListener("back", () => {
  window.location.hash = "#/";
});
session.addEventListener("replay", () => {
  window.location.hash = `#/replay/${session.history?.session}`;
});
replay.addEventListener("back", () => {
  window.location.hash = `#/session/${session.history?.session}`;
});
actions.addEventListener("changed", () => session.history && openSession(session.history.session).catch(showTrouble));
window.addEventListener("hashchange", follow);
element("logout").addEventListener("click", async () => {
  await api.logout().catch(showTrouble);
  leave();
});
element("lang").addEventListener("click", () => {
  words.choose(words.lang === "fr" ? "en" : "fr");
  applyLanguage();
});

applyLanguage();
enter();

/** main: puts the advisor's page together; the only module that looks for elements of the whole document. */
import { readWords } from "../shared/sealing.js";
import { Words } from "../shared/words.js";
import { Api, ApiError } from "./api.js";
import { HomeView } from "./home_view.js";
import { LoginView } from "./login_view.js";
import { Session } from "./session.js";
import { SessionView } from "./session_view.js";
import { WaitingView } from "./waiting_view.js";

const SUBPROTOCOL = "guichet-viewer.1";
const PAGES = ["login", "home", "waiting", "session", "ended"];

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const words = new Words();
const api = new Api(document.baseURI, fetch.bind(globalThis));
const login = new LoginView(/** @type {HTMLFormElement} */ (element("login-form")), api, showTrouble);
const home = new HomeView(element("page-home"), api, words, showTrouble);
const sessionPage = element("page-session");
const stage = /** @type {HTMLElement} */ (sessionPage.querySelector(".stage"));
const freshStage = /** @type {HTMLElement} */ (stage.cloneNode(true));

/** @type {{ session: Session, waiting: WaitingView, view: SessionView | null } | null} */
let current = null;
let page = "login";
let endReason = "";

/** @param {string} name */
function showPage(name) {
  page = name;
  element("trouble").hidden = true;
  for (const each of PAGES) element(`page-${each}`).hidden = each !== name;
  element("logout").hidden = name === "login";
  focusHeading(element(`page-${name}`));
}

/** The keyboard and the screen reader go on where the new page begins. @param {HTMLElement} shown */
function focusHeading(shown) {
  const heading = /** @type {HTMLElement | null} */ (shown.querySelector("h1"));
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** @param {unknown} error */
function showTrouble(error) {
  if (!(error instanceof ApiError)) console.error(error);
  const key = error instanceof ApiError ? `error${error.word[0].toUpperCase()}${error.word.slice(1)}` : "errorOther";
  const box = element("trouble");
  box.textContent = words.text(words.has(key) ? key : "errorOther");
  box.hidden = false;
}

function applyLanguage() {
  document.documentElement.lang = words.lang;
  document.title = words.text("appTitle");
  words.fill(document);
  if (page === "home") home.redraw();
  if (page === "ended") showEndReason();
  current?.waiting.draw();
  current?.view?.draw();
}

async function goHome() {
  try {
    const me = await api.me();
    element("who").textContent = me.display;
    element("bank").textContent = `· ${me.bank}`;
    showPage("home");
    await home.show(me);
  } catch (error) {
    showPage("login");
    if (!(error instanceof ApiError && error.status === 401 && error.word === "refused")) showTrouble(error);
  }
}

/** @param {{ session: string, code: string, code_expires_ms: number }} begun */
async function openSession(begun) {
  const answer = await fetch(new URL("../shared/words_fr.txt", document.baseURI));
  const list = readWords(await answer.text());
  const url = new URL(`ws?session=${begun.session}`, document.baseURI);
  url.protocol = "wss:";
  const session = new Session(begun.session, list, () => new WebSocket(url, SUBPROTOCOL));
  const waiting = new WaitingView(element("page-waiting"), api, words, session, showTrouble);
  current = { session, waiting, view: null };
  session.addEventListener("change", () => followSession(session));
  session.addEventListener("end-untold", () => api.endSession(session.id).catch(showTrouble));
  session.addEventListener("ended", (event) => closeSession(/** @type {CustomEvent} */ (event).detail.reason));
  showPage("waiting");
  waiting.setCode(begun.code, begun.code_expires_ms);
  session.open();
}

/** From the waiting page to the session's, once the keys are agreed. @param {Session} session */
function followSession(session) {
  if (!current || current.view || !session.isLive) return;
  sessionPage.querySelector(".stage")?.replaceWith(freshStage.cloneNode(true));
  words.fill(sessionPage);
  showPage("session");
  const worker = new Worker(new URL("picture_worker.js", import.meta.url), { type: "module" });
  current.view = new SessionView(sessionPage, session, words, worker);
}

/** @param {string} reason */
function closeSession(reason) {
  current?.waiting.close();
  current?.view?.close();
  sessionPage.querySelector(".stage")?.replaceWith(freshStage.cloneNode(true));
  current = null;
  if (document.fullscreenElement) document.exitFullscreen();
  endReason = reason;
  showPage("ended");
  showEndReason();
}

function showEndReason() {
  const key = `ended_${endReason}`;
  element("ended").textContent = words.text(words.has(key) ? key : "ended_gateway");
}

login.addEventListener("signed-in", goHome);
home.addEventListener("session", (event) => {
  openSession(/** @type {CustomEvent} */ (event).detail).catch(showTrouble);
});
element("ended-back").addEventListener("click", goHome);
element("logout").addEventListener("click", async () => {
  current?.session.leave();
  await api.logout().catch(showTrouble);
  element("who").textContent = "";
  showPage("login");
});
element("lang").addEventListener("click", () => {
  words.choose(words.lang === "fr" ? "en" : "fr");
  applyLanguage();
});

applyLanguage();
goHome();

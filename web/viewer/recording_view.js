/**
 * recording_view: says that what is seen is recorded, and pauses it for a card number or a one-time code. Shows only
 * what the customer's program signed (docs/EVIDENCE.md 6.5).
 */
/** A pause that the customer's program makes and ends by itself. */
const PASSWORD = "password";
const REASONS = /** @type {const} */ (["card", "code", "other"]);

export class RecordingView {
  #session;
  #words;
  #mark;
  #pause;
  #resume;
  #reasons;
  #isChoosing = false;

  /** @param {HTMLElement} root @param {import("./session.js").Session} session @param {import("../shared/words.js").Words} words */
  constructor(root, session, words) {
    this.#session = session;
    this.#words = words;
    this.#mark = document.createElement("p");
    this.#mark.id = "recorded";
    this.#mark.setAttribute("role", "status");
    this.#pause = this.#button("record-pause", () => this.#choose(!this.#isChoosing));
    this.#resume = this.#button("record-resume", () => session.resumeRecording());
    this.#reasons = REASONS.map((why) => this.#button(`record-pause-${why}`, () => {
      session.pauseRecording(why);
      this.#choose(false);
    }));
    root.replaceChildren(this.#mark, this.#pause, ...this.#reasons, this.#resume);
  }

  /** @param {string} id @param {() => void} act */
  #button(id, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.id = id;
    button.addEventListener("click", act);
    return button;
  }

  /** @param {boolean} isChoosing */
  #choose(isChoosing) {
    this.#isChoosing = isChoosing;
    this.draw();
    if (isChoosing) this.#reasons[0].focus();
  }

  draw() {
    const { consent } = this.#session;
    const words = this.#words;
    const isSeeing = this.#session.grant("view") > 0;
    const isPaused = consent.paused !== "";
    if (!isSeeing || isPaused) this.#isChoosing = false;
    const isSecret = consent.paused === PASSWORD;
    const mark = isSecret ? "recordSecret" : isPaused ? "recordPaused" : isSeeing ? "recorded" : "";
    set(this.#mark, mark && words.text(mark));
    this.#mark.dataset.state = isPaused ? "paused" : isSeeing ? "on" : "off";
    set(this.#pause, words.text("recordPause"));
    set(this.#resume, words.text("recordResume"));
    this.#pause.hidden = !isSeeing || isPaused;
    this.#pause.setAttribute("aria-expanded", String(this.#isChoosing));
    this.#resume.hidden = !isPaused || isSecret;
    REASONS.forEach((why, i) => {
      set(this.#reasons[i], words.text(`recordPause_${why}`));
      this.#reasons[i].hidden = !this.#isChoosing;
    });
  }
}

/** Changes a text only when it differs, so that screen readers are not told twice. @param {Element} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * continuity: was anything cut out of the recording? (docs/EVIDENCE.md section 11, `recording` and `control`). What the
 * agent signed says when the view and control were live, and up to which counter it had sealed frames; what the gateway
 * says of its links explains something only while nobody could act. Pure.
 */

const SLACK_MS = 2000; /* by how much times of lines and of the recording may differ */
const STORED_MS = 5000; /* longest time that a line takes to be stored: the recording runs until then */
const RETURN_MS = 65000; /* a lost side comes back within 60 s, or the session ends */
const STEP_MS = 5000; /* of the time between two signed lines counts at most so much: the link may have stood still */
const STILL_MS = 10000; /* a frame that is on its way arrives… */
const LATE_MS = 60000; /* …and at most so much later, however slow the link */

const TAKES = new Set(["limit", "release", "suspend"]);

/** True if a signed line stops the recording. @param {any} fields */
const stops = (fields) => fields.event === "pause" || fields.event === "end" || (TAKES.has(fields.event) && fields.cap === "view");

/** True if it says that a link was lost while control was live. @param {any} fields @returns {boolean} */
export const isLoss = (fields) => fields.event === "suspend" && fields.cap === "control" && fields.why === "lost";

/** What the signed lines say up to some place. */
class Rights {
  view = false;
  control = false;
  paused = false;

  /** @param {any} fields */
  follow(fields) {
    const gives = fields.event === "grant";
    if ((gives || TAKES.has(fields.event)) && fields.cap === "view") this.view = gives;
    if ((gives || TAKES.has(fields.event)) && fields.cap === "control") this.control = gives;
    if (fields.event === "pause" || fields.event === "resume") this.paused = fields.event === "pause";
    if (fields.event === "end") this.view = false;
    if (stops(fields) || fields.event === "paired") this.control = false;
  }
}

/** @typedef {{ line: import("./journal.js").Line, fields: any, breaks: boolean, stops: boolean, interrupts: boolean }} Moment  fields: of a signed line, or null */

/** The frames that must come, against those that did. */
class Sent {
  #rights = new Rights();
  #isAway = true; /* frames may be lost until one is stored again */
  #brokeMs = 0;
  #seq = 0;
  #excused = 0;
  #isNew = false; /* control was granted: the next head says from where on everything counts */
  #due = 0;
  #stillMs = 0;
  #lateMs = 0;
  #lineMs = 0;

  /** False if a frame that was sealed never came. @param {Moment} moment */
  take({ line, fields, breaks }) {
    if (line.event === "chunk" && line.data.last_seq) this.#takeChunk(line.data);
    if (breaks) {
      this.#due = 0;
      this.#isAway = true;
      this.#brokeMs = line.wallMs;
    }
    if (!fields) return true;
    const step = Math.min(STEP_MS, Math.max(0, line.wallMs - this.#lineMs));
    this.#lineMs = line.wallMs;
    this.#stillMs += step;
    this.#lateMs += step;
    if (this.#due && (this.#stillMs > STILL_MS || this.#lateMs > LATE_MS)) return false;
    const had = this.#rights.control;
    this.#rights.follow(fields);
    if (this.#rights.control && !had) [this.#isAway, this.#isNew] = [false, true];
    if (fields.event === "head") this.#takeHead(fields.sent);
    return true;
  }

  /** @param {any} data */
  #takeChunk(data) {
    if (data.from_ms >= this.#brokeMs) this.#isAway = false;
    this.#stillMs = 0;
    this.#seq = data.last_seq;
    if (this.#seq >= this.#due) this.#due = 0;
  }

  /** @param {number} sent */
  #takeHead(sent) {
    if (this.#isAway || this.#isNew || !this.#rights.view || this.#rights.paused) {
      this.#excused = sent;
      this.#isNew = false;
    } else if (!this.#due && sent > this.#excused && sent > this.#seq) {
      this.#due = sent;
      this.#stillMs = this.#lateMs = 0;
    }
  }
}

/** One session, to be asked whether a time without pictures is explained. */
export class Continuity {
  #moments = /** @type {Moment[]} */ ([]);
  #alive = /** @type {number[]} */ ([]); /* when something that was signed shows that the session was alive */

  /** @param {import("./journal.js").Line[]} lines @param {import("./journal.js").SignedLine[]} signed  heads verified */
  constructor(lines, signed) {
    const fieldsOf = new Map(signed.map(({ line, fields }) => [line.n, fields]));
    const rights = new Rights();
    for (const line of lines) {
      const fields = fieldsOf.get(line.n) ?? null;
      this.#moments.push({ line, fields, ...(fields ? signedMoment(fields) : toldMoment(line, rights)) });
      if (fields) rights.follow(fields);
      if (fields) this.#alive.push(line.wallMs);
      if (fields?.event === "head") this.#alive.push(JSON.parse(fields.gateway).wall_ms);
    }
  }

  /** True if the gateway may have stood still between two moments: nothing signed says otherwise. @param {number} fromMs @param {number} toMs */
  isAccident(fromMs, toMs) {
    return !this.#alive.some((ms) => ms > fromMs + STORED_MS && ms + SLACK_MS < toMs);
  }

  /** True if there is a reason why nothing was recorded between two moments. @param {number} fromMs @param {number} toMs */
  isExplained(fromMs, toMs) {
    return this.#moments.some(({ line: { wallMs }, ...moment }) =>
      (moment.stops && wallMs + STORED_MS >= fromMs && wallMs <= fromMs + SLACK_MS) ||
      (moment.interrupts && wallMs + SLACK_MS >= fromMs && wallMs <= toMs + RETURN_MS && this.isAccident(fromMs, Math.max(toMs, wallMs))));
  }

  /** True if frames may have been lost between two moments. @param {number} fromMs @param {number} toMs */
  isBroken(fromMs, toMs) {
    return this.#moments.some(({ line: { wallMs }, breaks }) => breaks && wallMs + SLACK_MS >= fromMs && wallMs <= toMs + SLACK_MS);
  }

  /** The line at which a frame that the agent sealed has not come and never will; null if all came. @returns {import("./journal.js").Line | null} */
  firstLost() {
    const sent = new Sent();
    return this.#moments.find((moment) => !sent.take(moment))?.line ?? null;
  }
}

/** @param {any} fields */
function signedMoment(fields) {
  const breaks = stops(fields) || isLoss(fields) || fields.event === "paired" || fields.event === "resume" || (fields.event === "grant" && fields.cap === "view");
  return { breaks, stops: stops(fields), interrupts: isLoss(fields) };
}

/** What the gateway and the notary say. @param {import("./journal.js").Line} line @param {Rights} rights */
function toldMoment({ event, data }, rights) {
  const isLink = event === "joined" || event === "left";
  const breaks = !rights.control && (isLink || event === "recover" || event === "failed");
  const interrupts = event === "end" || event === "failed" || (breaks && (!isLink || data.who === "agent"));
  return { breaks, stops: false, interrupts };
}

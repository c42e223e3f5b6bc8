/**
 * summary_view: what a verified bundle says, in words: verdict, facts, asks, checks, what was done afterwards. Builds
 * elements; looks for none.
 */
import { element, svg } from "./dom.js";

const GOOD = "M9.5 17.6 4 12.1l2.1-2.1 3.4 3.4L17.9 5 20 7.1Z";
const BAD = "M12 9.9 6.8 4.7 4.7 6.8 9.9 12l-5.2 5.2 2.1 2.1 5.2-5.2 5.2 5.2 2.1-2.1-5.2-5.2 5.2-5.2-2.1-2.1Z";
const WAIT = "M11 4h2v8.2l4.6 2.7-1 1.7L11 13.4Z";
const NONE = "M5 10.7h14v2.6H5Z";
/** @type {Record<string, string>} */
const MARKS = { ok: GOOD, broken: BAD, waiting: WAIT, none: NONE };

/** @typedef {Awaited<ReturnType<typeof import("./verify.js").verifyBundle>>} Result */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./timeline.js").Timeline} Timeline */

/** @param {string} state */
const mark = (state) => svg("svg", { viewBox: "0 0 24 24", class: `mark ${state}`, "aria-hidden": "true" }, svg("path", { d: MARKS[state] }));

/** Digits in groups, so that two people can read them to each other. @param {string} hash */
function groups(hash) {
  return element("code", { class: "fingerprint" }, hash.replace(/(.{4})(?=.)/g, "$1 "));
}

/** @param {string} name @param {...(Node | string)} value */
const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, ...value));

/** What is wrong, for those who know. @param {Words} words @param {import("./verify.js").Item} item */
export function brokenText(words, { why, values }) {
  const what = typeof values.what === "string" ? words.say(`broken_${values.what}`, { name: values.name }) : "";
  return words.say(`broken_${why}`, { ...values, ...(what ? { what, name: "" } : {}) });
}

/** @param {Words} words @param {Result} result @returns {Node[]} */
export function verdict(words, result) {
  const title = element("h1", { tabindex: "-1" }, words.say(result.ok ? "goodTitle" : "badTitle"));
  const text = element("p", {}, words.say(result.ok ? "goodText" : "badText"));
  const rest = element("p", { class: "rest" }, element("a", { href: "#root-check" }, words.say("goodRest")));
  if (result.ok) return [mark("ok"), element("div", {}, title, text, rest)];
  const item = result.items[result.items.length - 1];
  const where = element("p", { class: "where" }, `${words.say("badWhere")} `, element("strong", {}, words.say(`item_${item.item}_broken`)));
  const detail = element("p", { class: "hint" }, `${words.say("itemName", { item: item.item })} – ${brokenText(words, item)}`);
  return [mark("broken"), element("div", {}, title, where, detail, text)];
}

/** The name that the customer read, if it was ever shown; else the bank's name for the advisor. @param {Timeline} timeline @param {string} advisor */
function nameOf(timeline, advisor) {
  const shown = timeline.asks.map(({ text }) => /^(.{1,80}?) demande \u00e0 /u.exec(text)?.[1]).find((name) => name);
  return shown && shown !== advisor ? `${shown} (${advisor})` : advisor;
}

/** @param {Words} words @param {Result} result @param {Timeline} timeline @returns {Node[]} */
export function facts(words, { facts: found }, timeline) {
  const { advisor, purpose_label: purpose } = found.data("session");
  const accepted = found.data("accepted");
  const control = timeline.lengthOf("control");
  const when = { day: words.day(timeline.fromMs), from: words.hour(timeline.fromMs), to: words.hour(timeline.toMs) };
  const customer = found.secrets.get("customer") ?? "";
  return [
    element("h2", {}, words.say("factsTitle")),
    element("dl", { class: "facts" },
      fact(words.say("factWho"), nameOf(timeline, advisor)),
      fact(words.say("factWhy"), purpose),
      fact(words.say("factWhen"), words.say("factWhenText", when)),
      ...(customer ? [fact(words.say("factCustomer"), customer)] : []),
      fact(words.say("factSeen"), words.length(timeline.lengthOf("view"))),
      fact(words.say("factControl"), control ? words.length(control) : words.say("factControlNever")),
      ...(control ? [fact(words.say("factActs"), words.say("factActsText", timeline.totals))] : []),
      ...(accepted ? [fact(words.say("factTerms"), words.say("factTermsText", { version: accepted.version, time: words.moment(accepted.at_ms) }))] : []),
      fact(words.say("factEnd"), words.sayOr(`end_${timeline.reason}`, "end_other", { reason: timeline.reason })),
      fact(words.say("factSession"), element("code", {}, found.journal.session))),
    element("p", { class: "hint" }, words.say("factZone", { zone: words.zone })),
  ];
}

/** @param {Words} words @param {import("./timeline.js").Ask} ask */
function askRow(words, ask) {
  const answer = { granted: "askGranted", refused: "askRefused", open: "askOpen" }[ask.answer];
  const hours = { from: words.clock(ask.answeredMs), to: words.clock(ask.untilMs), length: words.length(ask.untilMs - ask.answeredMs) };
  const more = ask.answer === "granted" ? words.say("askUntil", hours) : ask.answer === "refused" ? words.sayOr(`why_${ask.why}`, "why_click") : "";
  return element("li", { class: `ask ${ask.answer}` },
    element("span", { class: "pill" }, mark(ask.answer === "granted" ? "ok" : ask.answer === "refused" ? "broken" : "none"), words.say(answer)),
    element("div", {},
      element("strong", {}, words.say(`ask_${ask.cap}`)), ` ${words.say("askAt", { time: words.clock(ask.atMs) })}`,
      ...(more ? [element("p", {}, more)] : []),
      ...(ask.text ? [element("details", {}, element("summary", {}, words.say("askText")), element("blockquote", {}, ask.text))] : [])));
}

/** @param {Words} words @param {Timeline} timeline @returns {Node[]} */
export function asks(words, timeline) {
  const rows = timeline.asks.map((ask) => askRow(words, ask));
  const list = rows.length ? element("ul", { class: "asks" }, ...rows) : element("p", {}, words.say("asksNone"));
  return [element("h2", {}, words.say("asksTitle")), list];
}

/** @param {Words} words @param {import("./verify.js").Facts} found @returns {Node} */
function experts(words, found) {
  const { seal, sealedBy, stampedBy } = found;
  const sealed = words.say("expertSealText", { name: sealedBy.name, time: words.moment(sealedBy.timeMs), build: seal.build });
  return element("details", { class: "experts" }, element("summary", {}, words.say("checksMore")), element("dl", { class: "facts small" },
    fact(words.say("expertJournal"), words.say("expertJournalText", { lines: seal.journal_lines, signed: seal.agent_lines, hash: seal.journal })),
    fact(words.say("expertRecording"), words.say("expertRecordingText", { chunks: seal.chunks, hash: seal.recording })),
    fact(words.say("expertSeal"), sealed),
    fact(words.say("expertLog"), words.say("expertLogText", { name: found.logName, size: found.logSize })),
    fact(words.say("expertStamp"), stampedBy ? `${stampedBy.name}, ${words.moment(stampedBy.timeMs)}` : words.say("expertStampNone"))));
}

/** @param {Words} words @param {Result} result @returns {Node[]} */
export function checks(words, result) {
  const time = result.facts.stampedBy ? words.moment(result.facts.stampedBy.timeMs) : "";
  const rows = result.items.map((item) => element("li", { class: item.state, "data-item": item.item },
    mark(item.state), element("span", {}, words.say(`item_${item.item}_${item.state}`, { time }))));
  const list = element("ul", { class: "checks" }, ...rows);
  return [element("h2", {}, words.say("checksTitle")), list, ...(result.ok ? [experts(words, result.facts)] : [])];
}

/** What nobody but the reader can check. @param {Words} words @param {string} root @param {string} tsa  hash of tsa.crt, or "" @returns {Node[]} */
export function rootCheck(words, root, tsa) {
  return [
    element("h2", {}, words.say("rootTitle")), element("p", {}, words.say("rootText")), element("p", {}, groups(root)),
    ...(tsa ? [element("p", { class: "hint" }, words.say("rootTsa")), element("p", { class: "small" }, groups(tsa))] : []),
  ];
}

/** @param {Words} words @param {import("./journal.js").Line[]} lines @returns {Node[]} */
export function after(words, lines) {
  if (!lines.length) return [];
  const rows = lines.map(({ event, data, wallMs }) => {
    const what = words.sayOr(`after_${event}`, "after_other", { event, ...data });
    return element("li", {}, words.say("afterLine", { time: words.moment(wallMs), what, by: data.by ?? "" }));
  });
  return [element("h2", {}, words.say("afterTitle")), element("ul", {}, ...rows)];
}

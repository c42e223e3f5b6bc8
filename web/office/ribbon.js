/**
 * ribbon: a drawing of a session: who had the hand, what was shown and pointed at, what was recorded, one row each on
 * one time axis. Says nothing that the tables beside it do not say in words.
 */
import { makeSvg } from "./make.js";

const WIDTH = 1000;
const LEFT = 150;
const ROW = 26;
const ROWS = /** @type {const} */ (["control", "point", "view", "recorded"]);

/** Time to place. @param {number} from @param {number} to  UTC milliseconds */
function scale(from, to) {
  const span = Math.max(1, to - from);
  return (/** @type {number} */ ms) => LEFT + Math.min(1, Math.max(0, (ms - from) / span)) * (WIDTH - LEFT - 10);
}

/** @param {string} text @param {number} y */
function label(text, y) {
  const element = makeSvg("text", { x: 0, y, class: "ribbon-label" });
  element.textContent = text;
  return element;
}

/**
 * @param {import("./formats.js").OfficeWords} words
 * @param {import("./api.js").History} history
 * @param {string} title  what a screen reader says
 * @returns {SVGElement}
 */
export function drawRibbon(words, history, title) {
  const { from, to } = extent(history);
  const x = scale(from, to);
  const bars = /** @type {Record<typeof ROWS[number], import("./api.js").Interval[]>} */ ({
    control: history.rights.filter(({ cap }) => cap === "control"),
    point: history.rights.filter(({ cap }) => cap === "point"),
    view: history.rights.filter(({ cap }) => cap === "view"),
    recorded: history.recorded,
  });
  const height = ROWS.length * ROW + 22;
  const svg = makeSvg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": title, class: "ribbon" });
  ROWS.forEach((row, i) => {
    const y = i * ROW + 4;
    svg.append(label(words.text(`ribbon_${row}`), y + 14));
    svg.append(makeSvg("rect", { x: LEFT, y, width: WIDTH - LEFT - 10, height: 18, class: "ribbon-track" }));
    for (const { from_ms, to_ms } of bars[row]) {
      svg.append(makeSvg("rect", { x: x(from_ms), y, width: Math.max(2, x(to_ms) - x(from_ms)), height: 18, class: `ribbon-${row}` }));
    }
  });
  for (const { from_ms, to_ms, why } of history.gaps) {
    const y = 3 * ROW + 4;
    svg.append(makeSvg("rect", { x: x(from_ms), y, width: Math.max(2, x(to_ms) - x(from_ms)), height: 18, class: `ribbon-gap ribbon-gap-${why}` }));
  }
  svg.append(...ticks(words, from, to, x, height));
  return svg;
}

/** From the first to the last thing that happened. @param {import("./api.js").History} history */
export function extent({ facts, events }) {
  const from = facts.started_ms ?? events[0]?.ms ?? 0;
  const last = events.length ? events[events.length - 1].ms : from;
  return { from, to: Math.max(last, facts.ended_ms ?? 0, from + 1000) };
}

/** @param {import("./formats.js").OfficeWords} words @param {number} from @param {number} to @param {(ms: number) => number} x @param {number} height */
function* ticks(words, from, to, x, height) {
  for (let i = 0; i <= 4; i++) {
    const ms = from + (to - from) * i / 4;
    const anchor = i === 0 ? "start" : i === 4 ? "end" : "middle";
    const text = makeSvg("text", { x: x(ms), y: height - 4, "text-anchor": anchor, class: "ribbon-time" });
    text.textContent = words.span(ms - from);
    yield text;
  }
}

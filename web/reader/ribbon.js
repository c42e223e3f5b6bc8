/**
 * ribbon: who had the hand, from the beginning to the end of the film, drawn along the time line. Told by colour, by
 * height and by hatching, so that no colour has to be seen.
 */
import { svg } from "./dom.js";

const WIDTH = 1000;
const HEIGHT = 34;
/** Height of each piece: more means that the advisor could do more. */
const TOPS = { customer: 22, both: 12, advisor: 2, none: 22 };

/** Two patterns, named once a page. */
function patterns() {
  return svg("defs", {},
    svg("pattern", { id: "ribbon-both", width: "8", height: "8", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: "8", height: "8", class: "ribbon-both" }), svg("rect", { width: "3", height: "8", class: "ribbon-both-line" })),
    svg("pattern", { id: "ribbon-none", width: "6", height: "6", patternUnits: "userSpaceOnUse", patternTransform: "rotate(-45)" },
      svg("rect", { width: "6", height: "6", class: "ribbon-none" }), svg("rect", { width: "2", height: "6", class: "ribbon-none-line" })));
}

/**
 * A piece of the ribbon, for the ribbon itself and its legend.
 * @param {"customer" | "both" | "advisor" | "none"} who @param {number} x @param {number} width
 */
export function piece(who, x, width) {
  const top = TOPS[who];
  return svg("rect", {
    x: x.toFixed(2), y: String(top), width: Math.max(width, 1).toFixed(2), height: String(HEIGHT - top), class: `hand-${who}`,
    ...(who === "both" || who === "none" ? { fill: `url(#ribbon-${who})` } : {}),
  });
}

/**
 * The ribbon of a film.
 * @param {import("./timeline.js").Timeline} timeline
 * @param {{ fromMs: number, toMs: number, gaps: { fromMs: number, toMs: number }[] }} film
 * @param {string} label
 */
export function ribbon(timeline, film, label) {
  const scale = WIDTH / Math.max(1, film.toMs - film.fromMs);
  const placed = (/** @type {{ fromMs: number, toMs: number }} */ span) => {
    const from = Math.max(span.fromMs, film.fromMs);
    return { x: (from - film.fromMs) * scale, width: (Math.min(span.toMs, film.toMs) - from) * scale };
  };
  const out = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "ribbon", role: "img", "aria-label": label }, patterns());
  for (const hand of timeline.hands) {
    const { x, width } = placed(hand);
    if (width > 0) out.append(piece(hand.who, x, width));
  }
  for (const gap of film.gaps) {
    const { x, width } = placed(gap);
    out.append(svg("rect", { x: x.toFixed(2), y: "0", width: width.toFixed(2), height: String(HEIGHT), class: "ribbon-erase" }), piece("none", x, width));
  }
  return out;
}

/** A square of the legend. @param {"customer" | "both" | "advisor" | "none"} who */
export function swatch(who) {
  return svg("svg", { viewBox: `0 0 26 ${HEIGHT}`, class: "swatch", "aria-hidden": "true" }, piece(who, 0, 26));
}

/** broken: what a check found wrong, in a form that every language can say. */

/** @typedef {Record<string, string | number>} Values */

/** `why` is a row of fr.js and en.js ("why_" + why); `values` fill its {places}. */
export class Broken extends Error {
  why;
  values;
  item;

  /** @param {string} why @param {Values} [values] @param {string} [item]  the item that does not hold, if it is not the one being checked */
  constructor(why, values = {}, item = "") {
    super([why, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].join(" "));
    this.why = why;
    this.values = values;
    this.item = item;
  }
}

/** @param {unknown} holds @param {string} why @param {Values} [values] @returns {asserts holds} */
export function must(holds, why, values) {
  if (!holds) throw new Broken(why, values);
}

/** dom: elements out of names, attributes and text; never markup. */

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string | boolean>} [attributes]  true: without a value; false: not there
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  fill(node, attributes, children);
  return node;
}

/**
 * A new element of SVG.
 * @param {string} name
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(Node | string)} children
 */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(node, attributes, children);
  return node;
}

/** @param {Element} node @param {Record<string, string | boolean>} attributes @param {(Node | string)[]} children */
function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
}

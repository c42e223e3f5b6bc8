/**
 * canonical: the one way of writing an object that docs/EVIDENCE.md allows, so that a hash means something.
 * Pure.
 */
import { Broken, must } from "./broken.js";

const INTEGER_MAX = 2 ** 53;
const LINE_MAX = 128 << 10;
const DEPTH_MAX = 8;
const ESCAPES = new Map([["\b", "\\b"], ["\t", "\\t"], ["\n", "\\n"], ["\f", "\\f"], ["\r", "\\r"], ['"', '\\"'], ["\\", "\\\\"]]);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {string} text */
function writeString(text) {
  /* eslint-disable-next-line no-control-regex */
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (c) => ESCAPES.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}

/** @param {string} text */
const utf8Length = (text) => new TextEncoder().encode(text).length;

/** Order of the bytes in UTF-8 is the order of the code points. @param {string} a @param {string} b */
function compare(a, b) {
  const left = Array.from(a, (c) => Number(c.codePointAt(0)));
  const right = Array.from(b, (c) => Number(c.codePointAt(0)));
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}

/**
 * The canonical text of a value.
 * @param {any} value
 * @param {number} [depth]
 * @returns {string}
 * @throws {Broken} for what cannot be written: a fraction, null, too deep
 */
export function writeCanonical(value, depth = 0) {
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") {
    must(Number.isInteger(value) && value >= 0 && value <= INTEGER_MAX && !Object.is(value, -0), "canonical");
    return String(value);
  }
  must(typeof value === "object" && value !== null && depth < DEPTH_MAX, "canonical");
  if (Array.isArray(value)) return `[${value.map((item) => writeCanonical(item, depth + 1)).join(",")}]`;
  const names = Object.keys(value).sort(compare);
  return `{${names.map((name) => `${writeString(name)}:${writeCanonical(value[name], depth + 1)}`).join(",")}}`;
}

/**
 * The object of a canonical text.
 * @param {string} text
 * @returns {any}
 * @throws {Broken} "canonical" if it is no object, or would be written in any other way
 */
export function readCanonical(text) {
  let value;
  try {
    must(text.length <= LINE_MAX && utf8Length(text) <= LINE_MAX, "canonical");
    value = JSON.parse(text);
  } catch {
    throw new Broken("canonical");
  }
  must(typeof value === "object" && value !== null && !Array.isArray(value), "canonical");
  must(writeCanonical(value) === text, "canonical");
  return value;
}

/** Text of bytes in UTF-8. @param {Uint8Array} bytes @throws {Broken} "utf8" */
export function readText(bytes) {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Broken("utf8");
  }
}

/** Lines of a file, each ended by a line feed. @param {Uint8Array} bytes @returns {string[]} @throws {Broken} "utf8", "cut" */
export function readLines(bytes) {
  const text = readText(bytes);
  if (text === "") return [];
  must(text.endsWith("\n"), "cut");
  return text.slice(0, -1).split("\n");
}

/**
 * Checks that an object has exactly these fields: "name:s size:i": s string, i integer, a array of strings,
 * o object; those behind "|" may be missing; "*" at the end lets others stand as well.
 * @param {any} object
 * @param {string} spec
 * @throws {Broken} "field" with its name
 */
export function mustHave(object, spec) {
  const isOpen = spec.endsWith("*");
  const [needed, allowed = ""] = spec.replace("*", "").split("|").map((part) => part.trim());
  const fields = new Map(`${needed} ${allowed}`.trim().split(/\s+/).map((field) => /** @type {[string, string]} */ (field.split(":"))));
  for (const name of needed.split(/\s+/).map((field) => field.split(":")[0])) {
    must(name === "" || Object.hasOwn(object, name), "field", { name });
  }
  for (const [name, value] of Object.entries(object)) must((isOpen && !fields.has(name)) || isKind(value, fields.get(name)), "field", { name });
}

/** @param {any} value @param {string | undefined} kind */
function isKind(value, kind) {
  switch (kind) {
    case "s": return typeof value === "string";
    case "i": return typeof value === "number";
    case "a": return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "o": return typeof value === "object" && !Array.isArray(value);
    default: return false;
  }
}

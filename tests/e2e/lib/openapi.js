/** openapi: compares answers of a running server with an OpenAPI 3.1 file: as much of JSON Schema as that file uses. */
import { readFileSync } from "node:fs";

/** @typedef {{ status: number, headers: Record<string, any>, body: Buffer, text: string }} Answer */

const KNOWN = new Set(["type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minimum", "maximum",
  "minLength", "maxLength", "maxItems", "description", "$ref"]);

export class OpenApi {
  /** @param {string} path */
  constructor(path) {
    this.file = JSON.parse(readFileSync(path, "utf8"));
  }

  /** Every operation: method in capitals, path of the file, what it says. */
  get operations() {
    return Object.entries(this.file.paths).flatMap(([path, methods]) =>
      Object.entries(/** @type {Record<string, any>} */ (methods)).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
  }

  /** What is wrong with an answer; "" if nothing. @param {string} method @param {string} path  of the file @param {Answer} answer */
  check(method, path, answer) {
    const operation = this.file.paths[path]?.[method.toLowerCase()];
    const response = operation?.responses[answer.status];
    if (!response) return `${method} ${path}: ${answer.status} is not in the file: ${answer.text.slice(0, 200)}`;
    const [[type, { schema }]] = /** @type {[string, any][]} */ (Object.entries(response.content));
    if (!String(answer.headers["content-type"]).startsWith(type)) return `${method} ${path}: ${answer.headers["content-type"]}`;
    if (!schema) return "";
    const trouble = this.#fits(JSON.parse(answer.text), schema, "");
    return trouble ? `${method} ${path} ${answer.status}: ${trouble}` : "";
  }

  /** @param {any} value @param {any} schema @param {string} at @returns {string} */
  #fits(value, schema, at) {
    for (const word of Object.keys(schema)) if (!KNOWN.has(word)) throw new Error(`this test does not know "${word}"`);
    if (schema.$ref) return this.#fits(value, this.file.components.schemas[schema.$ref.split("/").at(-1)], at);
    const kind = Array.isArray(value) ? "array" : value === null ? "null" : Number.isInteger(value) ? "integer" : typeof value;
    if (kind !== schema.type) return `${at}: ${kind} instead of ${schema.type}`;
    if (schema.enum && !schema.enum.includes(value)) return `${at}: ${value}`;
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) return `${at}: ${value}`;
    if (schema.minimum !== undefined && value < schema.minimum) return `${at}: ${value}`;
    if (kind === "array") return value.map((/** @type {any} */ each, /** @type {number} */ i) => this.#fits(each, schema.items, `${at}[${i}]`)).find(Boolean) ?? "";
    return kind === "object" ? this.#fitsObject(value, schema, at) : "";
  }

  /** @param {Record<string, any>} value @param {any} schema @param {string} at @returns {string} */
  #fitsObject(value, schema, at) {
    const missing = schema.required.find((/** @type {string} */ name) => !(name in value));
    if (missing) return `${at}: no ${missing}`;
    for (const [name, each] of Object.entries(value)) {
      const rule = schema.properties[name] ?? schema.additionalProperties;
      if (rule === false) return `${at}: ${name} is not in the file`;
      const trouble = rule === true ? "" : this.#fits(each, rule, `${at}.${name}`);
      if (trouble) return trouble;
    }
    return "";
  }
}

/**
 * journal: reads a chain of canonical lines (docs/EVIDENCE.md sections 2 and 9) and, inside it, the chain that the
 * customer's program signed (section 3). Chains and forms only; signatures are checked by verify.js.
 */
import { Broken, must } from "./broken.js";
import { mustHave, readCanonical, readLines } from "./canonical.js";
import { sha256Hex, utf8 } from "./bytes.js";

const ZEROS = "0".repeat(64);
const HASH = /^[0-9a-f]{64}$/;

/**
 * @typedef {Object} Line
 * @property {string} text
 * @property {string} hash  of the text, 64 digits
 * @property {number} n
 * @property {string} event
 * @property {any} data
 * @property {number} wallMs
 * @property {number} bootMs
 */

/**
 * @typedef {Object} SignedLine  what the agent signed
 * @property {string} text
 * @property {string} hash
 * @property {string} sig  128 digits
 * @property {any} fields  the object in it
 * @property {Line} line  where the journal holds it
 */

/** Data of each event (2.2, 9): fields as in mustHave(); an event that is not here may hold anything. */
const EVENTS = new Map(Object.entries({
  session: "advisor:s ceiling:a purpose:s purpose_label:s",
  accepted: "acceptance:s articles:a at_ms:i lang:s private:o terms:s version:s",
  agent: "sign:s",
  key: "sha256:s",
  consent: "line:s sig:s",
  chunk: "bytes:i first_seq:i frames:i from_ms:i last_seq:i n:i sha256:s to_ms:i",
  end: "reason:s",
}));

/** @param {any} object @param {string} text @param {number} n */
async function readLine(object, text, n) {
  mustHave(object, "boot_ms:i data:o event:s n:i p:s session:s wall_ms:i");
  must(object.n === n, "number");
  const spec = EVENTS.get(object.event);
  if (spec !== undefined) mustHave(object.data, `${spec} *`); /* later versions may say more */
  return {
    text, hash: await sha256Hex(utf8(text)), n, event: object.event, data: object.data, wallMs: object.wall_ms, bootMs: object.boot_ms,
  };
}

/**
 * Reads a journal.
 * @param {Uint8Array} bytes  journal.jsonl or after.jsonl
 * @param {{ session?: string, first?: string }} [expected]  identifier; `p` of line 0
 * @returns {Promise<{ session: string, lines: Line[] }>}
 * @throws {Broken} "line" with the number of the line (from 1) and `what`, the reason
 */
export async function readJournal(bytes, { session, first = ZEROS } = {}) {
  const lines = /** @type {Line[]} */ ([]);
  let previous = first;
  for (const text of readLines(bytes)) {
    try {
      const object = readCanonical(text);
      const line = await readLine(object, text, lines.length);
      session ??= object.session;
      must(/^[0-9a-f]{32}$/.test(String(session)) && object.session === session, "session");
      must(object.p === previous, "link");
      lines.push(line);
      previous = line.hash;
    } catch (error) {
      throw atLine(error, lines.length + 1);
    }
  }
  return { session: session ?? "", lines };
}

/** @param {unknown} error @param {number} line  from 1 */
function atLine(error, line) {
  return error instanceof Broken ? new Broken("line", { line, what: error.why, name: error.values.name ?? "" }) : error;
}

/** Fields of the signed lines (docs/PROTOCOL.md 6.2), without those that all have. */
const SIGNED = new Map(Object.entries({
  open: "acceptance:s ceiling:a content_key:s key_check:s purpose:s sign:s terms:s",
  paired: "seq:i transcript:s words:s",
  ask: "ask:i cap:s text:s",
  grant: "ask:i cap:s grant:i",
  refuse: "ask:i cap:s why:s",
  limit: "cap:s grant:i",
  release: "cap:s grant:i",
  suspend: "cap:s grant:i why:s",
  counts: "done_key:i done_mouse:i done_point:i done_text:i local:i refused:i",
  head: "gateway:s gateway_sig:s sent:i",
  pause: "who:s why:s",
  end: "why:s",
}));
const ALL = "boot_ms event n prev session wall_ms".split(" ");

/** @param {any} object */
function mustBeSigned(object) {
  const own = Object.fromEntries(Object.entries(object).filter(([name]) => !ALL.includes(name)));
  const common = Object.fromEntries(Object.entries(object).filter(([name]) => ALL.includes(name)));
  mustHave(common, "boot_ms:i event:s n:i prev:s session:s wall_ms:i");
  const spec = SIGNED.get(object.event);
  if (spec !== undefined) mustHave(own, `${spec} *`);
}

/**
 * The agent's chain out of a journal.
 * @param {{ session: string, lines: Line[] }} journal
 * @returns {Promise<SignedLine[]>}
 * @throws {Broken} "line" with the number of the journal's line (from 1)
 */
export async function readSigned({ session, lines }) {
  const out = /** @type {SignedLine[]} */ ([]);
  let previous = ZEROS;
  for (const line of lines) {
    if (line.event !== "consent") continue;
    try {
      const fields = readCanonical(line.data.line);
      mustBeSigned(fields);
      must(fields.session === session, "session");
      must(fields.n === out.length && (fields.n === 0) === (fields.event === "open"), "number");
      must(fields.prev === previous, "link");
      must(/^[0-9a-f]{128}$/.test(line.data.sig), "signature");
      must(fields.event !== "paired" || isHash(fields.transcript), "field", { name: "transcript" });
      previous = await sha256Hex(utf8(line.data.line));
      out.push({ text: line.data.line, hash: previous, sig: line.data.sig, fields, line });
    } catch (error) {
      throw atLine(error, line.n + 1);
    }
  }
  return out;
}

/** @param {unknown} text @returns {boolean} */
export const isHash = (text) => typeof text === "string" && HASH.test(text);

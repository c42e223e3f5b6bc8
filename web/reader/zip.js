/**
 * zip: the files of a bundle (docs/EVIDENCE.md section 10): stored, never compressed, so that a few checks bound
 * everything. Reads nothing but what that section allows. Pure.
 */
import { isSame } from "./bytes.js";
import { must } from "./broken.js";
import { readText } from "./canonical.js";

const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const NAME_MAX = 64;

/** CRC-32 of each byte: for those who write zips. It is no evidence, and SHA256SUMS says more: reading does not look at it. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** An entry of the directory. @param {DataView} view @param {number} at */
function readCentral(view, at) {
  must(at + CENTRAL_BYTES <= view.byteLength && view.getUint32(at, true) === CENTRAL, "zip");
  return {
    at,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    nameLength: view.getUint16(at + 28, true),
    more: view.getUint16(at + 30, true) + view.getUint16(at + 32, true), /* extra field, comment: none are written */
    disk: view.getUint16(at + 34, true),
    next: at + CENTRAL_BYTES + view.getUint16(at + 28, true),
    local: view.getUint32(at + 42, true),
  };
}

/**
 * The bytes of one file, a view into the zip.
 * @param {Uint8Array} zip @param {DataView} view @param {ReturnType<typeof readCentral>} entry @param {string} name @param {number} end
 */
function readFile(zip, view, entry, name, end) {
  must(entry.method !== 8, "zip_packed");
  must(entry.method === 0 && entry.packed === entry.size && entry.flags === 0 && entry.disk === 0, "zip");
  must(entry.local + LOCAL_BYTES <= end && view.getUint32(entry.local, true) === LOCAL, "zip");
  /* version, flags, method, time, date, CRC, sizes and lengths of name and extra field: the same bytes in both headers */
  must(isSame(zip.subarray(entry.local + 4, entry.local + 30), zip.subarray(entry.at + 6, entry.at + 32)), "zip");
  const nameLength = view.getUint16(entry.local + 26, true);
  const begin = entry.local + LOCAL_BYTES + nameLength;
  must(view.getUint16(entry.local + 28, true) === 0, "zip");
  must(begin + entry.size <= end && nameLength === entry.nameLength, "zip");
  must(readText(zip.subarray(entry.local + LOCAL_BYTES, entry.local + LOCAL_BYTES + nameLength)) === name, "zip");
  return { begin: entry.local, end: begin + entry.size, bytes: zip.subarray(begin, begin + entry.size) };
}

/** Files stand in the order of the directory, share no byte and leave none out, or one could be shown and another be checked. @param {{ begin: number, end: number }[]} spans @param {number} end */
function mustFill(spans, end) {
  spans.forEach((span, i) => must(span.begin === (spans[i - 1]?.end ?? 0), "zip"));
  must((spans[spans.length - 1]?.end ?? 0) === end, "zip");
}

/**
 * Takes a zip apart.
 * @param {Uint8Array} zip
 * @returns {Map<string, Uint8Array>}  by name; views into `zip`
 * @throws {import("./broken.js").Broken} "zip": no zip, or damaged; "zip_packed": made anew by another program;
 *   "zip_twice": a name twice
 */
export function readZip(zip) {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const endAt = zip.length - END_BYTES; /* no comment, no zip64: none is written */
  must(endAt >= 0 && view.getUint32(endAt, true) === END && view.getUint16(endAt + 20, true) === 0, "zip");
  const count = view.getUint16(endAt + 10, true);
  must(view.getUint32(endAt + 4, true) === 0 && view.getUint16(endAt + 8, true) === count && count < 0xffff, "zip");
  const begin = view.getUint32(endAt + 16, true);
  must(begin + view.getUint32(endAt + 12, true) === endAt, "zip");
  const files = /** @type {Map<string, Uint8Array>} */ (new Map());
  const spans = [];
  let at = begin;
  for (let i = 0; i < count; i++) {
    const entry = readCentral(view, at);
    must(entry.nameLength > 0 && entry.nameLength <= NAME_MAX && entry.more === 0 && entry.next <= endAt, "zip");
    const name = readText(zip.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + entry.nameLength));
    must(!files.has(name), "zip_twice", { name });
    const file = readFile(zip, view, entry, name, begin);
    files.set(name, file.bytes);
    spans.push(file);
    at = entry.next;
  }
  must(at === endAt, "zip");
  mustFill(spans, begin);
  return files;
}

/** zip: bundles as docs/EVIDENCE.md section 10 wants them: stored, 1980-01-01, sorted; for tests. */
import { crc32 } from "../../web/reader/zip.js";

const DATE = 0x0021;

/** Fields of two and four bytes, little-endian. @param {[2 | 4, number][]} fields */
function record(fields) {
  const out = Buffer.alloc(fields.reduce((length, [size]) => length + size, 0));
  let at = 0;
  for (const [size, value] of fields) at = size === 2 ? out.writeUInt16LE(value, at) : out.writeUInt32LE(value >>> 0, at);
  return out;
}

/** What local header and directory have in common. @param {Buffer} name @param {Uint8Array} bytes @returns {[2 | 4, number][]} */
const common = (name, bytes) => [
  [2, 10], [2, 0], [2, 0], [2, 0], [2, DATE], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, name.length], [2, 0],
];

/** @param {Iterable<[string, Uint8Array]>} files  in the order in which they shall stand */
export function zipOf(files) {
  const bodies = [];
  const directory = [];
  let at = 0;
  for (const [text, bytes] of files) {
    const name = Buffer.from(text);
    const local = Buffer.concat([record([[4, 0x04034b50], ...common(name, bytes)]), name, bytes]);
    directory.push(Buffer.concat([record([[4, 0x02014b50], [2, 10], ...common(name, bytes), [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), name]));
    bodies.push(local);
    at += local.length;
  }
  const size = directory.reduce((length, entry) => length + entry.length, 0);
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, bodies.length], [2, bodies.length], [4, size], [4, at], [2, 0]]);
  return Buffer.concat([...bodies, ...directory, end]);
}

/**
 * customer_bundle: adds content.key to a bundle, here in the browser: the key that opens one recording never reaches
 * the server (docs/EVIDENCE.md sections 5 and 10). Changes nothing else in the zip. Pure.
 */
import { crc32 } from "../reader/zip.js";

const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL = 0x02014b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const VERSION = 10; /* stored */
const MADE_BY = (3 << 8) | 20; /* Unix */
const MODE = 0o100644;
const DATE = 0x21; /* 1980-01-01 */

/** The bytes are no zip without comment and zip64, as bundles are. */
export class NotABundle extends Error {}

/** What local and central header have in common. @param {DataView} view @param {number} at @param {Uint8Array<ArrayBuffer>} name @param {Uint8Array<ArrayBuffer>} bytes */
function putCommon(view, at, name, bytes) {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc32(bytes), true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, bytes.length, true);
  view.setUint16(at + 22, name.length, true);
}

/** @param {Uint8Array<ArrayBuffer>} name @param {Uint8Array<ArrayBuffer>} bytes */
function localHeader(name, bytes) {
  const out = new Uint8Array(LOCAL_BYTES + name.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x04034b50, true);
  putCommon(view, 4, name, bytes);
  out.set(name, LOCAL_BYTES);
  return out;
}

/** @param {Uint8Array<ArrayBuffer>} name @param {Uint8Array<ArrayBuffer>} bytes @param {number} at  where its local header is */
function centralHeader(name, bytes, at) {
  const out = new Uint8Array(CENTRAL_BYTES + name.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, CENTRAL, true);
  view.setUint16(4, MADE_BY, true);
  putCommon(view, 6, name, bytes);
  view.setUint16(40, MODE, true); /* the upper half of the external attributes */
  view.setUint32(42, at, true);
  out.set(name, CENTRAL_BYTES);
  return out;
}

/** The last record. @param {Blob} zip */
async function readEnd(zip) {
  if (zip.size < END_BYTES) throw new NotABundle("short");
  const end = new Uint8Array(await zip.slice(zip.size - END_BYTES).arrayBuffer());
  const view = new DataView(end.buffer);
  const [count, length, at] = [view.getUint16(10, true), view.getUint32(12, true), view.getUint32(16, true)];
  if (view.getUint32(0, true) !== END || at + length !== zip.size - END_BYTES || count === 0xffff) throw new NotABundle("end");
  return { end, view, count, length, at };
}

/**
 * Where a name belongs, both in the directory and in the zip; what stands behind it in the zip is moved by `shift`.
 * @param {Uint8Array<ArrayBuffer>} directory  changed @param {number} count @param {string} name @param {number} at  of the directory @param {number} shift
 */
function makeRoom(directory, count, name, at, shift) {
  const view = new DataView(directory.buffer);
  let entry = 0;
  let place = { entry: directory.length, local: at };
  for (let i = 0; i < count; i++) {
    if (entry + CENTRAL_BYTES > directory.length || view.getUint32(entry, true) !== CENTRAL) throw new NotABundle("directory");
    const nameAt = entry + CENTRAL_BYTES;
    const next = nameAt + view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
    const local = view.getUint32(entry + 42, true);
    const other = new TextDecoder().decode(directory.subarray(nameAt, nameAt + view.getUint16(entry + 28, true)));
    if (other === name) throw new NotABundle("twice");
    if (other > name && local < place.local) place = { entry, local };
    if (other > name) view.setUint32(entry + 42, local + shift, true);
    entry = next;
  }
  return place;
}

/**
 * The bundle with one file more, at its place in the order of names: the same bytes as if it had been made with it.
 * @param {Blob} zip  sorted by name @param {string} name @param {string} text
 * @returns {Promise<Blob>}
 * @throws {NotABundle}
 */
export async function addToZip(zip, name, text) {
  const { end, view, count, length, at } = await readEnd(zip);
  const nameBytes = new TextEncoder().encode(name);
  const bytes = new TextEncoder().encode(text);
  const local = localHeader(nameBytes, bytes);
  const shift = local.length + bytes.length;
  const directory = new Uint8Array(await zip.slice(at, at + length).arrayBuffer());
  const place = makeRoom(directory, count, name, at, shift);
  view.setUint16(8, count + 1, true);
  view.setUint16(10, count + 1, true);
  view.setUint32(12, length + CENTRAL_BYTES + nameBytes.length, true);
  view.setUint32(16, at + shift, true);
  return new Blob([
    zip.slice(0, place.local), local, bytes, zip.slice(place.local, at),
    directory.slice(0, place.entry), centralHeader(nameBytes, bytes, place.local), directory.slice(place.entry), end,
  ]);
}

/** What stands in content.key. @param {Uint8Array} contentKey  32 bytes */
export const contentKeyText = (contentKey) => `${Array.from(contentKey, (byte) => byte.toString(16).padStart(2, "0")).join("")}\n`;

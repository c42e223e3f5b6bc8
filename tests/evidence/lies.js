/**
 * lies: bundles that somebody made on purpose: a notary, a gateway or an authority that lies, certificates for something
 * else, zips and folders that two readers could see differently. Each with the item at which all must refuse it, or ""
 * if all must accept it; "unreadable" if it is no bundle. For E6.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonical, hex256, makeBundle, signCms, stamp, sumsOf, writeBundle } from "./fixture.js";
import { makeKey, makeLeaf, makeRoot, openssl } from "./keys.js";
import { zipOf } from "./zip.js";

/** @typedef {Map<string, Buffer>} Files */
/** @typedef {{ name: string, item: string, files?: Files, dir?: string, zip?: Buffer }} Lie  a folder is made of the files; dir and zip are there already */

/** What everybody signed is not right (fixture.js, `lie`). @type {[string, string][]} */
const STORIES = [
  ["cut", "recording"], ["cut_one", "recording"], ["cut_rest", "recording"], ["left", "recording"], ["hole", "recording"], ["gap", "recording"],
  ["regrant", "recording"], ["counter", "recording"], ["bytes0", "recording"], ["acted", "control"], ["pause", "control"], ["head", "heads"],
  ["prev", "agent"], ["space", "agent"], ["nest", "agent"], ["twice", "agent"], ["bool", "journal"], ["null", "journal"], ["negative", "journal"],
  ["fraction", "journal"], ["huge", "journal"], ["deep", "journal"],
];

/** Makes lies of one bank. */
class Liar {
  #dir;
  #n = 0;
  #base;

  /** @param {string} dir  a folder of its own */
  constructor(dir) {
    this.#dir = dir;
    this.#base = makeBundle(join(dir, "bank"), { seed: "liar", withKey: true, chunks: 3 }).files;
  }

  /** A folder of the same keys, to be changed. */
  #keys() {
    const dir = join(this.#dir, `keys-${this.#n++}`);
    cpSync(join(this.#dir, "bank"), dir, { recursive: true });
    return dir;
  }

  /** @param {(files: Files) => void} change @returns {Files} with sums that fit */
  changed(change) {
    const files = new Map(this.#base);
    change(files);
    files.set("SHA256SUMS", sumsOf(files));
    return files;
  }

  /** The same, signed anew under other certificates. @param {(dir: string, files: Files) => string[] | void} change  options of openssl cms @returns {Files} */
  certified(change) {
    const dir = this.#keys();
    return this.changed((files) => {
      const options = change(dir, files) ?? [];
      files.set("root.crt", readFileSync(join(dir, "root.crt")));
      for (const [text, signature] of [["seal.json", "seal.p7s"], ["checkpoint.txt", "checkpoint.p7s"]]) {
        files.set(signature, signCms(dir, /** @type {Buffer} */ (files.get(text)), "-cades", ...options));
      }
    });
  }

  /** With another stamp. @param {(dir: string) => void} change @returns {Files} */
  stamped(change) {
    const dir = this.#keys();
    change(dir);
    return this.changed((files) => {
      files.set("checkpoint.tsr", stamp(dir, String(files.get("checkpoint.txt"))));
      files.set("tsa.crt", readFileSync(join(dir, "tsa-root.crt")));
    });
  }

  /** With another journal, chained, sealed and entered into a log of its own. @param {(lines: any[]) => any[]} change @param {(files: Files) => void} [more] @returns {Files} */
  journaled(change, more) {
    const dir = join(this.#dir, "bank");
    return this.changed((files) => {
      more?.(files);
      const lines = change(String(files.get("journal.jsonl")).trim().split("\n").map((line) => JSON.parse(line)));
      let p = "0".repeat(64);
      const texts = lines.map((line, n) => {
        const text = canonical({ ...line, n, p });
        p = hex256(text);
        return `${text}\n`;
      });
      files.set("journal.jsonl", Buffer.from(texts.join("")));
      const seal = { ...JSON.parse(String(files.get("seal.json"))), journal: hex256(texts.join("")), journal_head: p, journal_lines: texts.length };
      files.set("seal.json", Buffer.from(`${canonical(seal)}\n`));
      files.set("seal.p7s", signCms(dir, `${canonical(seal)}\n`));
    });
  }

  /** A zip of the whole. @param {(at: { local: number, central: number, name: string }[], zip: Buffer) => void} change @returns {Buffer} */
  zipped(change) {
    const files = [...this.#base].sort(([a], [b]) => (a < b ? -1 : 1));
    const zip = zipOf(files);
    let local = 0;
    let central = zip.readUInt32LE(zip.length - 6);
    const at = files.map(([name, bytes]) => {
      const place = { local, central, name };
      local += 30 + name.length + bytes.length;
      central += 46 + name.length;
      return place;
    });
    change(at, zip);
    return zip;
  }

  /** A folder with something in it. @param {Record<string, string | null>} more  null: a folder @returns {string} */
  folder(more) {
    const dir = join(this.#dir, `folder-${this.#n++}`);
    writeBundle(dir, this.#base);
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(text === null ? join(dir, name) : dirname(join(dir, name)), { recursive: true });
      if (text !== null) writeFileSync(join(dir, name), text);
    }
    return dir;
  }

  done() {
    rmSync(this.#dir, { recursive: true });
  }
}

const SUBJECT = "/C=FR/O=Banque Exemple/CN=";
const SIGNS = "keyUsage=critical,digitalSignature";
const ISSUES = "keyUsage=critical,keyCertSign";

/** An authority between root and notary. @param {string} dir @param {string} constraints @param {string[]} [extensions] */
function between(dir, constraints, extensions = []) {
  makeKey(dir, "between");
  makeLeaf(dir, "between", "root", `${SUBJECT}Entre deux`, [ISSUES, ...extensions], constraints);
  makeLeaf(dir, "notary", "between", `${SUBJECT}Notaire`, [SIGNS]);
  return ["-certfile", "between.crt"];
}

/** @param {Liar} liar @returns {Lie[]} */
function certificates(liar) {
  const notary = (/** @type {string[]} */ ...extensions) => liar.certified((dir) => makeLeaf(dir, "notary", "root", `${SUBJECT}Notaire`, extensions));
  return [
    { name: "a certificate of a web server", item: "signature", files: notary(SIGNS, "extendedKeyUsage=serverAuth") },
    { name: "a certificate for any purpose", item: "signature", files: notary(SIGNS, "extendedKeyUsage=anyExtendedKeyUsage") },
    { name: "a certificate for mail", item: "", files: notary(SIGNS, "extendedKeyUsage=emailProtection,serverAuth") },
    { name: "a certificate for key agreement", item: "signature", files: notary("keyUsage=critical,keyAgreement") },
    { name: "an authority in between", item: "", files: liar.certified((dir) => between(dir, "CA:TRUE")) },
    { name: "an authority in between for web servers", item: "signature", files: liar.certified((dir) => between(dir, "CA:TRUE", ["extendedKeyUsage=serverAuth"])) },
    { name: "one in between that is no authority", item: "signature", files: liar.certified((dir) => between(dir, "CA:FALSE")) },
    { name: "more authorities than the first allows", item: "signature", files: liar.certified((dir) => {
      const options = between(dir, "CA:TRUE,pathlen:0");
      makeKey(dir, "lower");
      makeLeaf(dir, "lower", "between", `${SUBJECT}Plus bas`, [ISSUES], "CA:TRUE");
      makeLeaf(dir, "notary", "lower", `${SUBJECT}Notaire`, [SIGNS]);
      writeFileSync(join(dir, "both.crt"), Buffer.concat(["between.crt", "lower.crt"].map((name) => readFileSync(join(dir, name)))));
      return [options[0], "both.crt"];
    }) },
    { name: "a root that another signed", item: "signature", files: liar.certified((dir) => {
      between(dir, "CA:TRUE");
      cpSync(join(dir, "between.crt"), join(dir, "root.crt"));
    }) },
    { name: "a root that seals itself", item: "signature", files: liar.certified((dir) => {
      openssl(dir, "req", "-x509", "-new", "-key", "notary.key", "-sha256", "-days", "9", "-subj", `${SUBJECT}Seul`, "-out", "notary.crt");
      cpSync(join(dir, "notary.crt"), join(dir, "root.crt"));
    }) },
    { name: "words around the root, not in UTF-8", item: "", files: liar.certified((dir) => {
      writeFileSync(join(dir, "root.crt"), Buffer.concat([Buffer.from("Banque \xe9mettrice\n", "latin1"), readFileSync(join(dir, "root.crt"))]));
    }) },
    { name: "heads by one who is only enclosed in the seal", item: "heads", files: stuffed(liar) },
    { name: "the notary's key in the hybrid form", item: "signature", files: liar.changed((files) => files.set("seal.p7s", hybrid(/** @type {Buffer} */ (files.get("seal.p7s"))))) },
    { name: "the notary's key in a wrong hybrid form", item: "signature", files: liar.changed((files) => files.set("seal.p7s", hybrid(/** @type {Buffer} */ (files.get("seal.p7s")), 1))) },
    ...[["seal.p7s", "signature"], ["checkpoint.p7s", "log"], ["checkpoint.tsr", "time"]].flatMap(([name, item]) => UNSIGNED.map((loose) => (
      { name: `${name}: ${loose.name}`, item, files: liar.changed((files) => files.set(name, flipped(/** @type {Buffer} */ (files.get(name)), loose))) }))),
    { name: "a hash of the stamp with a parameter", item: "time", files: liar.changed((files) => (
      files.set("checkpoint.tsr", flipped(/** @type {Buffer} */ (files.get("checkpoint.tsr")), { after: SHA256, bit: 0x10 })))) },
  ];
}

const SHA256 = "0609608648016503040201";
const CONTENT_TYPE = "06092a864886f70d010903"; /* the first of the signed attributes */
const ISSUED_BY = "060355040a0c"; /* organizationName, UTF8String */

/** What nothing signs (RFC 5652 5.4) and OpenSSL alone overlooks. @type {(Loose & { name: string })[]} */
const UNSIGNED = [
  { name: "the signer's issuer in another case", after: ISSUED_BY, skip: 1, bit: 0x20 },
  { name: "the signed attributes as one value", after: SHA256, to: 0xa0, bit: 0x20 },
  { name: "the algorithm of the signature", after: "06082a8648ce3d0403", isLast: true, bit: 0x01 },
];

/**
 * @typedef {{ after: string, isLast?: boolean, skip?: number, to?: number, bit: number }} Loose  after: bytes (hex), their last place before the
 *   signed attributes, or the last of all; skip: bytes after them; to: then on to the first byte of this value
 * @param {Buffer} bytes @param {Loose} loose @returns {Buffer} with the bit of that byte the other way
 */
function flipped(bytes, { after, isLast = false, skip = 0, to, bit }) {
  const out = Buffer.from(bytes);
  const mark = Buffer.from(after, "hex");
  const found = out.lastIndexOf(mark, isLast ? out.length : out.indexOf(Buffer.from(CONTENT_TYPE, "hex")));
  if (found < 0) throw new Error(`no ${after}`);
  const at = found + mark.length + skip;
  out[to === undefined ? at : out.indexOf(to, at)] ^= bit;
  return out;
}

/** A signature with its points of P-256 in the hybrid form of X9.62. @param {Buffer} signature @param {number} [wrong]  1: not the parity of y */
function hybrid(signature, wrong = 0) {
  const p7s = Buffer.from(signature);
  const before = Buffer.from("06082a8648ce3d03010703420004", "hex"); /* prime256v1, BIT STRING, uncompressed */
  for (let at = p7s.indexOf(before); at >= 0; at = p7s.indexOf(before, at + 1)) {
    const point = at + before.length - 1;
    p7s[point] = 6 | ((p7s[point + 64] & 1) ^ wrong);
  }
  return p7s;
}

/** The bank's heads, sealed by another, with the bank's certificate beside his own. @param {Liar} liar */
function stuffed(liar) {
  return liar.certified((dir) => {
    cpSync(join(dir, "notary.crt"), join(dir, "was.crt"));
    makeKey(dir, "notary");
    makeLeaf(dir, "notary", "root", `${SUBJECT}Autre notaire`, [SIGNS]);
    return ["-certfile", "was.crt"];
  });
}

/** @param {Liar} liar @returns {Lie[]} */
function stamps(liar) {
  return [
    { name: "a stamp by the notary himself", item: "time", files: liar.stamped((dir) => {
      cpSync(join(dir, "notary.key"), join(dir, "tsa.key"));
      makeLeaf(dir, "tsa", "tsa-root", "/CN=Horodatage", [SIGNS, "extendedKeyUsage=critical,timeStamping"]);
    }) },
    { name: "a stamp by another root", item: "time", files: liar.stamped((dir) => {
      makeKey(dir, "tsa-root");
      makeRoot(dir, "tsa-root", "/CN=Une autre racine");
    }) },
  ];
}

/** @param {Liar} liar @returns {Lie[]} */
function texts(liar) {
  const line = (/** @type {any[]} */ lines, /** @type {string} */ event) => lines.findIndex((each) => each.event === event);
  const again = (/** @type {string} */ event, /** @type {string} */ before, /** @type {any} */ data) => (/** @type {any[]} */ lines) =>
    lines.toSpliced(line(lines, before), 0, { ...lines[line(lines, event)], data: { ...lines[line(lines, event)].data, ...data } });
  const log = (/** @type {(text: string) => string} */ change) => liar.certified((_, files) => {
    files.set("checkpoint.txt", Buffer.from(change(String(files.get("checkpoint.txt")))));
    files.delete("checkpoint.tsr");
  });
  const terms = (/** @type {string} */ add) => (/** @type {Files} */ files) => files.set("terms.txt", Buffer.concat([/** @type {Buffer} */ (files.get("terms.txt")), Buffer.from(add)]));
  const accepts = (/** @type {string} */ add) => liar.journaled((lines) => lines.map((each) => {
    if (each.event !== "accepted") return each;
    const text = readFileSync(new URL("../../web/terms/terms-fr.txt", import.meta.url)) + add;
    const last = text.slice(text.lastIndexOf("\n## 7. ") + 1);
    return { ...each, data: { ...each.data, terms: hex256(text), articles: [...each.data.articles.slice(0, 6), hex256(last)] } };
  }), terms(add));
  return [
    { name: "a long name of the log", item: "log", files: log((text) => text.replace("banque-exemple", "b".repeat(65))) },
    { name: "no name of the log", item: "log", files: log((text) => text.replace("banque-exemple", "")) },
    { name: "nothing in after.jsonl", item: "after", files: liar.changed((files) => files.set("after.jsonl", Buffer.alloc(0))) },
    { name: "the agent's key twice, of which the last counts", item: "heads", files: liar.journaled(again("agent", "agent", { sign: `04${"1".repeat(128)}` })) },
    { name: "the agent's key after a signed line", item: "agent", files: liar.journaled(again("agent", "asked", {})) },
    { name: "two wrapped keys", item: "heads", files: liar.journaled(again("key", "key", { sha256: "1".repeat(64) })) },
    { name: "an article twice", item: "heads", files: accepts("\n## 3. Encore\ntexte\n") },
    { name: "a step too many", item: "log", files: liar.changed((files) => files.set("inclusion.txt", Buffer.concat([/** @type {Buffer} */ (files.get("inclusion.txt")), Buffer.from(`left ${"0".repeat(64)}\n`)]))) },
    { name: "carriage returns", item: "files", files: new Map([...liar.changed(() => {})].map(([name, bytes]) => [name, name === "SHA256SUMS" ? Buffer.from(String(bytes).replaceAll("\n", "\r\n")) : bytes])) },
    { name: "carriage returns in the inclusion", item: "log", files: liar.changed((files) => files.set("inclusion.txt", Buffer.from(String(files.get("inclusion.txt")).replaceAll("\n", "\r\n")))) },
  ];
}

/** @param {Liar} liar @returns {Lie[]} */
function zips(liar) {
  const item = "unreadable";
  return [
    { name: "zip: as it is", item: "", zip: liar.zipped(() => {}) },
    { name: "zip: names in UTF-8", item, zip: liar.zipped((at, zip) => at.forEach(({ local, central }) => [zip.writeUInt16LE(0x800, local + 6), zip.writeUInt16LE(0x800, central + 8)])) },
    { name: "zip: sizes behind the data", item, zip: liar.zipped((at, zip) => at.forEach(({ local, central }) => [zip.writeUInt16LE(8, local + 6), zip.writeUInt16LE(8, central + 8)])) },
    { name: "zip: two sizes", item, zip: liar.zipped(([{ local }], zip) => zip.writeUInt32LE(1, local + 22)) },
    { name: "zip: two checksums", item, zip: liar.zipped(([{ local }], zip) => zip.writeUInt32LE(1, local + 14)) },
    { name: "zip: another volume", item, zip: liar.zipped(([{ central }], zip) => zip.writeUInt16LE(5, central + 34)) },
    { name: "zip: another number of files", item, zip: liar.zipped((_, zip) => zip.writeUInt16LE(1, zip.length - 14)) },
    { name: "zip: the end is of another volume", item, zip: liar.zipped((_, zip) => zip.writeUInt16LE(1, zip.length - 18)) },
    { name: "zip: a checksum that does not fit", item: "", zip: liar.zipped(([{ local, central }], zip) => [zip.writeUInt32LE(1, local + 14), zip.writeUInt32LE(1, central + 16)]) },
  ];
}

/** @param {Liar} liar @returns {Lie[]} */
function folders(liar) {
  return [
    { name: "folder: two dots in chunks", item: "files", dir: liar.folder({ "chunks/..x": "x" }) },
    { name: "folder: a dot in grants", item: "files", dir: liar.folder({ "grants/.x": "x" }) },
    { name: "folder: an empty one more", item: "unreadable", dir: liar.folder({ vide: null }) },
    { name: "folder: a folder in grants", item: "unreadable", dir: liar.folder({ "grants/sub": null }) },
    { name: "folder: what a Mac and Windows leave", item: "", dir: liar.folder({ ".DS_Store": "x", "chunks/Thumbs.db": "x", "grants/desktop.ini": "x" }) },
    { name: "folder: an order for the terminal", item: "files", dir: liar.folder({ "\u001b[2Jok": "x" }) },
    { name: "folder: the same in a signed list", item: "files", dir: liar.folder({ "chunks/\u009b2J": "x" }) },
  ];
}

/** @param {string} dir  a folder of its own @returns {Lie[]} */
export function makeLies(dir) {
  const liar = new Liar(join(dir, "liar"));
  const bank = join(dir, "liar", "bank");
  const stories = STORIES.map(([lie, item]) => ({ name: `story: ${lie}`, item, files: makeBundle(bank, { lie, chunks: 18, withKey: true, seed: lie }).files }));
  return [...stories, ...certificates(liar), ...stamps(liar), ...texts(liar), ...zips(liar), ...folders(liar)];
}

/** program: the agent's executable with a trailer of the test's own (common/trailer.h, certs/make-profile). */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.js";
import { ROOT } from "./stack.js";

const FOOT = 20;

/** @typedef {import("./stack.js").Stack} Stack */

/** Where the parts of a program's trailer are. @param {Buffer} image */
function trailer(image) {
  const foot = image.length - FOOT;
  if (image.toString("latin1", foot + 12) !== "GUICHET1") throw new Error("no trailer");
  const [profile, signature, ticket] = [0, 4, 8].map((at) => image.readUInt32BE(foot + at));
  const start = foot - profile - signature - ticket;
  return { start, ticket: image.subarray(foot - ticket, foot).toString("latin1") };
}

/**
 * A profile signed by the development authority.
 * @param {Stack} stack @param {{ host?: string, nativePort: number, url?: string }} where
 */
function makeProfile(stack, { host = "localhost", nativePort, url = stack.url }) {
  const pki = join(stack.dir, "pki");
  const out = join(stack.dir, `profile-${nativePort}.json`);
  run(join(ROOT, "certs/make-profile"), [
    "--name", "Banque Exemple", "--host", host, "--native-port", String(nativePort), "--url", url,
    "--ca", join(pki, "ca.pem"), "--evidence", join(pki, "evidence.pub"), "--seal", join(pki, "notary.pem"),
    "--phone", "09 69 39 99 98", "--key", join(pki, "profile.key"), "--out", out,
  ]);
  return { profile: readFileSync(out), signature: readFileSync(out.replace(/json$/, "sig")) };
}

/** @param {Buffer} profile @param {Buffer} signature @param {string} ticket */
function makeTrailer(profile, signature, ticket) {
  const foot = Buffer.alloc(12);
  [profile.length, signature.length, ticket.length].forEach((length, i) => foot.writeUInt32BE(length, 4 * i));
  return Buffer.concat([profile, signature, Buffer.from(ticket), foot, Buffer.from("GUICHET1")]);
}

/** Gives a downloaded program another profile; its ticket stays. @param {Stack} stack @param {string} path @param {Parameters<typeof makeProfile>[1]} where */
export function redirect(stack, path, where) {
  const image = readFileSync(path);
  const { start, ticket } = trailer(image);
  const { profile, signature } = makeProfile(stack, where);
  writeFileSync(path, Buffer.concat([image.subarray(0, start), makeTrailer(profile, signature, ticket)]));
}

/** A program that nobody downloaded. @param {Stack} stack @param {Parameters<typeof makeProfile>[1]} where */
export function forge(stack, where) {
  const { profile, signature } = makeProfile(stack, where);
  const image = readFileSync(/agent = (.*)/.exec(readFileSync(join(stack.dir, "live.ini"), "utf8"))?.[1] ?? "");
  const path = join(stack.dir, `Guichet-Assistance-${where.nativePort}`);
  writeFileSync(path, Buffer.concat([image, makeTrailer(profile, signature, "0".repeat(32))]));
  chmodSync(path, 0o755);
  return path;
}

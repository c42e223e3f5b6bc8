/** S28, S33: what becomes of a session's evidence: found, exported, checked by both verifiers, held, erased by two. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Kind } from "../../web/shared/wire.js";
import { answer, endSession } from "./lib/customer.js";
import { end, run, until } from "./lib/process.js";
import { begin, Person } from "./lib/robot.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(9);
const PASSWORD = "une longue phrase du bureau";

/** @param {string[]} words */
function ctl(...words) {
  const done = spawnSync(join(stack.build, "guichetctl"), [...words, "--socket", join(stack.dir, "ctl.socket"), "--reader",
    join(stack.dir, "lecteur")], { encoding: "utf8" });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** @param {string[]} words */
function ctlDone(...words) {
  const done = ctl(...words);
  assert.equal(done.code, 0, `guichetctl ${words.join(" ")}: ${done.err}`);
  return done.out;
}

/** @param {string} session @param {string} name @param {string[]} more */
function exported(session, name, ...more) {
  const file = join(stack.dir, name);
  ctlDone("export", session, "--out", file, ...more);
  return file;
}

/** guichet-verify's JSON. @param {string} file */
function verified(file) {
  const done = spawnSync(join(stack.build, "guichet-verify"), ["--json", file], { encoding: "utf8" });
  return { code: done.status, result: JSON.parse(done.stdout) };
}

/** VERIFIER.sh in the opened bundle. @param {string} file */
function withPlainTools(file) {
  const dir = mkdtempSync(join(stack.dir, "opened-"));
  run("python3", ["-m", "zipfile", "-e", file, dir]);
  const done = spawnSync("sh", ["VERIFIER.sh"], { cwd: dir, encoding: "utf8" });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return dir;
}

/** Files of the store that contain some bytes. @param {Buffer} bytes */
function filesWith(bytes) {
  const names = execFileSync("find", [join(stack.dir, "store"), "-type", "f"], { encoding: "utf8" }).trim().split("\n");
  return names.filter((name) => readFileSync(name).includes(bytes));
}

/** A short session with a picture, ended and sealed. */
async function sealedSession() {
  const all = await begin(stack, desk);
  all.viewer.session.ask("view");
  await answer(desk, "view");
  await until("a picture", () => all.viewer.count(Kind.PICTURE, 0) > 0);
  await endSession(desk);
  await until("the viewer is told", () => all.viewer.ended === "customer");
  await end(all.agent);
  const folder = join(stack.dir, "store/sessions", all.session);
  await until("the seal", () => existsSync(join(folder, "seal.p7s")), 90000);
  return { session: all.session, folder };
}

/** Another person, at the back office, confirms the erasure. @param {string} session */
async function confirmAtOffice(session) {
  const nora = new Person(stack);
  const login = await nora.ask("bureau/api/login", { json: { name: "n.petit", password: PASSWORD } });
  assert.equal(login.status, 200, login.text);
  const confirmed = await nora.ask(`bureau/api/sessions/${session}/erase/confirm`, { json: {} });
  assert.equal(confirmed.status, 200, confirmed.text);
}

test("a session is found, exported for both sides, held, erased by two persons, and verifies after each", async () => {
  const { session, folder } = await sealedSession();
  const wrapped = readFileSync(join(folder, "key.wrapped"));

  assert.match(ctlDone("search", "--advisor", "claire"), new RegExp(`^${session}.* sealed .*proof`, "m"));
  assert.equal(ctlDone("search", "--advisor", "nobody"), "");
  const bank = exported(session, "banque.zip");
  assert.deepEqual([verified(bank).code, verified(bank).result.ok], [0, true]);
  withPlainTools(bank);
  const customer = exported(session, "client.zip", "--customer", "--evidence-key", join(stack.dir, "pki/evidence.key"),
    "--password-file", join(stack.dir, "pki/evidence.pass"));
  assert.equal(verified(customer).code, 0);
  assert.ok(existsSync(join(withPlainTools(customer), "content.key")));
  assert.match(ctlDone("verify", customer), /content/);

  const broken = readFileSync(bank);
  broken[broken.length >> 1] ^= 1;
  writeFileSync(join(stack.dir, "casse.zip"), broken);
  assert.notEqual(ctl("verify", join(stack.dir, "casse.zip")).code, 0);

  ctlDone("rectify", session, "Le motif était une formation.");
  ctlDone("hold", "on", session, "--ground", "litige 12");
  assert.match(ctl("erase", "ask", session, "--ground", "article 17").err, /gel/);
  ctlDone("hold", "off", session, "--ground", "jugement");
  ctlDone("erase", "ask", session, "--ground", "article 17");
  assert.equal(ctl("erase", "confirm", session).code, 1, "the same person cannot confirm");

  writeFileSync(join(stack.dir, "mot-de-passe"), `${PASSWORD}\n`, { mode: 0o600 });
  ctlDone("officer", "add", "n.petit", "--display", "Nora Petit", "--role", "compliance", "--password-file",
    join(stack.dir, "mot-de-passe"));
  await confirmAtOffice(session);

  assert.deepEqual(filesWith(wrapped.subarray(0, 48)), []);
  assert.deepEqual(filesWith(Buffer.from(wrapped.toString("hex").slice(0, 64))), []);
  assert.ok(!existsSync(join(folder, "key.wrapped")) && !existsSync(join(folder, "private.jsonl")));
  const after = exported(session, "apres.zip");
  assert.equal(verified(after).code, 0, JSON.stringify(verified(after).result));
  withPlainTools(after);
  assert.equal(ctl("export", session, "--out", join(stack.dir, "x.zip"), "--customer", "--evidence-key",
    join(stack.dir, "pki/evidence.key"), "--password-file", join(stack.dir, "pki/evidence.pass")).code, 1);
  assert.match(ctlDone("search"), new RegExp(`^${session}.* erased `, "m"));
});

/** S20, S21, S24: files both ways, past a real virus scanner, whole or not at all. */
import assert from "node:assert/strict";
import { File } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { answer, chooseFile, PROMPTS } from "./lib/customer.js";
import { end, sleep, until } from "./lib/process.js";
import { begin } from "./lib/robot.js";
import { world } from "./lib/world.js";

const { stack, desk } = world(18);

/** The harmless virus of the European institute, in two halves, so that no scanner stumbles over this file. */
const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join("");
/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** @param {number} size */
const pdf = (size) => Buffer.concat([Buffer.from("%PDF-1.7\n"), randomBytes(size - 9)]);

let home = "";
let all = /** @type {Awaited<ReturnType<typeof begin>>} */ (/** @type {unknown} */ (null));

/** Every file and folder below the customer's home. */
const everything = () => readdirSync(home, { recursive: true }).map(String).sort();
/** Every plain file below it. */
const filesOf = () => everything().filter((name) => lstatSync(join(home, name)).isFile());
/** @param {string} session */
const verdicts = (session) => stack.journal(session).filter((line) => line.event === "file").map((line) => line.data);

before(async () => {
  home = join(stack.dir, "home");
  mkdirSync(join(home, "Downloads"), { recursive: true });
  mkdirSync(join(home, ".config"), { recursive: true });
  writeFileSync(join(home, ".config/user-dirs.dirs"), 'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n');
  all = await begin(stack, desk, { env: { HOME: home, XDG_CONFIG_HOME: "", XDG_DATA_HOME: "", ASAN_OPTIONS: "detect_leaks=0" } });
});
after(() => end(all?.agent));

const files = () => all.viewer.session.files;
const last = () => [...files().transfers.values()].at(-1);
/** @param {string} state @param {number} [timeout] */
const untilState = (state, timeout = 20000) => until(`the file is ${state}, ${JSON.stringify({ ...last(), bytes: 0, pieces: 0 })}`,
  () => last()?.state === state, timeout);
/** @param {string} name @param {Uint8Array} bytes */
const offer = (name, bytes) => files().offer(/** @type {any} */ (new File([/** @type {any} */ (bytes)], name)));

test("a file goes to the customer after his click: whole, in a folder of its own, with the same hash", async () => {
  const bytes = pdf(3_000_001);
  await offer("Devis n° 12.pdf", bytes);
  await desk.waitWindow(PROMPTS.offer);
  assert.deepEqual(filesOf(), [".config/user-dirs.dirs"], "nothing before the click");
  await answer(desk, "offer");
  await untilState("done");
  const kept = filesOf().find((name) => name.startsWith("Downloads/")) ?? "";
  assert.match(kept, /^Downloads\/Assistance \d{4}-\d\d-\d\d \d\dh\d\d\/Devis n° 12\.pdf$/);
  assert.equal(sha256(readFileSync(join(home, kept))), sha256(bytes));
  assert.equal(lstatSync(join(home, kept)).mode & 0o777, 0o600);
  const lines = stack.consent(all.session).filter((line) => line.event.startsWith("file_"));
  assert.deepEqual(lines.map((line) => line.event), ["file_ask", "file_accept", "file_received"]);
  for (const line of lines) assert.equal(line.sha256, sha256(bytes));
  assert.match(lines[0].text, /Devis n° 12\.pdf[^]*3,0 Mo[^]*document PDF/);
  assert.deepEqual(verdicts(all.session).map((v) => v.what), ["clean", "done"]);
});

test("a file that the customer chose himself reaches the advisor with the same hash, and nothing but its base name", async () => {
  const bytes = pdf(1_500_000);
  mkdirSync(join(home, "Secret"));
  writeFileSync(join(home, "Secret/relevé.pdf"), bytes);
  writeFileSync(join(home, "Secret/autre.pdf"), pdf(1000));
  files().ask();
  await chooseFile(desk, join(home, "Secret/relevé.pdf"));
  await untilState("done");
  const t = last();
  assert.equal(t?.name, "relevé.pdf");
  const received = /** @type {Blob} */ (/** @type {any} */ (t).blob);
  assert.equal(sha256(new Uint8Array(await received.arrayBuffer())), sha256(bytes));
  await until("the last line", () => stack.consent(all.session).at(-1)?.event === "file_sent");
  const text = readFileSync(stack.journalPath(all.session), "utf8");
  assert.ok(!text.includes("Secret") && !text.includes("autre.pdf"), "no folder, no other file");
});

test("an infected file is refused both ways, with a line of the journal and nothing left over", async () => {
  const had = filesOf();
  await offer("notes.txt", Buffer.from(EICAR));
  await answer(desk, "offer");
  await untilState("failed");
  assert.equal(last()?.why, "infected");
  assert.deepEqual(filesOf(), had);
  writeFileSync(join(home, "Secret/eicar.txt"), EICAR);
  files().ask();
  await chooseFile(desk, join(home, "Secret/eicar.txt"));
  await untilState("failed");
  assert.equal(last()?.why, "infected");
  assert.equal(last()?.blob, null);
  assert.deepEqual(verdicts(all.session).slice(-2).map((v) => [v.what, v.why, v.way]), [["failed", "infected", "down"], ["failed", "infected", "up"]]);
  assert.deepEqual(readdirSync(join(stack.dir, "spool")), []);
});

test("what is no document is refused before the customer is asked, or by what is inside", async () => {
  for (const [name, why] of [["outil.exe", "type"], ["facture.pdf.exe", "type"], ["script.sh", "type"], ["archive.zip", "type"], ["rien", "type"]]) {
    await offer(name, Buffer.from("MZ"));
    await untilState("failed");
    assert.equal(last()?.why, why, name);
  }
  await offer("grand.pdf", pdf((20 << 20) + 1));
  await untilState("failed");
  assert.equal(last()?.why, "size");
  assert.equal(desk.window(PROMPTS.offer), null);
  await offer("faux.pdf", Buffer.from("MZ\x90\0 a program"));
  await answer(desk, "offer");
  await untilState("failed");
  assert.equal(last()?.why, "type");
});

test("without the scanner nothing passes; with it again everything does", async () => {
  const had = filesOf();
  process.kill(stack.pid("clamd"), "SIGTERM");
  await until("the scanner is gone", () => !existsSync(join(stack.dir, "clamd.socket")));
  await offer("lettre.txt", Buffer.from("Bonjour"));
  await answer(desk, "offer");
  await untilState("failed");
  assert.equal(last()?.why, "scanner");
  assert.deepEqual(filesOf(), had);
  stack.startAgain("clamd");
  await offer("lettre.txt", Buffer.from("Bonjour"));
  await answer(desk, "offer");
  await untilState("done");
});

test("a stopped scanner that does not answer holds up nothing else, and the file can be stopped meanwhile", async () => {
  process.kill(stack.pid("clamd"), "SIGSTOP");
  await offer("lettre 2.txt", Buffer.from("Bonjour"));
  await answer(desk, "offer");
  await untilState("checking");
  all.viewer.session.ask("view");
  await answer(desk, "view");
  await all.viewer.state("view", "allowed");
  files().stop(last()?.id ?? 0);
  await untilState("failed");
  assert.equal(last()?.why, "advisor");
  process.kill(stack.pid("clamd"), "SIGCONT");
});

test("a refusal is a refusal, and the next question waits a little", async () => {
  await offer("lettre 3.txt", Buffer.from("Bonjour"));
  await answer(desk, "offer", "refuse");
  await untilState("refused");
  await offer("lettre 3.txt", Buffer.from("Bonjour"));
  await untilState("refused");
  assert.equal(last()?.why, "busy");
  await sleep(5100);
});

test("a cut on either side, and it goes on from there", async () => {
  const bytes = pdf(15_000_000);
  await offer("gros.pdf", bytes);
  await answer(desk, "offer");
  await until("half of it is here", () => (last()?.sent ?? 0) > 4_000_000 || last()?.state !== "filling", 20000);
  const sent = last()?.sent ?? 0;
  assert.ok(sent < 14_000_000, `cut too late: ${sent}`);
  all.viewer.socket.terminate();
  await until("it goes on", () => (last()?.sent ?? 0) > sent, 20000);
  await untilState("moving", 30000);
  await until("it moves to the customer", () => (last()?.at ?? 0) > 1_000_000 || last()?.state !== "moving", 20000);
  process.kill(all.agent.pid ?? 0, "SIGSTOP");
  await sleep(300);
  process.kill(all.agent.pid ?? 0, "SIGCONT");
  await untilState("done", 40000);
  const kept = filesOf().find((name) => name.endsWith("gros.pdf")) ?? "";
  assert.equal(sha256(readFileSync(join(home, kept))), sha256(bytes));
});

test("a folder that somebody swaps for a link is not followed", async () => {
  const folder = everything().find((name) => /^Downloads\/Assistance [^/]*$/.test(name)) ?? "";
  const elsewhere = join(stack.dir, "elsewhere");
  mkdirSync(elsewhere);
  renameSync(join(home, folder), join(home, "Downloads/away"));
  symlinkSync(elsewhere, join(home, folder));
  await offer("échange.txt", Buffer.from("Bonjour"));
  await answer(desk, "offer");
  await untilState("done");
  assert.deepEqual(readdirSync(elsewhere), [], "nothing went through the link");
  assert.ok(existsSync(join(home, "Downloads/away/échange.txt")), "it is where the program's own folder is");
});

test("the end of the session in the middle of a file leaves nothing of it", async () => {
  await offer("fin.pdf", pdf(18_000_000));
  await answer(desk, "offer");
  await until("some of it", () => (last()?.sent ?? 0) > 500_000);
  all.viewer.session.end();
  await until("ended", () => all.viewer.ended);
  await until("sealed lines", () => stack.consent(all.session).at(-1)?.event === "end");
  assert.ok(!filesOf().some((name) => name.includes("fin")));
  const lines = stack.consent(all.session);
  assert.equal(lines.at(-2)?.event === "file_cancelled" || lines.some((line) => line.event === "file_cancelled" && line.name === "fin.pdf"), true);
  assert.deepEqual(readdirSync(join(stack.dir, "spool")), []);
});

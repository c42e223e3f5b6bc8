/* node --test tests/e2e/notary.test.js, with GUICHET_BUILD = the folder of guichet-notary, guichetctl, notary_hammer. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const BUILD = process.env.GUICHET_BUILD ?? 'build';
const KILLS = 20;
const ZEROS = '0'.repeat(64);
const dir = mkdtempSync(join(tmpdir(), 'notary_e2e.'));
const config = join(dir, 'notary.ini');
const socket = join(dir, 'live.sock');

writeFileSync(config, `[notary]\ndirectory=${dir}/data\nsocket=${socket}\nctl_socket=${dir}/ctl.sock\nseats=1000\n`);
writeFileSync(join(dir, 'password'), 'correct horse\n');
after(() => rmSync(dir, { recursive: true }));

/** @typedef {{ kill: (signal: NodeJS.Signals) => void, ended: Promise<{ code: number | null, signal: string | null }> }} Notary */

/** @returns {Promise<Notary>} */
async function start() {
  const child = spawn(join(BUILD, 'guichet-notary'), ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  let log = '';
  child.stderr.on('data', (bytes) => { log += bytes; });
  for (let i = 0; i < 200; i++) {
    if (existsSync(socket) && isAnswering())
      return { kill: (signal) => child.kill(signal), ended };
    await sleep(25);
  }
  throw new Error(`the notary does not answer: ${log}`);
}

/** @param {...string} words */
function ctl(...words) {
  return spawnSync(join(BUILD, 'guichetctl'), [...words, '--config', config], { encoding: 'utf8' });
}

/* The advisor is made, or exists already: so somebody answered. */
function isAnswering() {
  const run = ctl('advisor', 'add', 'claire', '--display', 'Claire Martin', '--password-file', join(dir, 'password'));
  return run.status === 0 || /existe déjà/.test(run.stderr);
}

/** Appends until the notary is killed after `ms`; what was acknowledged. @param {Notary} notary @param {number} ms */
async function hammerAndKill(notary, ms) {
  const hammer = spawn(join(BUILD, 'notary_hammer'), [socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  hammer.stdout.on('data', (bytes) => { out += bytes; });
  const closed = new Promise((resolve) => hammer.on('close', resolve));
  await sleep(ms);
  notary.kill('SIGKILL');
  await notary.ended;
  await closed;
  return out.split('\n').filter(Boolean).map((line) => line.split(' '));
}

/** @param {string} text */
function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** The lines of a journal, the chain of each checked. @param {string} session */
function readJournal(session) {
  const text = readFileSync(join(dir, 'data', 'journal', `${session}.jsonl`), 'utf8');
  let prev = ZEROS;
  assert.ok(text.endsWith('\n'), 'whole lines');
  return text.slice(0, -1).split('\n').map((line, n) => {
    const row = JSON.parse(line);
    assert.equal(row.n, n);
    assert.equal(row.p, prev);
    assert.equal(row.session, session);
    prev = sha256(line);
    return { row, hash: prev };
  });
}

test('kill -9 in the middle of appends loses no acknowledged line and breaks no chain', async () => {
  let notary = await start();
  const acknowledged = /** @type {string[][]} */ ([]);

  for (let i = 0; i < KILLS; i++) {
    acknowledged.push(...await hammerAndKill(notary, 150 + 17 * (i % 7)));
    notary = await start();
  }
  assert.ok(acknowledged.length > KILLS * 10, `only ${acknowledged.length} lines were acknowledged`);

  assert.equal(spawnSync(join(BUILD, 'notary_hammer'), [socket, 'read']).status, 0, 'every journal opens');
  const journals = new Map();
  for (const [session, n, hash] of acknowledged) {
    if (!journals.has(session))
      journals.set(session, readJournal(session));
    assert.equal(journals.get(session)[Number(n)]?.hash, hash, `line ${n} of ${session}`);
  }
  notary.kill('SIGTERM');
  assert.deepEqual(await notary.ended, { code: 0, signal: null });
  assert.ok(!existsSync(socket), 'the socket is gone');
});

test('guichetctl prints a journal and refuses what is none', () => {
  const name = readdirSync(join(dir, 'data', 'journal')).find((file) => file.endsWith('.jsonl')) ?? '';
  const good = ctl('journal', name.slice(0, 32));
  assert.equal(good.status, 0);
  assert.match(good.stdout.split('\n')[0], /"event":"session","n":0/);
  assert.equal(ctl('journal', '../../etc/passwd').status, 2);
  assert.equal(ctl('journal', 'f'.repeat(32)).status, 1);
  assert.equal(ctl('nothing').status, 2);
  assert.match(ctl('--help').stdout, /Usage : guichetctl/);
});

test('the check of a configuration names each problem with its line', () => {
  const bad = join(dir, 'bad.ini');
  writeFileSync(bad, '[notary]\nsocket=relative\nseats=0\nfoo=1\n');
  const run = spawnSync(join(BUILD, 'guichet-notary'), ['--config', bad, '--check-config'], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /bad\.ini:2: socket/);
  assert.match(run.stderr, /bad\.ini:3: seats/);
  assert.match(run.stderr, /bad\.ini:4: foo/);
  assert.equal(spawnSync(join(BUILD, 'guichet-notary'), ['--config', config, '--check-config']).status, 0);
});

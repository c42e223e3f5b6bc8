/* node --test tests/e2e/notary.test.js, with GUICHET_BUILD = the folder of guichet-notary, guichetctl, notary_hammer. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BUILD = process.env.GUICHET_BUILD ?? 'build';
const KILLS = 20;
const STORMS = 2; /* at the same time: one waits for the disk while the other starts */
const STORM_KILLS = Number(process.env.GUICHET_KILLS ?? 1000) / STORMS;
const ZEROS = '0'.repeat(64);
const dir = mkdtempSync(join(tmpdir(), 'notary_e2e.'));
const config = join(dir, 'notary.ini');
const socket = join(dir, 'live.sock');

const made = spawnSync(fileURLToPath(new URL('../../certs/make-dev', import.meta.url)), [join(dir, 'pki')], { encoding: 'utf8' });
assert.equal(made.status, 0, made.stderr);
const signing = `sign_key=${dir}/pki/notary.key\nsign_certificate=${dir}/pki/notary.pem\nsign_root=${dir}/pki/seal-ca.pem\n`;
writeFileSync(config, `[notary]\ndirectory=${dir}/data\nsocket=${socket}\nctl_socket=${dir}/ctl.sock\nseats=1000\n${signing}`);
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
  const text = readFileSync(join(dir, 'data', 'sessions', session, 'journal.jsonl'), 'utf8');
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

/** The chain of a journal, its chunks, and its acknowledged lines. @param {string} data @param {string} session */
function readEvidence(data, session) {
  const folder = join(data, 'sessions', session);
  const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
  const hashes = /** @type {string[]} */ ([]);
  let prev = ZEROS;
  let chunks = 0;
  for (const [n, line] of lines.entries()) {
    const row = JSON.parse(line);
    assert.deepEqual([row.n, row.p, row.session], [n, prev, session], `line ${n} of ${session}`);
    prev = sha256(line);
    hashes.push(prev);
    if (row.event !== 'chunk') continue;
    chunks++;
    assert.equal(row.data.n, chunks);
    const bytes = readFileSync(join(folder, 'chunks', String(chunks).padStart(6, '0')));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), row.data.sha256, `chunk ${chunks} of ${session}`);
  }
  const stored = existsSync(join(folder, 'chunks')) ? readdirSync(join(folder, 'chunks')).length : 0;
  return { hashes, chunks, stored };
}

/** Its advisor is made before the storm. @param {number} i */
async function storm(i) {
  const home = join(dir, `storm${i}`);
  const ini = join(home, 'notary.ini');
  mkdirSync(home);
  writeFileSync(ini, `[notary]\ndirectory=${home}/data\nsocket=${home}/live.sock\nctl_socket=${home}/ctl.sock\nseats=1000\nreserve_mb=1\n${signing}`);
  const first = spawn(join(BUILD, 'guichet-notary'), ['--config', ini], { stdio: 'ignore' });
  const add = () => spawnSync(join(BUILD, 'guichetctl'), ['advisor', 'add', 'claire', '--display', 'Claire', '--password-file',
    join(dir, 'password'), '--config', ini]).status === 0;
  for (let k = 0; k < 400 && !(existsSync(join(home, 'ctl.sock')) && add()); k++) await sleep(25);
  const gone = new Promise((resolve) => first.once('exit', resolve));
  first.kill('SIGTERM');
  await gone;

  const child = spawn(join(BUILD, 'notary_storm'), [join(BUILD, 'guichet-notary'), ini, join(home, 'live.sock'), String(STORM_KILLS)],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (bytes) => { out += bytes; });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, 'the storm ended by itself');
  return { data: join(home, 'data'), acknowledged: out.split('\n').filter(Boolean).map((line) => line.split(' ')) };
}

test('E1: 1,000 times kill -9 under load lose no acknowledged line or chunk and break no chain', async (t) => {
  const begun = Date.now();
  const storms = await Promise.all(Array.from({ length: STORMS }, (_, i) => storm(i)));
  t.diagnostic(`${STORMS * STORM_KILLS} kills in ${Math.round((Date.now() - begun) / 1000)} s`);
  for (const { data, acknowledged } of storms) {
    const evidence = new Map(readdirSync(join(data, 'sessions')).map((session) => [session, readEvidence(data, session)]));
    let chunks = 0;
    for (const [session, each] of evidence) {
      assert.ok(each.stored === each.chunks, `a chunk of ${session} without its line`);
      chunks += each.chunks;
    }
    for (const [session, n, hash] of acknowledged) assert.equal(evidence.get(session)?.hashes[Number(n)], hash, `line ${n} of ${session}`);
    t.diagnostic(`${acknowledged.length} lines acknowledged, ${chunks} chunks in ${evidence.size} sessions`);
    assert.ok(acknowledged.length > 10 * STORM_KILLS && chunks > STORM_KILLS);
  }
});

test('guichetctl prints a journal and refuses what is none', () => {
  const [name] = readdirSync(join(dir, 'data', 'sessions'));
  const good = ctl('journal', name);
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

test('the check of a configuration opens key and certificate, and names what does not fit', () => {
  const bad = join(dir, 'unfit.ini');
  const base = `[notary]\ndirectory=${dir}/data\nsocket=${socket}\n`;
  const check = () => spawnSync(join(BUILD, 'guichet-notary'), ['--config', bad, '--check-config'], { encoding: 'utf8' });

  writeFileSync(bad, `${base}sign_key=${dir}/pki/tsa.key\nsign_certificate=${dir}/pki/notary.pem\nsign_root=${dir}/pki/seal-ca.pem\n`);
  assert.match(check().stderr, /unfit\.ini:5: sign_certificate is not that of sign_key/);
  writeFileSync(bad, `${base}sign_key=${dir}/none.key\nsign_certificate=${dir}/pki/notary.pem\nsign_root=${dir}/pki/seal-ca.pem\n`);
  assert.match(check().stderr, /unfit\.ini:4: sign_key cannot be read/);
  writeFileSync(bad, `${base}sign_key=${dir}/pki/notary.key\nsign_certificate=${dir}/pki/notary.pem\nsign_root=${dir}/pki/tsa-ca.pem\n`);
  assert.match(check().stderr, /unfit\.ini:6: sign_root is not the root/);
  writeFileSync(bad, `${base}${signing}tsa_url=ftp://x/\ntsa_alarm_s=5\n`);
  assert.match(check().stderr, /unfit\.ini:7: tsa_url must begin/);
  assert.match(check().stderr, /unfit\.ini:8: tsa_alarm_s must be/);
  writeFileSync(bad, `${base}${signing}tsa_url=http://127.0.0.1:1/\n`);
  assert.match(check().stderr, /tsa_ca is missing/);
  writeFileSync(bad, `${base}${signing}tsa_url=http://127.0.0.1:1/\ntsa_ca=${dir}/none.pem\ntsa_program=${dir}/none\n`);
  assert.match(check().stderr, /unfit\.ini:8: tsa_ca cannot be read/);
  assert.match(check().stderr, /unfit\.ini:9: tsa_program is no program/);
  writeFileSync(bad, base);
  assert.match(check().stderr, /sign_key is missing/);
  assert.equal(check().status, 1);
});

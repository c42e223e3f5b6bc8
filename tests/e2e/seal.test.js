/*
 * node --test tests/e2e/seal.test.js, with GUICHET_BUILD: what the notary seals, with its key in a token (E13) and its
 * time-stamp authority away at first (E12), is verified by openssl and by a tree of its own here.
 */
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
const PORT = Number(process.env.GUICHET_TSA_PORT ?? 11195);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'seal_e2e.'));
const pki = join(dir, 'pki');
const socket = join(dir, 'live.sock');
const config = join(dir, 'notary.ini');
const log = join(dir, 'data', 'log');
/** @type {Record<string, string | undefined>} */
const env = { ...process.env, SOFTHSM2_CONF: join(dir, 'softhsm.conf'), ASAN_OPTIONS: 'detect_leaks=0' };
/** @type {import('node:child_process').ChildProcess[]} */
const started = [];

after(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** @param {string} program @param {string[]} words */
function run(program, ...words) {
  return spawnSync(program, words, { encoding: 'utf8', env });
}

/** @param {string} program @param {string[]} words */
function must(program, ...words) {
  const done = run(program, ...words);
  assert.equal(done.status, 0, `${program} ${words.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** @param {() => boolean} what @param {number} seconds @param {string} name */
async function until(what, seconds, name) {
  for (let i = 0; i < seconds * 10; i++) {
    if (what()) return;
    await sleep(100);
  }
  assert.fail(`${name}: not within ${seconds} s`);
}

/** The notary's key goes into a token and is nowhere else. */
function makeToken() {
  mkdirSync(join(dir, 'tokens'));
  writeFileSync(join(dir, 'softhsm.conf'), `directories.tokendir = ${dir}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`);
  writeFileSync(join(dir, 'pin'), '2468\n', { mode: 0o600 });
  must('softhsm2-util', '--init-token', '--free', '--label', 'guichet', '--pin', '2468', '--so-pin', '1357');
  must('softhsm2-util', '--import', join(pki, 'notary.key'), '--token', 'guichet', '--label', 'notary', '--id', '01', '--pin', '2468');
  rmSync(join(pki, 'notary.key'));
}

async function startNotary() {
  rmSync(socket, { force: true }); /* of one that was killed */
  const child = spawn(join(BUILD, 'guichet-notary'), ['--config', config], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => { said += bytes; });
  started.push(child);
  await until(() => existsSync(socket) || child.exitCode !== null, 10, 'the notary');
  assert.equal(child.exitCode, null, said);
  return { child, said: () => said };
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  return ended;
}

/** @returns {string[]} sessions that were opened and ended */
function endSessions() {
  return must(join(BUILD, 'notary_hammer'), socket, 'end').trim().split('\n');
}

/** @param {string} signature @param {string} content */
function cms(signature, content) {
  return run('openssl', 'cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', signature, '-content', content,
    '-CAfile', join(pki, 'seal-ca.pem'), '-purpose', 'any', '-out', '/dev/null').status;
}

/** @param {string} suffix @returns {number[]} sizes of the checkpoints that have such a file */
function checkpoints(suffix) {
  if (!existsSync(join(log, 'checkpoints'))) return [];
  return readdirSync(join(log, 'checkpoints')).filter((name) => name.endsWith(suffix))
    .map((name) => Number(name.slice(0, -suffix.length))).sort((a, b) => a - b);
}

/** RFC 9162 2.1.1 as it stands there. @param {string[]} lines @returns {Buffer} */
function root(lines) {
  const sha256 = (/** @type {(Buffer | string)[]} */ ...parts) => {
    const h = createHash('sha256');
    for (const part of parts) h.update(part);
    return h.digest();
  };
  if (lines.length === 1) return sha256(Buffer.of(0), lines[0]);
  let k = 1;
  while (2 * k < lines.length) k *= 2;
  return sha256(Buffer.of(1), root(lines.slice(0, k)), root(lines.slice(k)));
}

test('E12, E13: sealed with a key in a token while the authority is away, stamped when it is back', async () => {
  must(join(ROOT, 'certs/make-dev'), pki);
  makeToken();
  writeFileSync(config, `[notary]
directory = ${dir}/data
socket = ${socket}
ctl_socket = ${dir}/ctl.sock
sign_key = pkcs11:token=guichet;object=notary;type=private
sign_module = /usr/lib/softhsm/libsofthsm2.so
sign_pin_file = ${dir}/pin
sign_certificate = ${pki}/notary.pem
sign_root = ${pki}/seal-ca.pem
log_name = Banque d'essai
tsa_url = http://127.0.0.1:${PORT}/
tsa_ca = ${pki}/tsa-ca.pem
`);
  must(join(BUILD, 'guichet-notary'), '--config', config, '--check-config');
  let notary = await startNotary();
  writeFileSync(join(dir, 'password'), 'correct horse\n');
  must(join(BUILD, 'guichetctl'), 'advisor', 'add', 'claire', '--display', 'Claire', '--password-file', join(dir, 'password'), '--config', config);

  const sessions = endSessions();
  const seal = (/** @type {string} */ id) => join(dir, 'data/sessions', id, 'seal.json');
  await until(() => sessions.every((id) => existsSync(seal(id).replace('json', 'p7s'))), 5, 'the seals');
  for (const id of sessions) {
    const journal = readFileSync(join(dir, 'data/sessions', id, 'journal.jsonl'));
    const said = JSON.parse(readFileSync(seal(id), 'utf8'));
    assert.equal(said.journal, createHash('sha256').update(journal).digest('hex'));
    assert.equal(said.reason, 'customer');
    assert.equal(cms(seal(id).replace('json', 'p7s'), seal(id)), 0, 'openssl cms -verify -cades');
  }
  assert.notEqual(cms(seal(sessions[0]).replace('json', 'p7s'), seal(sessions[1])), 0, 'and not over another seal');

  await until(() => checkpoints('.p7s').length >= 2, 75, 'a second checkpoint');
  assert.deepEqual(checkpoints('.tsr'), [], 'the authority is away');
  assert.equal(await stop(notary.child), 0);
  assert.match(notary.said(), /guichet-stamp: .*does not answer/);
  const waiting = checkpoints('.txt');

  const authority = spawn(join(ROOT, 'deploy/demo-tsa'), [pki, String(PORT)], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(authority);
  await new Promise((resolve) => authority.stdout.once('data', resolve));
  notary = await startNotary();
  await until(() => checkpoints('.tsr').length >= waiting.length, 20, 'the time-stamps');

  const lines = readFileSync(join(log, 'entries.jsonl'), 'utf8').trimEnd().split('\n');
  assert.equal(lines.filter((line) => JSON.parse(line).event === 'sealed').length, sessions.length);
  for (const size of waiting) {
    const file = join(log, 'checkpoints', String(size));
    const text = readFileSync(`${file}.txt`, 'utf8').split('\n');
    assert.deepEqual(text.slice(0, 4), ['guichet-log 1', "Banque d'essai", String(size), root(lines.slice(0, size)).toString('hex')]);
    assert.equal(cms(`${file}.p7s`, `${file}.txt`), 0, 'the checkpoint is signed');
    must('openssl', 'ts', '-verify', '-in', `${file}.tsr`, '-data', `${file}.txt`, '-CAfile', join(pki, 'tsa-ca.pem'));
  }
  assert.equal(await stop(notary.child), 0);
});

test('a notary that is killed while it asks, and one whose log was changed', async () => {
  const entries = join(log, 'entries.jsonl');
  const text = readFileSync(entries, 'utf8');
  let notary = await startNotary();

  notary.child.kill('SIGKILL');
  await sleep(300);
  notary = await startNotary();
  assert.equal(await stop(notary.child), 0);
  assert.equal(readFileSync(entries, 'utf8'), text, 'nothing was lost or added');
  writeFileSync(entries, text.replace('"event":"sealed"', '"event":"erased"'));
  const refused = spawnSync(join(BUILD, 'guichet-notary'), ['--config', config], { encoding: 'utf8', env, timeout: 10000 });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /contradicts its newest checkpoint/);
  writeFileSync(entries, text);
});

test('the evidence key is made once, and re-wraps a key of a session for a second recipient', () => {
  const ctl = (/** @type {string[]} */ ...words) => run(join(BUILD, 'guichetctl'), 'evidence', ...words);
  const oaep = ['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', 'rsa_oaep_md:sha256', '-pkeyopt', 'rsa_mgf1_md:sha256'];
  const at = (/** @type {string[]} */ ...parts) => join(dir, ...parts);
  const phrase = at('phrase');
  writeFileSync(phrase, 'trop courte\n');
  assert.match(ctl('keygen', '--out', at('bank'), '--password-file', phrase).stderr, /16 octets au moins/);
  writeFileSync(phrase, 'une phrase assez longue\n');
  const made = ctl('keygen', '--out', at('bank'), '--password-file', phrase);
  assert.equal(made.status, 0, made.stderr);
  const der = spawnSync('openssl', ['pkey', '-pubin', '-in', at('bank', 'evidence.pub'), '-outform', 'DER']).stdout;
  assert.ok(made.stdout.includes(createHash('sha256').update(der).digest('hex')), 'the fingerprint is that of the public half');
  assert.match(readFileSync(at('bank', 'evidence.key'), 'utf8'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  assert.match(must('openssl', 'asn1parse', '-in', at('bank', 'evidence.key')), /PBKDF2[\s\S]*:0927C0[\s\S]*hmacWithSHA256[\s\S]*aes-256-cbc/);
  assert.match(must('openssl', 'x509', '-in', at('bank', 'evidence.pem'), '-noout', '-text'), /3072 bit[\s\S]*Key Encipherment/);

  const key = readFileSync(at('bank', 'evidence.key'));
  assert.match(ctl('keygen', '--out', at('bank'), '--password-file', phrase).stderr, /rien n’a été écrit/);
  assert.deepEqual(readFileSync(at('bank', 'evidence.key')), key, 'nothing is written over');

  must(join(BUILD, 'guichetctl'), 'evidence', 'keygen', '--out', at('second'), '--password-file', phrase);
  writeFileSync(at('content'), createHash('sha256').update('content').digest());
  must('openssl', 'pkeyutl', '-encrypt', '-pubin', '-inkey', at('bank', 'evidence.pub'), '-in', at('content'), '-out', at('key.wrapped'), ...oaep);
  for (const recipient of ['evidence.pub', 'evidence.pem']) {
    const done = ctl('rewrap', at('key.wrapped'), '--evidence-key', at('bank', 'evidence.key'), '--recipient', at('second', recipient),
      '--out', at(`for-${recipient}`), '--password-file', phrase);
    assert.equal(done.status, 0, done.stderr);
    must('openssl', 'pkeyutl', '-decrypt', '-inkey', at('second', 'evidence.key'), '-passin', `file:${phrase}`, '-in', at(`for-${recipient}`),
      '-out', at('opened'), ...oaep);
    assert.deepEqual(readFileSync(at('opened')), readFileSync(at('content')));
  }
  const again = ['--evidence-key', at('bank', 'evidence.key'), '--recipient', at('second', 'evidence.pub'), '--password-file', phrase];
  assert.equal(ctl('rewrap', at('key.wrapped'), ...again, '--out', at('for-evidence.pub')).status, 1, 'nor here');
  assert.match(ctl('rewrap', at('for-evidence.pub'), ...again, '--out', at('x')).stderr, /ne l’ouvre pas/);
  writeFileSync(at('wrong'), 'une autre phrase longue\n');
  assert.equal(ctl('rewrap', at('key.wrapped'), '--evidence-key', at('bank', 'evidence.key'), '--recipient', at('second', 'evidence.pub'),
    '--password-file', at('wrong'), '--out', at('y')).status, 1);
  assert.ok(!existsSync(at('x')) && !existsSync(at('y')));
});

/**
 * keys: every key and certificate that a bundle needs, made by the openssl command, for tests only.
 * A folder: root.{key,crt}, notary.{key,crt}, tsa-root.{key,crt}, tsa.{key,crt}, tsa.cnf, agent.key,
 * evidence.{key,pub,pass} (RSA-3072, PKCS#8 under a passphrase) and evidence.plain.key.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA = (/** @type {number} */ bits) => ["-algorithm", "RSA", "-pkeyopt", `rsa_keygen_bits:${bits}`];

/** Makes NAME.key. @param {string} dir @param {string} name */
export const makeKey = (dir, name) => openssl(dir, "genpkey", ...P256, "-out", `${name}.key`);

/** Runs openssl in a folder; its words are shown only when it fails. @param {string} cwd @param {string[]} args */
export function openssl(cwd, ...args) {
  return execFileSync("openssl", args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

/** @param {string} dir @param {string} name  its key: NAME.key @param {string} subject */
export function makeRoot(dir, name, subject) {
  openssl(dir, "req", "-x509", "-new", "-key", `${name}.key`, "-sha256", "-days", "3650", "-subj", subject,
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", `${name}.crt`);
}

/**
 * @param {string} dir @param {string} name  its key: NAME.key @param {string} root @param {string} subject
 * @param {string[]} extensions @param {string} [constraints]
 */
export function makeLeaf(dir, name, root, subject, extensions, constraints = "CA:FALSE") {
  writeFileSync(join(dir, `${name}.ext`), [`basicConstraints=critical,${constraints}`, ...extensions].join("\n"));
  openssl(dir, "req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
  openssl(dir, "x509", "-req", "-in", `${name}.csr`, "-CA", `${root}.crt`, "-CAkey", `${root}.key`, "-CAcreateserial",
    "-sha256", "-days", "820", "-extfile", `${name}.ext`, "-out", `${name}.crt`);
}

const TSA_CONFIG = `[tsa]
default_tsa = one
[one]
serial = ./tsa.serial
default_policy = 1.2.3.4.1
signer_digest = sha256
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** @param {string} dir @param {string} subject @param {boolean} isRsa */
function makeTsa(dir, subject, isRsa) {
  for (const name of ["tsa-root", "tsa"]) openssl(dir, "genpkey", ...(isRsa ? RSA(2048) : P256), "-out", `${name}.key`);
  makeRoot(dir, "tsa-root", `${subject}/CN=Racine d'horodatage`);
  makeLeaf(dir, "tsa", "tsa-root", `${subject}/CN=Horodatage`,
    ["keyUsage=critical,digitalSignature", "extendedKeyUsage=critical,timeStamping"]);
  writeFileSync(join(dir, "tsa.cnf"), TSA_CONFIG);
  writeFileSync(join(dir, "tsa.serial"), "01\n");
}

/** @param {string} dir */
function makeEvidenceKey(dir) {
  writeFileSync(join(dir, "evidence.pass"), "deux agents, deux copies\n");
  openssl(dir, "genpkey", ...RSA(3072), "-out", "evidence.plain.key");
  openssl(dir, "pkcs8", "-topk8", "-in", "evidence.plain.key", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256",
    "-passout", "file:evidence.pass", "-out", "evidence.key");
  openssl(dir, "pkey", "-in", "evidence.plain.key", "-pubout", "-out", "evidence.pub");
}

/**
 * Makes the folder of keys, unless it is there.
 * @param {string} dir
 * @param {{ tsaRsa?: boolean }} [options]  the time-stamp authority signs with RSA instead of P-256
 */
export function makeKeys(dir, { tsaRsa = false } = {}) {
  if (existsSync(join(dir, "evidence.pub"))) return;
  mkdirSync(dir, { recursive: true });
  for (const name of ["root", "notary", "agent"]) openssl(dir, "genpkey", ...P256, "-out", `${name}.key`);
  makeRoot(dir, "root", "/C=FR/O=Banque Exemple/CN=Racine des preuves");
  makeLeaf(dir, "notary", "root", "/C=FR/O=Banque Exemple/CN=Notaire Guichet",
    ["keyUsage=critical,digitalSignature,nonRepudiation", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]);
  makeTsa(dir, "/C=FR/O=Horodateur Exemple", tsaRsa);
  makeEvidenceKey(dir);
}

#include "pki_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.h"

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

static void on_problem(void *arg, const char *option, const char *why)
{
	(void)arg;
	print_message("%s %s\n", option, why);
}

const struct pki_wish pki_good = {
	.curve = "P-256", .key_usage = "critical,digitalSignature,nonRepudiation", .constraint = "critical,CA:FALSE",
	.from_s = 1000000000, .to_s = 4000000000,
};

static const char *path_in(const char *dir, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", dir, name);
	return out;
}

static void add_extension(X509 *c, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_true(X509_add_ext(c, e, -1));
	X509_EXTENSION_free(e);
}

static X509 *certify(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key, const struct pki_wish *w)
{
	X509 *c = X509_new();
	X509_NAME *n = X509_get_subject_name(c);

	X509_set_version(c, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c), issuer ? 2 : 1);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer) : n);
	ASN1_TIME_set(X509_getm_notBefore(c), w->from_s);
	ASN1_TIME_set(X509_getm_notAfter(c), w->to_s);
	X509_set_pubkey(c, key);
	if (w->constraint)
		add_extension(c, NID_basic_constraints, w->constraint);
	if (w->key_usage)
		add_extension(c, NID_key_usage, w->key_usage);
	assert_true(X509_sign(c, issuer_key, EVP_sha256()) > 0);
	return c;
}

static void write_pem(const char *dir, const char *name, EVP_PKEY *key, X509 *c)
{
	char path[256];
	FILE *f = fopen(path_in(dir, name, path), "w");

	assert_non_null(f);
	assert_true(key ? PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) : PEM_write_X509(f, c));
	fclose(f);
}

void pki_make(const char *dir, const struct pki_wish *w)
{
	const struct pki_wish root_wish = {
		.key_usage = "critical,keyCertSign,cRLSign", .constraint = "critical,CA:TRUE", .from_s = pki_good.from_s,
		.to_s = pki_good.to_s,
	};
	EVP_PKEY *root_key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256"), *key = EVP_EC_gen(w->curve);
	X509 *root = certify(root_key, "root", NULL, root_key, &root_wish);
	X509 *other_root = certify(other, "root", NULL, other, &root_wish);
	X509 *mine = certify(w->is_foreign_key ? other : key, "notary", root, root_key, w);

	write_pem(dir, "notary.key", key, NULL);
	write_pem(dir, "notary.pem", NULL, mine);
	write_pem(dir, "root.pem", NULL, w->is_foreign_root ? other_root : root);
	X509_free(mine);
	X509_free(other_root);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(root_key);
}

struct signer_options pki_options(const char *dir)
{
	static char key[256], certificate[256], root[256];

	return (struct signer_options){
		.key = path_in(dir, "notary.key", key), .module = "", .pin_file = "",
		.certificate = path_in(dir, "notary.pem", certificate), .root = path_in(dir, "root.pem", root),
	};
}

static void write_text(const char *path, const char *format, const char *value)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, format, value);
	fclose(f);
}

struct signer_options pki_token(const char *dir)
{
	static char pin[256];
	char conf[256], tokens[256], key[256], pkcs8[256];
	const char *const init[] = { "softhsm2-util", "--init-token", "--free", "--label", "guichet", "--pin", "2468",
		"--so-pin", "1357", NULL };
	const char *const convert[] = { "openssl", "pkcs8", "-topk8", "-nocrypt", "-in", path_in(dir, "notary.key", key),
		"-out", path_in(dir, "pkcs8.pem", pkcs8), NULL };
	const char *const import[] = { "softhsm2-util", "--import", pkcs8, "--token", "guichet", "--label", "notary",
		"--id", "01", "--pin", "2468", NULL };
	struct signer_options o = pki_options(dir);

	path_in(dir, "tokens", tokens);
	mkdir(tokens, 0700);
	write_text(path_in(dir, "softhsm.conf", conf),
		"directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens);
	setenv("SOFTHSM2_CONF", conf, 1);
	write_text(path_in(dir, "pin", pin), "%s\n", "2468");
	assert_int_equal(run_program(init), 0);
	assert_int_equal(run_program(convert), 0);
	assert_int_equal(run_program(import), 0);
	unlink(pkcs8);
	unlink(key); /* from now on only the token has it */
	o.key = "pkcs11:token=guichet;object=notary;type=private";
	o.module = SOFTHSM;
	o.pin_file = pin;
	return o;
}

struct signer *pki_token_signer(const char *dir, uint64_t now_ms)
{
	struct signer_options o;
	struct signer *s;

	pki_make(dir, &pki_good);
	o = pki_token(dir);
	assert_int_equal(signer_open(&o, now_ms, on_problem, NULL, &s), OK);
	return s;
}

struct signer *pki_signer(const char *dir, uint64_t now_ms)
{
	const struct signer_options o = pki_options(dir);
	struct signer *s;

	pki_make(dir, &pki_good);
	assert_int_equal(signer_open(&o, now_ms, on_problem, NULL, &s), OK);
	return s;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void remove_tree(const char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int run_program(const char *const words[])
{
	posix_spawn_file_actions_t files;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	assert_int_equal(posix_spawnp(&pid, words[0], &files, NULL, (char *const *)words, environ), 0);
	posix_spawn_file_actions_destroy(&files);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *dir, const char *name, const void *buf, size_t len)
{
	char path[256];
	FILE *f = fopen(path_in(dir, name, path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, len, f), len);
	fclose(f);
}

/* Somebody else's eyes: r || s is verified with the certificate's key alone. */
bool pki_raw_holds(const char *dir, const char *hex, const char *what)
{
	char path[256];
	FILE *f = fopen(path_in(dir, "notary.pem", path), "r");
	X509 *c = PEM_read_X509(f, NULL, NULL, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t raw[64], *der = NULL;
	int len;
	bool holds;

	fclose(f);
	assert_true(hex_read(hex, raw, sizeof(raw)));
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	len = i2d_ECDSA_SIG(sig, &der);
	holds = EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, X509_get0_pubkey(c)) == 1 &&
		EVP_DigestVerify(md, der, (size_t)len, (const unsigned char *)what, strlen(what)) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(md);
	ECDSA_SIG_free(sig);
	X509_free(c);
	return holds;
}

bool pki_cms_holds(const char *dir, const char *signature, const char *content)
{
	char root[256];
	const char *const words[] = { "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature,
		"-content", content, "-CAfile", path_in(dir, "root.pem", root), "-purpose", "any", "-attime", "1700000100", NULL };

	return run_program(words) == 0;
}

void pki_signs_what_openssl_verifies(const char *dir, struct signer *s, uint64_t now_ms)
{
	static const char text[] = "{\"a\":1}\n", other[] = "{\"a\":2}\n";
	char hex[SIGNER_RAW_HEX + 1], p7s[256], txt[256];
	uint8_t *der;
	size_t len;

	path_in(dir, "s.p7s", p7s);
	path_in(dir, "s.txt", txt);
	assert_int_equal(signer_raw(s, text, strlen(text), hex), OK);
	assert_true(pki_raw_holds(dir, hex, text));
	assert_false(pki_raw_holds(dir, hex, other));
	assert_int_equal(signer_cms(s, text, strlen(text), now_ms, &der, &len), OK);
	write_file(dir, "s.p7s", der, len);
	write_file(dir, "s.txt", text, strlen(text));
	assert_true(pki_cms_holds(dir, p7s, txt));
	write_file(dir, "s.txt", other, strlen(other));
	assert_false(pki_cms_holds(dir, p7s, txt));
	free(der);
}

/* What the token's engine and module keep until the process ends is theirs. */
const char *__lsan_default_suppressions(void)
{
	return "leak:RSA_meth_dup\nleak:EC_KEY_METHOD_new\nleak:pkcs11.so\nleak:libsofthsm2.so\nleak:libp11\nleak:ENGINE_\n";
}

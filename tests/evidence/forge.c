#include "tests/evidence/forge.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/verify/canon.h"

/* A test that cannot go on says where. */
#define MUST(x) ((x) ? (void)0 : (fprintf(stderr, "forge.c:%d: %s\n", __LINE__, #x), exit(2)))

enum { TEXT_MAX = 1 << 16, NUMBER_MAX = 24 };

uint64_t dice_roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t dice_below(struct dice *d, size_t n)
{
	return n ? (size_t)(dice_roll(d) % n) : 0;
}

/* ---- a table of files ----------------------------------------------------------------------------- */

static void hash(struct forged_file *f)
{
	if (!f->hash[0])
		proof_sha256_hex(f->at, f->len, f->hash);
}

void forged_init(struct forged *b, const struct verify_file *files, size_t count)
{
	MUST(count < FORGE_FILES_MAX);
	*b = (struct forged){ .count = count };
	for (size_t i = 0; i < count; i++) {
		struct forged_file *f = &b->file[i];

		snprintf(f->name, sizeof(f->name), "%s", files[i].name);
		f->at = (uint8_t *)(uintptr_t)files[i].at;
		f->len = files[i].len;
		hash(f);
	}
}

void forged_copy(struct forged *to, const struct forged *from)
{
	to->count = from->count;
	memcpy(to->file, from->file, from->count * sizeof(*from->file));
	for (size_t i = 0; i < to->count; i++)
		to->file[i].is_own = false;
}

void forged_done(struct forged *b)
{
	for (size_t i = 0; i < b->count; i++) {
		if (b->file[i].is_own)
			free(b->file[i].at);
	}
	b->count = 0;
}

struct forged_file *forged_find(struct forged *b, const char *name)
{
	for (size_t i = 0; i < b->count; i++) {
		if (strcmp(b->file[i].name, name) == 0)
			return &b->file[i];
	}
	return NULL;
}

void forged_set(struct forged *b, const char *name, const void *at, size_t len)
{
	struct forged_file *f = forged_find(b, name);
	uint8_t *bytes = malloc(len + 1);

	MUST(bytes && (f || b->count < FORGE_FILES_MAX));
	if (len)
		memcpy(bytes, at, len);
	if (!f) {
		f = &b->file[b->count++];
		*f = (struct forged_file){ 0 };
		snprintf(f->name, sizeof(f->name), "%s", name);
	}
	if (f->is_own)
		free(f->at);
	f->at = bytes;
	f->len = len;
	f->is_own = true;
	f->hash[0] = '\0';
}

void forged_drop(struct forged *b, const char *name)
{
	struct forged_file *f = forged_find(b, name);

	if (!f)
		return;
	if (f->is_own)
		free(f->at);
	*f = b->file[--b->count];
}

uint8_t *forged_own(struct forged *b, const char *name)
{
	struct forged_file *f = forged_find(b, name);

	MUST(f);
	if (f->is_own)
		f->hash[0] = '\0';
	else
		forged_set(b, name, f->at, f->len);
	return f->at;
}

/* ---- sums, chain, seal ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct forged_file *const *)a)->name, (*(struct forged_file *const *)b)->name);
}

void forge_sums(struct forged *b)
{
	struct forged_file *sorted[FORGE_FILES_MAX];
	static char text[FORGE_FILES_MAX * 128];
	size_t n = 0, len = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (strcmp(b->file[i].name, "SHA256SUMS") != 0 && strcmp(b->file[i].name, "content.key") != 0)
			sorted[n++] = &b->file[i];
	}
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++) {
		hash(sorted[i]);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s  %s\n", sorted[i]->hash, sorted[i]->name);
	}
	if (forged_find(b, "SHA256SUMS"))
		forged_set(b, "SHA256SUMS", text, len);
}

/* The line of a journal with another number and another hash of the line before. */
static size_t relink(const char *line, size_t len, size_t n, const char *p, char *out)
{
	struct canon o = { line, len }, number, link;
	size_t head;

	if (!canon_check(line, len) || !canon_get(o, "n", &number) || !canon_get(o, "p", &link) || link.len != 66) {
		memcpy(out, line, len); /* what is no line stays as it is */
		return len;
	}
	head = (size_t)(number.at - line);
	memcpy(out, line, head);
	head += (size_t)snprintf(out + head, NUMBER_MAX, "%zu", n);
	memcpy(out + head, number.at + number.len, (size_t)(link.at - number.at) - number.len);
	head += (size_t)(link.at - number.at) - number.len;
	out[head++] = '"';
	memcpy(out + head, p, 64);
	head += 64;
	out[head++] = '"';
	memcpy(out + head, link.at + link.len, len - (size_t)(link.at - line) - link.len);
	return head + len - (size_t)(link.at - line) - link.len;
}

void forge_chain(struct forged *b)
{
	struct forged_file *f = forged_find(b, "journal.jsonl");
	char *out = malloc(f->len * 2 + TEXT_MAX), p[PROOF_HEX] = "0000000000000000000000000000000000000000000000000000000000000000";
	const char *at = (const char *)f->at, *end = at + f->len;
	size_t len = 0;

	MUST(out);
	for (size_t n = 0; at < end; n++) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((lf ? lf : end) - at), written = relink(at, line, n, p, out + len);

		proof_sha256_hex(out + len, written, p);
		len += written;
		at += line;
		if (lf) {
			out[len++] = '\n';
			at++;
		}
	}
	forged_set(b, "journal.jsonl", out, len);
	free(out);
}

bool forge_between(struct forged *b, const char *file, const char *before, const char *after, const char *text)
{
	struct forged_file *f = forged_find(b, file);
	uint8_t *from = f ? memmem(f->at, f->len, before, strlen(before)) : NULL, *to;
	size_t head, tail, len = strlen(text);
	char *out;

	if (!from)
		return false;
	head = (size_t)(from - f->at) + strlen(before);
	to = memmem(f->at + head, f->len - head, after, strlen(after));
	if (!to)
		return false;
	tail = f->len - (size_t)(to - f->at);
	out = malloc(head + len + tail);
	MUST(out);
	memcpy(out, f->at, head);
	memcpy(out + head, text, len);
	memcpy(out + head + len, to, tail);
	forged_set(b, file, out, head + len + tail);
	free(out);
	return true;
}

static void set_number(struct forged *b, const char *before, size_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", n);
	(void)forge_between(b, "seal.json", before, ",", text);
}

/* The last line of event `event`, or the very last for NULL, and how many there are. */
static struct canon last_line(struct forged *b, const char *event, size_t *count)
{
	struct forged_file *f = forged_find(b, "journal.jsonl");
	const char *at = (const char *)f->at, *end = at + f->len, *lf;
	struct canon last = { "", 0 }, value;

	for (*count = 0; at < end && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
		struct canon line = { at, (size_t)(lf - at) };

		if (event && (!canon_check(line.at, line.len) || !canon_get(line, "event", &value) || !canon_is(value, event)))
			continue;
		last = line;
		++*count;
	}
	return last;
}

void forge_seal(struct forged *b)
{
	static char list[FORGE_FILES_MAX * 128];
	char hex[PROOF_HEX], name[48], text[TEXT_MAX];
	struct forged_file *f = forged_find(b, "journal.jsonl");
	struct canon line, data, said;
	size_t n, len = 0;

	proof_sha256_hex(f->at, f->len, hex);
	(void)forge_between(b, "seal.json", "\"journal\":\"", "\"", hex);
	line = last_line(b, NULL, &n);
	proof_sha256_hex(line.at, line.len, hex);
	(void)forge_between(b, "seal.json", "\"journal_head\":\"", "\"", hex);
	set_number(b, "\"journal_lines\":", n);
	line = last_line(b, "consent", &n);
	set_number(b, "\"agent_lines\":", n);
	if (n && canon_get(line, "data", &data) && canon_get(data, "line", &said) && said.len < sizeof(text) &&
			canon_text(said, text, &len)) {
		proof_sha256_hex(text, len, hex);
		(void)forge_between(b, "seal.json", "\"agent_head\":\"", "\"", hex);
	}
	for (n = 0, len = 0; snprintf(name, sizeof(name), "chunks/%06zu", n + 1), (f = forged_find(b, name)); n++) {
		hash(f);
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s  %s\n", f->hash, name);
	}
	set_number(b, "\"chunks\":", n);
	proof_sha256_hex(list, len, hex);
	(void)forge_between(b, "seal.json", "\"recording\":\"", "\"", hex);
}

/* ---- keys of his own ------------------------------------------------------------------------------ */

static EVP_PKEY *new_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	MUST(key);
	return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(ext && X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static X509 *new_cert(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	MUST(cert && X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer ? 2 : 1));
	MUST(X509_gmtime_adj(X509_getm_notBefore(cert), -86400) && X509_gmtime_adj(X509_getm_notAfter(cert), 86400 * 365));
	MUST(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0));
	MUST(X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject) && X509_set_pubkey(cert, key));
	add_extension(cert, issuer ? issuer : cert, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
	add_extension(cert, issuer ? issuer : cert, NID_key_usage, issuer ? "critical,digitalSignature" : "critical,keyCertSign");
	MUST(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
	return cert;
}

void forger_init(struct forger *f)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;

	f->agent = new_key();
	f->notary = new_key();
	f->root_key = new_key();
	f->root = new_cert("Racine d'un faussaire", f->root_key, NULL, f->root_key);
	f->cert = new_cert("Notaire d'un faussaire", f->notary, f->root, f->root_key);
	MUST(PEM_write_bio_X509(bio, f->root));
	f->root_pem_len = (size_t)BIO_get_mem_data(bio, &pem);
	f->root_pem = malloc(f->root_pem_len);
	MUST(f->root_pem);
	memcpy(f->root_pem, pem, f->root_pem_len);
	BIO_free(bio);
}

void forger_done(struct forger *f)
{
	EVP_PKEY_free(f->agent);
	EVP_PKEY_free(f->notary);
	EVP_PKEY_free(f->root_key);
	X509_free(f->root);
	X509_free(f->cert);
	free(f->root_pem);
}

void forge_cms(struct forged *b, const struct forger *f, const char *text, const char *signature)
{
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP;
	struct forged_file *file = forged_find(b, text);
	BIO *bio = BIO_new_mem_buf(file->at, (int)file->len);
	CMS_ContentInfo *cms = CMS_sign(f->cert, f->notary, NULL, bio, flags);
	unsigned char *der = NULL;
	int len = cms ? i2d_CMS_ContentInfo(cms, &der) : -1;

	MUST(len > 0);
	forged_set(b, signature, der, (size_t)len);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
}

static void sign_raw(EVP_PKEY *key, const void *at, size_t len, uint8_t out[PROOF_SIG_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[80];
	const unsigned char *p = der;
	size_t der_len = sizeof(der);
	ECDSA_SIG *sig;

	MUST(ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, der, &der_len, at, len) == 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)der_len);
	MUST(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32) == 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

/* The text of a line `consent`, and where its sig begins in the journal; false at another line. */
static bool read_consent(struct canon line, char *text, size_t *len, size_t *sig)
{
	struct canon value, data;

	if (!canon_check(line.at, line.len) || !canon_get(line, "event", &value) || !canon_is(value, "consent") ||
			!canon_get(line, "data", &data) || !canon_get(data, "sig", &value))
		return false;
	*sig = (size_t)(value.at + 1 - line.at);
	return canon_get(data, "line", &value) && value.len < TEXT_MAX && canon_text(value, text, len);
}

static void put_copy(struct forged *b, size_t n, const char *text, size_t len, const uint8_t sig[PROOF_SIG_LEN])
{
	uint8_t der[PROOF_DER_MAX];
	char name[48];

	snprintf(name, sizeof(name), "grants/%04zu.txt", n);
	if (!forged_find(b, name))
		return;
	forged_set(b, name, text, len);
	snprintf(name, sizeof(name), "grants/%04zu.sig", n);
	forged_set(b, name, der, proof_der(sig, der));
}

void forge_agent_line(struct forged *b, const struct forger *f, size_t n)
{
	static char text[TEXT_MAX];
	char hex[PROOF_SIG_HEX + 1];
	uint8_t sig[PROOF_SIG_LEN], *at = forged_own(b, "journal.jsonl"), *end = at + forged_find(b, "journal.jsonl")->len, *lf;
	size_t len, where, seen = 0;

	for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
		if (!read_consent((struct canon){ (const char *)at, (size_t)(lf - at) }, text, &len, &where) || seen++ != n)
			continue;
		sign_raw(f->agent, text, len, sig);
		hex_write(sig, sizeof(sig), hex);
		memcpy(at + where, hex, PROOF_SIG_HEX);
		put_copy(b, n, text, len, sig);
		return;
	}
}

/* `prev` of every line of the agent fits again: a change of line 0 runs through all that follow. */
static void forge_agent_chain(struct forged *b, size_t count)
{
	static char text[TEXT_MAX];
	char p[PROOF_HEX] = "0000000000000000000000000000000000000000000000000000000000000000";
	size_t len, where;

	for (size_t n = 0; n < count; n++) {
		uint8_t *at = forged_own(b, "journal.jsonl"), *end = at + forged_find(b, "journal.jsonl")->len, *lf, *prev;
		size_t seen = 0;

		for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
			struct canon line = { (const char *)at, (size_t)(lf - at) };

			if (!read_consent(line, text, &len, &where) || seen++ != n)
				continue;
			prev = memmem(at, line.len, "\\\"prev\\\":\\\"", 11);
			MUST(prev);
			memcpy(prev + 11, p, 64);
			(void)read_consent(line, text, &len, &where);
			proof_sha256_hex(text, len, p);
			break;
		}
	}
}

void forge_agent(struct forged *b, const struct forger *f)
{
	uint8_t point[PROOF_POINT_LEN];
	char hex[PROOF_POINT_HEX + 1], pem[PROOF_PEM_MAX];
	size_t len, count;

	MUST(EVP_PKEY_get_octet_string_param(f->agent, "encoded-pub-key", point, sizeof(point), &len) && len == sizeof(point));
	hex_write(point, sizeof(point), hex);
	(void)forge_between(b, "journal.jsonl", "\"data\":{\"sign\":\"", "\"", hex);
	(void)forge_between(b, "journal.jsonl", "\\\"sign\\\":\\\"", "\\\"", hex);
	forged_set(b, "agent.pub", pem, proof_pem(point, pem));
	(void)last_line(b, "consent", &count);
	forge_agent_chain(b, count);
	for (size_t n = 0; n < count; n++)
		forge_agent_line(b, f, n);
}

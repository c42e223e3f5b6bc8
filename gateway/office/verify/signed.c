/* The items `signature` and `time`, and every question of which roots to believe (sections 7 and 8.3). */
#include <string.h>

#include "gateway/office/verify/inside.h"
#include "gateway/office/verify/signed.h"

/* True if the roots that came with the bundle are, to the byte and in whole lines, among those trusted: their hashes can be
 * compared. */
static bool is_among(const struct verify_file *f, const uint8_t *trusted, size_t len)
{
	return f->len > 0 && f->at[f->len - 1] == '\n' && memmem(trusted, len, f->at, f->len) != NULL;
}

enum err signed_roots(struct verify *v, const char *name, const uint8_t *trusted, size_t trusted_len, X509_STORE **out)
{
	const struct verify_file *f = verify_file(v, name);

	*out = NULL;
	if (trusted && !is_among(f, trusted, trusted_len))
		return verify_fail(v, name, "ce n’est pas le certificat auquel vous faites confiance");
	*out = proof_roots(f->at, f->len);
	return *out ? OK : verify_fail(v, name, "ce fichier ne contient pas de certificat");
}

enum err signed_by_root(struct verify *v, CMS_ContentInfo *cms, const char *signature, const char *text)
{
	const struct verify_file *f = verify_file(v, text);
	X509_STORE *roots;
	enum err e;

	if (!cms)
		return verify_fail(v, signature, "ce n’est pas une signature CMS");
	e = signed_roots(v, "root.crt", v->options.root, v->options.root_len, &roots);
	if (!e && !proof_cms_holds(cms, f->at, f->len, roots))
		e = verify_fail(v, signature, "ce n’est pas une signature de %s par le notaire de root.crt", text);
	X509_STORE_free(roots);
	return e;
}

enum err verify_signature(struct verify *v)
{
	enum err e = signed_by_root(v, verify_seal_cms(v), "seal.p7s", "seal.json");

	if (!e)
		verify_say(v, VERIFY_OK, "le notaire a signé le scellé");
	return e;
}

enum err verify_time(struct verify *v)
{
	const struct verify_file *tsr = verify_file(v, "checkpoint.tsr"), *text = verify_file(v, "checkpoint.txt");
	char when[PROOF_TIME_MAX];
	X509_STORE *roots;
	EVP_PKEY *key;
	enum err e;

	if (!tsr) {
		verify_say(v, VERIFY_WAITING, "attend l’horodatage");
		return OK;
	}
	if (!verify_file(v, "tsa.crt"))
		return verify_fail(v, "tsa.crt", "ce fichier manque");
	e = signed_roots(v, "tsa.crt", v->options.tsa, v->options.tsa_len, &roots);
	if (!e && !proof_stamp_holds(tsr->at, tsr->len, text->at, text->len, roots, when))
		e = verify_fail(v, "checkpoint.tsr", "ce n’est pas un horodatage de checkpoint.txt par l’autorité de tsa.crt");
	key = e ? NULL : proof_cms_key(verify_seal_cms(v));
	if (key && proof_stamp_is_by(tsr->at, tsr->len, key))
		e = verify_fail(v, "checkpoint.tsr", "le notaire ne peut pas horodater lui-même");
	if (!e)
		verify_say(v, VERIFY_OK, "existait le %s", when);
	EVP_PKEY_free(key);
	X509_STORE_free(roots);
	return e;
}

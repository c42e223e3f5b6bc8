/* What a time-stamp authority answers: read by guichet-stamp, never by the notary. No answer of a fuzzer is a token. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/stamp/stamp.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/stamp_fuzz.XXXXXX";

static void remove_root(void)
{
	unlink(root);
}

/* A root whose key nobody keeps. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *c = X509_new();
	int fd = mkstemp(root);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	(void)argc;
	(void)argv;
	if (!key || !c || !f)
		abort();
	X509_gmtime_adj(X509_getm_notBefore(c), 0);
	X509_gmtime_adj(X509_getm_notAfter(c), 86400);
	X509_set_pubkey(c, key);
	if (!X509_sign(c, key, EVP_sha256()) || !PEM_write_X509(f, c))
		abort();
	fclose(f);
	X509_free(c);
	EVP_PKEY_free(key);
	atexit(remove_root);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t digest[STAMP_DIGEST] = { 1 };
	struct stamp *s;

	if (stamp_new(digest, &s))
		return 0;
	if (stamp_check(s, root, data, size) == OK)
		abort();
	stamp_free(s);
	return 0;
}

#ifndef PKI_BENCH_H
#define PKI_BENCH_H

#include <stdbool.h>

#include "gateway/notary/signer.h"

/**
 * pki_bench: a signing key, its certificate and its root as files of a test's folder.
 */
struct pki_wish {
	const char *curve;     /* "P-256" */
	const char *key_usage; /* "critical,digitalSignature"; NULL: none */
	const char *constraint; /* "critical,CA:FALSE" */
	long from_s, to_s;      /* validity, seconds since 1970 */
	int is_foreign_key, is_foreign_root; /* the certificate is for another key; root.pem is another root */
};

/** What a signer wants, valid from 2001 to 2096. */
extern const struct pki_wish pki_good;

/** Writes DIR/notary.key, DIR/notary.pem, DIR/root.pem; fails the test if that cannot be done. */
void pki_make(const char *dir, const struct pki_wish *w);
/** A signer of pki_good in that folder, at now_ms; the caller's (signer_close). */
struct signer *pki_signer(const char *dir, uint64_t now_ms);
/** The same with the key in a SoftHSM token of its own below DIR, reached through PKCS#11. */
struct signer *pki_token_signer(const char *dir, uint64_t now_ms);
/** Puts DIR/notary.key into such a token; what reaches it then, until the next call. */
struct signer_options pki_token(const char *dir);
/** The paths of the three files; until the next call. */
struct signer_options pki_options(const char *dir);
/** r || s is verified with the certificate's key. */
bool pki_raw_holds(const char *dir, const char *hex, const char *what);
/** openssl cms -verify -cades says so, at the tests' time. */
bool pki_cms_holds(const char *dir, const char *signature, const char *content);
/** What s signs, raw and CMS, others verify; and what they change, they do not. */
void pki_signs_what_openssl_verifies(const char *dir, struct signer *s, uint64_t now_ms);
/** Removes a test's folder with all that is in it. */
void remove_tree(const char *dir);
/** Runs a program; its exit code. Its words end with NULL; its output goes to /dev/null. */
int run_program(const char *const words[]);

/** Read by the leak sanitizer. */
const char *__lsan_default_suppressions(void);

#endif

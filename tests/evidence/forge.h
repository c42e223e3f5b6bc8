#ifndef FORGE_H
#define FORGE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/office/verify/proof.h"
#include "gateway/office/verify/verify.h"

/**
 * forge: what somebody who changed a bundle would do next, so as not to be found: new sums, a new chain, a new seal,
 * signatures by keys of his own. For the proof E5 only.
 */
enum { FORGE_FILES_MAX = 256 };

/** A bundle under change. Files that were changed own their bytes. */
struct forged {
	struct forged_file {
		char name[48];
		uint8_t *at;
		size_t len;
		bool is_own;          /* free() it */
		char hash[PROOF_HEX]; /* "" after a change */
	} file[FORGE_FILES_MAX];
	size_t count;
};

/** Numbers that depend on the seed alone. */
struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *d);
/** 0 .. n - 1. */
size_t dice_below(struct dice *d, size_t n);

/** Keys of a forger, and a root and a certificate that he made himself. */
struct forger {
	EVP_PKEY *agent, *notary, *root_key;
	X509 *root, *cert;
	uint8_t *root_pem;
	size_t root_pem_len;
};
void forger_init(struct forger *f);
void forger_done(struct forger *f);

/** Takes the files of a bundle, hashed; the bytes stay the caller's. */
void forged_init(struct forged *b, const struct verify_file *files, size_t count);
/** A copy that shares all bytes. */
void forged_copy(struct forged *to, const struct forged *from);
void forged_done(struct forged *b);

struct forged_file *forged_find(struct forged *b, const char *name);
/** Gives a file other bytes (copied), or adds it. */
void forged_set(struct forged *b, const char *name, const void *at, size_t len);
void forged_drop(struct forged *b, const char *name);
/** The file's bytes as bytes of its own, to be changed in place. */
uint8_t *forged_own(struct forged *b, const char *name);

/** SHA256SUMS fits again. */
void forge_sums(struct forged *b);
/** `n` and `p` of every line of journal.jsonl fit again. */
void forge_chain(struct forged *b);
/** seal.json says what the files say again, as far as the journal and the chunks go. */
void forge_seal(struct forged *b);
/** Replaces the text between two marks, once; false if it is not there. Same as in a shell: the shortest match. */
bool forge_between(struct forged *b, const char *file, const char *before, const char *after, const char *text);
/** A CMS signature (7) of a file, by the forger's certificate, into another. */
void forge_cms(struct forged *b, const struct forger *f, const char *text, const char *signature);
/** Signs line `n` of the agent anew with the forger's key: journal and grants/. */
void forge_agent_line(struct forged *b, const struct forger *f, size_t n);
/** Makes the forger's key that of the agent, everywhere, and signs every line anew. */
void forge_agent(struct forged *b, const struct forger *f);

#endif

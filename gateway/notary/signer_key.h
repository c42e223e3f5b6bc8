#ifndef SIGNER_KEY_H
#define SIGNER_KEY_H

#include <openssl/evp.h>

#include "gateway/notary/signer.h"

/** signer_key: where the signing key comes from: a file or a token. Only signer.c includes this. */
struct signer_token; /* opaque: a PKCS#11 module that is loaded */

/**
 * The key that the options name; *key is the caller's (EVP_PKEY_free), then *token (signer_token_close),
 * which is NULL for a file. ERR_CRYPTO: `problem` has been told.
 */
enum err signer_key_open(const struct signer_options *o, signer_problem_fn *problem, void *arg,
		struct signer_token **token, EVP_PKEY **key);
/** NULL is allowed. */
void signer_token_close(struct signer_token *t);

#endif

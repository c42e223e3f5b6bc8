/* Stands in front of proof_holds() (ld --wrap): the same line under the same key and signature is checked once. Pure
 * functions may be remembered; without it most of E5's time would go into the lines that a mutant left alone. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "gateway/office/verify/proof.h"

bool __real_proof_holds(EVP_PKEY *key, const void *at, size_t len, const uint8_t sig[PROOF_SIG_LEN]);
bool __wrap_proof_holds(EVP_PKEY *key, const void *at, size_t len, const uint8_t sig[PROOF_SIG_LEN]);

enum { SLOTS = 4096 };

bool __wrap_proof_holds(EVP_PKEY *key, const void *at, size_t len, const uint8_t sig[PROOF_SIG_LEN])
{
	static uint8_t known[SLOTS][PROOF_HASH_LEN]; /* what held */
	uint8_t parts[PROOF_HASH_LEN + PROOF_POINT_LEN + PROOF_SIG_LEN], hash[PROOF_HASH_LEN], *slot;
	size_t n;

	proof_sha256(at, len, parts);
	memcpy(parts + PROOF_HASH_LEN, sig, PROOF_SIG_LEN);
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, parts + PROOF_HASH_LEN + PROOF_SIG_LEN, PROOF_POINT_LEN, &n) != 1)
		return __real_proof_holds(key, at, len, sig);
	proof_sha256(parts, PROOF_HASH_LEN + PROOF_SIG_LEN + n, hash);
	slot = known[(hash[0] << 8 | hash[1]) % SLOTS];
	if (memcmp(slot, hash, sizeof(hash)) == 0)
		return true;
	if (!__real_proof_holds(key, at, len, sig))
		return false;
	memcpy(slot, hash, sizeof(hash));
	return true;
}

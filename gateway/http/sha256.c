#include "gateway/http/sha256.h"

#include <openssl/evp.h>

#include "common/bytes.h"

void sha256_hex(const void *in, size_t len, char out[65])
{
	unsigned char hash[32];
	unsigned n = sizeof(hash);

	EVP_Digest(in, len, hash, &n, EVP_sha256(), NULL);
	hex_write(hash, sizeof(hash), out);
}

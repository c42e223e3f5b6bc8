#include "gateway/notary/digest.h"

#include <sodium.h>

#include "common/bytes.h"

const char digest_zeros[DIGEST_HEX + 1] = "0000000000000000000000000000000000000000000000000000000000000000";

void digest_sha256(const void *buf, size_t len, char out[DIGEST_HEX + 1])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, buf, len);
	hex_write(hash, sizeof(hash), out);
}

void digest_hmac(const uint8_t key[DIGEST_KEY_LEN], const void *buf, size_t len, char out[DIGEST_HEX + 1])
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256(mac, buf, len, key);
	hex_write(mac, sizeof(mac), out);
}

int digest_is_same(const char a[DIGEST_HEX + 1], const char b[DIGEST_HEX + 1])
{
	return sodium_memcmp(a, b, DIGEST_HEX) == 0;
}

void digest_token(size_t digits, char *out)
{
	uint8_t random[LOGIN_HEX / 2];

	randombytes_buf(random, digits / 2);
	hex_write(random, digits / 2, out);
	sodium_memzero(random, sizeof(random));
}

void digest_code(char out[CODE_DIGITS + 1])
{
	uint32_t v = randombytes_uniform(1000000000);

	for (int i = CODE_DIGITS - 1; i >= 0; i--) {
		out[i] = (char)('0' + v % 10);
		v /= 10;
	}
	out[CODE_DIGITS] = '\0';
}

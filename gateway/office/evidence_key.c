#include "gateway/office/evidence_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"

enum { CONTENT_KEY = 32 };

static int give_passphrase(char *buf, int room, int is_writing, void *arg)
{
	const char *passphrase = arg;
	size_t len = strlen(passphrase);

	if (is_writing || len > (size_t)room)
		return -1;
	memcpy(buf, passphrase, len);
	return (int)len;
}

static enum err read_key(const char *path, const char *passphrase, EVP_PKEY **out)
{
	FILE *f = fopen(path, "re");

	*out = NULL;
	if (!f)
		return ERR_IO;
	*out = PEM_read_PrivateKey(f, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	fclose(f);
	return *out && EVP_PKEY_is_a(*out, "RSA") ? OK : ERR_CRYPTO;
}

static enum err decrypt(EVP_PKEY *key, const uint8_t *wrapped, size_t len, char out[EVIDENCE_KEY_HEX + 1])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	uint8_t plain[EVIDENCE_WRAPPED_MAX];
	size_t plain_len = sizeof(plain);
	enum err e = ERR_CRYPTO;

	if (c && EVP_PKEY_decrypt_init(c) > 0 && EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) > 0 &&
			EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) > 0 &&
			EVP_PKEY_decrypt(c, plain, &plain_len, wrapped, len) > 0 && plain_len == CONTENT_KEY) {
		hex_write(plain, CONTENT_KEY, out);
		e = OK;
	}
	OPENSSL_cleanse(plain, sizeof(plain));
	EVP_PKEY_CTX_free(c);
	return e;
}

enum err evidence_key_unwrap(const char *path, const char *passphrase, const uint8_t *wrapped, size_t len,
		char out[EVIDENCE_KEY_HEX + 1])
{
	EVP_PKEY *key;
	enum err e = read_key(path, passphrase, &key);

	out[0] = '\0';
	if (!e && EVP_PKEY_get_size(key) > EVIDENCE_WRAPPED_MAX)
		e = ERR_CRYPTO;
	if (!e)
		e = decrypt(key, wrapped, len, out);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}

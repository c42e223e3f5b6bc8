#include "gateway/office/ctl_rsa.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"

enum { ITERATIONS = 600000, SALT_LEN = 16, PATH_ROOM = 4096, CERTIFICATE_DAYS = 7300 };

/* A file that was not there before, flushed when it is closed. NULL: errno. */
static FILE *create(const char *dir, const char *name, mode_t mode)
{
	char path[PATH_ROOM];
	FILE *f;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_ROOM) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	f = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static enum err finish(FILE *f, bool is_written)
{
	is_written = is_written && fflush(f) == 0 && fsync(fileno(f)) == 0;
	fclose(f);
	return is_written ? OK : ERR_IO;
}

/* PBES2 with as many rounds as a passphrase of today needs; OpenSSL's own default is 2,048. */
static X509_SIG *lock(EVP_PKEY *key, const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_ALGOR *pbe = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ITERATIONS, NULL, SALT_LEN, NULL, NID_hmacWithSHA256);
	X509_SIG *locked = plain && pbe ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), plain, pbe) : NULL;

	if (!locked)
		X509_ALGOR_free(pbe);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return locked;
}

static enum err write_private(const char *dir, EVP_PKEY *key, const char *passphrase)
{
	X509_SIG *locked = lock(key, passphrase);
	FILE *f = locked ? create(dir, "evidence.key", 0600) : NULL;
	enum err e = locked ? ERR_IO : ERR_CRYPTO;

	if (f)
		e = finish(f, PEM_write_PKCS8(f, locked) == 1);
	X509_SIG_free(locked);
	return e;
}

static enum err write_public(const char *dir, EVP_PKEY *key)
{
	FILE *f = create(dir, "evidence.pub", 0644);

	return f ? finish(f, PEM_write_PUBKEY(f, key) == 1) : ERR_IO;
}

static bool extend(X509 *c, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool is_done = e && X509_add_ext(c, e, -1);

	X509_EXTENSION_free(e);
	return is_done;
}

static bool name_it(X509 *c)
{
	static const unsigned char name[] = "Guichet evidence key";
	BIGNUM *serial = BN_new();
	X509_NAME *n = X509_get_subject_name(c);
	bool is_done = serial && BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		       BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(c)) &&
		       X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, name, -1, -1, 0) && X509_set_issuer_name(c, n);

	BN_free(serial);
	return is_done;
}

static enum err write_certificate(const char *dir, EVP_PKEY *key)
{
	X509 *c = X509_new();
	FILE *f = NULL;
	enum err e = ERR_CRYPTO;

	if (c && X509_set_version(c, 2) && name_it(c) && X509_gmtime_adj(X509_getm_notBefore(c), 0) &&
			X509_time_adj_ex(X509_getm_notAfter(c), CERTIFICATE_DAYS, 0, NULL) && X509_set_pubkey(c, key) &&
			extend(c, NID_basic_constraints, "critical,CA:FALSE") &&
			extend(c, NID_key_usage, "critical,keyEncipherment") && X509_sign(c, key, EVP_sha256()) > 0) {
		f = create(dir, "evidence.pem", 0644);
		e = f ? finish(f, PEM_write_X509(f, c) == 1) : ERR_IO;
	}
	X509_free(c);
	return e;
}

/* Nothing is begun that would stop half-way for a file that is there. */
static enum err check_free(const char *dir)
{
	static const char *const names[] = { "evidence.key", "evidence.pub", "evidence.pem" };
	char path[PATH_ROOM];
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return ERR_IO;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) >= PATH_ROOM)
			return ERR_IO;
		if (lstat(path, &st) == 0)
			return ERR_FORBIDDEN;
	}
	return OK;
}

enum err ctl_rsa_make(const char *dir, const char *passphrase, char fingerprint[FINGERPRINT_HEX + 1])
{
	EVP_PKEY *key;
	enum err e = check_free(dir);

	fingerprint[0] = '\0';
	if (e)
		return e;
	key = EVP_RSA_gen(RSA_BITS);
	if (!key)
		return ERR_CRYPTO;
	e = write_private(dir, key, passphrase);
	if (!e)
		e = write_public(dir, key);
	if (!e)
		e = write_certificate(dir, key);
	if (!e)
		e = ctl_rsa_fingerprint(key, fingerprint);
	EVP_PKEY_free(key);
	return e;
}

static enum err check_rsa(EVP_PKEY *key, EVP_PKEY **out)
{
	ERR_clear_error();
	if (key && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_BITS &&
			EVP_PKEY_get_bits(key) <= 8 * RSA_WRAPPED_MAX) {
		*out = key;
		return OK;
	}
	EVP_PKEY_free(key);
	return ERR_CRYPTO;
}

static int give_passphrase(char *buf, int room, int is_writing, void *arg)
{
	size_t len = strlen(arg);

	(void)is_writing;
	if ((int)len > room)
		return -1;
	memcpy(buf, arg, len);
	return (int)len;
}

enum err ctl_rsa_private(const char *path, const char *passphrase, EVP_PKEY **out)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;

	*out = NULL;
	if (!f)
		return ERR_IO;
	key = PEM_read_PrivateKey(f, NULL, give_passphrase, (void *)passphrase);
	fclose(f);
	return check_rsa(key, out);
}

enum err ctl_rsa_public(const char *path, EVP_PKEY **out)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key;
	X509 *c;

	*out = NULL;
	if (!f)
		return ERR_IO;
	key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	if (!key) {
		rewind(f);
		c = PEM_read_X509(f, NULL, NULL, NULL);
		key = c ? X509_get_pubkey(c) : NULL;
		X509_free(c);
	}
	fclose(f);
	return check_rsa(key, out);
}

enum err ctl_rsa_fingerprint(const EVP_PKEY *key, char out[FINGERPRINT_HEX + 1])
{
	uint8_t *der = NULL, hash[FINGERPRINT_HEX / 2];
	int len = i2d_PUBKEY(key, &der);
	bool is_done = len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL) == 1;

	out[0] = '\0';
	OPENSSL_free(der);
	if (!is_done)
		return ERR_CRYPTO;
	hex_write(hash, sizeof(hash), out);
	return OK;
}

static bool set_oaep(EVP_PKEY_CTX *c)
{
	return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) > 0 && EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) > 0;
}

enum err ctl_rsa_unwrap(EVP_PKEY *key, const uint8_t *wrapped, size_t len, uint8_t out[CONTENT_KEY_LEN])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	uint8_t plain[RSA_WRAPPED_MAX];
	size_t plain_len = sizeof(plain);
	bool is_open = c && len <= RSA_WRAPPED_MAX && EVP_PKEY_decrypt_init(c) > 0 && set_oaep(c) &&
		       EVP_PKEY_decrypt(c, plain, &plain_len, wrapped, len) > 0 && plain_len == CONTENT_KEY_LEN;

	if (is_open)
		memcpy(out, plain, CONTENT_KEY_LEN);
	OPENSSL_cleanse(plain, sizeof(plain));
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return is_open ? OK : ERR_CRYPTO;
}

enum err ctl_rsa_wrap(EVP_PKEY *recipient, const uint8_t content[CONTENT_KEY_LEN], uint8_t out[RSA_WRAPPED_MAX],
		size_t *len)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(recipient, NULL);
	bool is_done;

	*len = RSA_WRAPPED_MAX;
	is_done = c && EVP_PKEY_encrypt_init(c) > 0 && set_oaep(c) &&
		  EVP_PKEY_encrypt(c, out, len, content, CONTENT_KEY_LEN) > 0;
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return is_done ? OK : ERR_CRYPTO;
}

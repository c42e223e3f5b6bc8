#include "gateway/alert/alert.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/http.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"

enum { DIGEST = 32, HEAD_MAX = 1024, PLACE_MAX = 300, STATUS_MAX = 64 };

struct place {
	char *host, *port, *path, *query;
	int is_tls;
};

enum err alert_sign(const void *secret, size_t secret_len, const void *body, size_t len, char out[ALERT_SIGNATURE])
{
	uint8_t digest[DIGEST];
	unsigned digest_len = 0;

	if (!HMAC(EVP_sha256(), secret, (int)secret_len, body, len, digest, &digest_len) || digest_len != DIGEST)
		return ERR_CRYPTO;
	hex_write(digest, DIGEST, out);
	return OK;
}

static void place_done(struct place *p)
{
	OPENSSL_free(p->host);
	OPENSSL_free(p->port);
	OPENSSL_free(p->path);
	OPENSSL_free(p->query);
}

/* In the open only to a relay on this computer. */
static bool is_near(const struct place *p)
{
	return strcmp(p->host, "127.0.0.1") == 0 || strcmp(p->host, "localhost") == 0 || strcmp(p->host, "[::1]") == 0;
}

static enum err read_place(const char *url, struct place *p)
{
	memset(p, 0, sizeof(*p));
	if (!OSSL_HTTP_parse_url(url, &p->is_tls, NULL, &p->host, &p->port, NULL, &p->path, &p->query, NULL))
		return ERR_MALFORMED;
	return p->is_tls || is_near(p) ? OK : ERR_MALFORMED;
}

static SSL_CTX *make_tls(const char *ca)
{
	SSL_CTX *t = SSL_CTX_new(TLS_client_method());

	if (!t)
		return NULL;
	SSL_CTX_set_verify(t, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(t, SSL_MODE_AUTO_RETRY);
	if (SSL_CTX_set_min_proto_version(t, TLS1_2_VERSION) &&
			(ca ? SSL_CTX_load_verify_locations(t, ca, NULL) : SSL_CTX_set_default_verify_paths(t)))
		return t;
	SSL_CTX_free(t);
	return NULL;
}

static BIO *call(const struct place *p, SSL_CTX *tls)
{
	char where[PLACE_MAX];
	BIO *b;
	SSL *ssl = NULL;

	if (snprintf(where, sizeof(where), "%s:%s", p->host, p->port) >= PLACE_MAX)
		return NULL;
	b = tls ? BIO_new_ssl_connect(tls) : BIO_new_connect(where);
	if (!b)
		return NULL;
	if (tls) {
		BIO_set_conn_hostname(b, where);
		BIO_get_ssl(b, &ssl);
		if (!ssl || !SSL_set_tlsext_host_name(ssl, p->host) || !SSL_set1_host(ssl, p->host)) {
			BIO_free_all(b);
			return NULL;
		}
	}
	if (BIO_do_connect(b) == 1)
		return b;
	BIO_free_all(b);
	return NULL;
}

static bool write_all(BIO *b, const char *bytes, size_t len)
{
	while (len > 0) {
		int n = BIO_write(b, bytes, (int)len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* "HTTP/1.1 204 …": what follows is not looked at. */
static enum err read_status(BIO *b)
{
	char line[STATUS_MAX + 1];
	size_t len = 0;
	int n, status = 0;

	while (len < STATUS_MAX && (n = BIO_read(b, line + len, (int)(STATUS_MAX - len))) > 0) {
		len += (size_t)n;
		if (len >= 12)
			break;
	}
	line[len] = '\0';
	if (len < 12 || sscanf(line, "HTTP/1.%*1[01] %3d", &status) != 1)
		return ERR_IO;
	return status >= 200 && status <= 299 ? OK : ERR_FORBIDDEN;
}

static enum err post(const struct place *p, BIO *b, const void *body, size_t len, const char *signature)
{
	char head[HEAD_MAX];
	int n = snprintf(head, sizeof(head),
			"POST %s%s%s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
			"X-Guichet-Signature: sha256=%s\r\nUser-Agent: guichet-alert\r\nConnection: close\r\n\r\n",
			p->path, p->query && p->query[0] ? "?" : "", p->query ? p->query : "", p->host, p->port, len, signature);

	if (n < 0 || n >= HEAD_MAX)
		return ERR_MALFORMED;
	if (!write_all(b, head, (size_t)n) || !write_all(b, body, len) || BIO_flush(b) != 1)
		return ERR_IO;
	return read_status(b);
}

enum err alert_post(const char *url, const char *ca, const void *body, size_t len, const char *signature)
{
	struct place p;
	SSL_CTX *tls = NULL;
	BIO *b = NULL;
	enum err e = read_place(url, &p);

	if (!e && p.is_tls) {
		tls = make_tls(ca);
		e = tls ? OK : ERR_CRYPTO;
	}
	if (!e) {
		b = call(&p, tls);
		e = b ? post(&p, b, body, len, signature) : ERR_IO;
	}
	BIO_free_all(b);
	SSL_CTX_free(tls);
	place_done(&p);
	return e;
}

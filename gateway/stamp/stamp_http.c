#include "gateway/stamp/stamp_http.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 2048, STEP = 4096 };

struct place {
	char *host, *port, *path, *query;
	int is_tls;
	SSL_CTX *tls;
};

static void place_done(struct place *p)
{
	OPENSSL_free(p->host);
	OPENSSL_free(p->port);
	OPENSSL_free(p->path);
	OPENSSL_free(p->query);
	SSL_CTX_free(p->tls);
}

static bool set_up_tls(struct place *p)
{
	p->tls = SSL_CTX_new(TLS_client_method());
	if (!p->tls)
		return false;
	SSL_CTX_set_verify(p->tls, SSL_VERIFY_PEER, NULL);
	return SSL_CTX_set_min_proto_version(p->tls, TLS1_2_VERSION) && SSL_CTX_set_default_verify_paths(p->tls);
}

/* Called by OpenSSL when it has connected, and before it hangs up. */
static BIO *on_connection(BIO *bio, void *arg, int is_connecting, int is_tls)
{
	const struct place *p = arg;
	BIO *over;
	SSL *ssl;

	if (!is_connecting || !is_tls)
		return bio;
	over = BIO_new_ssl(p->tls, 1);
	if (!over)
		return NULL;
	BIO_get_ssl(over, &ssl);
	if (!SSL_set_tlsext_host_name(ssl, p->host) || !SSL_set1_host(ssl, p->host)) {
		BIO_free(over);
		return NULL;
	}
	return BIO_push(over, bio);
}

static enum err read_all(BIO *in, size_t max, uint8_t **out, size_t *out_len)
{
	uint8_t *buf = malloc(max + 1);
	size_t len = 0;
	int n;

	if (!buf)
		return ERR_NOMEM;
	while (len <= max && (n = BIO_read(in, buf + len, (int)(max + 1 - len < STEP ? max + 1 - len : STEP))) > 0)
		len += (size_t)n;
	if (len == 0 || len > max) {
		free(buf);
		return ERR_IO;
	}
	*out = buf;
	*out_len = len;
	return OK;
}

static enum err ask(struct place *p, const uint8_t *request, size_t len, size_t max, uint8_t **answer, size_t *answer_len)
{
	char path[PATH_ROOM];
	BIO *body, *in;
	enum err e;

	if (snprintf(path, sizeof(path), "%s%s%s", p->path, p->query && p->query[0] ? "?" : "", p->query ? p->query : "") >= PATH_ROOM)
		return ERR_MALFORMED;
	body = BIO_new_mem_buf(request, (int)len);
	if (!body)
		return ERR_NOMEM;
	in = OSSL_HTTP_transfer(NULL, p->host, p->port, path, p->is_tls, NULL, NULL, NULL, NULL, on_connection, p, 0,
		NULL, "application/timestamp-query", body, NULL, 1, max, STAMP_HTTP_SECONDS, 0);
	BIO_free(body);
	e = in ? read_all(in, max, answer, answer_len) : ERR_IO;
	BIO_free(in);
	return e;
}

enum err stamp_http_post(const char *url, const uint8_t *request, size_t len, size_t max, uint8_t **answer,
		size_t *answer_len)
{
	struct place p = { 0 };
	enum err e;

	*answer = NULL;
	*answer_len = 0;
	if (!OSSL_HTTP_parse_url(url, &p.is_tls, NULL, &p.host, &p.port, NULL, &p.path, &p.query, NULL))
		e = ERR_MALFORMED;
	else if (p.is_tls && !set_up_tls(&p))
		e = ERR_CRYPTO;
	else
		e = ask(&p, request, len, max, answer, answer_len);
	place_done(&p);
	return e;
}

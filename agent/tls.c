#include "agent/tls.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/crypto.h"

struct tls {
	struct tls_io io;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt ca;
	char alpn[16];
	const char *alpn_list[2];
};

static int send_bytes(void *arg, const unsigned char *buf, size_t len)
{
	struct tls *t = arg;
	size_t done = 0;
	enum err e = t->io.send(t->io.arg, buf, len, &done);

	if (e == ERR_AGAIN)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	return e ? MBEDTLS_ERR_SSL_CONN_EOF : (int)done;
}

static int recv_bytes(void *arg, unsigned char *buf, size_t size)
{
	struct tls *t = arg;
	size_t done = 0;
	enum err e = t->io.recv(t->io.arg, buf, size, &done);

	if (e == ERR_AGAIN)
		return MBEDTLS_ERR_SSL_WANT_READ;
	return e ? MBEDTLS_ERR_SSL_CONN_EOF : (int)done;
}

static int configure(struct tls *t, const char *ca_pem, const char *host)
{
	int r = mbedtls_x509_crt_parse(&t->ca, (const uint8_t *)ca_pem, strlen(ca_pem) + 1);

	if (r == 0)
		r = mbedtls_ssl_config_defaults(&t->config, MBEDTLS_SSL_IS_CLIENT,
				MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	if (r != 0)
		return r;
	mbedtls_ssl_conf_min_tls_version(&t->config, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_authmode(&t->config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&t->config, &t->ca, NULL);
	mbedtls_ssl_conf_rng(&t->config, crypto_random, NULL);
	r = mbedtls_ssl_conf_alpn_protocols(&t->config, t->alpn_list);
	if (r == 0)
		r = mbedtls_ssl_setup(&t->ssl, &t->config);
	if (r == 0)
		r = mbedtls_ssl_set_hostname(&t->ssl, host);
	return r;
}

enum err tls_new(const char *ca_pem, const char *host, const char *alpn, const struct tls_io *io,
		struct tls **out)
{
	struct tls *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (!t)
		return ERR_NOMEM;
	t->io = *io;
	t->alpn_list[0] = t->alpn;
	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_config_init(&t->config);
	mbedtls_x509_crt_init(&t->ca);
	if (strlen(alpn) >= sizeof(t->alpn)) {
		tls_free(t);
		return ERR_MALFORMED;
	}
	memcpy(t->alpn, alpn, strlen(alpn));
	if (configure(t, ca_pem, host) != 0) {
		tls_free(t);
		return ERR_CRYPTO;
	}
	mbedtls_ssl_set_bio(&t->ssl, t, send_bytes, recv_bytes, NULL);
	*out = t;
	return OK;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_config_free(&t->config);
	mbedtls_x509_crt_free(&t->ca);
	free(t);
}

static enum err outcome(int r)
{
	switch (r) {
	case MBEDTLS_ERR_SSL_WANT_READ:
	case MBEDTLS_ERR_SSL_WANT_WRITE:
	case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET:
		return ERR_AGAIN;
	case MBEDTLS_ERR_SSL_CONN_EOF:
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
	case 0:
		return ERR_IO;
	default:
		return ERR_CRYPTO;
	}
}

enum err tls_handshake(struct tls *t)
{
	int r = mbedtls_ssl_handshake(&t->ssl);
	const char *agreed;

	if (r != 0)
		return outcome(r);
	agreed = mbedtls_ssl_get_alpn_protocol(&t->ssl);
	return agreed && strcmp(agreed, t->alpn) == 0 ? OK : ERR_CRYPTO;
}

enum err tls_write(struct tls *t, const void *buf, size_t len, size_t *done)
{
	int r = mbedtls_ssl_write(&t->ssl, buf, len);

	*done = r > 0 ? (size_t)r : 0;
	return r > 0 ? OK : outcome(r);
}

enum err tls_read(struct tls *t, void *buf, size_t size, size_t *done)
{
	int r;

	do
		r = mbedtls_ssl_read(&t->ssl, buf, size);
	while (r == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
	*done = r > 0 ? (size_t)r : 0;
	return r > 0 ? OK : outcome(r);
}

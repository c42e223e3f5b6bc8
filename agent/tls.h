#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * tls: a TLS 1.2/1.3 client that trusts one authority and one name, those of the bank profile (S9,
 * S22).
 *
 * Bytes go out and come in through two callbacks; nothing blocks. There is no way to go on after a
 * failed verification.
 */
struct tls; /* opaque */

struct tls_io {
	void *arg;
	enum err (*send)(void *arg, const void *buf, size_t len, size_t *done);
	enum err (*recv)(void *arg, void *buf, size_t size, size_t *done);
};

/**
 * @param ca_pem  the only authorities that count
 * @param host    name the certificate must carry
 * @param alpn    protocol that must be agreed on
 */
enum err tls_new(const char *ca_pem, const char *host, const char *alpn, const struct tls_io *io,
		struct tls **out);
/** Wipes and frees, without a goodbye. NULL is allowed. */
void tls_free(struct tls *t);
/** OK: done and verified. ERR_AGAIN: wait. ERR_CRYPTO: not our server. ERR_IO: lost. */
enum err tls_handshake(struct tls *t);
enum err tls_write(struct tls *t, const void *buf, size_t len, size_t *done);
enum err tls_read(struct tls *t, void *buf, size_t size, size_t *done);

#endif

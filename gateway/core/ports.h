#ifndef PORTS_H
#define PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * ports: what a room needs from the world. core/ knows no socket, no clock, no TLS library and no
 * notary: live fills this table, tests fill it with fakes.
 */
struct room;

struct ports {
	void *arg;
	/** Queues a whole frame to a peer. ERR_IO: its outbox is full, the peer is being cut. */
	enum err (*send)(void *arg, void *link, const uint8_t *frame, size_t len, bool is_bulk);
	/** Closes a peer's link after what is queued; `reason` is a word of docs/PROTOCOL.md 4.4.
	 */
	void (*close)(void *arg, void *link, const char *reason);
	/** ECDSA P-256 over SHA-256 of `text`; `sign` and `sig` in hexadecimal. */
	bool (*verify)(void *arg, const char *sign, const char *text, size_t len, const char *sig);
	/** SHA-256, 64 hexadecimal digits and a final 0. */
	void (*sha256)(void *arg, const void *in, size_t len, char out[65]);
	/** Has a consent line stored; room_on_stored() follows. ERR_IO: the notary is away. */
	enum err (*store_line)(
			void *arg, struct room *r, uint32_t n, const char *line, const char *sig);
	/** Has an event journaled, best effort after the fact (counts, asks, losses). `data` is
	 * owned JSON text. */
	void (*journal)(void *arg, struct room *r, const char *event, const char *data);
	/** The session ended: codes burnt, seat freed. */
	void (*ended)(void *arg, struct room *r, const char *reason);
	/** UTC milliseconds. */
	uint64_t (*now_ms)(void *arg);
};

#endif

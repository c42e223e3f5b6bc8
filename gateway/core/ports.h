#ifndef PORTS_H
#define PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/core/recorder.h"
#include "gateway/core/transfer.h"

/**
 * ports: what a room needs from the world. core/ knows no socket, no clock, no TLS library and no
 * notary: live fills this table, tests fill it with fakes.
 */
struct room;

/** What may be exchanged at all (S20). */
struct files_policy {
	const char *types; /* "pdf png docx", out of file_kind.h */
	uint32_t size_max; /* bytes of one file */
};

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
	/** Has the wrapped content key (hexadecimal) stored; room_on_key() follows. ERR_IO: the
	 * notary is away. */
	enum err (*store_key)(void *arg, struct room *r, const char *key);
	/** Has the journal's head signed; room_on_head() follows in every case. */
	void (*sign_head)(void *arg, struct room *r);
	/** Has an event journaled, best effort after the fact (counts, asks, losses). `data` is
	 * owned JSON text. */
	void (*journal)(void *arg, struct room *r, const char *event, const char *data);
	/** The session ended: codes burnt, seat freed. */
	void (*ended)(void *arg, struct room *r, const char *reason);
	/** UTC milliseconds. */
	uint64_t (*now_ms)(void *arg);
	/** Has a chunk of the recording stored; room_on_chunk() follows. ERR_IO: the notary is away. */
	enum err (*store_chunk)(void *arg, struct room *r, const struct recorder_chunk *c,
			const uint8_t *frames);
	/** Reads nothing more from a peer, or reads it again: the recording waits for the notary. */
	void (*hold)(void *arg, void *link, bool is_held);
	/** Forgets the sealed frames that wait for a peer: nothing more of the picture is shown. */
	void (*drop_sealed)(void *arg, void *link);
	/** NULL: there are no files here, whatever a ceiling says. The rest is set if it is not. */
	const struct files_policy *files;
	/** Makes room for a file on the disk; NULL or a word why not. The answers of the others come
	 * back through room_on_file_…(), also when they are late. */
	const char *(*spool_open)(
			void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f);
	void (*spool_write)(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at,
			const uint8_t *bytes, size_t len);
	void (*spool_read)(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at,
			size_t len);
	/** Hash, kind of file, scanner. */
	void (*spool_check)(
			void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f);
	void (*spool_drop)(void *arg, struct room *r, enum transfer_way way, uint32_t id);
	/** Tells the bank what a stored line says: `doubt`, `called`. Never waits. */
	void (*alert)(void *arg, struct room *r, const char *what);
};

#endif

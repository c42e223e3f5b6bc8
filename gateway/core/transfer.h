#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/file_name.h"
#include "common/gate.h"

/**
 * transfer: one file on its way through the gateway, from a sender into the spool, past the scanner, to a
 * receiver (S20, S21; docs/PROTOCOL.md section 10).
 *
 * The steps and the flow, nothing else: it knows no file, no socket, no scanner and no clock; all of that
 * comes in and goes out through a table of functions. There is one at a time each way. Whatever goes
 * wrong, both sides are told once with a word, the journal has its line, and the spool is emptied.
 */
struct transfer; /* opaque; owned by its room */

enum transfer_way { WAY_DOWN, WAY_UP, WAY_COUNT }; /* to the customer; to the advisor */

enum {
	TRANSFER_CHUNK = 8184,           /* bytes of a file in one frame; with 8 of head the largest of a viewer */
	TRANSFER_WINDOW = 64 << 10,      /* bytes on their way on one leg */
	TRANSFER_TELL_MS = 250,          /* between two words about how far it is */
	TRANSFER_ASK_MS = 600000,        /* longest time until the customer has decided and chosen */
	TRANSFER_STALL_MS = 90000,       /* longest time without a step; above WIRE_RESUME_MS */
	TRANSFER_SIZE_MAX = 1 << 30,     /* bytes, whatever the configuration says */
};

/** A file as both sides name it; `name` is clean. */
struct transfer_file {
	uint32_t id; /* from 1 */
	char name[FILE_NAME_SIZE];
	uint32_t size;   /* bytes, from 1 */
	char sha256[65]; /* 64 lower-case digits */
};

/** What a transfer does to the world. Answers of the spool come back through transfer_on_…(). */
struct transfer_out {
	void (*send)(void *arg, enum side to, uint8_t kind, const void *payload, size_t len);
	/** A line of the journal: what, and a word why ("" for none). */
	void (*journal)(void *arg, const struct transfer_file *f, enum transfer_way way, const char *what, const char *why);
	/** Makes room for a file. A word why there is none, NULL if there is. */
	const char *(*open)(void *arg, enum transfer_way way, const struct transfer_file *f);
	void (*write)(void *arg, enum transfer_way way, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len);
	void (*read)(void *arg, enum transfer_way way, uint32_t id, uint32_t at, size_t len);
	/** Hash, kind, scanner. */
	void (*check)(void *arg, enum transfer_way way, const struct transfer_file *f);
	void (*drop)(void *arg, enum transfer_way way, uint32_t id);
	uint64_t (*now_ms)(void *arg);
};

/** NULL if out of memory. Borrows the table. */
struct transfer *transfer_new(enum transfer_way way, const struct transfer_out *out, void *arg);
/** Forgets it without a word. NULL is allowed. */
void transfer_free(struct transfer *t);
bool transfer_is_busy(const struct transfer *t);

/** The customer is being asked; of a file to the advisor only the number is known. */
void transfer_ask(struct transfer *t, const struct transfer_file *f);
/** The customer's program signed that it may go. `why`: NULL, or the word why it may not all the same. Another
 * than was offered: it fails, "changed". */
void transfer_accept(struct transfer *t, const struct transfer_file *f, const char *why);
/** He signed that it may not. */
void transfer_refuse(struct transfer *t, uint32_t id);
/** It is over for this reason, if it is the one under way. */
void transfer_stop(struct transfer *t, uint32_t id, const char *why);

/** Whatever is under way is over. */
void transfer_stop_any(struct transfer *t, const char *why);

/** Bytes of the sender. ERR_MALFORMED: beyond what it may send, close its link. Late ones do no harm. */
enum err transfer_put(struct transfer *t, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len);
/** The receiver has so many bytes; all of them: it is whole and its hash fits. */
enum err transfer_taken(struct transfer *t, uint32_t id, uint32_t have);

/** The spool's answers. `why`: NULL, or the word that ends it. */
void transfer_on_written(struct transfer *t, uint32_t id, size_t len, const char *why);
void transfer_on_checked(struct transfer *t, uint32_t id, const char *why);
/** `bytes` NULL: they cannot be read. */
void transfer_on_read(struct transfer *t, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len);

/** A side is there again: told where it is, and goes on from what it has. */
void transfer_joined(struct transfer *t, enum side who);
/** A second has passed. */
void transfer_tick(struct transfer *t);

#endif

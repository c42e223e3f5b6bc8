#ifndef CHECKPOINTS_H
#define CHECKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/digest.h"
#include "gateway/notary/journal_io.h"
#include "gateway/notary/signer.h"

/**
 * checkpoints: the files log/checkpoints/SIZE.txt, .p7s and .tsr. It knows no tree: root and size come in.
 *
 * A time-stamp (.tsr) is an authority's word that a program of its own has fetched and verified; nothing of
 * it is read here. Source: docs/EVIDENCE.md 8.3, 8.5.
 */
struct checkpoints; /* opaque; owned by the transparency log */

enum { CHECKPOINT_TEXT = 256, CHECKPOINT_NAME_MAX = 64, TIMESTAMP_MAX = 1 << 16 };

struct checkpoint {
	uint64_t size, wall_ms; /* entries of the log; when it was made */
	char root[DIGEST_HEX + 1];
};

struct checkpoints_options {
	const char *folder; /* that has "checkpoints" below it */
	const char *name;   /* of the log: one line of at most CHECKPOINT_NAME_MAX bytes */
	const struct journal_io *io;
	const struct clock *clock;
	struct signer *signer;
};

/** Finds what is there; signs what a crash left unsigned. ERR_IO, ERR_NOMEM, ERR_CRYPTO. */
enum err checkpoints_open(const struct checkpoints_options *o, struct checkpoints **out);
/** NULL is allowed. */
void checkpoints_close(struct checkpoints *c);

/** Writes and signs one. ERR_FORBIDDEN: there is one of this size or a larger one; else as above. */
enum err checkpoints_make(struct checkpoints *c, uint64_t size, const char root[DIGEST_HEX + 1]);
/** Reads the text of one. ERR_FORBIDDEN: there is none of this size; ERR_MALFORMED: it is none of ours. */
enum err checkpoints_get(const struct checkpoints *c, uint64_t size, struct checkpoint *out);
/** Size of the newest; 0: none. */
uint64_t checkpoints_last(const struct checkpoints *c);
/** The smallest size that is at least `size`; 0: none. *is_stamped: it has its time-stamp. */
uint64_t checkpoints_covering(const struct checkpoints *c, uint64_t size, bool *is_stamped);
/** How many there are, and how many have no time-stamp. */
size_t checkpoints_count(const struct checkpoints *c);
size_t checkpoints_waiting(const struct checkpoints *c);
/** Size of the oldest without a time-stamp; 0: none. */
uint64_t checkpoints_oldest_waiting(const struct checkpoints *c);

/** Digest of what is to be stamped, and SIZE.tsr.new to write the answer to; then checkpoints_stamp_close(). */
enum err checkpoints_stamp_begin(struct checkpoints *c, uint64_t size, char digest[DIGEST_HEX + 1], int *fd);
/** The answer stands in `fd`, whole and verified: SIZE.tsr is durable at OK. ERR_IO, ERR_MALFORMED: empty or too long. */
enum err checkpoints_stamp_end(struct checkpoints *c, uint64_t size, int fd);
void checkpoints_stamp_close(struct checkpoints *c, int fd);

#endif

#ifndef SPOOL_H
#define SPOOL_H

#include "gateway/core/ports.h"

/**
 * spool: where files wait for the scanner on their way through the gateway (S20, docs/PROTOCOL.md 10.3).
 *
 * Files without a name (O_TMPFILE) in one folder, so that nothing is left over, whoever is killed when. All
 * reading, writing and scanning is done by threads of libuv; the loop waits for none of it. Bounded: so many
 * bytes in all, so many scans at once. Functions with `arg` are ports of core/ports.h; `arg` is the struct live.
 */
struct spool;
struct live;

enum {
	SPOOL_SCANS = 2,      /* scans at once, so that threads remain for the rest */
	SPOOL_WAITING_MAX = 64, /* checks that wait for their turn; more are refused, "busy" */
};

/** ERR_IO: the folder of the configuration cannot be used; told on stderr. */
enum err spool_new(struct live *l, struct spool **out);
/** Ends what is under way, waits for the threads. NULL is allowed. */
void spool_free(struct spool *s);

const char *spool_open(void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f);
void spool_write(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at,
		const uint8_t *bytes, size_t len);
void spool_read(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at, size_t len);
void spool_check(void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f);
void spool_drop(void *arg, struct room *r, enum transfer_way way, uint32_t id);

#endif

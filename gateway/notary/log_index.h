#ifndef LOG_INDEX_H
#define LOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/digest.h"

/** log_index: which entries of the transparency log belong to a session. Pure. */
struct log_index; /* opaque; owned by the log */

enum log_event { LOG_OPENED, LOG_SEALED, LOG_ERASED, LOG_EVENT_COUNT };

struct log_entries {
	char session[TOKEN_HEX + 1];
	uint64_t place[LOG_EVENT_COUNT]; /* number of the entry plus 1, 0: none */
};

/** NULL if out of memory. */
struct log_index *log_index_new(void);
/** NULL is allowed. */
void log_index_free(struct log_index *x);
/** The session's entries, until the next log_index_add(); NULL: it has none. */
const struct log_entries *log_index_find(const struct log_index *x, const char *session);
/** ERR_FORBIDDEN: `opened` is not its first, or it has this event already; ERR_NOMEM. Nothing changed then. */
enum err log_index_add(struct log_index *x, enum log_event event, const char *session, uint64_t n);
/** What log_index_add() would say. */
enum err log_index_check(const struct log_index *x, enum log_event event, const char *session);
/** The sessions in the order in which they were opened, i from 0; NULL: no more. */
const struct log_entries *log_index_at(const struct log_index *x, size_t i);

#endif

#ifndef NOTARY_POOL_H
#define NOTARY_POOL_H

#include <cjson/cJSON.h>

#include "common/err.h"

/**
 * notary_pool: connections to the notary for several threads. Each question has one for itself, so that a slow
 * answer keeps nobody else waiting; at most NOTARY_POOL_MAX are open at once.
 *
 * A connection whose answer did not come in time is closed: a late answer, or a descriptor with it, reaches
 * nobody. A question is never sent twice.
 */
struct notary_pool; /* opaque */

enum { NOTARY_POOL_MAX = 16, NOTARY_POOL_WAIT_MS = 5000 };

enum err notary_pool_new(const char *path, struct notary_pool **out);
/** Nobody may be asking any more. NULL is allowed. */
void notary_pool_free(struct notary_pool *p);

/**
 * Asks and waits up to timeout_ms. Takes ownership of `request`. *answer is the caller's (cJSON_Delete); *fd, if
 * `fd` is not NULL, the descriptor that came with it or -1, the caller's too.
 *
 * @return OK; ERR_IO: the notary is away; ERR_AGAIN: no answer in time, or no connection was free; ERR_NOMEM.
 *         Nothing is known then about the request: fail closed.
 */
enum err notary_pool_ask(struct notary_pool *p, const char *op, cJSON *request, int timeout_ms, cJSON **answer,
		int *fd);

#endif

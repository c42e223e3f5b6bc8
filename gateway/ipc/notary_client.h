#ifndef NOTARY_CLIENT_H
#define NOTARY_CLIENT_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "common/err.h"

/**
 * notary_client: asks the notary over its SEQPACKET socket, without waiting.
 *
 * The caller owns the loop: it watches notary_client_fd() for reading and calls
 * notary_client_read(). Answers come in order, save those of login and advisor_add, which wait for a
 * password check and may be overtaken. At most NOTARY_PENDING_MAX requests are open. An answer's function
 * may call the notary again; it must not close the client.
 * Source: docs/ARCHITECTURE.md, "The notary's socket".
 */
struct notary_client; /* opaque */

enum { NOTARY_PENDING_MAX = 1024, NOTARY_MESSAGE_MAX = 65536 };

/**
 * The answer to one request. `answer` is owned by the client; NULL when the notary is away or went
 * away: nothing is known about the request then, so fail closed.
 */
typedef void notary_answer_fn(void *arg, const cJSON *answer);

/** Connects. ERR_IO: nobody listens at `path`. */
enum err notary_client_open(const char *path, struct notary_client **out);
/** Every open request is answered with NULL. NULL is allowed. */
void notary_client_close(struct notary_client *c);
int notary_client_fd(const struct notary_client *c);
/** Sends {"op":op, …request}; takes ownership of `request` in every case. ERR_IO: away; ERR_AGAIN: too many open. `fn` is not called on an error. */
enum err notary_client_call(struct notary_client *c, const char *op, cJSON *request, notary_answer_fn *fn, void *arg);
/** Reads what is there and calls the answers. ERR_IO: the notary is gone; close and open again later. */
enum err notary_client_read(struct notary_client *c);
/**
 * As call, with a descriptor that the notary gets a copy of. It is closed here in every case.
 */
enum err notary_client_call_with(struct notary_client *c, const char *op, cJSON *request, int fd,
		notary_answer_fn *fn, void *arg);
/** Inside an answer's function: the descriptor that came with the answer, now the caller's to close, or -1. */
int notary_client_take_fd(struct notary_client *c);
/**
 * As call, but waits for the answer up to timeout_ms: *answer is the caller's (cJSON_Delete), and so is *fd,
 * the descriptor that came with it, or -1; `fd` NULL closes it.
 */
enum err notary_client_ask(struct notary_client *c, const char *op, cJSON *request, int timeout_ms, cJSON **answer,
		int *fd);

#endif

#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/**
 * target: what a request asks for and who asks, from the bytes of the request itself. Pure.
 */

/**
 * Splits "/path?query". A path of ours has only letters, digits and - . _ / : nothing is decoded, so nothing can
 * mean two things. False: another byte, no '/' in front, too long, or a query too long or not printable ASCII.
 */
bool target_read(const char *target, char *path, size_t path_size, char *query, size_t query_size);

/**
 * Address of the person, for the notary's throttle: the last one that the proxy wrote down, else the peer's own,
 * "local" for a Unix socket. `peer` may be NULL.
 */
void target_address(const struct sockaddr *peer, const char *forwarded, char *out, size_t size);

/** True if `name` is one of a session's files that may be asked for: EVIDENCE.md 10, with chunks/NNNNNN. */
bool target_is_evidence(const char *name);

#endif

#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/platform.h"
#include "agent/profile.h"
#include "common/frame.h"

/**
 * link: the one connection to the bank's gateway, by whichever door opens (docs/PROTOCOL.md section
 * 1).
 *
 * Tries native TLS, then a WebSocket on the HTTPS port, then the same through the system's HTTP
 * proxy; stays with the door that opened. Frames wait in two bounded queues: consent lines and
 * echoes never wait behind what is sealed, and what is sealed keeps its order.
 */
struct link; /* opaque */

enum link_door { DOOR_NATIVE, DOOR_WEB, DOOR_WEB_PROXY, DOOR_COUNT };
enum {
	LINK_OPEN_MS = 6000, /* longest attempt at one door */
	LINK_QUEUE_MAX = 64u
			<< 20, /* bytes that may wait, above the largest update; more is refused */
};

struct link_events {
	void (*on_open)(void *arg, enum link_door door);
	/** `bytes`: header and payload. An error closes the link. */
	enum err (*on_frame)(void *arg, const struct frame *f, const uint8_t *bytes);
	/** The link is gone, or no door opened. ERR_CRYPTO: something else than our server
	 * answered. */
	void (*on_lost)(void *arg, enum err why);
};

enum err link_new(struct platform *p, const struct profile *profile,
		const struct link_events *events, void *arg, struct link **out);
void link_free(struct link *l);
/** Begins at the preferred door. Not while one is open or being tried. */
void link_start(struct link *l);
/** Closes at once, without events. */
void link_stop(struct link *l);
bool link_is_open(const struct link *l);
const char *link_door_name(enum link_door d);

/** Queues header and payload, WIRE_HEADER_LEN + len bytes. ERR_IO: not open, or the queue is full.
 */
enum err link_send(struct link *l, const uint8_t *frame, size_t len, bool is_bulk);
/** True if so many bytes more may wait. */
bool link_has_room(const struct link *l, size_t len);
/** Forgets the sealed frames that wait: pictures of before a limit or the end must not leave any
 * more. */
void link_drop_bulk(struct link *l);
/** Bytes that wait for the network. */
size_t link_queued(const struct link *l);

/** From the platform's on_socket. */
void link_socket_ready(struct link *l);
/** Gives up what takes too long, notices silence. Returns the boot time of the next call, 0: none.
 */
uint64_t link_tick(struct link *l, uint64_t boot_ms);

#endif

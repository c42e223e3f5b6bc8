#ifndef IPC_H
#define IPC_H

#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"

/**
 * ipc: Unix SEQPACKET sockets between the programs of one computer. Nothing here ever waits.
 *
 * A message is at most IPC_MESSAGE_MAX bytes and arrives whole or not at all; one descriptor may travel with it. Who is at the other end is
 * asked from the kernel (SO_PEERCRED), never from the message. Descriptors belong to the caller.
 * Source: docs/ARCHITECTURE.md, "The notary's socket".
 */
enum { IPC_MESSAGE_MAX = 65536 };

/**
 * Listens at `path` with mode 0660. A socket that nobody serves any more is replaced.
 * ERR_IO: somebody listens there, or the path cannot be used (errno).
 */
enum err ipc_listen(const char *path, int *fd);
/** The next caller and its user. ERR_AGAIN: nobody waits; ERR_IO. */
enum err ipc_accept(int listener, int *fd, uid_t *uid);
/** ERR_IO: nobody listens at `path`. */
enum err ipc_connect(const char *path, int *fd);
/**
 * One message; `passed` is a descriptor that the peer gets a copy of, -1 for none, and stays the caller's.
 * ERR_AGAIN: no room now, nothing was sent; ERR_MALFORMED: too long; ERR_IO: the peer is gone.
 */
enum err ipc_send(int fd, const void *buf, size_t len, int passed);
/**
 * One message into buf, which holds `room` bytes. *passed is the descriptor that came with it, now the
 * caller's, or -1.
 * ERR_AGAIN: none is there; ERR_MALFORMED: longer than room or with more than one descriptor, it is lost;
 * ERR_IO: the peer is gone.
 */
enum err ipc_receive(int fd, void *buf, size_t room, size_t *len, int *passed);

#endif

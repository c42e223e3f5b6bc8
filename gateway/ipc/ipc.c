#include "gateway/ipc/ipc.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64, SOCKET_MODE = 0660 };

static enum err address_of(const char *path, struct sockaddr_un *a)
{
	size_t len = strlen(path);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0 || len >= sizeof(a->sun_path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	memcpy(a->sun_path, path, len);
	return OK;
}

static int seqpacket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Closes without losing the errno that the caller is going to report. */
static enum err give_up(int *fd)
{
	int cause = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = cause;
	return ERR_IO;
}

/* True if `a` is a socket that nobody serves: what a killed process leaves behind. */
static int is_stale(const struct sockaddr_un *a)
{
	struct stat st;
	int fd, is_refused;

	if (lstat(a->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return 0;
	fd = seqpacket();
	if (fd < 0)
		return 0;
	is_refused = connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 && errno == ECONNREFUSED;
	close(fd);
	return is_refused;
}

enum err ipc_listen(const char *path, int *fd)
{
	struct sockaddr_un a;
	enum err e = address_of(path, &a);

	*fd = -1;
	if (e)
		return e;
	if (is_stale(&a))
		unlink(path);
	*fd = seqpacket();
	/* The mode set before bind() is that of the new file: there is no moment of looser rights. */
	if (*fd < 0 || fchmod(*fd, SOCKET_MODE) < 0 || bind(*fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
			chmod(path, SOCKET_MODE) < 0 || listen(*fd, BACKLOG) < 0)
		return give_up(fd);
	return OK;
}

enum err ipc_accept(int listener, int *fd, uid_t *uid)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	*uid = (uid_t)-1;
	*fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (*fd < 0)
		return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? ERR_AGAIN : ERR_IO;
	if (getsockopt(*fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return give_up(fd);
	*uid = who.uid;
	return OK;
}

enum err ipc_connect(const char *path, int *fd)
{
	struct sockaddr_un a;
	enum err e = address_of(path, &a);

	*fd = -1;
	if (e)
		return e;
	*fd = seqpacket();
	if (*fd < 0 || connect(*fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return give_up(fd);
	return OK;
}

/* Room for one descriptor, aligned as CMSG_FIRSTHDR needs it. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *m, union control *c, int passed)
{
	struct cmsghdr *h;

	*c = (union control){ 0 };
	m->msg_control = c->bytes;
	m->msg_controllen = sizeof(c->bytes);
	h = CMSG_FIRSTHDR(m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &passed, sizeof(passed));
}

/* With room for one only, the kernel drops further descriptors and says MSG_CTRUNC. */
static int detach(struct msghdr *m)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);
	int passed = -1;

	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&passed, CMSG_DATA(h), sizeof(passed));
	return passed;
}

enum err ipc_send(int fd, const void *buf, size_t len, int passed)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t n;

	if (len == 0 || len > IPC_MESSAGE_MAX)
		return ERR_MALFORMED;
	if (passed >= 0)
		attach(&m, &control, passed);
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	return OK;
}

enum err ipc_receive(int fd, void *buf, size_t room, size_t *len, int *passed)
{
	struct iovec part = { .iov_base = buf, .iov_len = room };
	union control control;
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	*len = 0;
	*passed = -1;
	do
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
	if (n == 0)
		return ERR_IO; /* the end: messages of no bytes are not sent */
	*passed = detach(&m);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		give_up(passed);
		return ERR_MALFORMED;
	}
	*len = (size_t)n;
	return OK;
}

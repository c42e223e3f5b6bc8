#include "gateway/live/scan.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"

enum { PIECE = 64 << 10, ANSWER_MAX = 512, LOOK_MS = 200 };

struct scan {
	int socket;
	uint64_t end_ms;
	const atomic_bool *is_off;
	const char *why; /* NULL: no trouble yet */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* False: the time is over. */
static bool wait_for(struct scan *s, short events)
{
	struct pollfd p = { .fd = s->socket, .events = events };

	for (;;) {
		if (now_ms() >= s->end_ms || atomic_load(s->is_off)) {
			s->why = "late";
			return false;
		}
		if (poll(&p, 1, LOOK_MS) > 0)
			return true;
	}
}

/* False: the time is over, or clamd closes: its answer may say why. */
static bool send_all(struct scan *s, const uint8_t *at, size_t len)
{
	while (len) {
		ssize_t n = send(s->socket, at, len, MSG_NOSIGNAL);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (!wait_for(s, POLLOUT)) {
			return false;
		}
	}
	return true;
}

static bool send_file(struct scan *s, int fd, size_t size)
{
	static const char command[] = "zINSTREAM"; /* with its 0 */
	static const uint8_t end[4];
	uint8_t piece[4 + PIECE];

	if (!send_all(s, (const uint8_t *)command, sizeof(command)))
		return false;
	for (size_t at = 0; at < size;) {
		ssize_t n = pread(fd, piece + 4, size - at < PIECE ? size - at : PIECE, (off_t)at);

		if (n <= 0) {
			s->why = "disk";
			return false;
		}
		put_u32(piece, (uint32_t)n);
		if (!send_all(s, piece, 4 + (size_t)n))
			return false;
		at += (size_t)n;
	}
	return send_all(s, end, sizeof(end));
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

static const char *read_answer(struct scan *s)
{
	char answer[ANSWER_MAX];
	size_t len = 0;

	while (len < sizeof(answer)) {
		ssize_t n = recv(s->socket, answer + len, sizeof(answer) - len, 0);

		if (n == 0)
			return "scanner";
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return "scanner";
		if (n < 0 && !wait_for(s, POLLIN))
			return s->why;
		if (n < 0)
			continue;
		len += (size_t)n;
		if (answer[len - 1] != '\0')
			continue;
		if (strcmp(answer, "stream: OK") == 0)
			return NULL;
		if (ends_with(answer, " FOUND"))
			return "infected";
		return strstr(answer, "size limit exceeded") ? "size" : "scanner";
	}
	return "scanner";
}

const char *scan_clamd(const char *path, int fd, size_t size, unsigned ms, const atomic_bool *is_off)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct scan s = { .end_ms = now_ms() + ms, .is_off = is_off };
	const char *why;

	if (strlen(path) >= sizeof(to.sun_path))
		return "scanner";
	memcpy(to.sun_path, path, strlen(path));
	s.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s.socket < 0)
		return "scanner";
	if (connect(s.socket, (const struct sockaddr *)&to, sizeof(to)) != 0) {
		close(s.socket);
		return "scanner";
	}
	(void)send_file(&s, fd, size); /* what went wrong stands in `why`, or in the answer */
	why = s.why ? s.why : read_answer(&s);
	close(s.socket);
	return why;
}

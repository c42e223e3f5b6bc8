/* Clocks, random bytes and the running program's own file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/platform.h"

static uint64_t read_clock_ms(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t platform_wall_ms(void)
{
	return read_clock_ms(CLOCK_REALTIME);
}

uint64_t platform_boot_ms(void)
{
	return read_clock_ms(CLOCK_BOOTTIME);
}

void platform_local_time(uint64_t wall_ms, char out[6])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local = { 0 };

	if (!localtime_r(&seconds, &local) || strftime(out, 6, "%H:%M", &local) != 5)
		memcpy(out, "--:--", 6);
}

void platform_local_date(uint64_t wall_ms, char out[11])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local = { 0 };

	if (!localtime_r(&seconds, &local) || strftime(out, 11, "%Y-%m-%d", &local) != 10)
		memcpy(out, "----------", 11);
}

enum err platform_random(void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += n;
		len -= (size_t)n;
	}
	return OK;
}

const char *platform_name(void)
{
	return "linux-x11";
}

static enum err read_whole(int fd, uint8_t *buf, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, buf + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += (size_t)n;
	}
	return OK;
}

enum err platform_own_image(uint8_t **out, size_t *len)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum err e = ERR_IO;

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return ERR_IO;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		*out = malloc((size_t)st.st_size);
		e = *out ? read_whole(fd, *out, (size_t)st.st_size) : ERR_NOMEM;
	}
	close(fd);
	if (e) {
		free(*out);
		*out = NULL;
		return e;
	}
	*len = (size_t)st.st_size;
	return OK;
}

#include "gateway/notary/clock.h"

#include <time.h>

static uint64_t read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t system_wall_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_REALTIME);
}

static uint64_t system_boot_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_BOOTTIME);
}

const struct clock clock_system = { .wall_ms = system_wall_ms, .boot_ms = system_boot_ms };

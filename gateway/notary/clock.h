#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/** clock: where the notary reads the time, so that a test can hand in its own. */
struct clock {
	void *arg; /* the argument of both functions */
	uint64_t (*wall_ms)(void *arg); /* since the Unix epoch, UTC */
	uint64_t (*boot_ms)(void *arg); /* since the computer's start, sleep included; never goes back */
};

/** The computer's clocks. */
extern const struct clock clock_system;

static inline uint64_t clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c->arg);
}

static inline uint64_t clock_boot_ms(const struct clock *c)
{
	return c->boot_ms(c->arg);
}

#endif

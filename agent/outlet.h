#ifndef AGENT_OUTLET_H
#define AGENT_OUTLET_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * outlet: how the parts of the agent send to the viewer without knowing the link.
 *
 * Seals and queues, in the order of the calls: the receiver insists on growing counters. `plain` is
 * at most WIRE_PAYLOAD_MAX - WIRE_TAG_LEN bytes. An error means that the session is being ended or
 * the link is lost: stop what you are doing.
 */
struct outlet {
	void *arg;
	enum err (*send)(void *arg, uint8_t kind, uint32_t grant, const void *plain, size_t len);
};

#endif

#ifndef METRICS_H
#define METRICS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "gateway/http/text.h"

/**
 * metrics: the numbers of notary and office in Prometheus' text format, and what they mean for readiness. No name
 * of a person, a session or a customer is ever a label. Pure.
 */
struct metrics_office {
	unsigned long long answers[6]; /* by hundreds of the status */
	unsigned exports;              /* under way */
};

/** `stats`: the notary's answer to "stats", or NULL if it is away. */
void metrics_write(struct text *t, const cJSON *stats, const struct metrics_office *own);

/**
 * Adds to `reasons` what keeps the service from being ready: "notary", "reserve" (the space for the last lines is in
 * use), "timestamps" (the newest time stamp is older than max_hours although sessions wait for one).
 */
void metrics_reasons(const cJSON *stats, unsigned max_hours, cJSON *reasons);

#endif

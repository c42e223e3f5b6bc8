#ifndef CONSENT_LINE_H
#define CONSENT_LINE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/consent.h"
#include "common/err.h"
#include "guichet/evidence.h"

/**
 * consent_line: whether a line is one that an agent may sign (docs/PROTOCOL.md 6.2): canonical, with exactly the
 * fields that events.def gives its event, each value of its kind. The gateway asks before it has a line stored, the
 * notary before it stores it: one set of rules, compiled twice. Whether the line follows from those before it is
 * consent_apply()'s to say; chain and signature are the caller's. Pure: no clock, no socket.
 */
enum { CONSENT_TEXT_MAX = 2048 /* bytes of a text in it */ };

/**
 * Reads `len` bytes. *out is the caller's (cJSON_Delete), NULL on error; *event is what consent_apply() takes.
 *
 * @return OK; ERR_MALFORMED: no such line; ERR_NOMEM
 */
enum err consent_line_read(const char *text, size_t len, cJSON **out, struct consent_event *event);

/** What a line that was read once, or by older rules, does; its fields are not judged. False: no event of ours. */
bool consent_line_event(const cJSON *line, struct consent_event *event);

#endif

#ifndef HISTORY_H
#define HISTORY_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "common/err.h"

/**
 * history: what happened in a session, computed from its journal alone (EVIDENCE.md 2 and 3; S19, S25): facts,
 * events, how long each right was live, what was recorded and where the recording has gaps, how much was done.
 *
 * It reads; it proves nothing: guichet-verify and the reader check signatures and chains. Pure: lines in, JSON out.
 */
struct history; /* opaque */

enum { HISTORY_LINE_MAX = 131072, HISTORY_EVENTS_MAX = 5000, HISTORY_INTERVALS_MAX = 2000 };

enum err history_new(struct history **out);
/** NULL is allowed. */
void history_free(struct history *h);

/** One line of journal.jsonl, without its line feed. ERR_MALFORMED: no line of a journal; ERR_NOMEM. */
enum err history_add(struct history *h, const char *line, size_t len);

/**
 * What the lines so far say, as the caller's:
 * {"facts":{advisor,purpose,purpose_label,ceiling,started_ms,ended_ms,reason,version,lang,accepted_ms},
 *  "events":[{ms,event,data}], "rights":[{cap,grant,from_ms,to_ms,ms}], "recorded":[{from_ms,to_ms}],
 *  "gaps":[{from_ms,to_ms,why}], "counts":{NAME:n}, "control_ms":n, "chunks":n, "bytes":n, "truncated":bool}
 * A right that nothing ended is live until the end of the session or the last line.
 */
enum err history_finish(struct history *h, cJSON **out);

#endif

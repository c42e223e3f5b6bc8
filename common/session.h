#ifndef SESSION_H
#define SESSION_H

#include "common/err.h"

/**
 * session: the phases of one session and what leads from one to the next (docs/PROTOCOL.md 3.1).
 */
enum phase { PHASE_OPENING, PHASE_PAIRING, PHASE_LIVE, PHASE_ENDED, PHASE_COUNT };
enum phase_event { EV_AGENT, EV_PAIRED, EV_PEER_LOST, EV_STOP, EV_COUNT };

/**
 * The phase that follows `event` in `from`.
 *
 * @return OK and *to; ERR_FORBIDDEN and *to == from if the table has no such step
 */
enum err session_next(enum phase from, enum phase_event event, enum phase *to);

/** "opening", "pairing", "live", "ended": the words of the wire and the journal. */
const char *phase_name(enum phase p);

#endif

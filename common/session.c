#include "common/session.h"

/* Empty cell: not allowed. PHASE_OPENING is 0 and is never a target, so 0 says "empty". */
/* clang-format off */
static const unsigned char step[PHASE_COUNT][EV_COUNT] = {
	/*                   AGENT          PAIRED      PEER_LOST      STOP          */
	[PHASE_OPENING] = { PHASE_PAIRING, 0,          0,             PHASE_ENDED },
	[PHASE_PAIRING] = { PHASE_PAIRING, PHASE_LIVE, PHASE_PAIRING, PHASE_ENDED },
	[PHASE_LIVE]    = { PHASE_PAIRING, PHASE_LIVE, PHASE_PAIRING, PHASE_ENDED },
	[PHASE_ENDED]   = { 0 },
};
/* clang-format on */

enum err session_next(enum phase from, enum phase_event event, enum phase *to)
{
	enum phase next = step[from][event];

	*to = next ? next : from;
	return next ? OK : ERR_FORBIDDEN;
}

const char *phase_name(enum phase p)
{
	static const char *const name[PHASE_COUNT] = { "opening", "pairing", "live", "ended" };

	return name[p];
}

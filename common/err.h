#ifndef ERR_H
#define ERR_H

/** Outcome of a call that can fail. OK is 0 so that `if (e)` reads "if it failed". */
enum err {
	OK = 0,
	ERR_NOMEM,     /* allocation failed: end this session, keep the process */
	ERR_MALFORMED, /* the peer's bytes break docs/PROTOCOL.md: close the link */
	ERR_FORBIDDEN, /* well-formed, but no grant or wrong phase: refuse and journal */
	ERR_IO,        /* disk or socket: errno says why */
	ERR_AGAIN,     /* nothing to do right now: wait for the next event */
	ERR_CRYPTO,    /* a signature, tag or certificate does not hold: close the link */
};

/** Stable lower-case name for logs and the journal ("ok", "malformed", ...). Never NULL. */
const char *err_name(enum err e);

#endif

#ifndef AFTER_H
#define AFTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/digest.h"

/**
 * after: what the lines of after.jsonl add up to: is there a legal hold, was erasure asked for, decided, done?
 *
 * The file is the truth; the store only has a copy to search in. Pure: bytes in, a struct out. The lines come from
 * a journal that has been opened, so the chain was checked. Source: S33; docs/EVIDENCE.md 9.
 */
enum { AFTER_WHO = 80, AFTER_BY = 160, AFTER_GROUND = 512 + 1 };

struct after {
	bool has_hold;
	bool is_asked;                 /* erase_asked, and nothing was decided since */
	bool is_decided;               /* erase_decided: it is being destroyed, or was */
	bool is_erased;                /* erased: it was */
	char asked_by[AFTER_WHO];
	char decided_by[AFTER_BY];     /* two names, or "retention" */
	char ground[AFTER_GROUND];     /* of the ask, then of the decision */
	uint64_t erased_ms;
	char erased_hash[DIGEST_HEX + 1]; /* of the line */
};

/** ERR_MALFORMED: a line that cannot be understood, so nothing may be concluded; ERR_NOMEM. */
enum err after_read(const char *buf, size_t len, struct after *out);

#endif

#ifndef AGENT_RECEIPT_H
#define AGENT_RECEIPT_H

#include <stdint.h>

#include "agent/chain.h"
#include "agent/heads.h"

/**
 * receipt: what the customer keeps of a session: who, why, when, what he decided, and the proof of
 * it, from his own program alone, so that it holds although the gateway died (docs/EVIDENCE.md 12).
 *
 * Pure text, French, UTF-8; writes no file. Times are those of the customer's time zone.
 */
struct receipt {
	const char *bank, *advisor, *purpose; /* checked with text_is_name() */
	const char *session;                  /* 32 hexadecimal digits */
	const char *why;                      /* the sentence of the end */
	uint64_t from_ms, to_ms;              /* UTC */
	const struct chain *chain;
	const struct heads *heads;
	const char *sign; /* the agent's public key, 130 hexadecimal digits */
};

enum { RECEIPT_NAME_MAX = 48, RECEIPT_CODE_MAX = 10 };

/** What the window shows: a few lines. free() it. NULL if out of memory. */
char *receipt_screen(const struct receipt *r);
/** The whole file. free() it. NULL if out of memory. */
char *receipt_file(const struct receipt *r);
/** "reçu-assistance-2026-11-25.txt". */
void receipt_name(uint64_t wall_ms, char out[RECEIPT_NAME_MAX]);
/** "E268-0F32": the first digits of the session, to be said on the telephone. */
void receipt_code(const char *session, char out[RECEIPT_CODE_MAX]);
/** Milliseconds in which the advisor could act, by the lines. */
uint64_t receipt_control_ms(const struct chain *c);

#endif

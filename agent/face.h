#ifndef AGENT_FACE_H
#define AGENT_FACE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/platform.h"
#include "agent/texts.h"
#include "common/consent.h"

/**
 * face: turns what the agent knows into the words of the customer's window and prompts.
 *
 * Holds the strings; draws through platform_window() and platform_prompt().
 */
struct face; /* opaque */

enum face_stage { FACE_CONNECTING, FACE_WAITING, FACE_READY, FACE_RECONNECTING, FACE_OVER };

enum err face_new(struct platform *p, const char *bank, struct face **out);
void face_free(struct face *f);
/** Who helps and why: names from the gateway, checked with text_is_name() before. */
enum err face_set_people(struct face *f, const char *advisor, const char *purpose);
/** The two words joined by a space, "" for none. */
void face_set_words(struct face *f, const char *words);
void face_set_since(struct face *f, uint64_t wall_ms);
/** The sentence that stays when all is over. */
void face_set_over(struct face *f, enum text why);
/** Draws the window. `c` may be NULL before the session is known. */
void face_draw(struct face *f, enum face_stage stage, const struct consent *c);
/** Opens a prompt and returns its exact text, valid until the next one (it goes into the journal).
 */
const char *face_prompt(struct face *f, uint32_t ask, enum capability cap);

#endif

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
/** The bank's official number, borrowed; "": none. */
void face_set_phone(struct face *f, const char *phone);
/** « Un doute ? » was pressed: the window shows what helps then, and nothing else. */
void face_set_doubting(struct face *f, bool is_doubting);
/** The customer was called: the window says that nobody can act. */
void face_set_called(struct face *f);
/** The two words joined by a space, "" for none. */
void face_set_words(struct face *f, const char *words);
void face_set_since(struct face *f, uint64_t wall_ms);
/** Title of the one window that is shown, copied; "": the whole screen. */
void face_set_scope(struct face *f, const char *title);
/** Opens the list in which the customer chooses it. */
void face_choose(struct face *f);
/** The permanent mark: whether it is recorded, and if not, why. */
void face_set_mark(struct face *f, enum text mark);
/** The sentence that stays when all is over. */
void face_set_over(struct face *f, enum text why);
/** What stays on the window when all is over, with its button; copied. NULL: none. */
enum err face_set_receipt(struct face *f, const char *text);
/** What became of saving it. */
void face_set_saved(struct face *f, enum platform_saved result);
const char *face_over(const struct face *f);
/** A message, of the customer's own or the advisor's. */
void face_chat_add(struct face *f, bool is_own, const char *text);
/** What the window of messages offers. */
void face_chat(struct face *f, bool can_write, bool is_away);
/** Draws the window. `c` may be NULL before the session is known. */
void face_draw(struct face *f, enum face_stage stage, const struct consent *c);
/** Opens a prompt and returns its exact text, valid until the next one (it goes into the journal). Unless control was live
 * when the window was last drawn, it can also be answered by a typed number (S34).
 */
const char *face_prompt(struct face *f, uint32_t ask, enum capability cap);
/** The same for a file that is offered; `name` is clean, `sha256` has 64 digits. */
const char *face_prompt_offer(
		struct face *f, uint32_t ask, const char *name, uint32_t size, const char *sha256);
/** The same for a file that is asked for. */
const char *face_prompt_file(struct face *f, uint32_t ask);
/** The line about a file, copied; `is_moving`: with the button that stops it. */
void face_set_file(struct face *f, const char *line, bool is_moving);
/** Asks « Qui a appelé ? » under this number (ANSWER_ALLOW: he has called his bank, ANSWER_REFUSE: he was called);
 * returns the exact text. */
const char *face_caller(struct face *f, uint32_t ask);
/** The number under which the platform tells the answer to face_prompt_delete(); no ask has it. */
enum { FACE_DELETE_ASK = 0 };
/** Opens the prompt of Suppr (S24) and returns its exact text, likewise. */
const char *face_prompt_delete(struct face *f);
/** Control ended because its time was over, until it is asked for again. */
void face_set_expired(struct face *f, bool is_expired);

#endif

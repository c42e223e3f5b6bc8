#ifndef X11_PROMPT_H
#define X11_PROMPT_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_devices.h"
#include "agent/platform/x11/x11_ours.h"
#include "agent/platform/x11/x11_typed.h"

/**
 * x11_prompt: the one question to the customer (S16).
 *
 * « Autoriser » is not a button of the toolkit: it knows no keyboard, no mnemonic, no default and
 * no accessibility action. It answers only to a press and a release of the first mouse button, both
 * from a physical device, both inside it, PROMPT_INERT_MS after the first draw, while no other
 * window lies over the prompt. Since then the customer must have moved the pointer by
 * PROMPT_MOVE_PX himself (a finger or a pen needs not): who else put the pointer there gains
 * nothing by a stray click. A prompt that was covered or moved is as new. « Refuser » answers to
 * anything. Of a plain question (is_even) both answers are of the strict kind.
 *
 * Where the core allows it (ui_prompt.typing) a strict answer can also be typed, x11_typed: on a physical keyboard,
 * under the same delay, and while nothing lies over the prompt.
 */
enum { PROMPT_MOVE_PX = 20 }; /* more than a hand shakes while it clicks */

struct x11_prompt;

struct x11_prompt *x11_prompt_new(struct x11_devices *devices, struct x11_ours *ours, struct x11_masks *masks,
		void (*on_answer)(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed), void *arg);
void x11_prompt_free(struct x11_prompt *p);
/** Shows the question; an open one goes away without an answer. The strings are copied. */
void x11_prompt_open(struct x11_prompt *p, const struct ui_prompt *words);
/** Takes an open question away without an answer. */
void x11_prompt_close(struct x11_prompt *p);
bool x11_prompt_is_open(const struct x11_prompt *p);

#endif

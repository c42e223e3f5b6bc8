#ifndef X11_TYPED_H
#define X11_TYPED_H

#include <gtk/gtk.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_masks.h"

/**
 * x11_typed: the answer without a mouse (S34): beside each answer stands a number, and who types it gives that answer.
 *
 * The numbers are drawn anew for every question, and again when it was covered or moved and after a wrong one; a third
 * wrong one is the last. The first digit of a number counts only after X11_TYPED_QUIET_MS without a key. Their place is masked before they are shown: the advisor, who could say them aloud for a
 * customer who does not read, never sees them. Who typed (a person's own keyboard, or not), and whether a key may count
 * yet, is for x11_prompt to know.
 */
enum { X11_TYPED_DIGITS = 3, X11_TYPED_TRIES = 3, X11_TYPED_ANSWERS = 2, X11_TYPED_QUIET_MS = 800 };

struct x11_typed;

struct x11_typed *x11_typed_new(struct x11_masks *masks);
void x11_typed_free(struct x11_typed *t);
/** What to pack into the prompt, with a line an answer, `count` of them; NULL without `words`. Strings are copied. */
GtkWidget *x11_typed_open(struct x11_typed *t, const struct ui_typing *words, const char *const *answers, size_t count);
/** The prompt is about to close: nothing is masked any more. */
void x11_typed_close(struct x11_typed *t);
/** The prompt has just come into sight at this place: masks it, then shows new numbers. */
void x11_typed_show(struct x11_typed *t);
/** A key came that could not count. */
void x11_typed_note_key(struct x11_typed *t);
/** Takes a digit, in whatever layout, or Backspace; *answer is the index of the answer that is now given, or -1. False:
 * the key is none of these, or nothing can be typed. */
bool x11_typed_key(struct x11_typed *t, const GdkEventKey *ev, int *answer);

#endif

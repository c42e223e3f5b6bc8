#ifndef X11_CHAT_H
#define X11_CHAT_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_chat: the window of messages, in large type (S34). The agent's own: nothing is injected into it.
 *
 * Messages are plain text in labels without markup; a screen reader is told each one. Closing hides it.
 */
enum { X11_CHAT_KEPT = 100 }; /* messages; older ones leave the window */

struct x11_chat;

struct x11_chat *x11_chat_new(struct x11_ours *ours, bool (*on_say)(void *arg, const char *text), void *arg);
void x11_chat_free(struct x11_chat *c);
/** The strings are copied. */
void x11_chat_update(struct x11_chat *c, const struct ui_chat *words);
/** Adds a message and shows the window without taking the keyboard. */
void x11_chat_add(struct x11_chat *c, const char *who, const char *text, bool is_own);
/** The customer wants to write: shows it, with the keyboard in its field. */
void x11_chat_open(struct x11_chat *c);

#endif

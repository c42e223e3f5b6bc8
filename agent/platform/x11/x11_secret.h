#ifndef X11_SECRET_H
#define X11_SECRET_H

#include "agent/platform/x11/x11_masks.h"

/**
 * x11_secret: fields for passwords in other programs, as those programs tell about them to assistive technology
 * (AT-SPI 2; S23, S25).
 *
 * It tells when the keyboard goes into such a field and when it leaves it, and masks every field it has met for as long
 * as it can be seen, the focus there or not: an eye that shows what was typed takes the focus away. It only listens on
 * the session's own accessibility bus; it starts no service and changes no setting, so a program that tells nothing (a
 * browser whose accessibility is off) stays unseen. Nothing of what is typed is asked for: role, state, place.
 * Everything is asked without waiting: a program that hangs holds up nothing.
 */
enum {
	X11_SECRET_FIELDS = 16,   /* that are masked at a time; with one more the screen is */
	X11_SECRET_LOOK_MS = 200, /* where they are is asked so often */
	X11_SECRET_ASK_MS = 1000  /* for an answer; a field whose program does not answer stays masked */
};

struct x11_secret;

/** `on_focus` comes with every change; `on_place` when what is masked has changed. */
struct x11_secret_events {
	void (*on_focus)(void *arg, bool is_secret);
	void (*on_place)(void *arg);
	void *arg;
};

struct x11_secret *x11_secret_new(struct x11_masks *masks, struct x11_secret_events events);
void x11_secret_free(struct x11_secret *s);

#endif

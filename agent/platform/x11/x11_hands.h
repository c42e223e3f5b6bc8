#ifndef X11_HANDS_H
#define X11_HANDS_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_devices.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_hands: notices the customer's own mouse and keyboard, and the panic key (S17, S18).
 *
 * Listens to raw XInput events of the whole display; what the agent injects itself never counts.
 * It keeps no key: only "a hand moved the mouse", "a hand pressed a key" and "Escape is held" are told.
 */
enum { X11_HANDS_PANIC_MS = 1000 };

struct x11_hands_events {
	/** Each movement and press of the customer's own devices. */
	void (*on_local_hand)(void *arg, enum platform_hand hand);
	/** Escape was held for X11_HANDS_PANIC_MS on a physical keyboard. */
	void (*on_panic)(void *arg);
	/** The pointer moved, whoever moved it. */
	void (*on_motion)(void *arg);
	void *arg;
};

struct x11_hands;

struct x11_hands *x11_hands_new(
		struct x11_display *d, struct x11_devices *devices, struct x11_hands_events events);
void x11_hands_free(struct x11_hands *h);

#endif

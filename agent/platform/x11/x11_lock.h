#ifndef X11_LOCK_H
#define X11_LOCK_H

#include <stdbool.h>

/**
 * x11_lock: notices that the customer's screen was locked.
 *
 * Listens on the D-Bus buses that already run (it starts none): logind's "Lock" and LockedHint, and
 * the ActiveChanged of the desktops' screen savers. Without a bus it stays silent.
 */
struct x11_lock;

struct x11_lock *x11_lock_new(void (*on_locked)(void *arg), void *arg);
void x11_lock_free(struct x11_lock *l);

/** False: asking for the session bus would start one and leave it behind. */
bool x11_has_session_bus(void);

#endif

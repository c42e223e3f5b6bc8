#ifndef X11_GUARD_H
#define X11_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * x11_guard: a child process that lets go what the agent holds down if the agent dies (S14, S31).
 *
 * An X server keeps an injected key or button down when its client is killed. The guard is told of each one before
 * it goes down; when the agent's end of the pipe closes, it releases on a connection of its own what is still down,
 * and ends. It injects nothing else, and nothing at all after an orderly end.
 */
struct x11_guard;

/** Forks: before any thread, window or connection. NULL: no process or no memory. Ignores SIGPIPE from then on. */
struct x11_guard *x11_guard_start(void);
/** The guard sees that everything is over. NULL is allowed. */
void x11_guard_free(struct x11_guard *g);
/**
 * Tells of a press or release (XCB_KEY_PRESS to XCB_BUTTON_RELEASE) of a keycode or button. False: the guard does not
 * listen; a press must not be made then.
 */
bool x11_guard_note(struct x11_guard *g, uint8_t type, uint8_t detail);

#endif

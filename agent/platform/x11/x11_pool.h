#ifndef X11_POOL_H
#define X11_POOL_H

#include "agent/platform/x11/x11_keymap.h"

/**
 * x11_pool: spare keys for the characters that the customer's layout lacks (S14).
 *
 * Programs read a changed key some time after the change, so one spare key that is rebound for each
 * character types wrong text. Every unused keycode takes one character and keeps it; when all are
 * taken, the least recently used one gives way; all are emptied at the end.
 */
/** After this long a program has typed what the key said, and the key may say something else. X tells nobody when a
 * program has read a key: one that is slower than this while other characters need every spare key reads another
 * character. 500 was too short for a text field on a busy computer. */
enum { X11_POOL_REST_MS = 1000 };

struct x11_pool;

struct x11_pool *x11_pool_new(struct x11_display *d, struct x11_keymap *keymap);
/** Empties the keys that were taken. NULL is allowed. */
void x11_pool_free(struct x11_pool *p);
/** Checks the keys after the keymap changed; call after x11_keymap_refresh(). */
void x11_pool_refresh(struct x11_pool *p);
/**
 * Keycode that types `keysym` without modifiers; 0: no key is spare. ERR_AGAIN: every spare key was
 * used less than X11_POOL_REST_MS ago, try later.
 */
enum err x11_pool_take(struct x11_pool *p, uint32_t keysym, uint8_t *keycode);

#endif

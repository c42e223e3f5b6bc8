#ifndef X11_KEYMAP_H
#define X11_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/platform/x11/x11_display.h"

/**
 * x11_keymap: which key, with which modifiers, gives a character in the customer's layout (S14).
 *
 * Reads the server's keymap through xkbcommon and forgets it when it changes. Touches no key.
 */
enum { X11_KEYMAP_MODS = 8 };

/** A key and the real modifiers (bit 0 Shift, 1 Lock, 2 Control, 3..7 Mod1..Mod5) to hold. */
struct x11_stroke {
	uint8_t keycode;
	uint8_t mods;
};

/** What the keyboard is doing now. */
struct x11_key_state {
	uint8_t held, latched, locked; /* real modifiers */
	uint32_t group;
};

struct x11_keymap;

struct x11_keymap *x11_keymap_new(struct x11_display *d);
void x11_keymap_free(struct x11_keymap *k);
/** Reads the state, and the keymap if it changed. ERR_IO: the server does not tell it. */
enum err x11_keymap_refresh(struct x11_keymap *k, struct x11_key_state *state);
/** Changes each time the keymap was read anew. */
unsigned x11_keymap_generation(const struct x11_keymap *k);
/** Finds the stroke for a code point in `group`. */
bool x11_keymap_find_char(
		struct x11_keymap *k, uint32_t group, uint32_t code_point, struct x11_stroke *out);
/** Finds a key that carries `keysym` on any level, `group` first: for shortcuts and named keys. */
bool x11_keymap_find_key(struct x11_keymap *k, uint32_t group, uint32_t keysym, uint8_t *keycode);
/** Key whose press holds exactly real modifier `bit` (0..7) in `group`; 0: none. */
uint8_t x11_keymap_mod_key(struct x11_keymap *k, uint32_t group, unsigned bit);
/** Keycodes that carry nothing; returns how many were written. */
size_t x11_keymap_unused(struct x11_keymap *k, uint8_t *out, size_t max);
/** Changes of these keycodes are the agent's own and do not make the keymap stale. */
void x11_keymap_ignore(struct x11_keymap *k, const uint8_t *keycodes, size_t count);

#endif

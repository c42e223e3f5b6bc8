#ifndef X11_INPUT_H
#define X11_INPUT_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_guard.h"
#include "agent/platform/x11/x11_keymap.h"
#include "agent/platform/x11/x11_pool.h"

/**
 * x11_input: mouse, text and keys injected through XTEST (S14).
 *
 * Who may inject, and where, is decided before: this module only types and clicks. Text is right or
 * not typed at all: while the customer holds a modifier key, text and keys are dropped. When every
 * spare key is still warm, the rest waits in order (mouse included); what
 * exceeds X11_INPUT_QUEUE_MAX actions is dropped. Nothing goes down that the guard was not told of.
 */
enum { X11_INPUT_QUEUE_MAX = 1024, X11_INPUT_WAIT_MS = 20 };

struct x11_input;

/**
 * `may_go_on` is asked before what had to wait is played; if it says no, everything that waits is
 * dropped.
 */
struct x11_input *x11_input_new(struct x11_display *d, struct x11_keymap *keymap,
		struct x11_pool *pool, struct x11_guard *guard, bool (*may_go_on)(void *arg), void *arg);
/** Releases everything. NULL is allowed. */
void x11_input_free(struct x11_input *in);
void x11_input_mouse(struct x11_input *in, enum platform_mouse action, uint8_t button, int32_t x,
		int32_t y, int16_t wheel_x, int16_t wheel_y);
void x11_input_text(struct x11_input *in, const uint32_t *code_points, size_t count);
void x11_input_key(struct x11_input *in, uint16_t key, uint8_t modifiers);
/** Also drops what waits. */
void x11_input_release_all(struct x11_input *in);

#endif

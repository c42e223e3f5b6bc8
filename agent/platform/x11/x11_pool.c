#include "agent/platform/x11/x11_pool.h"

#include <stdlib.h>

#include "agent/platform.h"

enum { SLOTS_MAX = 248 };

struct slot {
	uint8_t keycode;
	uint32_t keysym;  /* 0: empty */
	uint64_t used_ms; /* boot clock, 0: never */
};

struct x11_pool {
	struct x11_display *display;
	struct x11_keymap *keymap;
	unsigned generation; /* of the keymap that the slots were checked against */
	struct slot slot[SLOTS_MAX];
	size_t count;
};

struct x11_pool *x11_pool_new(struct x11_display *d, struct x11_keymap *keymap)
{
	struct x11_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->display = d;
	p->keymap = keymap;
	return p;
}

/** One level would let the server add a capital of its own: both levels say the same. */
static void bind(struct x11_pool *p, struct slot *s, uint32_t keysym)
{
	const xcb_keysym_t both[2] = { keysym, keysym };

	s->keysym = keysym;
	xcb_change_keyboard_mapping(p->display->xcb, 1, s->keycode, 2, both);
}

void x11_pool_free(struct x11_pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		if (p->slot[i].keysym)
			bind(p, &p->slot[i], XCB_NO_SYMBOL);
	}
	xcb_flush(p->display->xcb);
	free(p);
}

/** What the server says this keycode types without modifiers. */
static uint32_t bound_keysym(struct x11_pool *p, uint8_t keycode)
{
	xcb_get_keyboard_mapping_reply_t *r = xcb_get_keyboard_mapping_reply(p->display->xcb,
			xcb_get_keyboard_mapping(p->display->xcb, keycode, 1), NULL);
	uint32_t keysym = r && r->keysyms_per_keycode ? xcb_get_keyboard_mapping_keysyms(r)[0] : 0;

	free(r);
	return keysym;
}

/** Keeps the taken slots that still say what we put there. */
static void keep_bound(struct x11_pool *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct slot s = p->slot[i];

		if (s.keysym && bound_keysym(p, s.keycode) == s.keysym)
			p->slot[kept++] = s;
	}
	p->count = kept;
}

void x11_pool_refresh(struct x11_pool *p)
{
	uint8_t own[SLOTS_MAX];
	uint8_t spare[SLOTS_MAX];
	size_t found;

	if (p->generation == x11_keymap_generation(p->keymap))
		return;
	p->generation = x11_keymap_generation(p->keymap);
	keep_bound(p);
	found = x11_keymap_unused(p->keymap, spare, SLOTS_MAX - p->count);
	for (size_t i = 0; i < found; i++)
		p->slot[p->count++] = (struct slot){ .keycode = spare[i] };
	for (size_t i = 0; i < p->count; i++)
		own[i] = p->slot[i].keycode;
	x11_keymap_ignore(p->keymap, own, p->count);
}

enum err x11_pool_take(struct x11_pool *p, uint32_t keysym, uint8_t *keycode)
{
	uint64_t now_ms = platform_boot_ms();
	struct slot *oldest = NULL;

	*keycode = 0;
	for (size_t i = 0; i < p->count; i++) {
		struct slot *s = &p->slot[i];

		if (s->keysym == keysym) {
			s->used_ms = now_ms;
			*keycode = s->keycode;
			return OK;
		}
		if (!oldest || s->used_ms < oldest->used_ms)
			oldest = s;
	}
	if (!oldest)
		return OK;
	if (oldest->keysym && now_ms < oldest->used_ms + X11_POOL_REST_MS)
		return ERR_AGAIN;
	bind(p, oldest, keysym);
	oldest->used_ms = now_ms;
	*keycode = oldest->keycode;
	return OK;
}

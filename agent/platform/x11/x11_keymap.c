#include "agent/platform/x11/x11_keymap.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon-x11.h>

enum { KEYCODES = 256, MASKS_MAX = 16, REAL_MODS = 0xff };

struct x11_keymap {
	struct x11_display *display;
	struct xkb_context *context;
	struct xkb_keymap *map;
	unsigned generation;
	bool is_stale;
	bool is_own[KEYCODES]; /* see x11_keymap_ignore() */
	uint32_t mod_group;    /* mod_key below is for this group */
	bool has_mod_keys;
	uint8_t mod_key[X11_KEYMAP_MODS];
};

static bool is_only_own(const struct x11_keymap *k, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		if (i >= KEYCODES || !k->is_own[i])
			return false;
	}
	return count > 0;
}

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_keymap *k = arg;
	const xcb_mapping_notify_event_t *core = (const xcb_mapping_notify_event_t *)ev;
	const xcb_xkb_map_notify_event_t *xkb = (const xcb_xkb_map_notify_event_t *)ev;

	if (x11_event_type(ev) == XCB_MAPPING_NOTIFY) {
		if (core->request != XCB_MAPPING_POINTER &&
				!is_only_own(k, core->first_keycode, core->count))
			k->is_stale = true;
	} else if (x11_event_type(ev) == k->display->xkb_event) {
		if (xkb->xkbType == XCB_XKB_NEW_KEYBOARD_NOTIFY)
			k->is_stale = true;
		if (xkb->xkbType == XCB_XKB_MAP_NOTIFY &&
				!is_only_own(k, xkb->firstKeySym, xkb->nKeySyms))
			k->is_stale = true;
	}
}

static void select_events(struct x11_display *d)
{
	const uint16_t events =
			XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY;
	const uint16_t parts = XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS |
			XCB_XKB_MAP_PART_MODIFIER_MAP | XCB_XKB_MAP_PART_KEY_ACTIONS |
			XCB_XKB_MAP_PART_VIRTUAL_MODS | XCB_XKB_MAP_PART_VIRTUAL_MOD_MAP;

	xcb_xkb_select_events(
			d->xcb, XCB_XKB_ID_USE_CORE_KBD, events, 0, events, parts, parts, NULL);
}

struct x11_keymap *x11_keymap_new(struct x11_display *d)
{
	struct x11_keymap *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->display = d;
	k->is_stale = true;
	k->context = xkb_context_new(
			XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (!k->context) {
		free(k);
		return NULL;
	}
	select_events(d);
	x11_display_listen(d, (struct x11_listener){ .on_event = on_event, .arg = k });
	return k;
}

void x11_keymap_free(struct x11_keymap *k)
{
	if (!k)
		return;
	xkb_keymap_unref(k->map);
	xkb_context_unref(k->context);
	free(k);
}

static enum err read_map(struct x11_keymap *k)
{
	int32_t id = xkb_x11_get_core_keyboard_device_id(k->display->xcb);
	struct xkb_keymap *map = id < 0
			? NULL
			: xkb_x11_keymap_new_from_device(k->context, k->display->xcb, id,
					  XKB_KEYMAP_COMPILE_NO_FLAGS);

	if (!map)
		return ERR_IO;
	xkb_keymap_unref(k->map);
	k->map = map;
	k->is_stale = false;
	k->generation++;
	k->has_mod_keys = false;
	return OK;
}

enum err x11_keymap_refresh(struct x11_keymap *k, struct x11_key_state *state)
{
	xcb_xkb_get_state_reply_t *r;
	enum err e = k->is_stale || !k->map ? read_map(k) : OK;

	*state = (struct x11_key_state){ 0 };
	if (e)
		return e;
	r = xcb_xkb_get_state_reply(k->display->xcb,
			xcb_xkb_get_state(k->display->xcb, XCB_XKB_ID_USE_CORE_KBD), NULL);
	if (!r)
		return ERR_IO;
	state->held = r->baseMods;
	state->latched = r->latchedMods;
	state->locked = r->lockedMods;
	state->group = r->group;
	free(r);
	return OK;
}

unsigned x11_keymap_generation(const struct x11_keymap *k)
{
	return k->generation;
}

static bool has_level_char(struct x11_keymap *k, xkb_keycode_t key, uint32_t group,
		xkb_level_index_t level, uint32_t code_point)
{
	const xkb_keysym_t *syms;
	int count = xkb_keymap_key_get_syms_by_level(k->map, key, group, level, &syms);

	return count == 1 && xkb_keysym_to_utf32(syms[0]) == code_point &&
			!(syms[0] >= XKB_KEY_KP_Space && syms[0] <= XKB_KEY_KP_Equal);
}

static bool has_keys_for(struct x11_keymap *k, uint32_t group, uint8_t mods)
{
	for (unsigned bit = 0; bit < X11_KEYMAP_MODS; bit++) {
		if (mods & (1u << bit) && x11_keymap_mod_key(k, group, bit) == 0)
			return false;
	}
	return true;
}

/** The cheapest set of real modifiers that reaches this level without Caps Lock. */
static bool find_mods(struct x11_keymap *k, xkb_keycode_t key, uint32_t group,
		xkb_level_index_t level, uint8_t *mods)
{
	xkb_mod_mask_t masks[MASKS_MAX];
	size_t count = xkb_keymap_key_get_mods_for_level(
			k->map, key, group, level, masks, MASKS_MAX);
	int best = 9;

	for (size_t i = 0; i < count; i++) {
		uint8_t real = masks[i] & REAL_MODS;
		int bits = __builtin_popcount(real);

		if ((masks[i] & ~(xkb_mod_mask_t)REAL_MODS) == 0 && !(real & XCB_MOD_MASK_LOCK) &&
				bits < best && has_keys_for(k, group, real)) {
			*mods = real;
			best = bits;
		}
	}
	return best < 9;
}

bool x11_keymap_find_char(
		struct x11_keymap *k, uint32_t group, uint32_t code_point, struct x11_stroke *out)
{
	int best = 9;

	for (xkb_keycode_t key = xkb_keymap_min_keycode(k->map);
			key <= xkb_keymap_max_keycode(k->map) && key < KEYCODES; key++) {
		xkb_layout_index_t layouts = xkb_keymap_num_layouts_for_key(k->map, key);
		uint32_t layout = layouts ? group % layouts : 0;

		for (xkb_level_index_t level = 0; layouts &&
				level < xkb_keymap_num_levels_for_key(k->map, key, layout);
				level++) {
			uint8_t mods;

			if (!k->is_own[key] && has_level_char(k, key, layout, level, code_point) &&
					find_mods(k, key, layout, level, &mods) &&
					__builtin_popcount(mods) < best) {
				*out = (struct x11_stroke){ (uint8_t)key, mods };
				best = __builtin_popcount(mods);
			}
		}
	}
	return best < 9;
}

static bool find_key_on_level(struct x11_keymap *k, uint32_t group, xkb_level_index_t level,
		uint32_t keysym, uint8_t *keycode)
{
	for (xkb_keycode_t key = xkb_keymap_min_keycode(k->map);
			key <= xkb_keymap_max_keycode(k->map) && key < KEYCODES; key++) {
		const xkb_keysym_t *syms;

		if (!k->is_own[key] &&
				xkb_keymap_key_get_syms_by_level(
						k->map, key, group, level, &syms) == 1 &&
				syms[0] == keysym) {
			*keycode = (uint8_t)key;
			return true;
		}
	}
	return false;
}

bool x11_keymap_find_key(struct x11_keymap *k, uint32_t group, uint32_t keysym, uint8_t *keycode)
{
	xkb_layout_index_t layouts = xkb_keymap_num_layouts(k->map);

	for (xkb_layout_index_t i = 0; i < layouts; i++) {
		for (xkb_level_index_t level = 0; level < 2; level++) {
			if (find_key_on_level(k, (group + i) % layouts, level, keysym, keycode))
				return true;
		}
	}
	return false;
}

/** Tries the key alone: it must hold one real modifier and lock, latch and switch nothing. */
static void try_mod_key(struct x11_keymap *k, uint32_t group, xkb_keycode_t key)
{
	struct xkb_state *state = xkb_state_new(k->map);
	xkb_mod_mask_t held, kept;
	xkb_layout_index_t layout;

	if (!state)
		return;
	xkb_state_update_mask(state, 0, 0, 0, 0, 0, group);
	xkb_state_update_key(state, key, XKB_KEY_DOWN);
	held = xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED) & REAL_MODS;
	kept = xkb_state_serialize_mods(state, XKB_STATE_MODS_LOCKED);
	layout = xkb_state_serialize_layout(state, XKB_STATE_LAYOUT_EFFECTIVE);
	xkb_state_update_key(state, key, XKB_KEY_UP);
	kept |= xkb_state_serialize_mods(state, XKB_STATE_MODS_EFFECTIVE);
	xkb_state_unref(state);
	if (__builtin_popcount(held) == 1 && kept == 0 && layout == group) {
		unsigned bit = (unsigned)__builtin_ctz(held);

		if (k->mod_key[bit] == 0)
			k->mod_key[bit] = (uint8_t)key;
	}
}

uint8_t x11_keymap_mod_key(struct x11_keymap *k, uint32_t group, unsigned bit)
{
	if (!k->has_mod_keys || k->mod_group != group) {
		memset(k->mod_key, 0, sizeof(k->mod_key));
		for (xkb_keycode_t key = xkb_keymap_min_keycode(k->map);
				key <= xkb_keymap_max_keycode(k->map) && key < KEYCODES; key++)
			try_mod_key(k, group, key);
		k->has_mod_keys = true;
		k->mod_group = group;
	}
	return bit < X11_KEYMAP_MODS ? k->mod_key[bit] : 0;
}

static bool carries_nothing(const xcb_get_keyboard_mapping_reply_t *r, size_t index)
{
	const xcb_keysym_t *syms =
			xcb_get_keyboard_mapping_keysyms(r) + index * r->keysyms_per_keycode;

	for (size_t i = 0; i < r->keysyms_per_keycode; i++) {
		if (syms[i] != XCB_NO_SYMBOL)
			return false;
	}
	return true;
}

static bool is_modifier(const xcb_get_modifier_mapping_reply_t *r, uint8_t keycode)
{
	return memchr(xcb_get_modifier_mapping_keycodes(r), keycode,
			       (size_t)xcb_get_modifier_mapping_keycodes_length(r)) != NULL;
}

size_t x11_keymap_unused(struct x11_keymap *k, uint8_t *out, size_t max)
{
	xcb_connection_t *c = k->display->xcb;
	uint8_t first = xcb_get_setup(c)->min_keycode;
	uint8_t span = (uint8_t)(xcb_get_setup(c)->max_keycode - first + 1);
	xcb_get_keyboard_mapping_reply_t *r = xcb_get_keyboard_mapping_reply(
			c, xcb_get_keyboard_mapping(c, first, span), NULL);
	xcb_get_modifier_mapping_reply_t *mods =
			xcb_get_modifier_mapping_reply(c, xcb_get_modifier_mapping(c), NULL);
	size_t count = 0;

	for (size_t i = 0; r && mods && i < span && count < max; i++) {
		uint8_t keycode = (uint8_t)(first + i);

		if (carries_nothing(r, i) && !is_modifier(mods, keycode))
			out[count++] = keycode;
	}
	free(r);
	free(mods);
	return count;
}

void x11_keymap_ignore(struct x11_keymap *k, const uint8_t *keycodes, size_t count)
{
	memset(k->is_own, 0, sizeof(k->is_own));
	for (size_t i = 0; i < count; i++)
		k->is_own[keycodes[i]] = true;
}

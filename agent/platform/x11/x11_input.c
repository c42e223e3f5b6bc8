#include "agent/platform/x11/x11_input.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon.h>

enum {
	KEYCODES = 256,
	WHEEL_STEPS_MAX = 32,
	TEXT_MAX = 64,
	SCROLL_UP = 4,
	SCROLL_DOWN,
	SCROLL_LEFT,
	SCROLL_RIGHT,
	/* Num Lock lives on Mod2 in every X keymap and changes no character that is typed here. */
	LOCKS_LEFT_ALONE = XCB_MOD_MASK_2,
};

enum action_kind { PLAY_MOUSE, PLAY_CHAR, PLAY_KEY };

struct action {
	enum action_kind kind;
	enum platform_mouse mouse;
	uint8_t button, modifiers;
	uint16_t key;
	uint32_t code_point;
	int32_t x, y;
	int16_t wheel_x, wheel_y;
};

struct x11_input {
	struct x11_display *display;
	struct x11_keymap *keymap;
	struct x11_pool *pool;
	struct x11_guard *guard;
	uint32_t buttons_down; /* bit n: X button n */
	bool is_key_down[KEYCODES];
	bool (*may_go_on)(void *arg);
	void *arg;
	struct action queue[X11_INPUT_QUEUE_MAX];
	size_t queued;
	guint timer;
};

/** X keysym of each key of the protocol. */
static const struct {
	uint16_t key;
	uint32_t keysym;
} named_keys[] = {
#define KEY(number, name, browser, keysym) { number, keysym },
#include "guichet/keys.def"
#undef KEY
};

/** X keysym of each modifier bit of the protocol: Shift, Ctrl, Alt, Super. */
static const uint32_t modifier_keysyms[] = { 0xffe1, 0xffe3, 0xffe9, 0xffeb };
enum { MODIFIERS = sizeof(modifier_keysyms) / sizeof(modifier_keysyms[0]) };

struct x11_input *x11_input_new(struct x11_display *d, struct x11_keymap *keymap,
		struct x11_pool *pool, struct x11_guard *guard, bool (*may_go_on)(void *arg), void *arg)
{
	struct x11_input *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->display = d;
	in->keymap = keymap;
	in->pool = pool;
	in->guard = guard;
	in->may_go_on = may_go_on;
	in->arg = arg;
	return in;
}

void x11_input_free(struct x11_input *in)
{
	if (!in)
		return;
	x11_input_release_all(in);
	free(in);
}

static void fake(struct x11_input *in, uint8_t type, uint8_t detail, int16_t x, int16_t y)
{
	xcb_test_fake_input(in->display->xcb, type, detail, XCB_CURRENT_TIME, in->display->root, x,
			y, 0);
}

/* The guard forgets it only when the release cannot be lost with this process. */
static void note_release(struct x11_input *in, uint8_t type, uint8_t detail)
{
	xcb_flush(in->display->xcb);
	(void)x11_guard_note(in->guard, type, detail);
}

static void key_down(struct x11_input *in, uint8_t keycode)
{
	if (!x11_guard_note(in->guard, XCB_KEY_PRESS, keycode))
		return; /* nobody would let go */
	in->is_key_down[keycode] = true;
	fake(in, XCB_KEY_PRESS, keycode, 0, 0);
}

static void key_up(struct x11_input *in, uint8_t keycode)
{
	in->is_key_down[keycode] = false;
	fake(in, XCB_KEY_RELEASE, keycode, 0, 0);
	note_release(in, XCB_KEY_RELEASE, keycode);
}

static int16_t clamp16(int32_t v)
{
	return (int16_t)(v < 0 ? 0 : v > INT16_MAX ? INT16_MAX : v);
}

static void button_down(struct x11_input *in, uint8_t button)
{
	if (!x11_guard_note(in->guard, XCB_BUTTON_PRESS, button))
		return;
	in->buttons_down |= 1u << button;
	fake(in, XCB_BUTTON_PRESS, button, 0, 0);
}

static void button_up(struct x11_input *in, uint8_t button)
{
	if (!(in->buttons_down & 1u << button))
		return;
	in->buttons_down &= ~(1u << button);
	fake(in, XCB_BUTTON_RELEASE, button, 0, 0);
	note_release(in, XCB_BUTTON_RELEASE, button);
}

static void wheel(struct x11_input *in, int16_t steps, uint8_t backward, uint8_t forward)
{
	uint8_t button = steps < 0 ? backward : forward;
	int count = abs(steps);

	for (int i = 0; i < count && i < WHEEL_STEPS_MAX; i++) {
		button_down(in, button);
		button_up(in, button);
	}
}

static void play_mouse(struct x11_input *in, const struct action *a)
{
	bool is_button = a->button >= 1 && a->button <= 3;

	fake(in, XCB_MOTION_NOTIFY, 0, clamp16(a->x), clamp16(a->y));
	switch (a->mouse) {
	case MOUSE_MOVE:
		break;
	case MOUSE_PRESS:
		if (is_button)
			button_down(in, a->button);
		break;
	case MOUSE_RELEASE:
		if (is_button)
			button_up(in, a->button);
		break;
	case MOUSE_WHEEL:
		wheel(in, a->wheel_y, SCROLL_UP, SCROLL_DOWN);
		wheel(in, a->wheel_x, SCROLL_LEFT, SCROLL_RIGHT);
		break;
	}
}

static void set_locks(struct x11_input *in, uint8_t affected, uint8_t locked)
{
	xcb_xkb_latch_lock_state(
			in->display->xcb, XCB_XKB_ID_USE_CORE_KBD, affected, locked, 0, 0, 0, 0, 0);
}

static void clear_latches(struct x11_input *in, uint8_t latched)
{
	if (latched)
		xcb_xkb_latch_lock_state(in->display->xcb, XCB_XKB_ID_USE_CORE_KBD, 0, 0, 0, 0,
				latched, 0, 0);
}

static void play(struct x11_input *in, uint32_t group, struct x11_stroke s)
{
	for (unsigned bit = 0; bit < X11_KEYMAP_MODS; bit++) {
		if (s.mods & (1u << bit))
			key_down(in, x11_keymap_mod_key(in->keymap, group, bit));
	}
	key_down(in, s.keycode);
	key_up(in, s.keycode);
	for (unsigned bit = X11_KEYMAP_MODS; bit-- > 0;) {
		if (s.mods & (1u << bit))
			key_up(in, x11_keymap_mod_key(in->keymap, group, bit));
	}
}

static enum err type_char(struct x11_input *in, uint32_t group, uint32_t code_point)
{
	struct x11_stroke s = { 0 };
	enum err e = OK;

	if (!x11_keymap_find_char(in->keymap, group, code_point, &s))
		e = x11_pool_take(in->pool, xkb_utf32_to_keysym(code_point), &s.keycode);
	if (s.keycode)
		play(in, group, s);
	return e;
}

/** Reads the keyboard; false while text or keys would come out wrong. */
static bool is_ready(struct x11_input *in, struct x11_key_state *state)
{
	if (x11_keymap_refresh(in->keymap, state))
		return false;
	x11_pool_refresh(in->pool);
	return (state->held & ~XCB_MOD_MASK_LOCK) == 0;
}

/** Types the characters at the head of the queue with locks off; returns how many are dealt with.
 */
static size_t play_chars(struct x11_input *in, const struct action *a, size_t count)
{
	struct x11_key_state state;
	size_t done = 0, chars = 0;
	uint8_t locks;

	while (chars < count && a[chars].kind == PLAY_CHAR)
		chars++;
	if (!is_ready(in, &state))
		return chars;
	locks = state.locked & (uint8_t)~LOCKS_LEFT_ALONE;
	clear_latches(in, state.latched);
	if (locks)
		set_locks(in, locks, 0);
	while (done < chars && type_char(in, state.group, a[done].code_point) != ERR_AGAIN)
		done++;
	if (locks)
		set_locks(in, locks, locks);
	return done;
}

static uint32_t keysym_of(uint16_t key)
{
	for (size_t i = 0; i < sizeof(named_keys) / sizeof(named_keys[0]); i++) {
		if (named_keys[i].key == key)
			return named_keys[i].keysym;
	}
	return (key >= 'a' && key <= 'z') || (key >= '0' && key <= '9') ? key : 0;
}

static enum err play_key(struct x11_input *in, const struct action *a)
{
	uint32_t keysym = keysym_of(a->key);
	uint8_t held[MODIFIERS], held_count = 0, keycode = 0;
	struct x11_key_state state;
	enum err e = OK;

	if (keysym == 0 || !is_ready(in, &state))
		return OK;
	if (!x11_keymap_find_key(in->keymap, state.group, keysym, &keycode))
		e = x11_pool_take(in->pool, keysym, &keycode);
	for (size_t i = 0; keycode && i < MODIFIERS; i++) {
		if (!(a->modifiers & (1u << i)))
			continue;
		/* A shortcut without one of its modifiers would be another shortcut. */
		if (!x11_keymap_find_key(in->keymap, state.group, modifier_keysyms[i],
				    &held[held_count]))
			return OK;
		held_count++;
	}
	if (e || !keycode)
		return e;
	clear_latches(in, state.latched);
	for (uint8_t i = 0; i < held_count; i++)
		key_down(in, held[i]);
	key_down(in, keycode);
	key_up(in, keycode);
	while (held_count-- > 0)
		key_up(in, held[held_count]);
	return OK;
}

/** Plays actions in order; returns how many are dealt with, fewer if a spare key must rest. */
static size_t play_actions(struct x11_input *in, const struct action *a, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t step = 1;

		if (a[done].kind == PLAY_MOUSE)
			play_mouse(in, &a[done]);
		else if (a[done].kind == PLAY_CHAR)
			step = play_chars(in, &a[done], count - done);
		else if (play_key(in, &a[done]) == ERR_AGAIN)
			step = 0;
		if (step == 0)
			break;
		done += step;
	}
	xcb_flush(in->display->xcb);
	return done;
}

static gboolean on_timer(gpointer arg)
{
	struct x11_input *in = arg;
	size_t done = in->queued;

	if (in->may_go_on(in->arg))
		done = play_actions(in, in->queue, in->queued);
	in->queued -= done;
	memmove(in->queue, in->queue + done, in->queued * sizeof(in->queue[0]));
	if (in->queued)
		return G_SOURCE_CONTINUE;
	in->timer = 0;
	return G_SOURCE_REMOVE;
}

/** Plays at once what can be, and keeps the rest in order. */
static void submit(struct x11_input *in, const struct action *a, size_t count)
{
	size_t done = in->queued ? 0 : play_actions(in, a, count);

	for (; done < count && in->queued < X11_INPUT_QUEUE_MAX; done++)
		in->queue[in->queued++] = a[done];
	if (in->queued && !in->timer)
		in->timer = g_timeout_add(X11_INPUT_WAIT_MS, on_timer, in);
}

void x11_input_mouse(struct x11_input *in, enum platform_mouse action, uint8_t button, int32_t x,
		int32_t y, int16_t wheel_x, int16_t wheel_y)
{
	const struct action a = { .kind = PLAY_MOUSE,
		.mouse = action,
		.button = button,
		.x = x,
		.y = y,
		.wheel_x = wheel_x,
		.wheel_y = wheel_y };

	submit(in, &a, 1);
}

void x11_input_text(struct x11_input *in, const uint32_t *code_points, size_t count)
{
	struct action a[TEXT_MAX];

	while (count > 0) {
		size_t part = count < TEXT_MAX ? count : TEXT_MAX;

		for (size_t i = 0; i < part; i++)
			a[i] = (struct action){ .kind = PLAY_CHAR, .code_point = code_points[i] };
		submit(in, a, part);
		code_points += part;
		count -= part;
	}
}

void x11_input_key(struct x11_input *in, uint16_t key, uint8_t modifiers)
{
	const struct action a = { .kind = PLAY_KEY, .key = key, .modifiers = modifiers };

	submit(in, &a, 1);
}

void x11_input_release_all(struct x11_input *in)
{
	if (in->timer)
		g_source_remove(in->timer);
	in->timer = 0;
	in->queued = 0;
	for (size_t i = 0; i < KEYCODES; i++) {
		if (in->is_key_down[i])
			key_up(in, (uint8_t)i);
	}
	for (uint8_t button = 1; button < 32; button++)
		button_up(in, button);
	xcb_flush(in->display->xcb);
}

#include "agent/hands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/texts.h"
#include "common/bytes.h"
#include "common/gate.h"

enum { TEXT_MAX = 64, BUTTON_MAX = 3, KEY_MODS = 15, KEY_MODS_DESKTOP = 12 /* Alt and Super: what a desktop takes for itself */, WRITE_HEAD = 8, WRITE_MAX = 160 /* bytes of a written line */ };

/** KEY_ENTER, KEY_DELETE, … */
enum {
#define KEY(number, name, word, keysym) KEY_##name = (number),
#include "guichet/keys.def"
#undef KEY
};

static const struct {
	uint16_t number;
} named_keys[] = {
#define KEY(number, name, word, keysym) { number },
#include "guichet/keys.def"
#undef KEY
};

static const char ours[] = "{\"what\":\"ours\",\"ms\":0}", elsewhere[] = "{\"what\":\"scope\",\"ms\":0}";

struct hands {
	struct platform *platform;
	const struct consent *consent;
	struct outlet out;
	char advisor[96];
	hands_delete_fn *ask_delete; /* NULL: Suppr is refused */
	void *ask_arg;
	uint64_t local_until_ms; /* boot clock */
	bool is_prompt_open;
	uint8_t pressed;   /* bit b: button b is down by the advisor */
	uint64_t heard_ms; /* boot clock of the last MOUSE that was carried out */
	struct hands_counts counts;
};

enum err hands_new(struct platform *p, const struct outlet *out, struct hands **h)
{
	*h = calloc(1, sizeof(**h));
	if (!*h)
		return ERR_NOMEM;
	(*h)->platform = p;
	(*h)->out = *out;
	return OK;
}

void hands_set_consent(struct hands *h, const struct consent *c)
{
	h->consent = c;
}

void hands_on_delete(struct hands *h, hands_delete_fn *ask, void *arg)
{
	h->ask_delete = ask;
	h->ask_arg = arg;
}

static bool is_allowed(const struct hands *h, enum capability cap, uint32_t grant)
{
	return h->consent && consent_allows(h->consent, cap, grant);
}

void hands_free(struct hands *h)
{
	free(h);
}

void hands_count_refused(struct hands *h)
{
	h->counts.refused++;
}

bool hands_has_counts(const struct hands *h)
{
	const struct hands_counts *c = &h->counts;

	return c->mouse || c->text || c->key || c->point || c->refused || c->local ||
			c->own_mouse || c->own_key;
}

bool hands_take_counts(struct hands *h, struct hands_counts *out)
{
	bool has_some = hands_has_counts(h);

	*out = h->counts;
	memset(&h->counts, 0, sizeof(h->counts));
	return has_some;
}

static void let_go(struct hands *h)
{
	platform_release_all(h->platform);
	h->pressed = 0;
}

static void notice(struct hands *h, const char *json)
{
	h->out.send(h->out.arg, KIND_NOTICE, 0, json, strlen(json));
}

/* The question that is asked right before the call of the operating system. */
static bool may_act(struct hands *h, uint32_t grant)
{
	if (!is_allowed(h, CAP_CONTROL, grant)) {
		h->counts.refused++;
		return false;
	}
	if (h->is_prompt_open) {
		h->counts.refused++;
		notice(h, "{\"what\":\"prompt\",\"ms\":0}");
		return false;
	}
	if (platform_boot_ms() < h->local_until_ms) {
		h->counts.local++;
		return false;
	}
	return true;
}

static void refuse(struct hands *h, const char *json)
{
	h->counts.refused++;
	if (h->pressed)
		let_go(h); /* a drag must not end in a window of ours, or in one that is not shown */
	notice(h, json);
}

/* Never into a window of ours; and if the customer shows one window, nowhere else. */
static bool may_act_at(struct hands *h, int32_t x, int32_t y)
{
	if (platform_is_ours(h->platform, x, y)) {
		refuse(h, ours);
		return false;
	}
	if (!platform_is_shown(h->platform, x, y)) {
		refuse(h, elsewhere);
		return false;
	}
	return true;
}

static bool may_type(struct hands *h)
{
	if (platform_focus_is_ours(h->platform)) {
		refuse(h, ours);
		return false;
	}
	if (!platform_focus_is_shown(h->platform)) {
		refuse(h, elsewhere);
		return false;
	}
	return true;
}

static enum err act_mouse(struct hands *h, uint32_t grant, const uint8_t *plain, size_t len)
{
	struct bytes b = bytes_of(plain, len);
	uint8_t action = bytes_u8(&b), button = bytes_u8(&b);
	int32_t x = (int32_t)bytes_u32(&b), y = (int32_t)bytes_u32(&b);
	int16_t wheel_x = (int16_t)bytes_u16(&b), wheel_y = (int16_t)bytes_u16(&b);
	bool is_button = action == MOUSE_PRESS || action == MOUSE_RELEASE;

	if (!bytes_done(&b) || action < MOUSE_MOVE || action > MOUSE_WHEEL || button > BUTTON_MAX ||
			is_button != (button != 0))
		return ERR_MALFORMED;
	if (!may_act(h, grant))
		return OK;
	if (!may_act_at(h, x, y))
		return OK;
	if (action == MOUSE_RELEASE && !(h->pressed & 1u << button))
		return OK; /* let go of before: a loss, a limit */
	platform_inject_mouse(
			h->platform, (enum platform_mouse)action, button, x, y, wheel_x, wheel_y);
	h->heard_ms = platform_boot_ms();
	if (action == MOUSE_PRESS)
		h->pressed = (uint8_t)(h->pressed | 1u << button);
	if (action == MOUSE_RELEASE)
		h->pressed = (uint8_t)(h->pressed & ~(1u << button));
	h->counts.mouse++;
	return OK;
}

static bool is_text(uint32_t c)
{
	return c >= 0x20 && c <= 0x10ffff && !(c >= 0x7f && c <= 0x9f) &&
			!(c >= 0xd800 && c <= 0xdfff);
}

static enum err act_text(struct hands *h, uint32_t grant, const uint8_t *plain, size_t len)
{
	struct bytes b = bytes_of(plain, len);
	uint32_t point[TEXT_MAX];
	size_t count = len / 4;

	if (len % 4 || count < 1 || count > TEXT_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < count; i++) {
		point[i] = bytes_u32(&b);
		if (!is_text(point[i]))
			return ERR_MALFORMED;
	}
	if (!may_act(h, grant) || !may_type(h))
		return OK;
	platform_inject_text(h->platform, point, count);
	h->counts.text += (uint32_t)count;
	return OK;
}

static bool is_key(uint16_t key)
{
	if ((key >= 'a' && key <= 'z') || (key >= '0' && key <= '9'))
		return true;
	for (size_t i = 0; i < sizeof(named_keys) / sizeof(named_keys[0]); i++)
		if (named_keys[i].number == key)
			return true;
	return false;
}

static enum err act_key(struct hands *h, uint32_t grant, const uint8_t *plain, size_t len)
{
	struct bytes b = bytes_of(plain, len);
	uint16_t key = bytes_u16(&b);
	uint8_t modifiers = bytes_u8(&b), action = bytes_u8(&b);

	if (!bytes_done(&b) || !is_key(key) || modifiers > KEY_MODS || action != 1)
		return ERR_MALFORMED;
	if (!may_act(h, grant) || !may_type(h))
		return OK;
	if (platform_is_one_window(h->platform) && modifiers & KEY_MODS_DESKTOP) {
		refuse(h, elsewhere);
		return OK;
	}
	if (key == KEY_DELETE) {
		if (h->ask_delete)
			h->ask_delete(h->ask_arg, grant, modifiers);
		else
			h->counts.refused++;
		return OK;
	}
	platform_inject_key(h->platform, key, modifiers);
	h->counts.key++;
	return OK;
}

enum err hands_delete(struct hands *h, uint32_t grant, uint8_t modifiers)
{
	if (!is_allowed(h, CAP_CONTROL, grant))
		return ERR_FORBIDDEN;
	if (platform_focus_is_ours(h->platform) || !platform_focus_is_shown(h->platform))
		return ERR_AGAIN;
	platform_inject_key(h->platform, KEY_DELETE, modifiers & KEY_MODS);
	h->counts.key++;
	return OK;
}

/* Tools of POINT (docs/PROTOCOL.md 8.1). */
enum tool { TOOL_POINTER = 1, TOOL_FRAME, TOOL_CLEAR, TOOL_ARROW, TOOL_STEP };

/* An arrow stays within a screen of PICTURE_MAX_SIDE either way; a step has a number and nothing
 * else. */
static bool is_tool(uint8_t tool, const struct platform_rect *r)
{
	enum { ARROW_MAX = 8192 };

	switch (tool) {
	case TOOL_POINTER:
	case TOOL_FRAME:
	case TOOL_CLEAR:
		return true;
	case TOOL_ARROW:
		return r->width >= -ARROW_MAX && r->width <= ARROW_MAX && r->height >= -ARROW_MAX &&
				r->height <= ARROW_MAX;
	case TOOL_STEP:
		return r->width >= 1 && r->width <= OVERLAY_STEPS && r->height == 0;
	default:
		return false;
	}
}

static int32_t plus(int32_t a, int32_t b)
{
	int64_t sum = (int64_t)a + b;

	return (int32_t)(sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum);
}

/* Marks stay for as long as the advisor likes: none is put on the agent's own windows. */
static bool is_mark_on_us(struct hands *h, uint8_t tool, const struct platform_rect *r)
{
	if (tool != TOOL_ARROW && tool != TOOL_STEP)
		return false;
	return platform_is_ours(h->platform, r->x, r->y) ||
			(tool == TOOL_ARROW && platform_is_ours(h->platform, plus(r->x, r->width), plus(r->y, r->height)));
}

static enum err act_point(struct hands *h, uint32_t grant, const uint8_t *plain, size_t len)
{
	struct bytes b = bytes_of(plain, len);
	uint8_t tool = bytes_u8(&b);
	struct platform_rect r = { (int32_t)bytes_u32(&b), (int32_t)bytes_u32(&b),
		(int32_t)bytes_u32(&b), (int32_t)bytes_u32(&b) };

	if (!bytes_done(&b) || !is_tool(tool, &r))
		return ERR_MALFORMED;
	if (!is_allowed(h, CAP_POINT, grant) || is_mark_on_us(h, tool, &r)) {
		h->counts.refused++;
		return OK;
	}
	if (tool == TOOL_POINTER)
		platform_overlay_pointer(h->platform, r.x, r.y);
	else if (tool == TOOL_FRAME && r.width > 0 && r.height > 0)
		platform_overlay_frame(h->platform, &r);
	else if (tool == TOOL_ARROW)
		platform_overlay_arrow(
				h->platform, r.x, r.y, plus(r.x, r.width), plus(r.y, r.height));
	else if (tool == TOOL_STEP)
		platform_overlay_step(h->platform, r.width, r.x, r.y);
	else
		platform_overlay_clear(h->platform);
	h->counts.point++;
	return OK;
}

/* Under the advisor's name, so that nobody takes it for the agent's or the bank's own words. */
static enum err act_write(struct hands *h, uint32_t grant, const uint8_t *plain, size_t len)
{
	struct bytes b = bytes_of(plain, len);
	int32_t x = (int32_t)bytes_u32(&b), y = (int32_t)bytes_u32(&b);
	char text[WRITE_MAX + 1], who[sizeof(h->advisor) + 32];

	if (len <= WRITE_HEAD || len > WRITE_HEAD + WRITE_MAX || !text_message(plain + WRITE_HEAD, len - WRITE_HEAD))
		return ERR_MALFORMED;
	memcpy(text, plain + WRITE_HEAD, len - WRITE_HEAD);
	text[len - WRITE_HEAD] = '\0';
	snprintf(who, sizeof(who), text_of(TEXT_WRITES), h->advisor);
	if (!is_allowed(h, CAP_POINT, grant)) {
		h->counts.refused++;
	} else if (!platform_overlay_line(h->platform, x, y, who, text)) {
		h->counts.refused++;
		notice(h, ours);
	} else {
		h->counts.point++;
	}
	return OK;
}

void hands_set_advisor(struct hands *h, const char *name)
{
	snprintf(h->advisor, sizeof(h->advisor), "%s", name);
}

enum err hands_act(struct hands *h, uint8_t kind, uint32_t grant, const uint8_t *plain, size_t len)
{
	switch (kind) {
	case KIND_POINT:
		return act_point(h, grant, plain, len);
	case KIND_WRITE:
		return act_write(h, grant, plain, len);
	case KIND_MOUSE:
		return act_mouse(h, grant, plain, len);
	case KIND_TEXT:
		return act_text(h, grant, plain, len);
	case KIND_KEY:
		return act_key(h, grant, plain, len);
	default:
		return ERR_MALFORMED;
	}
}

void hands_on_local(struct hands *h, enum platform_hand hand)
{
	uint64_t now = platform_boot_ms();

	if (h->consent && consent_grant_of(h->consent, CAP_VIEW)) {
		h->counts.own_mouse += hand == HAND_MOUSE;
		h->counts.own_key += hand == HAND_KEY;
	}
	if (!h->consent || !consent_grant_of(h->consent, CAP_CONTROL))
		return;
	if (now >= h->local_until_ms)
		notice(h, "{\"what\":\"hand\",\"ms\":1500}");
	h->local_until_ms = now + HANDS_LOCAL_MS;
	if (h->pressed)
		let_go(h);
}

void hands_on_prompt(struct hands *h, bool is_open)
{
	h->is_prompt_open = is_open;
	if (is_open)
		let_go(h);
}

uint64_t hands_tick(struct hands *h, uint64_t boot_ms)
{
	if (!h->pressed)
		return 0;
	if (boot_ms < h->heard_ms + HANDS_GAP_MS)
		return h->heard_ms + HANDS_GAP_MS;
	let_go(h);
	return 0;
}

void hands_stop(struct hands *h)
{
	let_go(h);
	platform_overlay_clear(h->platform);
}

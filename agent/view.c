#include "agent/view.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "agent/pace.h"
#include "common/bytes.h"
#include "common/gate.h"
#include "common/picture/encoder.h"
#include "common/picture/ops.h"

enum { DAMAGE_MAX = 64, MONITORS_MAX = 16, CURSOR_SIDE = 64 };

struct view {
	struct platform *platform;
	struct outlet out;
	bool is_started, is_hidden;
	bool is_held; /* a dialog of the customer's is not to be seen */
	uint32_t grant;
	int32_t width, height;
	uint32_t *pixels; /* width * height: the screen as captured */
	struct encoder *encoder;
	struct picture_out update;
	uint32_t next_update;
	struct pace pace;
	struct picture_rect damage[DAMAGE_MAX];
	size_t damage_count;
	uint64_t damaged_ms, key_ms; /* boot clock; key_ms: last key frame */
	uint8_t fragment[12 + VIEW_FRAGMENT];
};

enum err view_new(struct platform *p, const struct outlet *out, struct view **v)
{
	*v = calloc(1, sizeof(**v));
	if (!*v)
		return ERR_NOMEM;
	(*v)->platform = p;
	(*v)->out = *out;
	return OK;
}

static void forget_screen(struct view *v)
{
	encoder_free(v->encoder);
	v->encoder = NULL;
	free(v->pixels);
	v->pixels = NULL;
	v->damage_count = 0;
	pace_forget(&v->pace);
}

void view_free(struct view *v)
{
	if (!v)
		return;
	view_stop(v);
	picture_out_done(&v->update);
	free(v);
}

/* ---- damage ---- */

static void merge_into(struct picture_rect *a, const struct picture_rect *b)
{
	uint32_t right = (uint32_t)a->x + a->w, bottom = (uint32_t)a->y + a->h;
	uint32_t other_right = (uint32_t)b->x + b->w, other_bottom = (uint32_t)b->y + b->h;

	if (b->x < a->x)
		a->x = b->x;
	if (b->y < a->y)
		a->y = b->y;
	a->w = (uint16_t)((right > other_right ? right : other_right) - a->x);
	a->h = (uint16_t)((bottom > other_bottom ? bottom : other_bottom) - a->y);
}

static int32_t clamp(int32_t v, int32_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

static void add_damage(struct view *v, const struct platform_rect *r)
{
	int32_t left = clamp(r->x, v->width), top = clamp(r->y, v->height);
	int32_t right = clamp(r->x + r->width, v->width),
		bottom = clamp(r->y + r->height, v->height);
	struct picture_rect p = { (uint16_t)left, (uint16_t)top, (uint16_t)(right - left),
		(uint16_t)(bottom - top) };

	if (right <= left || bottom <= top)
		return;
	if (v->damage_count == 0)
		v->damaged_ms = platform_boot_ms();
	if (v->damage_count < DAMAGE_MAX)
		v->damage[v->damage_count++] = p;
	else
		merge_into(&v->damage[DAMAGE_MAX - 1], &p);
}

static void damage_all(struct view *v)
{
	const struct platform_rect all = { 0, 0, v->width, v->height };

	v->damage_count = 0;
	add_damage(v, &all);
}

void view_on_damage(struct view *v, const struct platform_rect *r, size_t count)
{
	if (!v->is_started)
		return;
	for (size_t i = 0; i < count; i++)
		add_damage(v, &r[i]);
}

/* ---- the screen's shape ---- */

static cJSON *describe_monitor(const struct platform_monitor *m)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "x", m->area.x);
	cJSON_AddNumberToObject(o, "y", m->area.y);
	cJSON_AddNumberToObject(o, "width", m->area.width);
	cJSON_AddNumberToObject(o, "height", m->area.height);
	cJSON_AddBoolToObject(o, "primary", m->is_primary);
	return o;
}

static enum err send_screens(struct view *v, const struct platform_monitor *m, size_t count)
{
	cJSON *o = cJSON_CreateObject(), *list;
	char *text;
	enum err e = ERR_NOMEM;

	cJSON_AddNumberToObject(o, "width", v->width);
	cJSON_AddNumberToObject(o, "height", v->height);
	list = cJSON_AddArrayToObject(o, "monitors");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, describe_monitor(&m[i]));
	text = cJSON_PrintUnformatted(o);
	if (text)
		e = v->out.send(v->out.arg, KIND_SCREENS, v->grant, text, strlen(text));
	free(text);
	cJSON_Delete(o);
	return e;
}

static enum err look_at_screens(struct view *v)
{
	struct platform_monitor m[MONITORS_MAX];
	size_t count = 0;
	enum err e = platform_screens(v->platform, &v->width, &v->height, m, MONITORS_MAX, &count);

	if (e)
		return e;
	if (v->width < 1 || v->height < 1 || v->width > PICTURE_MAX_SIDE ||
			v->height > PICTURE_MAX_SIDE)
		return ERR_IO;
	forget_screen(v);
	v->pixels = calloc((size_t)v->width * (size_t)v->height, sizeof(*v->pixels));
	v->encoder = encoder_new((uint16_t)v->width, (uint16_t)v->height);
	if (!v->pixels || !v->encoder)
		return ERR_NOMEM;
	damage_all(v);
	return send_screens(v, m, count);
}

void view_on_screens(struct view *v)
{
	if (v->is_started && look_at_screens(v))
		view_stop(v);
}

/* ---- the cursor ---- */

static void send_cursor_shape(struct view *v)
{
	static uint8_t out[9 + CURSOR_SIDE * CURSOR_SIDE * 4];
	uint16_t w, h, hot_x, hot_y;

	if (platform_cursor_shape(v->platform, &w, &h, &hot_x, &hot_y, out + 9)) {
		out[0] = 0;
		v->out.send(v->out.arg, KIND_CURSOR, v->grant, out, 1);
		return;
	}
	out[0] = 2;
	put_u16(out + 1, w);
	put_u16(out + 3, h);
	put_u16(out + 5, hot_x);
	put_u16(out + 7, hot_y);
	v->out.send(v->out.arg, KIND_CURSOR, v->grant, out, 9 + 4 * (size_t)w * h);
}

void view_on_cursor(struct view *v, int32_t x, int32_t y, bool is_new_shape)
{
	uint8_t out[9] = { 1 };

	if (!v->is_started)
		return;
	if (is_new_shape)
		send_cursor_shape(v);
	put_u32(out + 1, (uint32_t)x);
	put_u32(out + 5, (uint32_t)y);
	v->out.send(v->out.arg, KIND_CURSOR, v->grant, out, sizeof(out));
}

/* ---- updates ---- */

static enum err send_update(struct view *v)
{
	uint32_t total = (uint32_t)v->update.len;
	enum err e = OK;

	for (uint32_t at = 0; at < total && !e; at += VIEW_FRAGMENT) {
		uint32_t n = total - at < VIEW_FRAGMENT ? total - at : VIEW_FRAGMENT;

		put_u32(v->fragment, v->next_update);
		put_u32(v->fragment + 4, at);
		put_u32(v->fragment + 8, total);
		memcpy(v->fragment + 12, v->update.bytes + at, n);
		e = v->out.send(v->out.arg, KIND_PICTURE, v->grant, v->fragment, 12 + n);
	}
	return e;
}

static enum err capture(struct view *v)
{
	struct platform_rect r[DAMAGE_MAX];

	for (size_t i = 0; i < v->damage_count; i++)
		r[i] = (struct platform_rect){ v->damage[i].x, v->damage[i].y, v->damage[i].w,
			v->damage[i].h };
	return platform_capture(v->platform, r, v->damage_count, v->pixels);
}

static void update(struct view *v, uint64_t boot_ms)
{
	uint64_t begun_ms, done_ms;

	if (boot_ms >= v->key_ms + VIEW_KEY_MS) { /* docs/EVIDENCE.md 6.2 */
		encoder_key(v->encoder);
		damage_all(v);
	}
	if (capture(v))
		return; /* the screen is changing size: on_screens follows */
	begun_ms = platform_boot_ms();
	if (encoder_update(v->encoder, v->pixels, v->damage, v->damage_count, &v->update)) {
		view_stop(v);
		return;
	}
	done_ms = platform_boot_ms();
	v->damage_count = 0;
	if (v->update.len == 0)
		return;
	v->next_update++;
	if (send_update(v)) { /* the viewer lacks a part: the next update must stand alone */
		encoder_key(v->encoder);
		return;
	}
	pace_sent(&v->pace, v->next_update, (uint32_t)v->update.len, (uint32_t)(done_ms - begun_ms), boot_ms);
	if (v->update.bytes[0] & OPS_KEY)
		v->key_ms = boot_ms;
}

/* True if more than a quarter of the screen is to be coded. */
static bool is_large(const struct view *v)
{
	uint64_t area = 0;

	for (size_t i = 0; i < v->damage_count; i++)
		area += (uint64_t)v->damage[i].w * v->damage[i].h;
	return area > (uint64_t)v->width * (uint64_t)v->height / 4;
}

uint64_t view_tick(struct view *v, uint64_t boot_ms)
{
	uint64_t due;

	if (!v->is_started || v->is_held || v->damage_count == 0 || !pace_has_room(&v->pace))
		return 0;
	due = pace_due(&v->pace, v->damaged_ms, is_large(v), v->is_hidden);
	if (boot_ms < due)
		return due;
	update(v, boot_ms);
	return 0;
}

enum err view_on_ack(struct view *v, uint32_t number)
{
	if (!v->is_started)
		return OK; /* of before the stop */
	return pace_acked(&v->pace, number, platform_boot_ms());
}

void view_on_key_frame(struct view *v)
{
	if (!v->is_started)
		return;
	encoder_key(v->encoder);
	pace_forget(&v->pace);
	damage_all(v);
}

void view_hold(struct view *v, bool is_held)
{
	v->is_held = is_held;
}

void view_on_visibility(struct view *v, bool is_visible)
{
	v->is_hidden = !is_visible;
}

/* ---- start and stop ---- */

enum err view_start(struct view *v, uint32_t grant)
{
	enum err e;

	view_stop(v);
	v->grant = grant;
	e = platform_capture_start(v->platform);
	if (e)
		return e;
	v->is_started = true;
	v->is_hidden = false;
	e = look_at_screens(v);
	if (e)
		view_stop(v);
	else
		send_cursor_shape(v);
	return e;
}

void view_stop(struct view *v)
{
	if (v->is_started)
		platform_capture_stop(v->platform);
	v->is_started = false;
	forget_screen(v);
}

void view_size(const struct view *v, int32_t *width, int32_t *height)
{
	*width = v->width;
	*height = v->height;
}

#include "fake_platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct fake fake;
static uint32_t seed;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.boot_ms = 1000;
	fake.wall_ms = 1700000000000;
	seed = 1;
}

struct platform *fake_platform(void)
{
	return (struct platform *)(void *)&fake;
}

void fake_forget(void)
{
	fake.log[0] = '\0';
}

__attribute__((format(printf, 1, 2)))
static void note(const char *format, ...)
{
	size_t n = strlen(fake.log);
	va_list values;

	va_start(values, format);
	vsnprintf(fake.log + n, sizeof(fake.log) - n, format, values);
	va_end(values);
}

uint64_t platform_wall_ms(void)
{
	return fake.wall_ms;
}

uint64_t platform_boot_ms(void)
{
	return fake.boot_ms;
}

void platform_local_time(uint64_t wall_ms, char out[6])
{
	snprintf(out, 6, "%02u:%02u", (unsigned)(wall_ms / 3600000 % 24), (unsigned)(wall_ms / 60000 % 60));
}

void platform_local_date(uint64_t wall_ms, char out[11])
{
	(void)wall_ms;
	memcpy(out, "2026-11-25", 11);
}

void platform_save(struct platform *p, const char *title, const char *name, const void *bytes, size_t len)
{
	(void)p;
	(void)title;
	(void)bytes;
	note("save %s %zu\n", name, len);
}

enum err platform_random(void *buf, size_t len)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
	return fake.has_no_random ? ERR_IO : OK;
}

enum err platform_screens(struct platform *p, int32_t *width, int32_t *height, struct platform_monitor *out, size_t max,
		size_t *count)
{
	(void)p;
	assert_true(max >= 1);
	*width = FAKE_WIDTH;
	*height = FAKE_HEIGHT;
	out[0] = (struct platform_monitor){ { 0, 0, FAKE_WIDTH, FAKE_HEIGHT }, true };
	*count = 1;
	return OK;
}

void platform_mask(struct platform *p, char *const *rules, size_t count)
{
	(void)p;
	(void)rules;
	(void)count;
}

void platform_choose(struct platform *p, const struct ui_choose *c)
{
	(void)p;
	note("choose %s\n", c->title);
}

void platform_choose_close(struct platform *p)
{
	(void)p;
}

void platform_show_all(struct platform *p)
{
	(void)p;
	note("show all\n");
}

bool platform_is_shown(struct platform *p, int32_t x, int32_t y)
{
	(void)p;
	return !fake.is_one_window || (x >= 10 && x < 20 && y >= 10 && y < 20);
}

bool platform_focus_is_shown(struct platform *p)
{
	(void)p;
	return !fake.is_focus_elsewhere;
}

bool platform_is_one_window(struct platform *p)
{
	(void)p;
	return fake.is_one_window;
}

enum err platform_capture_start(struct platform *p)
{
	(void)p;
	note("capture start\n");
	return fake.has_no_capture ? ERR_IO : OK;
}

void platform_capture_stop(struct platform *p)
{
	(void)p;
	note("capture stop\n");
}

enum err platform_capture(struct platform *p, const struct platform_rect *r, size_t count, uint32_t *pixels)
{
	(void)p;
	fake.captures++;
	for (size_t i = 0; i < count; i++) {
		assert_true(r[i].x >= 0 && r[i].y >= 0 && r[i].x + r[i].width <= FAKE_WIDTH && r[i].y + r[i].height <= FAKE_HEIGHT);
		for (int32_t y = r[i].y; y < r[i].y + r[i].height; y++)
			memcpy(pixels + y * FAKE_WIDTH + r[i].x, fake.screen + y * FAKE_WIDTH + r[i].x, 4 * (size_t)r[i].width);
	}
	return OK;
}

enum err platform_cursor_shape(struct platform *p, uint16_t *width, uint16_t *height, uint16_t *hot_x, uint16_t *hot_y,
		uint8_t rgba[64 * 64 * 4])
{
	(void)p;
	*width = *height = 2;
	*hot_x = *hot_y = 1;
	memset(rgba, 0xaa, 16);
	return OK;
}

bool platform_is_ours(struct platform *p, int32_t x, int32_t y)
{
	(void)p;
	return x >= fake.ours.x && y >= fake.ours.y && x < fake.ours.x + fake.ours.width && y < fake.ours.y + fake.ours.height;
}

bool platform_focus_is_ours(struct platform *p)
{
	(void)p;
	return fake.is_focus_ours;
}

void platform_inject_mouse(struct platform *p, enum platform_mouse action, uint8_t button, int32_t x, int32_t y,
		int16_t wheel_x, int16_t wheel_y)
{
	(void)p;
	note("mouse %d %d %d,%d %d,%d\n", (int)action, button, x, y, wheel_x, wheel_y);
}

void platform_inject_text(struct platform *p, const uint32_t *code_points, size_t count)
{
	(void)p;
	note("text");
	for (size_t i = 0; i < count; i++)
		note(" %x", code_points[i]);
	note("\n");
}

void platform_inject_key(struct platform *p, uint16_t key, uint8_t modifiers)
{
	(void)p;
	note("key %x %d\n", key, modifiers);
}

void platform_release_all(struct platform *p)
{
	(void)p;
	note("release\n");
}

void platform_overlay_pointer(struct platform *p, int32_t x, int32_t y)
{
	(void)p;
	note("pointer %d,%d\n", x, y);
}

void platform_overlay_frame(struct platform *p, const struct platform_rect *r)
{
	(void)p;
	note("frame %d,%d %dx%d\n", r->x, r->y, r->width, r->height);
}

void platform_overlay_arrow(struct platform *p, int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y)
{
	(void)p;
	note("arrow %d,%d to %d,%d\n", from_x, from_y, to_x, to_y);
}

void platform_overlay_step(struct platform *p, int number, int32_t x, int32_t y)
{
	(void)p;
	note("step %d at %d,%d\n", number, x, y);
}

bool platform_overlay_line(struct platform *p, int32_t x, int32_t y, const char *who, const char *text)
{
	if (platform_is_ours(p, x, y))
		return false;
	note("line %d %d %s %s\n", x, y, who, text);
	return true;
}

void platform_overlay_clear(struct platform *p)
{
	(void)p;
	note("clear\n");
}

void platform_window(struct platform *p, const struct ui_state *s)
{
	(void)p;
	snprintf(fake.status, sizeof(fake.status), "%s", s->status);
	snprintf(fake.who, sizeof(fake.who), "%s", s->who);
	snprintf(fake.why, sizeof(fake.why), "%s", s->why);
	snprintf(fake.title, sizeof(fake.title), "%s", s->title);
	snprintf(fake.receipt, sizeof(fake.receipt), "%s", s->receipt ? s->receipt : "");
	snprintf(fake.recording, sizeof(fake.recording), "%s", s->recording);
	snprintf(fake.line, sizeof(fake.line), "%s", s->file ? s->file : "");
	fake.has_file_stop = s->file_stop != NULL;
	snprintf(fake.phone, sizeof(fake.phone), "%s", s->is_doubting ? s->phone : "");
	snprintf(fake.warning, sizeof(fake.warning), "%s", s->warning ? s->warning : "");
	snprintf(fake.control, sizeof(fake.control), "%s", s->cap[CAP_CONTROL].label);
	note("window%s\n", s->is_over ? " over" : "");
}

void platform_chat(struct platform *p, const struct ui_chat *c)
{
	(void)p;
	fake.can_write = c->can_write;
	fake.is_chat_away = c->is_away;
}

void platform_chat_add(struct platform *p, const char *who, const char *text, bool is_own)
{
	(void)p;
	(void)is_own;
	note("chat %s: %s\n", who, text);
}

void platform_prompt(struct platform *p, const struct ui_prompt *prompt)
{
	(void)p;
	snprintf(fake.prompt, sizeof(fake.prompt), "%s", prompt->body);
	fake.has_typing = prompt->typing != NULL;
	note("prompt %u\n", prompt->ask);
}

/* ---- files: one that is received, one that is chosen, both in memory ---- */

struct platform_file {
	bool is_received;
};

void platform_pick(struct platform *p, const char *title)
{
	(void)p;
	(void)title;
	note("pick\n");
}

void platform_pick_close(struct platform *p)
{
	(void)p;
	note("pick close\n");
}

struct platform_file *fake_chosen(void)
{
	fake.open_files++;
	return calloc(1, sizeof(struct platform_file));
}

enum err platform_file_new(struct platform *p, const char *folder, const char *name, uint64_t size,
		struct platform_file **out)
{
	(void)p;
	note("file %s/%s %u\n", folder, name, (unsigned)size);
	*out = NULL;
	if (fake.is_disk_full)
		return ERR_IO;
	*out = fake_chosen();
	(*out)->is_received = true;
	fake.file_len = 0;
	return OK;
}

enum err platform_file_write(struct platform_file *f, const void *buf, size_t len)
{
	assert_true(f->is_received && fake.file_len + len <= sizeof(fake.file));
	if (fake.is_disk_full)
		return ERR_IO;
	memcpy(fake.file + fake.file_len, buf, len);
	fake.file_len += len;
	return OK;
}

enum err platform_file_keep(struct platform_file *f, char *where, size_t size)
{
	snprintf(where, size, "Downloads/Assistance");
	platform_file_close(f);
	note("kept %zu\n", fake.file_len);
	return OK;
}

enum err platform_file_read(struct platform_file *f, uint64_t at, void *buf, size_t len)
{
	assert_false(f->is_received);
	if (at + len > fake.file_len)
		return ERR_IO;
	memcpy(buf, fake.file + at, len);
	return OK;
}

void platform_file_close(struct platform_file *f)
{
	if (!f)
		return;
	fake.open_files--;
	free(f);
}

void platform_prompt_close(struct platform *p)
{
	(void)p;
	note("prompt close\n");
}

/* ---- the outlet ---- */

static enum err keep(void *arg, uint8_t kind, uint32_t grant, const void *plain, size_t len)
{
	struct tray *t = arg;
	struct sent *s = &t->at[t->count];

	assert_true(t->count < SENT_MAX);
	*s = (struct sent){ kind, grant, malloc(len + 1), len };
	memcpy(s->bytes, plain, len);
	s->bytes[len] = '\0';
	t->count++;
	return t->answer;
}

struct outlet tray_outlet(struct tray *t)
{
	memset(t, 0, sizeof(*t));
	return (struct outlet){ t, keep };
}

void tray_clear(struct tray *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->at[i].bytes);
	t->count = 0;
}

#include "agent/platform/x11/platform_x11.h"

#include <gtk/gtk.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/platform/x11/x11_capture.h"
#include "agent/platform/x11/x11_chat.h"
#include "agent/platform/x11/x11_choose.h"
#include "agent/platform/x11/x11_cursor.h"
#include "agent/platform/x11/x11_devices.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_guard.h"
#include "agent/platform/x11/x11_hands.h"
#include "agent/platform/x11/x11_files.h"
#include "agent/platform/x11/x11_input.h"
#include "agent/platform/x11/x11_keymap.h"
#include "agent/platform/x11/x11_line.h"
#include "agent/platform/x11/x11_lock.h"
#include "agent/platform/x11/x11_ours.h"
#include "agent/platform/x11/x11_overlay.h"
#include "agent/platform/x11/x11_pick.h"
#include "agent/platform/x11/x11_pool.h"
#include "agent/platform/x11/x11_prompt.h"
#include "agent/platform/x11/x11_save.h"
#include "agent/platform/x11/x11_scope.h"
#include "agent/platform/x11/x11_screens.h"
#include "agent/platform/x11/x11_secret.h"
#include "agent/platform/x11/x11_sight.h"
#include "agent/platform/x11/x11_strip.h"
#include "agent/platform/x11/x11_style.h"
#include "agent/platform/x11/x11_window.h"

struct platform {
	struct platform_events events;
	void *arg;
	GMainLoop *loop;
	guint timer;
	struct x11_guard *guard;
	struct x11_display *display;
	struct x11_devices *devices;
	struct x11_hands *hands;
	struct x11_screens *screens;
	struct x11_ours *ours;
	struct x11_masks *masks;
	struct x11_scope *scope;
	struct x11_capture *capture;
	struct x11_secret *secret;
	struct x11_cursor *cursor;
	struct x11_keymap *keymap;
	struct x11_pool *pool;
	struct x11_input *input;
	struct x11_overlay *overlay;
	struct x11_line *line;
	struct x11_prompt *prompt;
	struct x11_window *window;
	struct x11_choose *choose;
	struct x11_chat *chat;
	struct x11_strip *strip;
	struct x11_sight *sight;
	struct x11_lock *lock;
	struct x11_save *save;
	struct x11_pick *pick;
	struct x11_files *files;
};

static void on_damage(void *arg, const struct platform_rect *r, size_t count)
{
	struct platform *p = arg;

	p->events.on_damage(p->arg, r, count);
}

static void on_cursor(void *arg, int32_t x, int32_t y, bool is_new_shape)
{
	struct platform *p = arg;

	p->events.on_cursor(p->arg, x, y, is_new_shape);
}

static void on_screens(void *arg)
{
	struct platform *p = arg;

	p->events.on_screens(p->arg);
}

static void on_local_hand(void *arg, enum platform_hand hand)
{
	struct platform *p = arg;

	p->events.on_local_hand(p->arg, hand);
}

static void on_panic(void *arg)
{
	struct platform *p = arg;

	p->events.on_panic(p->arg);
}

static void on_motion(void *arg)
{
	struct platform *p = arg;

	if (p->cursor)
		x11_cursor_moved(p->cursor);
}

static void on_prompt(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed)
{
	struct platform *p = arg;

	p->events.on_prompt(p->arg, ask, answer, is_typed);
}

static void on_end(void *arg)
{
	struct platform *p = arg;

	p->events.on_end(p->arg);
}

static void on_limit(void *arg, enum capability cap)
{
	struct platform *p = arg;

	p->events.on_limit(p->arg, cap);
}

static void on_scope(void *arg)
{
	struct platform *p = arg;

	p->events.on_scope(p->arg);
}

static void on_chosen(void *arg, xcb_window_t window, const char *title)
{
	struct platform *p = arg;

	if (window)
		x11_scope_set(p->scope, window);
	x11_capture_masks_changed(p->capture);
	p->events.on_chosen(p->arg, window ? title : NULL);
}

static void on_save(void *arg)
{
	struct platform *p = arg;

	p->events.on_save(p->arg);
}

static void on_picked(void *arg, struct platform_file *file, const char *name, uint64_t size)
{
	struct platform *p = arg;

	p->events.on_picked(p->arg, file, name, size);
}

static void on_file_stop(void *arg)
{
	struct platform *p = arg;

	p->events.on_file_stop(p->arg);
}

static void on_doubt(void *arg)
{
	struct platform *p = arg;

	p->events.on_doubt(p->arg);
}

static void on_fine(void *arg)
{
	struct platform *p = arg;

	p->events.on_fine(p->arg);
}

static void on_write(void *arg)
{
	struct platform *p = arg;

	x11_chat_open(p->chat);
}

static bool on_say(void *arg, const char *text)
{
	struct platform *p = arg;

	return p->events.on_say(p->arg, text);
}

static void on_saved(void *arg, enum platform_saved result)
{
	struct platform *p = arg;

	p->events.on_saved(p->arg, result);
}

/** What waits to be typed was allowed a moment ago: does the platform's part still hold? */
static bool may_go_on(void *arg)
{
	struct platform *p = arg;

	return !x11_prompt_is_open(p->prompt) && !x11_ours_has_focus(p->ours) && x11_scope_has_focus(p->scope);
}

static void on_locked(void *arg)
{
	struct platform *p = arg;

	p->events.on_locked(p->arg);
}

static void on_secret(void *arg, bool is_secret)
{
	struct platform *p = arg;

	p->events.on_secret(p->arg, is_secret);
}

static void on_secret_place(void *arg)
{
	struct platform *p = arg;

	x11_capture_masks_changed(p->capture);
}

static void on_covered(void *arg)
{
	struct platform *p = arg;

	p->events.on_covered(p->arg);
}

static void on_lost(void *arg)
{
	platform_quit(arg);
}

void x11_platform_on_socket(struct platform *p, struct platform_socket *s)
{
	p->events.on_socket(p->arg, s);
}

/** A screen reader that runs has announced its bus on the root window. */
static bool has_screen_reader(struct x11_display *d)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(d->xcb,
			xcb_get_property(d->xcb, 0, d->root, x11_display_atom(d, "AT_SPI_BUS"),
					XCB_ATOM_ANY, 0, 1),
			NULL);
	bool is_there = r && r->type != XCB_ATOM_NONE;

	free(r);
	return is_there;
}

/** Keeps the toolkit from writing settings and from starting services (S8, S10). */
static void keep_toolkit_quiet(struct x11_display *d)
{
	g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
	g_setenv("GIO_USE_VFS", "local", TRUE);
	g_setenv("GIO_USE_VOLUME_MONITOR", "unix", TRUE);
	g_setenv("GDK_BACKEND", "x11", TRUE);
	g_setenv("GTK_IM_MODULE", "gtk-im-context-simple", TRUE);
	g_unsetenv("GTK_USE_PORTAL");
	g_unsetenv("GTK_MODULES");
	if (!has_screen_reader(d))
		g_setenv("NO_AT_BRIDGE", "1", TRUE);
}

static enum err open_toolkit(struct platform *p)
{
	keep_toolkit_quiet(p->display);
	if (!gtk_init_check(NULL, NULL)) {
		fprintf(stderr, "guichet-agent: the X display refuses windows\n");
		return ERR_IO;
	}
	x11_style_load();
	p->loop = g_main_loop_new(NULL, FALSE);
	return OK;
}

static enum err make_parts(struct platform *p)
{
	const struct x11_hands_events hands = { on_local_hand, on_panic, on_motion, p };
	const struct x11_window_events window = { on_end, on_limit, on_scope, on_save, on_file_stop, on_doubt, on_fine, on_write, p };
	const struct x11_secret_events secret = { on_secret, on_secret_place, p };
	struct x11_display *d = p->display;

	if (!(p->devices = x11_devices_new(d)) ||
			!(p->hands = x11_hands_new(d, p->devices, hands)) ||
			!(p->screens = x11_screens_new(d, on_screens, p)) ||
			!(p->ours = x11_ours_new(d)) || !(p->masks = x11_masks_new(d)) ||
			!(p->scope = x11_scope_new(d, p->ours)) ||
			!(p->capture = x11_capture_new(d, p->screens, p->masks, p->scope, on_damage, p)) ||
			!(p->secret = x11_secret_new(p->masks, secret)) ||
			!(p->cursor = x11_cursor_new(d, on_cursor, p)) ||
			!(p->keymap = x11_keymap_new(d)) ||
			!(p->pool = x11_pool_new(d, p->keymap)) ||
			!(p->input = x11_input_new(d, p->keymap, p->pool, p->guard, may_go_on, p)) ||
			!(p->overlay = x11_overlay_new(d)) ||
			!(p->line = x11_line_new(p->ours)) ||
			!(p->prompt = x11_prompt_new(p->devices, p->ours, p->masks, on_prompt, p)) ||
			!(p->window = x11_window_new(p->ours, window)) ||
			!(p->choose = x11_choose_new(d, p->ours, on_chosen, p)) ||
			!(p->chat = x11_chat_new(p->ours, on_say, p)) ||
			!(p->strip = x11_strip_new(p->ours, on_end, on_doubt, p)) ||
			!(p->sight = x11_sight_new(
					  d, p->window, p->strip, p->prompt, on_covered, p)) ||
			!(p->lock = x11_lock_new(on_locked, p)) ||
			!(p->save = x11_save_new(on_saved, p)) || !(p->pick = x11_pick_new(on_picked, p)) ||
			!(p->files = x11_files_new()))
		return ERR_NOMEM;
	return OK;
}

enum err platform_open(const struct platform_events *events, void *arg, struct platform **out)
{
	struct platform *p = calloc(1, sizeof(*p));
	enum err e;

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	p->events = *events;
	p->arg = arg;
	p->guard = x11_guard_start(); /* before the toolkit's threads */
	e = p->guard ? x11_display_open(&p->display) : ERR_IO;
	if (!e)
		e = open_toolkit(p);
	if (!e)
		e = make_parts(p);
	if (e) {
		platform_close(p);
		return e;
	}
	x11_display_on_lost(p->display, on_lost, p);
	*out = p;
	return OK;
}

void platform_close(struct platform *p)
{
	if (!p)
		return;
	if (p->timer)
		g_source_remove(p->timer);
	x11_save_free(p->save);
	x11_pick_free(p->pick);
	x11_files_free(p->files);
	x11_lock_free(p->lock);
	x11_prompt_free(p->prompt);
	x11_sight_free(p->sight);
	x11_strip_free(p->strip);
	x11_chat_free(p->chat);
	x11_choose_free(p->choose);
	x11_window_free(p->window);
	x11_line_free(p->line);
	x11_overlay_free(p->overlay);
	x11_input_free(p->input);
	x11_pool_free(p->pool);
	x11_keymap_free(p->keymap);
	x11_cursor_free(p->cursor);
	x11_secret_free(p->secret);
	x11_capture_free(p->capture);
	x11_scope_free(p->scope);
	x11_masks_free(p->masks);
	x11_screens_free(p->screens);
	x11_hands_free(p->hands);
	x11_devices_free(p->devices);
	x11_ours_free(p->ours);
	x11_display_close(p->display);
	x11_guard_free(p->guard);
	if (p->loop)
		g_main_loop_unref(p->loop);
	free(p);
}

void platform_run(struct platform *p)
{
	g_main_loop_run(p->loop);
}

void platform_quit(struct platform *p)
{
	g_main_loop_quit(p->loop);
}

static gboolean on_timer(gpointer arg)
{
	struct platform *p = arg;

	p->timer = 0;
	p->events.on_timer(p->arg);
	return G_SOURCE_REMOVE;
}

void platform_timer(struct platform *p, uint32_t delay_ms)
{
	if (p->timer)
		g_source_remove(p->timer);
	p->timer = g_timeout_add(delay_ms, on_timer, p);
}

enum err platform_screens(struct platform *p, int32_t *width, int32_t *height,
		struct platform_monitor *out, size_t max, size_t *count)
{
	return x11_screens_read(p->screens, width, height, out, max, count);
}

void platform_mask(struct platform *p, char *const *rules, size_t count)
{
	x11_masks_set(p->masks, rules, count);
}

enum err platform_capture_start(struct platform *p)
{
	enum err e = x11_capture_start(p->capture);

	if (!e)
		x11_cursor_switch(p->cursor, true);
	return e;
}

void platform_capture_stop(struct platform *p)
{
	x11_cursor_switch(p->cursor, false);
	x11_capture_stop(p->capture);
}

enum err platform_capture(
		struct platform *p, const struct platform_rect *r, size_t count, uint32_t *pixels)
{
	return x11_capture_grab(p->capture, r, count, pixels);
}

enum err platform_cursor_shape(struct platform *p, uint16_t *width, uint16_t *height,
		uint16_t *hot_x, uint16_t *hot_y, uint8_t rgba[64 * 64 * 4])
{
	return x11_cursor_shape(p->cursor, width, height, hot_x, hot_y, rgba);
}

void platform_choose(struct platform *p, const struct ui_choose *c)
{
	x11_choose_open(p->choose, x11_window_widget(p->window), c);
}

void platform_choose_close(struct platform *p)
{
	x11_choose_close(p->choose);
}

void platform_show_all(struct platform *p)
{
	x11_scope_set(p->scope, 0);
	x11_capture_masks_changed(p->capture);
}

bool platform_is_shown(struct platform *p, int32_t x, int32_t y)
{
	return x11_scope_has_point(p->scope, x, y);
}

bool platform_focus_is_shown(struct platform *p)
{
	return x11_scope_has_focus(p->scope);
}

bool platform_is_one_window(struct platform *p)
{
	return x11_scope_is_set(p->scope);
}

bool platform_is_ours(struct platform *p, int32_t x, int32_t y)
{
	return x11_ours_has_point(p->ours, x, y);
}

bool platform_focus_is_ours(struct platform *p)
{
	return x11_ours_has_focus(p->ours);
}

/* The core refuses hands while a prompt is open; these refuse once more (S16). */

void platform_inject_mouse(struct platform *p, enum platform_mouse action, uint8_t button,
		int32_t x, int32_t y, int16_t wheel_x, int16_t wheel_y)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_input_mouse(p->input, action, button, x, y, wheel_x, wheel_y);
}

void platform_inject_text(struct platform *p, const uint32_t *code_points, size_t count)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_input_text(p->input, code_points, count);
}

void platform_inject_key(struct platform *p, uint16_t key, uint8_t modifiers)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_input_key(p->input, key, modifiers);
}

void platform_release_all(struct platform *p)
{
	x11_input_release_all(p->input);
}

static int32_t scale_factor(void)
{
	GdkMonitor *monitor = gdk_display_get_monitor(gdk_display_get_default(), 0);

	return monitor ? gdk_monitor_get_scale_factor(monitor) : 1;
}

/* Nothing is drawn over an open prompt: its words are the agent's alone. */

void platform_overlay_pointer(struct platform *p, int32_t x, int32_t y)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_overlay_pointer(p->overlay, x, y, scale_factor());
}

void platform_overlay_frame(struct platform *p, const struct platform_rect *r)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_overlay_frame(p->overlay, r, scale_factor());
}

void platform_overlay_arrow(struct platform *p, int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_overlay_arrow(p->overlay, from_x, from_y, to_x, to_y, scale_factor());
}

void platform_overlay_step(struct platform *p, int number, int32_t x, int32_t y)
{
	if (!x11_prompt_is_open(p->prompt))
		x11_overlay_step(p->overlay, number, x, y, scale_factor());
}

bool platform_overlay_line(struct platform *p, int32_t x, int32_t y, const char *who, const char *text)
{
	return !x11_prompt_is_open(p->prompt) && x11_line_show(p->line, x, y, who, text);
}

void platform_overlay_clear(struct platform *p)
{
	x11_line_hide(p->line);
	x11_overlay_clear(p->overlay);
}

void platform_window(struct platform *p, const struct ui_state *s)
{
	x11_window_show(p->window, s);
	x11_sight_switch(p->sight, !s->is_over);
	x11_strip_write(p->strip, s);
}

void platform_pick(struct platform *p, const char *title)
{
	x11_pick_open(p->pick, x11_window_widget(p->window), title);
}

void platform_pick_close(struct platform *p)
{
	x11_pick_close(p->pick);
}

enum err platform_file_new(struct platform *p, const char *folder, const char *name, uint64_t size,
		struct platform_file **out)
{
	return x11_files_begin(p->files, folder, name, size, out);
}

void platform_chat(struct platform *p, const struct ui_chat *c)
{
	x11_window_offer(p->window, c->open);
	x11_chat_update(p->chat, c);
}

void platform_chat_add(struct platform *p, const char *who, const char *text, bool is_own)
{
	x11_chat_add(p->chat, who, text, is_own);
}

void platform_save(struct platform *p, const char *title, const char *name, const void *bytes,
		size_t len)
{
	x11_save_open(p->save, x11_window_widget(p->window), title, name, bytes, len);
}

void platform_prompt(struct platform *p, const struct ui_prompt *prompt)
{
	platform_overlay_clear(p);
	x11_input_release_all(p->input);
	x11_prompt_open(p->prompt, prompt);
}

void platform_prompt_close(struct platform *p)
{
	x11_prompt_close(p->prompt);
}

/*
 * Drives agent/platform/x11 by lines on stdin and prints each callback as a line on stdout.
 * The scenario is in x11_platform.sh. Not a program for anybody else.
 */
#include <glib-unix.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>
#include <xcb/xcb.h>

#include "agent/platform.h"

struct driver {
	struct platform *platform;
	struct platform_socket *socket;
	int32_t width, height;
	uint32_t *pixels;
	bool is_over, is_quiet;
};

static void on_socket(void *arg, struct platform_socket *s)
{
	struct driver *d = arg;
	char buf[512];
	size_t n;
	enum err e;

	(void)d;
	e = platform_send(s, "ping\n", 5, &n);
	printf("socket send %s %zu\n", err_name(e), n);
	e = platform_recv(s, buf, sizeof(buf), &n);
	printf("socket recv %s %zu\n", err_name(e), n);
	if (e == ERR_IO) {
		platform_disconnect(s);
		d->socket = NULL;
	}
}

static void on_timer(void *arg)
{
	(void)arg;
	puts("timer");
}

static void on_damage(void *arg, const struct platform_rect *r, size_t count)
{
	struct driver *d = arg;
	enum err e = platform_capture(d->platform, r, count, d->pixels);

	if (e || !d->is_quiet)
		printf("damage %zu %s\n", count, err_name(e));
}

static void on_cursor(void *arg, int32_t x, int32_t y, bool is_new_shape)
{
	struct driver *d = arg;

	if (!d->is_quiet)
		printf("cursor %d %d %d\n", x, y, is_new_shape);
}

static void on_screens(void *arg)
{
	(void)arg;
	puts("screens");
}

static void on_local_hand(void *arg, enum platform_hand hand)
{
	static const char *const names[] = { [HAND_MOUSE] = "mouse", [HAND_KEY] = "key", [HAND_RELEASE] = "release" };

	(void)arg;
	printf("hand %s\n", names[hand]);
}

static void on_panic(void *arg)
{
	(void)arg;
	puts("panic");
}

static void on_prompt(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed)
{
	static const char *const name[] = { "allow", "refuse", "closed", "silence" };

	(void)arg;
	printf("answer %u %s%s\n", ask, name[answer], is_typed ? " typed" : "");
}

static void on_end(void *arg)
{
	(void)arg;
	puts("end");
}

static void on_limit(void *arg, enum capability cap)
{
	(void)arg;
	printf("limit %d\n", cap);
}

static void on_locked(void *arg)
{
	(void)arg;
	puts("locked");
}

static void on_secret(void *arg, bool is_secret)
{
	(void)arg;
	printf("secret %d\n", is_secret);
}

static void on_covered(void *arg)
{
	(void)arg;
	puts("covered");
}

static void on_scope(void *arg)
{
	static const struct ui_choose words = { "Quelle fenêtre ?", "Elle seule.", "Annuler", "Sans titre", "Aucune" };
	struct driver *d = arg;

	platform_choose(d->platform, &words);
}

static void on_chosen(void *arg, const char *title)
{
	(void)arg;
	printf("chosen %s\n", title ? title : "nothing");
}

static void on_save(void *arg)
{
	(void)arg;
	puts("save");
}

static void on_saved(void *arg, enum platform_saved result)
{
	(void)arg;
	printf("saved %d\n", result);
}

static void on_picked(void *arg, struct platform_file *file, const char *name, uint64_t size)
{
	(void)arg;
	(void)name;
	(void)size;
	platform_file_close(file);
}

static void on_file_stop(void *arg)
{
	(void)arg;
}

static void on_doubt(void *arg)
{
	(void)arg;
	puts("doubt");
}

static void on_fine(void *arg)
{
	(void)arg;
	puts("fine");
}

static bool on_say(void *arg, const char *text)
{
	(void)arg;
	printf("say %s\n", text);
	return true;
}

static const struct platform_events events = {
	on_socket,
	on_timer,
	on_damage,
	on_cursor,
	on_screens,
	on_local_hand,
	on_panic,
	on_prompt,
	on_end,
	on_limit,
	on_locked,
	on_secret,
	on_covered,
	on_scope,
	on_chosen,
	on_save,
	on_saved,
	on_picked,
	on_file_stop,
	on_doubt,
	on_fine,
	on_say,
};

static void do_window(struct driver *d, const char *args)
{
	struct ui_state s = {
		.title = "Assistance Banque Exemple",
		.who = "Claire Martin vous aide",
		.why = "Motif : mise en place de vos virements",
		.words = args[0] == 'w' ? "« abricot » et « lanterne »" : "",
		.words_hint = "Lisez ces deux mots à votre conseiller. S'il n'a pas les mêmes, "
			"mettez fin.",
		.status = d->is_over ? "L'assistance est terminée." : "Votre conseiller voit votre écran.",
		.recording = "● La session est enregistrée",
		.since = "Depuis 14:02",
		.cap = {
			[CAP_VIEW] = { UI_ON, "Il voit votre écran : oui", "Cacher mon écran" },
			[CAP_POINT] = { UI_ON, "Il montre du doigt : oui", NULL },
			[CAP_CONTROL] = { args[0] == 'c' ? UI_ON : UI_OFF, args[0] == 'c'
				? "Il agit à votre place : oui" : "Il agit à votre place : non",
				args[0] == 'c' ? "Reprendre la main" : NULL },
		},
		.panic_hint = "Échap maintenue une seconde met fin à tout.",
		.end = "Mettre fin",
		.close = "Fermer",
		.is_over = d->is_over,
	};

	platform_window(d->platform, &s);
}

static void open_prompt(struct driver *d, const char *args, const struct ui_typing *typing)
{
	const struct ui_prompt p = {
		.ask = (uint32_t)atoi(args),
		.title = "Claire Martin demande à voir votre écran",
		.body = "Elle verra tout ce qui est affiché, jusqu'à ce que vous arrêtiez. "
			"Elle ne pourra rien toucher.\n\nVotre banque ne vous demandera jamais un "
			"mot "
			"de passe ni un code.",
		.refuse = "Refuser",
		.allow = "Autoriser",
		.typing = typing,
	};

	platform_prompt(d->platform, &p);
}

static void do_prompt(struct driver *d, const char *args)
{
	open_prompt(d, args, NULL);
}

/** "typing N": a prompt that a number answers as well. */
static void do_typing(struct driver *d, const char *args)
{
	const struct ui_typing typing = { "Sans souris : tapez  %s  pour « %s ».", "Vous avez tapé :  %s",
		"Ce n’est pas le bon nombre.", "Trois essais sont passés." };

	open_prompt(d, args, &typing);
}

static void do_text(struct driver *d, const char *args)
{
	glong count = 0;
	gunichar *points = g_utf8_to_ucs4_fast(args, -1, &count);
	gint64 start = g_get_monotonic_time();

	platform_inject_text(d->platform, points, (size_t)count);
	printf("typed %ld in %ld us\n", count, (long)(g_get_monotonic_time() - start));
	g_free(points);
}

static void do_key(struct driver *d, const char *args)
{
	unsigned key = 0, modifiers = 0;

	sscanf(args, "%x %u", &key, &modifiers);
	platform_inject_key(d->platform, (uint16_t)key, (uint8_t)modifiers);
}

static void do_mouse(struct driver *d, const char *args)
{
	int action = 0, button = 0, x = 0, y = 0, wheel_x = 0, wheel_y = 0;

	sscanf(args, "%d %d %d %d %d %d", &action, &button, &x, &y, &wheel_x, &wheel_y);
	platform_inject_mouse(d->platform, (enum platform_mouse)action, (uint8_t)button, x, y,
			(int16_t)wheel_x, (int16_t)wheel_y);
}

static void read_screens(struct driver *d)
{
	struct platform_monitor m[8];
	size_t count;
	enum err e = platform_screens(d->platform, &d->width, &d->height, m, 8, &count);

	printf("size %s %d %d monitors %zu\n", err_name(e), d->width, d->height, count);
	free(d->pixels);
	d->pixels = calloc((size_t)d->width * (size_t)d->height, 4);
}

static void do_start(struct driver *d, const char *args)
{
	d->is_quiet = args[0] == 'q';
	read_screens(d);
	printf("start %s\n", err_name(platform_capture_start(d->platform)));
}

static void do_stop(struct driver *d, const char *args)
{
	(void)args;
	platform_capture_stop(d->platform);
}

static void write_ppm(struct driver *d, const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		return;
	fprintf(f, "P6\n%d %d\n255\n", d->width, d->height);
	for (size_t i = 0; i < (size_t)d->width * (size_t)d->height; i++) {
		const uint32_t v = d->pixels[i];
		const uint8_t rgb[3] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

		fwrite(rgb, 1, 3, f);
	}
	fclose(f);
}

/** "grab FILE": the whole screen. "keep FILE": what damage alone has brought so far. */
static void do_grab(struct driver *d, const char *args)
{
	const struct platform_rect all = { 0, 0, d->width, d->height };
	gint64 start = g_get_monotonic_time();
	enum err e = platform_capture(d->platform, &all, 1, d->pixels);

	printf("grab %s in %ld us\n", err_name(e), (long)(g_get_monotonic_time() - start));
	write_ppm(d, args);
}

static void do_keep(struct driver *d, const char *args)
{
	write_ppm(d, args);
	puts("kept");
}

/** Many odd rectangles, some outside: the pixels must be those of a whole grab. */
static void do_pieces(struct driver *d, const char *args)
{
	struct platform_rect r[1000];
	size_t count = 0;
	enum err e;

	for (int32_t y = -20; y < d->height && count < 1000; y += 37) {
		for (int32_t x = -20; x < d->width && count < 1000; x += 53)
			r[count++] = (struct platform_rect){ x, y, 53, 37 };
	}
	memset(d->pixels, 0xee, 4 * (size_t)d->width * (size_t)d->height);
	e = platform_capture(d->platform, r, count, d->pixels);
	printf("pieces %s %zu\n", err_name(e), count);
	write_ppm(d, args);
}

static void do_shape(struct driver *d, const char *args)
{
	static uint8_t rgba[64 * 64 * 4];
	uint16_t w, h, x, y;
	enum err e = platform_cursor_shape(d->platform, &w, &h, &x, &y, rgba);

	(void)args;
	printf("shape %s %u %u hot %u %u\n", err_name(e), w, h, x, y);
}

static void do_ours(struct driver *d, const char *args)
{
	int x = 0, y = 0;
	gint64 start = g_get_monotonic_time();
	bool is_ours;

	sscanf(args, "%d %d", &x, &y);
	is_ours = platform_is_ours(d->platform, x, y);
	printf("ours %d %d %d in %ld us\n", x, y, is_ours, (long)(g_get_monotonic_time() - start));
}

static void do_choose(struct driver *d, const char *args)
{
	(void)args;
	on_scope(d);
}

static void do_everything(struct driver *d, const char *args)
{
	(void)args;
	platform_show_all(d->platform);
}

static void do_shown(struct driver *d, const char *args)
{
	int x = 0, y = 0;

	sscanf(args, "%d %d", &x, &y);
	printf("shown %d %d\n", platform_is_shown(d->platform, x, y), platform_focus_is_shown(d->platform));
}

static void do_focus(struct driver *d, const char *args)
{
	(void)args;
	printf("focus %d\n", platform_focus_is_ours(d->platform));
}

static void do_pointer(struct driver *d, const char *args)
{
	int x = 0, y = 0;

	sscanf(args, "%d %d", &x, &y);
	platform_overlay_pointer(d->platform, x, y);
}

static void do_frame(struct driver *d, const char *args)
{
	struct platform_rect r = { 0 };

	sscanf(args, "%d %d %d %d", &r.x, &r.y, &r.width, &r.height);
	platform_overlay_frame(d->platform, &r);
}

static void do_arrow(struct driver *d, const char *args)
{
	int from_x = 0, from_y = 0, to_x = 0, to_y = 0;

	sscanf(args, "%d %d %d %d", &from_x, &from_y, &to_x, &to_y);
	platform_overlay_arrow(d->platform, from_x, from_y, to_x, to_y);
}

static void do_step(struct driver *d, const char *args)
{
	int number = 0, x = 0, y = 0;

	sscanf(args, "%d %d %d", &number, &x, &y);
	platform_overlay_step(d->platform, number, x, y);
}

/** "line X Y text": under a name. */
static void do_line(struct driver *d, const char *args)
{
	int x = 0, y = 0, at = 0;

	sscanf(args, "%d %d %n", &x, &y, &at);
	printf("line %s\n", platform_overlay_line(d->platform, x, y, "Claire Martin écrit :", args + at) ? "shown" : "refused");
}

static void do_clear(struct driver *d, const char *args)
{
	(void)args;
	platform_overlay_clear(d->platform);
}

static void do_release(struct driver *d, const char *args)
{
	(void)args;
	platform_release_all(d->platform);
}

static void do_over(struct driver *d, const char *args)
{
	d->is_over = true;
	do_window(d, args);
}

static void do_close(struct driver *d, const char *args)
{
	(void)args;
	platform_prompt_close(d->platform);
}

static void do_timer(struct driver *d, const char *args)
{
	platform_timer(d->platform, (uint32_t)atoi(args));
}

static void do_connect(struct driver *d, const char *args)
{
	char host[128] = "";
	int port = 0;

	sscanf(args, "%127s %d", host, &port);
	printf("connect %s\n",
			err_name(platform_connect(d->platform, host, (uint16_t)port, &d->socket)));
}

static void do_disconnect(struct driver *d, const char *args)
{
	(void)args;
	platform_disconnect(d->socket);
	d->socket = NULL;
}

static void do_quit(struct driver *d, const char *args)
{
	(void)args;
	platform_quit(d->platform);
}

static const struct {
	const char *name;
	void (*run)(struct driver *d, const char *args);
} commands[] = {
	{ "window", do_window },
	{ "prompt", do_prompt },
	{ "typing", do_typing },
	{ "close", do_close },
	{ "over", do_over },
	{ "text", do_text },
	{ "key", do_key },
	{ "mouse", do_mouse },
	{ "release", do_release },
	{ "start", do_start },
	{ "stop", do_stop },
	{ "grab", do_grab },
	{ "pieces", do_pieces },
	{ "keep", do_keep },
	{ "shape", do_shape },
	{ "ours", do_ours },
	{ "focus", do_focus },
	{ "choose", do_choose },
	{ "everything", do_everything },
	{ "shown", do_shown },
	{ "pointer", do_pointer },
	{ "frame", do_frame },
	{ "arrow", do_arrow },
	{ "step", do_step },
	{ "line", do_line },
	{ "clear", do_clear },
	{ "timer", do_timer },
	{ "connect", do_connect },
	{ "disconnect", do_disconnect },
	{ "quit", do_quit },
};

static void run_line(struct driver *d, char *line)
{
	char *args = strchr(line, ' ');

	if (args)
		*args++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, line) == 0)
			commands[i].run(d, args ? args : "");
	}
	printf("done %s\n", line);
}

static gboolean on_stdin(gint fd, GIOCondition condition, gpointer arg)
{
	struct driver *d = arg;
	char line[1024];

	(void)fd, (void)condition;
	if (!fgets(line, sizeof(line), stdin)) {
		platform_quit(d->platform);
		return G_SOURCE_REMOVE;
	}
	line[strcspn(line, "\n")] = '\0';
	run_line(d, line);
	return G_SOURCE_CONTINUE;
}

/** "--cover": a plain window over the middle of the screen, until it is killed. "--cover all": over
 * everything. "--veil": over everything as well, but every click goes through, like a compositor's.
 */
static int cover(bool is_all, bool is_veil)
{
	xcb_connection_t *c = xcb_connect(NULL, NULL);
	xcb_screen_t *s = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
	const uint32_t values[] = { s->white_pixel, 1 };
	xcb_window_t w = xcb_generate_id(c);

	/* In the middle: beside the button, so that a click still reaches it. */
	xcb_create_window(c, XCB_COPY_FROM_PARENT, w, s->root, is_all ? 0 : 330, is_all ? 0 : 230,
			is_all ? s->width_in_pixels : 600, is_all ? s->height_in_pixels : 200, 0,
			XCB_WINDOW_CLASS_INPUT_OUTPUT, s->root_visual,
			XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	if (is_veil)
		xcb_shape_rectangles(c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_INPUT,
				XCB_CLIP_ORDERING_UNSORTED, w, 0, 0, 0, NULL);
	xcb_map_window(c, w);
	xcb_flush(c);
	for (;;) {
		const uint32_t above = XCB_STACK_MODE_ABOVE;

		g_usleep(20000);
		xcb_configure_window(c, w, XCB_CONFIG_WINDOW_STACK_MODE, &above);
		if (xcb_flush(c) <= 0)
			return 0;
	}
}

/** "--down": how many keys and buttons the server holds down. */
static int down(void)
{
	xcb_connection_t *c = xcb_connect(NULL, NULL);
	xcb_screen_t *s = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
	xcb_query_keymap_reply_t *k = xcb_query_keymap_reply(c, xcb_query_keymap(c), NULL);
	xcb_query_pointer_reply_t *p =
			xcb_query_pointer_reply(c, xcb_query_pointer(c, s->root), NULL);
	int keys = 0;

	for (size_t i = 0; k && i < sizeof(k->keys); i++)
		keys += __builtin_popcount(k->keys[i]);
	printf("%d %d\n", keys, p ? __builtin_popcount(p->mask & 0x1f00) : -1);
	free(k);
	free(p);
	xcb_disconnect(c);
	return 0;
}

int main(int argc, char **argv)
{
	struct driver d = { 0 };

	if (argc > 1 && strcmp(argv[1], "--down") == 0)
		return down();
	if (argc > 1)
		return cover(argc > 2 || strcmp(argv[1], "--veil") == 0,
				strcmp(argv[1], "--veil") == 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (platform_open(&events, &d, &d.platform))
		return 1;
	g_unix_fd_add(0, G_IO_IN | G_IO_HUP, on_stdin, &d);
	puts("ready");
	platform_run(d.platform);
	platform_disconnect(d.socket);
	platform_close(d.platform);
	free(d.pixels);
	return 0;
}

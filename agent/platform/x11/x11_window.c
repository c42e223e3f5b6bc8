#include "agent/platform/x11/x11_window.h"

#include <gdk/gdkx.h>
#include <gtk/gtk.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform/x11/x11_style.h"

enum { WIDTH_PX = 460, EDGE_PX = 12, TITLE_PX = 32 };

/** One button that takes a capability back. */
struct take_back {
	struct x11_window *window;
	enum capability cap;
	GtkWidget *button;
};

struct x11_window {
	struct x11_ours *ours;
	struct x11_window_events events;
	GtkWidget *window; /* NULL until first shown */
	xcb_window_t xid;
	GtkWidget *who, *why, *words_box, *words, *words_hint, *status, *recording, *since,
			*panic_hint, *file, *file_stop;
	GtkWidget *cap_label[CAP_COUNT];
	struct take_back take_back[CAP_COUNT];
	GtkWidget *pair, *scope; /* the first with the button about what is shown */
	GtkWidget *receipt, *saved, *save; /* once it is over */
	GtkWidget *warning, *doubt_title, *doubt_call, *phone, *doubt_body;
	GtkWidget *scroll, *body, *bottom, *end, *doubt, *write;
	bool is_doubting;
	int width, height; /* as last placed */
};

struct x11_window *x11_window_new(struct x11_ours *ours, struct x11_window_events events)
{
	struct x11_window *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->ours = ours;
	w->events = events;
	return w;
}

void x11_window_free(struct x11_window *w)
{
	if (!w)
		return;
	if (w->window) {
		x11_ours_remove(w->ours, w->xid);
		gtk_widget_destroy(w->window);
	}
	free(w);
}

static void on_end(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	w->events.on_end(w->events.arg);
}

static void on_save(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	w->events.on_save(w->events.arg);
}

static void on_file_stop(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	w->events.on_file_stop(w->events.arg);
}

/** One place, two labels: which it is now the last drawing said. */
static void on_doubt(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	if (w->is_doubting)
		w->events.on_fine(w->events.arg);
	else
		w->events.on_doubt(w->events.arg);
}

GtkWindow *x11_window_widget(const struct x11_window *w)
{
	return w->window ? GTK_WINDOW(w->window) : NULL;
}

static gboolean on_delete(GtkWidget *widget, GdkEvent *ev, gpointer arg)
{
	struct x11_window *w = arg;

	(void)widget;
	(void)ev;
	w->events.on_end(w->events.arg);
	return TRUE;
}

static void on_take_back(GtkButton *button, gpointer arg)
{
	struct take_back *t = arg;

	(void)button;
	t->window->events.on_limit(t->window->events.arg, t->cap);
}

static void on_scope(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	w->events.on_scope(w->events.arg);
}

static void work_area(GdkRectangle *out)
{
	GdkDisplay *display = gdk_display_get_default();
	GdkMonitor *monitor = gdk_display_get_primary_monitor(display);

	if (!monitor)
		monitor = gdk_display_get_monitor(display, 0);
	*out = (GdkRectangle){ 0, 0, 800, 600 };
	if (monitor)
		gdk_monitor_get_workarea(monitor, out);
}

/** Keeps the window in the right bottom corner when its height changes. */
static void on_allocate(GtkWidget *widget, GdkRectangle *allocation, gpointer arg)
{
	struct x11_window *w = arg;
	GdkRectangle area, frame;
	GdkWindow *gdk = gtk_widget_get_window(widget);
	int extra_height = 0, extra_width = 0;

	if (!gdk || (allocation->width == w->width && allocation->height == w->height))
		return;
	w->width = allocation->width;
	w->height = allocation->height;
	work_area(&area);
	gdk_window_get_frame_extents(gdk, &frame);
	if (frame.height > gdk_window_get_height(gdk)) {
		extra_height = frame.height - gdk_window_get_height(gdk);
		extra_width = frame.width - gdk_window_get_width(gdk);
	}
	gtk_window_move(GTK_WINDOW(widget),
			area.x + MAX(0, area.width - w->width - extra_width - EDGE_PX),
			area.y + MAX(0, area.height - w->height - extra_height - EDGE_PX));
}

static gboolean on_map(GtkWidget *widget, GdkEvent *ev, gpointer arg)
{
	struct x11_window *w = arg;

	(void)ev;
	w->height = 0; /* the frame's size is known only now: place again */
	gtk_widget_queue_resize(widget);
	return FALSE;
}

/** Always in sight: whatever puts it away, it comes back. */
static gboolean on_window_state(GtkWidget *widget, GdkEventWindowState *ev, gpointer arg)
{
	(void)arg;
	if (ev->new_window_state & GDK_WINDOW_STATE_ICONIFIED)
		gtk_window_deiconify(GTK_WINDOW(widget));
	return FALSE;
}

static GtkWidget *add_label(GtkWidget *box, const char *class)
{
	GtkWidget *label = x11_style_label("", class);

	gtk_widget_set_no_show_all(label, TRUE);
	gtk_box_pack_start(GTK_BOX(box), label, FALSE, FALSE, 0);
	return label;
}

static GtkWidget *make_words(struct x11_window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

	x11_style_class(box, "words-box");
	w->words_hint = add_label(box, "hint");
	w->words = add_label(box, "words");
	gtk_widget_set_no_show_all(box, TRUE);
	return box;
}

/** What is shown can be taken back, or be made less: two buttons side by side. */
static GtkWidget *make_pair(struct x11_window *w, GtkWidget *take_back)
{
	w->pair = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
	gtk_box_set_homogeneous(GTK_BOX(w->pair), TRUE);
	gtk_widget_set_no_show_all(w->pair, TRUE);
	x11_style_class(w->pair, "pair");
	w->scope = gtk_button_new_with_label("");
	gtk_widget_set_no_show_all(w->scope, TRUE);
	g_signal_connect(w->scope, "clicked", G_CALLBACK(on_scope), w);
	gtk_box_pack_start(GTK_BOX(w->pair), take_back, TRUE, TRUE, 0);
	gtk_box_pack_start(GTK_BOX(w->pair), w->scope, TRUE, TRUE, 0);
	return w->pair;
}

static GtkWidget *make_cap(struct x11_window *w, enum capability cap)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
	struct take_back *t = &w->take_back[cap];

	x11_style_class(box, "cap");
	w->cap_label[cap] = add_label(box, "cap-off");
	t->window = w;
	t->cap = cap;
	t->button = gtk_button_new_with_label("");
	gtk_widget_set_no_show_all(t->button, TRUE);
	g_signal_connect(t->button, "clicked", G_CALLBACK(on_take_back), t);
	gtk_box_pack_start(GTK_BOX(box), cap == CAP_VIEW ? make_pair(w, t->button) : t->button, FALSE, FALSE, 0);
	return box;
}

static void on_write(GtkButton *button, gpointer arg)
{
	struct x11_window *w = arg;

	(void)button;
	w->events.on_write(w->events.arg);
}

static GtkWidget *make_top(struct x11_window *w)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

	w->who = x11_style_label("", "who");
	gtk_widget_set_no_show_all(w->who, TRUE);
	gtk_box_pack_start(GTK_BOX(row), w->who, TRUE, TRUE, 0);
	w->write = gtk_button_new_with_label("");
	gtk_widget_set_no_show_all(w->write, TRUE);
	gtk_widget_set_valign(w->write, GTK_ALIGN_START);
	g_signal_connect(w->write, "clicked", G_CALLBACK(on_write), w);
	gtk_box_pack_end(GTK_BOX(row), w->write, FALSE, FALSE, 0);
	return row;
}

static GtkWidget *make_body(struct x11_window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);

	x11_style_class(box, "body-area");
	gtk_box_pack_start(GTK_BOX(box), make_top(w), FALSE, FALSE, 0);
	w->why = add_label(box, "why");
	w->words_box = make_words(w);
	gtk_box_pack_start(GTK_BOX(box), w->words_box, FALSE, FALSE, 4);
	w->status = add_label(box, "status");
	w->warning = add_label(box, "recording");
	w->recording = add_label(box, "recording");
	w->doubt_title = add_label(box, "doubt-title");
	w->doubt_call = add_label(box, "doubt-call");
	w->phone = add_label(box, "phone");
	w->doubt_body = add_label(box, "doubt-body");
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		gtk_box_pack_start(GTK_BOX(box), make_cap(w, cap), FALSE, FALSE, 0);
	w->file = add_label(box, "file");
	w->file_stop = gtk_button_new_with_label("");
	gtk_widget_set_no_show_all(w->file_stop, TRUE);
	g_signal_connect(w->file_stop, "clicked", G_CALLBACK(on_file_stop), w);
	gtk_box_pack_start(GTK_BOX(box), w->file_stop, FALSE, FALSE, 0);
	w->since = add_label(box, "since");
	w->receipt = add_label(box, "receipt");
	gtk_label_set_selectable(GTK_LABEL(w->receipt), FALSE);
	return box;
}

/** « Un doute ? » and « Mettre fin », side by side and as large as each other. */
static GtkWidget *make_two(struct x11_window *w)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

	gtk_box_set_homogeneous(GTK_BOX(row), TRUE);
	w->doubt = gtk_button_new_with_label("");
	x11_style_class(w->doubt, "doubt");
	gtk_widget_set_no_show_all(w->doubt, TRUE);
	g_signal_connect(w->doubt, "clicked", G_CALLBACK(on_doubt), w);
	gtk_box_pack_start(GTK_BOX(row), w->doubt, TRUE, TRUE, 0);
	w->end = gtk_button_new_with_label("");
	x11_style_class(w->end, "end");
	g_signal_connect(w->end, "clicked", G_CALLBACK(on_end), w);
	gtk_box_pack_start(GTK_BOX(row), w->end, TRUE, TRUE, 0);
	return row;
}

static GtkWidget *make_end(struct x11_window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);

	x11_style_class(box, "end-area");
	w->panic_hint = add_label(box, "hint");
	w->saved = add_label(box, "saved");
	w->save = gtk_button_new_with_label("");
	x11_style_class(w->save, "save");
	gtk_widget_set_no_show_all(w->save, TRUE);
	g_signal_connect(w->save, "clicked", G_CALLBACK(on_save), w);
	gtk_box_pack_start(GTK_BOX(box), w->save, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), make_two(w), FALSE, FALSE, 0);
	w->bottom = box;
	return box;
}

static GtkWidget *make_scroll(struct x11_window *w)
{
	GtkWidget *scroll = gtk_scrolled_window_new(NULL, NULL);
	GtkScrolledWindow *s = GTK_SCROLLED_WINDOW(scroll);

	gtk_scrolled_window_set_policy(s, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_overlay_scrolling(s, FALSE);
	w->body = make_body(w);
	gtk_container_add(GTK_CONTAINER(scroll), w->body);
	return scroll;
}

static void dress_window(GtkWindow *window)
{
	gtk_window_set_resizable(window, FALSE);
	gtk_window_set_type_hint(window, GDK_WINDOW_TYPE_HINT_UTILITY);
	gtk_window_set_keep_above(window, TRUE);
	gtk_window_stick(window);
	gtk_window_set_focus_on_map(window, FALSE);
	gtk_widget_set_size_request(GTK_WIDGET(window), WIDTH_PX, -1);
	x11_style_class(GTK_WIDGET(window), "guichet");
}

static void make_window(struct x11_window *w)
{
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

	dress_window(GTK_WINDOW(window));
	w->scroll = make_scroll(w);
	gtk_box_pack_start(GTK_BOX(box), w->scroll, TRUE, TRUE, 0);
	gtk_box_pack_end(GTK_BOX(box), make_end(w), FALSE, FALSE, 0);
	gtk_container_add(GTK_CONTAINER(window), box);
	g_signal_connect(window, "delete-event", G_CALLBACK(on_delete), w);
	g_signal_connect(window, "size-allocate", G_CALLBACK(on_allocate), w);
	g_signal_connect(window, "map-event", G_CALLBACK(on_map), w);
	g_signal_connect(window, "window-state-event", G_CALLBACK(on_window_state), w);
	gtk_widget_realize(window);
	gdk_window_set_functions(gtk_widget_get_window(window), GDK_FUNC_MOVE | GDK_FUNC_CLOSE);
	gdk_window_set_decorations(
			gtk_widget_get_window(window), GDK_DECOR_BORDER | GDK_DECOR_TITLE);
	w->window = window;
	w->xid = (xcb_window_t)gdk_x11_window_get_xid(gtk_widget_get_window(window));
	gdk_display_sync(gdk_display_get_default());
	x11_ours_add(w->ours, w->xid);
}

/** Changes only what differs, so that nothing flickers and no screen reader repeats itself. */
static void set_text(GtkWidget *label, const char *text, bool is_shown)
{
	const char *new_text = text ? text : "";

	if (strcmp(gtk_label_get_text(GTK_LABEL(label)), new_text) != 0)
		gtk_label_set_text(GTK_LABEL(label), new_text);
	gtk_widget_set_visible(label, is_shown && new_text[0] != '\0');
}

static void set_button(GtkWidget *button, const char *text, bool is_shown)
{
	if (text && strcmp(gtk_button_get_label(GTK_BUTTON(button)), text) != 0) {
		GtkLabel *label;

		gtk_button_set_label(GTK_BUTTON(button), text);
		label = GTK_LABEL(gtk_bin_get_child(GTK_BIN(button)));
		gtk_label_set_line_wrap(label, TRUE);
		gtk_label_set_max_width_chars(label, 1); /* no label moves the window's edges */
		gtk_label_set_justify(label, GTK_JUSTIFY_CENTER);
		x11_style_name(button, text);
	}
	gtk_widget_set_visible(button, is_shown && text && text[0] != '\0');
}

static void show_cap(struct x11_window *w, enum capability cap, const struct ui_state *s)
{
	GtkStyleContext *style = gtk_widget_get_style_context(w->cap_label[cap]);
	bool is_strong = s->cap[cap].state == UI_ON || s->cap[cap].state == UI_SUSPENDED;

	if (is_strong != gtk_style_context_has_class(style, "cap-on")) {
		gtk_style_context_remove_class(style, is_strong ? "cap-off" : "cap-on");
		gtk_style_context_add_class(style, is_strong ? "cap-on" : "cap-off");
	}
	set_text(w->cap_label[cap], s->cap[cap].label, !s->is_over && !s->is_doubting);
	set_button(w->take_back[cap].button, s->cap[cap].take_back, !s->is_over && !s->is_doubting);
}

static void show_pair(struct x11_window *w, const struct ui_state *s)
{
	bool is_usual = !s->is_over && !s->is_doubting;

	set_button(w->scope, s->scope, is_usual);
	gtk_widget_set_visible(w->pair, is_usual && (s->scope || s->cap[CAP_VIEW].take_back));
}

static void show_words(struct x11_window *w, const struct ui_state *s)
{
	bool has_words = !s->is_over && !s->is_doubting && s->words && s->words[0] != '\0';

	set_text(w->words, s->words, true);
	set_text(w->words_hint, s->words_hint, true);
	gtk_widget_set_visible(w->words_box, has_words);
}

/** The middle is as high as it needs, but on a small screen the end button may not leave it. */
static void fit_height(struct x11_window *w)
{
	GdkRectangle area;
	int end_height, body_height, room;

	work_area(&area);
	gtk_widget_get_preferred_height_for_width(
			w->bottom, WIDTH_PX, NULL, &end_height);
	gtk_widget_get_preferred_height_for_width(w->body, WIDTH_PX, NULL, &body_height);
	room = MAX(120, area.height - end_height - TITLE_PX - 2 * EDGE_PX);
	gtk_widget_set_size_request(w->scroll, -1, MIN(body_height, room));
}

/** What helps when in doubt; the window comes to the front with it. */
static void show_doubt(struct x11_window *w, const struct ui_state *s)
{
	set_text(w->doubt_title, s->doubt_title, s->is_doubting);
	set_text(w->doubt_call, s->doubt_call, s->is_doubting);
	set_text(w->phone, s->phone, s->is_doubting);
	set_text(w->doubt_body, s->doubt_body, s->is_doubting);
	set_button(w->doubt, s->is_doubting ? s->fine : s->doubt, !s->is_over);
	if (s->is_doubting && !w->is_doubting)
		x11_window_raise(w);
	w->is_doubting = s->is_doubting;
}

void x11_window_show(struct x11_window *w, const struct ui_state *s)
{
	const char *title = s->title ? s->title : "";
	bool is_usual = !s->is_over && !s->is_doubting;

	if (!w->window)
		make_window(w);
	if (g_strcmp0(gtk_window_get_title(GTK_WINDOW(w->window)), title) != 0)
		gtk_window_set_title(GTK_WINDOW(w->window), title);
	set_text(w->who, s->who, is_usual);
	set_text(w->why, s->why, is_usual);
	show_words(w, s);
	set_text(w->status, s->status, true);
	set_text(w->warning, s->warning, is_usual);
	set_text(w->recording, s->recording, is_usual);
	show_doubt(w, s);
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		show_cap(w, cap, s);
	show_pair(w, s);
	set_text(w->file, s->file, true);
	set_button(w->file_stop, s->file_stop, is_usual);
	set_text(w->since, s->since, is_usual);
	set_text(w->panic_hint, s->panic_hint, is_usual);
	set_text(w->receipt, s->receipt, s->is_over);
	set_text(w->saved, s->saved, s->is_over);
	set_button(w->save, s->save, s->is_over);
	set_button(w->end, s->is_over ? s->close : s->end, true);
	gtk_widget_show_all(gtk_bin_get_child(GTK_BIN(w->window)));
	fit_height(w);
	gtk_widget_show(w->window);
}

void x11_window_offer(struct x11_window *w, const char *write)
{
	bool was_shown;

	if (!w->window)
		return;
	was_shown = gtk_widget_get_visible(w->write);
	if (write && g_strcmp0(gtk_button_get_label(GTK_BUTTON(w->write)), write) != 0) {
		gtk_button_set_label(GTK_BUTTON(w->write), write);
		x11_style_name(w->write, write);
	}
	gtk_widget_set_visible(w->write, write != NULL);
	if (was_shown != (write != NULL))
		fit_height(w);
}

bool x11_window_is_seen(const struct x11_window *w)
{
	struct platform_rect button;

	return w->window && x11_style_place(w->end, &button) &&
			x11_ours_is_seen(w->ours, w->xid, &button);
}

void x11_window_raise(struct x11_window *w)
{
	if (!w->window)
		return;
	gtk_window_deiconify(GTK_WINDOW(w->window));
	gdk_window_raise(gtk_widget_get_window(w->window));
	gdk_display_flush(gdk_display_get_default());
}

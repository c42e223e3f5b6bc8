#include "agent/platform/x11/x11_prompt.h"

#include <gdk/gdkx.h>
#include <gtk/gtk.h>
#include <stdlib.h>

#include "agent/platform/x11/x11_style.h"

enum { WIDTH_PX = 640, PRESS_PX = 72, PRESS_EDGE_PX = 12, RAISE_GAP_MS = 300, LOOK_MS = 100 };

struct x11_prompt {
	struct x11_devices *devices;
	struct x11_ours *ours;
	struct x11_typed *typed;
	void (*on_answer)(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed);
	void *arg;

	uint32_t ask;
	GtkWidget *window; /* NULL: closed */
	GtkWidget *allow, *other, *left; /* other: of a plain question, else NULL */
	GtkWidget *pressed;              /* a press that counts is waiting for its release; NULL: none */
	xcb_window_t xid;
	gint64 drawn_us; /* or in sight again; 0: not drawn yet */
	gint64 raised_us;
	gint64 deadline_us;
	guint wake_timer, second_timer, look_timer;
	int x, y;              /* where the window is */
	double from_x, from_y; /* where the pointer was at drawn_us, or where others put it */
	bool is_moved_by_hand; /* since then a person has moved it by PROMPT_MOVE_PX */
	bool is_hidden;        /* something covers the prompt */
};

struct x11_prompt *x11_prompt_new(struct x11_devices *devices, struct x11_ours *ours, struct x11_masks *masks,
		void (*on_answer)(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed), void *arg)
{
	struct x11_prompt *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->typed = x11_typed_new(masks);
	if (!p->typed) {
		free(p);
		return NULL;
	}
	p->devices = devices;
	p->ours = ours;
	p->on_answer = on_answer;
	p->arg = arg;
	return p;
}

void x11_prompt_free(struct x11_prompt *p)
{
	if (!p)
		return;
	x11_prompt_close(p);
	x11_typed_free(p->typed);
	free(p);
}

bool x11_prompt_is_open(const struct x11_prompt *p)
{
	return p->window != NULL;
}

void x11_prompt_close(struct x11_prompt *p)
{
	GtkWidget *window = p->window;

	if (p->wake_timer)
		g_source_remove(p->wake_timer);
	if (p->second_timer)
		g_source_remove(p->second_timer);
	if (p->look_timer)
		g_source_remove(p->look_timer);
	p->wake_timer = p->second_timer = p->look_timer = 0;
	p->window = p->allow = p->other = p->left = p->pressed = NULL;
	p->drawn_us = 0;
	if (!window)
		return;
	x11_typed_close(p->typed);
	x11_ours_remove(p->ours, p->xid);
	gtk_widget_destroy(window);
	gdk_display_flush(gdk_display_get_default());
}

static void answer(struct x11_prompt *p, enum platform_answer a, bool is_typed)
{
	uint32_t ask = p->ask;

	if (!p->window)
		return;
	x11_prompt_close(p);
	p->on_answer(p->arg, ask, a, is_typed);
}

static bool is_person(struct x11_prompt *p, const GdkEvent *ev)
{
	GdkDevice *source = gdk_event_get_source_device(ev);

	return source && !ev->any.send_event &&
			x11_devices_is_physical_now(
					p->devices, (uint16_t)gdk_x11_device_get_id(source));
}

static bool is_awake(const struct x11_prompt *p)
{
	return p->drawn_us &&
			g_get_monotonic_time() - p->drawn_us >=
			PROMPT_INERT_MS * G_GINT64_CONSTANT(1000);
}

static bool is_inside(GtkWidget *widget, const GdkEventButton *ev)
{
	return ev->window == gtk_widget_get_window(widget) && ev->x >= 0 && ev->y >= 0 &&
			ev->x < gtk_widget_get_allocated_width(widget) &&
			ev->y < gtk_widget_get_allocated_height(widget);
}

/** A finger or a pen lands where its owner wants it: nobody can park it there. */
static bool is_direct(const GdkEvent *ev)
{
	GdkInputSource kind = gdk_device_get_source(gdk_event_get_source_device(ev));

	return kind == GDK_SOURCE_TOUCHSCREEN || kind == GDK_SOURCE_PEN ||
			kind == GDK_SOURCE_ERASER;
}

/** What must hold at the press and again at the release. */
static bool may_count(struct x11_prompt *p, GtkWidget *widget, const GdkEventButton *ev)
{
	return ev->button == GDK_BUTTON_PRIMARY && is_awake(p) && is_inside(widget, ev) &&
			!p->is_hidden && is_person(p, (const GdkEvent *)ev) &&
			(p->is_moved_by_hand || is_direct((const GdkEvent *)ev)) &&
			!x11_ours_is_covered(p->ours, p->xid);
}

static gboolean on_press(GtkWidget *widget, GdkEventButton *ev, gpointer arg)
{
	struct x11_prompt *p = arg;

	if (ev->type != GDK_BUTTON_PRESS)
		return TRUE;
	p->pressed = may_count(p, widget, ev) ? widget : NULL;
	if (p->pressed)
		gtk_widget_set_state_flags(widget, GTK_STATE_FLAG_ACTIVE, FALSE);
	return TRUE;
}

static gboolean on_release(GtkWidget *widget, GdkEventButton *ev, gpointer arg)
{
	struct x11_prompt *p = arg;
	bool is_click = p->pressed == widget && may_count(p, widget, ev);

	p->pressed = NULL;
	gtk_widget_unset_state_flags(widget, GTK_STATE_FLAG_ACTIVE);
	if (is_click)
		answer(p, widget == p->allow ? ANSWER_ALLOW : ANSWER_REFUSE, false);
	return TRUE;
}

static gboolean on_crossing(GtkWidget *widget, GdkEventCrossing *ev, gpointer arg)
{
	(void)arg;
	if (ev->type == GDK_ENTER_NOTIFY)
		gtk_widget_set_state_flags(widget, GTK_STATE_FLAG_PRELIGHT, FALSE);
	else
		gtk_widget_unset_state_flags(widget, GTK_STATE_FLAG_PRELIGHT);
	return FALSE;
}

static void forget_hand(struct x11_prompt *p, double x, double y)
{
	p->from_x = x;
	p->from_y = y;
	p->is_moved_by_hand = false;
	p->pressed = NULL;
}

/** A pointer that somebody else put on the button must not turn a stray click into a yes. */
static gboolean on_motion(GtkWidget *widget, GdkEventMotion *ev, gpointer arg)
{
	struct x11_prompt *p = arg;

	(void)widget;
	if (!p->drawn_us)
		return FALSE;
	if (!is_person(p, (const GdkEvent *)ev))
		forget_hand(p, ev->x_root, ev->y_root);
	else if (ABS(ev->x_root - p->from_x) >= PROMPT_MOVE_PX ||
			ABS(ev->y_root - p->from_y) >= PROMPT_MOVE_PX)
		p->is_moved_by_hand = true;
	return FALSE;
}

static void on_refuse(GtkButton *button, gpointer arg)
{
	(void)button;
	answer(arg, ANSWER_REFUSE, false);
}

/** Digits that a person typed; every other key is the toolkit's. */
static gboolean on_key(GtkWidget *widget, GdkEventKey *ev, gpointer arg)
{
	struct x11_prompt *p = arg;
	int index;

	(void)widget;
	if (ev->is_modifier || !is_person(p, (const GdkEvent *)ev))
		return FALSE;
	if (!is_awake(p) || p->is_hidden || x11_ours_is_covered(p->ours, p->xid)) {
		x11_typed_note_key(p->typed);
		return FALSE;
	}
	if (!x11_typed_key(p->typed, ev, &index))
		return FALSE;
	if (index >= 0)
		answer(p, index == 0 ? ANSWER_ALLOW : ANSWER_REFUSE, true);
	return TRUE;
}

static gboolean on_delete(GtkWidget *widget, GdkEvent *ev, gpointer arg)
{
	(void)widget;
	(void)ev;
	answer(arg, ANSWER_CLOSED, false);
	return TRUE;
}

static gboolean on_wake(gpointer arg)
{
	struct x11_prompt *p = arg;

	p->wake_timer = 0;
	gtk_style_context_remove_class(gtk_widget_get_style_context(p->allow), "inert");
	if (p->other)
		gtk_style_context_remove_class(gtk_widget_get_style_context(p->other), "inert");
	return G_SOURCE_REMOVE;
}

static void show_seconds(struct x11_prompt *p)
{
	gint64 left_us = p->deadline_us - g_get_monotonic_time();
	char text[16];

	g_snprintf(text, sizeof(text), "%d s", (int)((left_us + 999999) / 1000000));
	gtk_label_set_text(GTK_LABEL(p->left), text);
}

static gboolean on_second(gpointer arg)
{
	struct x11_prompt *p = arg;

	if (g_get_monotonic_time() < p->deadline_us) {
		show_seconds(p);
		return G_SOURCE_CONTINUE;
	}
	p->second_timer = 0;
	answer(p, ANSWER_SILENCE, false);
	return G_SOURCE_REMOVE;
}

/** From now on it is in sight: for PROMPT_INERT_MS, and until a hand has moved, it takes no click.
 */
static void begin_inert(struct x11_prompt *p)
{
	GdkSeat *seat = gdk_display_get_default_seat(gdk_display_get_default());
	int x = 0, y = 0;

	gdk_device_get_position(gdk_seat_get_pointer(seat), NULL, &x, &y);
	forget_hand(p, x, y);
	p->drawn_us = g_get_monotonic_time();
	gtk_style_context_add_class(gtk_widget_get_style_context(p->allow), "inert");
	if (p->other)
		gtk_style_context_add_class(gtk_widget_get_style_context(p->other), "inert");
	if (p->wake_timer)
		g_source_remove(p->wake_timer);
	p->wake_timer = g_timeout_add(PROMPT_INERT_MS, on_wake, p);
	x11_typed_show(p->typed);
}

static gboolean on_drawn(GtkWidget *widget, cairo_t *cr, gpointer arg)
{
	struct x11_prompt *p = arg;

	(void)widget;
	(void)cr;
	if (!p->drawn_us)
		begin_inert(p);
	return FALSE;
}

/** Comes back to the front, but does not fight for it without end; in sight again, it is as new. */
static void note_hidden(struct x11_prompt *p, bool is_hidden)
{
	gint64 now_us = g_get_monotonic_time();

	if (p->is_hidden && !is_hidden && p->drawn_us)
		begin_inert(p);
	p->is_hidden = is_hidden;
	if (is_hidden)
		p->pressed = NULL;
	if (is_hidden && now_us - p->raised_us > RAISE_GAP_MS * G_GINT64_CONSTANT(1000)) {
		p->raised_us = now_us;
		gdk_window_raise(gtk_widget_get_window(p->window));
	}
}

static gboolean on_visibility(GtkWidget *widget, GdkEventVisibility *ev, gpointer arg)
{
	(void)widget;
	if (ev->state != GDK_VISIBILITY_UNOBSCURED)
		note_hidden(arg, true);
	return FALSE;
}

/** Under a compositor the server calls every window visible: look at the windows above as well. */
static gboolean on_look(gpointer arg)
{
	struct x11_prompt *p = arg;

	if (p->drawn_us)
		note_hidden(p, x11_ours_is_covered(p->ours, p->xid));
	return G_SOURCE_CONTINUE;
}

static void primary_area(GdkRectangle *out)
{
	GdkDisplay *display = gdk_display_get_default();
	GdkMonitor *monitor = gdk_display_get_primary_monitor(display);

	if (!monitor)
		monitor = gdk_display_get_monitor(display, 0);
	*out = (GdkRectangle){ 0, 0, WIDTH_PX, WIDTH_PX };
	if (monitor)
		gdk_monitor_get_workarea(monitor, out);
}

/** Whoever moves the prompt finds it back in the middle when any part left the screen. */
static gboolean on_configure(GtkWidget *widget, GdkEventConfigure *ev, gpointer arg)
{
	struct x11_prompt *p = arg;
	GdkRectangle area;

	if (p->drawn_us && (ev->x != p->x || ev->y != p->y))
		begin_inert(p); /* the button may lie under a pointer that has not moved */
	p->x = ev->x;
	p->y = ev->y;
	primary_area(&area);
	if (ev->x < area.x || ev->y < area.y || ev->x + ev->width > area.x + area.width ||
			ev->y + ev->height > area.y + area.height) {
		int x = area.x + MAX(0, (area.width - ev->width) / 2);
		int y = area.y + MAX(0, (area.height - ev->height) / 2);

		if (x != ev->x || y != ev->y)
			gtk_window_move(GTK_WINDOW(widget), x, y);
	}
	return FALSE;
}

static GtkWidget *make_press(struct x11_prompt *p, const char *text)
{
	GtkWidget *box = gtk_event_box_new();
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	gtk_widget_set_margin_start(label, PRESS_EDGE_PX);
	gtk_widget_set_margin_end(label, PRESS_EDGE_PX);
	gtk_widget_set_size_request(box, -1, PRESS_PX); /* an event box knows no padding */
	gtk_container_add(GTK_CONTAINER(box), label);
	gtk_widget_set_can_focus(box, FALSE);
	gtk_widget_add_events(box,
			GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK | GDK_POINTER_MOTION_MASK |
					GDK_ENTER_NOTIFY_MASK | GDK_LEAVE_NOTIFY_MASK);
	x11_style_class(box, "press");
	x11_style_class(box, "inert");
	atk_object_set_role(gtk_widget_get_accessible(box), ATK_ROLE_PUSH_BUTTON);
	x11_style_name(box, text);
	g_signal_connect(box, "button-press-event", G_CALLBACK(on_press), p);
	g_signal_connect(box, "button-release-event", G_CALLBACK(on_release), p);
	g_signal_connect(box, "enter-notify-event", G_CALLBACK(on_crossing), p);
	g_signal_connect(box, "leave-notify-event", G_CALLBACK(on_crossing), p);
	g_signal_connect(box, "motion-notify-event", G_CALLBACK(on_motion), p);
	return box;
}

static GtkWidget *make_refuse(struct x11_prompt *p, const char *text)
{
	GtkWidget *button = gtk_button_new_with_label(text);

	x11_style_name(button, text);
	g_signal_connect(button, "clicked", G_CALLBACK(on_refuse), p);
	return button;
}

static GtkWidget *make_buttons(struct x11_prompt *p, const struct ui_prompt *words)
{
	GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 20);

	gtk_box_set_homogeneous(GTK_BOX(row), TRUE);
	p->allow = make_press(p, words->allow);
	p->other = words->is_even ? make_press(p, words->refuse) : NULL;
	gtk_box_pack_start(GTK_BOX(row), p->other ? p->other : make_refuse(p, words->refuse), TRUE, TRUE, 0);
	gtk_box_pack_start(GTK_BOX(row), p->allow, TRUE, TRUE, 0);
	return row;
}

static GtkWidget *make_content(struct x11_prompt *p, const struct ui_prompt *words)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
	const char *const answers[] = { words->allow, words->refuse };
	GtkWidget *typed = x11_typed_open(p->typed, words->typing, answers, words->is_even ? 2 : 1);

	x11_style_class(box, "prompt-area");
	p->left = x11_style_label("", "prompt-left");
	gtk_label_set_xalign(GTK_LABEL(p->left), 1);
	gtk_box_pack_start(GTK_BOX(box), x11_style_label(words->title, "prompt-title"), FALSE,
			FALSE, 0);
	gtk_box_pack_start(
			GTK_BOX(box), x11_style_label(words->body, "prompt-body"), FALSE, FALSE, 0);
	if (typed)
		gtk_box_pack_start(GTK_BOX(box), typed, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), make_buttons(p, words), FALSE, FALSE, 6);
	gtk_box_pack_start(GTK_BOX(box), p->left, FALSE, FALSE, 0);
	return box;
}

static void dress_window(GtkWindow *w, const struct ui_prompt *words)
{
	GdkRectangle area;

	gtk_window_set_title(w, words->title);
	gtk_window_set_decorated(w, FALSE);
	gtk_window_set_resizable(w, FALSE);
	gtk_window_set_type_hint(w, GDK_WINDOW_TYPE_HINT_DIALOG);
	gtk_window_set_keep_above(w, TRUE);
	gtk_window_stick(w);
	gtk_window_set_skip_taskbar_hint(w, TRUE);
	gtk_window_set_skip_pager_hint(w, TRUE);
	gtk_window_set_position(w, GTK_WIN_POS_CENTER_ALWAYS);
	primary_area(&area);
	gtk_widget_set_size_request(GTK_WIDGET(w), MIN(WIDTH_PX, area.width), -1);
	x11_style_class(GTK_WIDGET(w), "guichet");
	x11_style_class(GTK_WIDGET(w), "prompt");
}

static void watch_window(struct x11_prompt *p, GtkWidget *w)
{
	gtk_widget_add_events(w, GDK_VISIBILITY_NOTIFY_MASK | GDK_POINTER_MOTION_MASK);
	g_signal_connect(w, "delete-event", G_CALLBACK(on_delete), p);
	g_signal_connect(w, "key-press-event", G_CALLBACK(on_key), p);
	g_signal_connect(w, "visibility-notify-event", G_CALLBACK(on_visibility), p);
	g_signal_connect(w, "configure-event", G_CALLBACK(on_configure), p);
	g_signal_connect(w, "motion-notify-event", G_CALLBACK(on_motion), p);
	g_signal_connect_after(w, "draw", G_CALLBACK(on_drawn), p);
}

void x11_prompt_open(struct x11_prompt *p, const struct ui_prompt *words)
{
	GtkWidget *w;

	x11_prompt_close(p);
	w = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	p->ask = words->ask;
	p->is_moved_by_hand = p->is_hidden = false;
	p->deadline_us = g_get_monotonic_time() + PROMPT_SILENCE_MS * G_GINT64_CONSTANT(1000);
	dress_window(GTK_WINDOW(w), words);
	gtk_container_add(GTK_CONTAINER(w), make_content(p, words));
	watch_window(p, w);
	show_seconds(p);
	p->second_timer = g_timeout_add_seconds(1, on_second, p);
	p->look_timer = g_timeout_add(LOOK_MS, on_look, p);
	gtk_widget_show_all(gtk_bin_get_child(GTK_BIN(w)));
	gtk_widget_realize(w);
	p->window = w;
	p->xid = (xcb_window_t)gdk_x11_window_get_xid(gtk_widget_get_window(w));
	gdk_display_sync(gdk_display_get_default());
	x11_ours_add(p->ours, p->xid);
	gtk_window_present(GTK_WINDOW(w));
}

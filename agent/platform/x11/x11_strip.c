#include "agent/platform/x11/x11_strip.h"

#include <gdk/gdkx.h>
#include <gtk/gtk.h>
#include <stdlib.h>

#include "agent/platform/x11/x11_style.h"

enum { WIDTH_PX = 380, EDGE_PX = 12 };

struct x11_strip {
	struct x11_ours *ours;
	void (*on_end)(void *arg);
	void (*on_doubt)(void *arg);
	void *arg;
	GtkWidget *window; /* NULL: not shown */
	GtkWidget *end;
	xcb_window_t xid;
	char *status, *button, *doubt; /* of GLib */
};

struct x11_strip *x11_strip_new(struct x11_ours *ours, void (*on_end)(void *arg),
		void (*on_doubt)(void *arg), void *arg)
{
	struct x11_strip *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ours = ours;
	s->on_end = on_end;
	s->on_doubt = on_doubt;
	s->arg = arg;
	return s;
}

void x11_strip_free(struct x11_strip *s)
{
	if (!s)
		return;
	x11_strip_hide(s);
	g_free(s->status);
	g_free(s->button);
	g_free(s->doubt);
	free(s);
}

void x11_strip_write(struct x11_strip *s, const struct ui_state *words)
{
	const char *doubt = words->is_doubting ? NULL : words->doubt;

	if (g_strcmp0(s->status, words->status) == 0 && g_strcmp0(s->button, words->end) == 0 &&
			g_strcmp0(s->doubt, doubt) == 0)
		return;
	g_free(s->status);
	g_free(s->button);
	g_free(s->doubt);
	s->doubt = g_strdup(doubt);
	s->status = g_strdup(words->status);
	s->button = g_strdup(words->end);
	if (!s->window)
		return;
	x11_strip_hide(s);
	x11_strip_show(s);
}

static void on_clicked(GtkButton *button, gpointer arg)
{
	struct x11_strip *s = arg;

	(void)button;
	s->on_end(s->arg);
}

static void on_doubt_clicked(GtkButton *button, gpointer arg)
{
	struct x11_strip *s = arg;

	(void)button;
	s->on_doubt(s->arg);
}

static GtkWidget *make_doubt(struct x11_strip *s)
{
	GtkWidget *button = gtk_button_new_with_label(s->doubt);

	x11_style_class(button, "doubt");
	x11_style_name(button, s->doubt);
	gtk_widget_set_can_focus(button, FALSE);
	g_signal_connect(button, "clicked", G_CALLBACK(on_doubt_clicked), s);
	return button;
}

static GtkWidget *make_content(struct x11_strip *s)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);

	x11_style_class(box, "end-area");
	s->end = gtk_button_new_with_label(s->button ? s->button : "");
	x11_style_class(s->end, "end");
	x11_style_name(s->end, s->button ? s->button : "");
	gtk_widget_set_can_focus(s->end, FALSE);
	g_signal_connect(s->end, "clicked", G_CALLBACK(on_clicked), s);
	gtk_box_pack_start(GTK_BOX(box), x11_style_label(s->status ? s->status : "", "status"),
			FALSE, FALSE, 0);
	if (s->doubt)
		gtk_box_pack_start(GTK_BOX(box), make_doubt(s), FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), s->end, FALSE, FALSE, 0);
	return box;
}

/** The whole monitor, not the part that panels leave: a full-screen program covers panels too. */
static void place(GtkWindow *window)
{
	GdkDisplay *display = gdk_display_get_default();
	GdkMonitor *monitor = gdk_display_get_primary_monitor(display);
	GdkRectangle all = { 0, 0, 800, 600 };
	GtkRequisition size;

	if (!monitor)
		monitor = gdk_display_get_monitor(display, 0);
	if (monitor)
		gdk_monitor_get_geometry(monitor, &all);
	gtk_widget_get_preferred_size(GTK_WIDGET(window), NULL, &size);
	gtk_window_move(window, all.x + MAX(0, all.width - size.width - EDGE_PX),
			all.y + MAX(0, all.height - size.height - EDGE_PX));
}

static void make_window(struct x11_strip *s)
{
	GtkWidget *window = gtk_window_new(GTK_WINDOW_POPUP);

	x11_style_class(window, "guichet");
	x11_style_class(window, "strip");
	gtk_window_set_title(GTK_WINDOW(window), s->button ? s->button : "");
	gtk_widget_set_size_request(window, WIDTH_PX, -1);
	gtk_container_add(GTK_CONTAINER(window), make_content(s));
	gtk_widget_show_all(gtk_bin_get_child(GTK_BIN(window)));
	place(GTK_WINDOW(window));
	gtk_widget_realize(window);
	s->window = window;
	s->xid = (xcb_window_t)gdk_x11_window_get_xid(gtk_widget_get_window(window));
	gdk_display_sync(gdk_display_get_default());
	x11_ours_add(s->ours, s->xid);
	gtk_widget_show(window);
}

void x11_strip_show(struct x11_strip *s)
{
	if (!s->window)
		make_window(s);
	gdk_window_raise(gtk_widget_get_window(s->window));
	gdk_display_flush(gdk_display_get_default());
}

void x11_strip_hide(struct x11_strip *s)
{
	GtkWidget *window = s->window;

	s->window = s->end = NULL;
	if (!window)
		return;
	x11_ours_remove(s->ours, s->xid);
	gtk_widget_destroy(window);
	gdk_display_flush(gdk_display_get_default());
}

bool x11_strip_is_seen(const struct x11_strip *s)
{
	struct platform_rect button;

	return s->window && x11_style_place(s->end, &button) &&
			x11_ours_is_seen(s->ours, s->xid, &button);
}

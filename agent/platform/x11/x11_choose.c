#include "agent/platform/x11/x11_choose.h"

#include <gdk/gdkx.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform/x11/x11_style.h"

enum { WIDTH_PX = 560, LIST_PX = 320, TITLE_CHARS = 46 };

struct x11_choose {
	struct x11_display *display;
	struct x11_ours *ours;
	x11_choose_fn *fn;
	void *arg;
	xcb_atom_t client_list, type, type_desktop, type_dock;
	GtkWidget *window; /* NULL: closed */
	xcb_window_t xid;
};

struct x11_choose *x11_choose_new(struct x11_display *d, struct x11_ours *ours, x11_choose_fn *fn, void *arg)
{
	struct x11_choose *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->display = d;
	c->ours = ours;
	c->fn = fn;
	c->arg = arg;
	c->client_list = x11_display_atom(d, "_NET_CLIENT_LIST");
	c->type = x11_display_atom(d, "_NET_WM_WINDOW_TYPE");
	c->type_desktop = x11_display_atom(d, "_NET_WM_WINDOW_TYPE_DESKTOP");
	c->type_dock = x11_display_atom(d, "_NET_WM_WINDOW_TYPE_DOCK");
	return c;
}

void x11_choose_close(struct x11_choose *c)
{
	if (!c->window)
		return;
	x11_ours_remove(c->ours, c->xid);
	gtk_widget_destroy(c->window);
	c->window = NULL;
}

void x11_choose_free(struct x11_choose *c)
{
	if (!c)
		return;
	x11_choose_close(c);
	free(c);
}

static void answer(struct x11_choose *c, xcb_window_t window, const char *title)
{
	char *kept = g_strdup(title);

	x11_choose_close(c);
	c->fn(c->arg, window, kept);
	g_free(kept);
}

static void on_window(GtkButton *button, gpointer arg)
{
	answer(arg, GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(button), "window")),
			g_object_get_data(G_OBJECT(button), "title"));
}

static void on_cancel(GtkButton *button, gpointer arg)
{
	(void)button;
	answer(arg, 0, "");
}

static gboolean on_delete(GtkWidget *widget, GdkEvent *ev, gpointer arg)
{
	(void)widget;
	(void)ev;
	answer(arg, 0, "");
	return TRUE;
}

static gboolean on_key(GtkWidget *widget, GdkEventKey *ev, gpointer arg)
{
	(void)widget;
	if (ev->keyval != GDK_KEY_Escape)
		return FALSE;
	answer(arg, 0, "");
	return TRUE;
}

/* ---- the windows ---- */

/** Desktop and panels are no windows to people. */
static bool is_for_people(struct x11_choose *c, xcb_window_t w)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(c->display->xcb,
			xcb_get_property(c->display->xcb, 0, w, c->type, XCB_ATOM_ATOM, 0, 1), NULL);
	xcb_atom_t type = r && xcb_get_property_value_length(r) == 4 ? *(xcb_atom_t *)xcb_get_property_value(r) : XCB_ATOM_NONE;

	free(r);
	return type != c->type_desktop && type != c->type_dock;
}

static bool is_own(struct x11_choose *c, xcb_window_t w)
{
	const uint32_t mask = xcb_get_setup(c->display->xcb)->resource_id_mask;

	return (w & ~mask) == (c->xid & ~mask);
}

static void add_window(struct x11_choose *c, GtkWidget *list, xcb_window_t w, const char *none)
{
	char *title = x11_display_title(c->display, w), *valid = g_utf8_make_valid(title && title[0] ? title : none, -1);
	GtkWidget *button = gtk_button_new_with_label(valid);
	GtkLabel *label = GTK_LABEL(gtk_bin_get_child(GTK_BIN(button)));

	gtk_label_set_ellipsize(label, PANGO_ELLIPSIZE_END);
	gtk_label_set_max_width_chars(label, TITLE_CHARS);
	gtk_label_set_xalign(label, 0);
	g_object_set_data(G_OBJECT(button), "window", GUINT_TO_POINTER(w));
	g_object_set_data_full(G_OBJECT(button), "title", valid, g_free);
	g_signal_connect(button, "clicked", G_CALLBACK(on_window), c);
	gtk_box_pack_start(GTK_BOX(list), button, FALSE, FALSE, 0);
	free(title);
}

/** How many there are. */
static int add_windows(struct x11_choose *c, GtkWidget *list, const char *none)
{
	xcb_connection_t *x = c->display->xcb;
	xcb_get_property_reply_t *r = xcb_get_property_reply(
			x, xcb_get_property(x, 0, c->display->root, c->client_list, XCB_ATOM_WINDOW, 0, X11_CHOOSE_MAX), NULL);
	const xcb_window_t *w = r && r->format == 32 ? xcb_get_property_value(r) : NULL;
	int count = 0;

	for (int i = 0; w && i < xcb_get_property_value_length(r) / 4; i++) {
		if (is_own(c, w[i]) || !is_for_people(c, w[i]))
			continue;
		add_window(c, list, w[i], none);
		count++;
	}
	free(r);
	return count;
}

/* ---- the dialog ---- */

static GtkWidget *make_list(struct x11_choose *c, GtkWidget **list)
{
	GtkWidget *scroll = gtk_scrolled_window_new(NULL, NULL);
	GtkScrolledWindow *s = GTK_SCROLLED_WINDOW(scroll);

	(void)c;
	*list = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
	x11_style_class(*list, "body-area");
	gtk_scrolled_window_set_policy(s, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_overlay_scrolling(s, FALSE);
	gtk_scrolled_window_set_propagate_natural_height(s, TRUE);
	gtk_scrolled_window_set_max_content_height(s, LIST_PX);
	gtk_container_add(GTK_CONTAINER(scroll), *list);
	return scroll;
}

static GtkWidget *make_end(struct x11_choose *c, const char *cancel)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *button = gtk_button_new_with_label(cancel);

	x11_style_class(box, "end-area");
	g_signal_connect(button, "clicked", G_CALLBACK(on_cancel), c);
	gtk_box_pack_start(GTK_BOX(box), button, FALSE, FALSE, 0);
	return box;
}

void x11_choose_open(struct x11_choose *c, GtkWindow *parent, const struct ui_choose *words)
{
	GtkWidget *box, *head, *list;

	if (c->window)
		return;
	c->window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	head = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
	gtk_window_set_title(GTK_WINDOW(c->window), words->title);
	gtk_window_set_transient_for(GTK_WINDOW(c->window), parent);
	gtk_window_set_keep_above(GTK_WINDOW(c->window), TRUE);
	gtk_window_set_resizable(GTK_WINDOW(c->window), FALSE);
	gtk_window_set_position(GTK_WINDOW(c->window), GTK_WIN_POS_CENTER);
	gtk_widget_set_size_request(c->window, WIDTH_PX, -1);
	x11_style_class(c->window, "guichet");
	x11_style_class(head, "body-area");
	gtk_box_pack_start(GTK_BOX(head), x11_style_label(words->title, "prompt-title"), FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(head), x11_style_label(words->body, "doubt-body"), FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), head, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), make_list(c, &list), TRUE, TRUE, 0);
	gtk_box_pack_end(GTK_BOX(box), make_end(c, words->cancel), FALSE, FALSE, 0);
	gtk_container_add(GTK_CONTAINER(c->window), box);
	g_signal_connect(c->window, "delete-event", G_CALLBACK(on_delete), c);
	g_signal_connect(c->window, "key-press-event", G_CALLBACK(on_key), c);
	gtk_widget_realize(c->window);
	c->xid = (xcb_window_t)gdk_x11_window_get_xid(gtk_widget_get_window(c->window));
	x11_ours_add(c->ours, c->xid);
	if (add_windows(c, list, words->untitled) == 0)
		gtk_box_pack_start(GTK_BOX(list), x11_style_label(words->none, "hint"), FALSE, FALSE, 0);
	gtk_widget_show_all(c->window);
}

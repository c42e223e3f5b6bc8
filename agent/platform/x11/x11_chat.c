#include "agent/platform/x11/x11_chat.h"

#include <gdk/gdkx.h>
#include <gtk/gtk.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform/x11/x11_style.h"

enum { WIDTH_PX = 440, LOG_PX = 260, EDGE_PX = 12, FIELD_CHARS = 300 };

struct x11_chat {
	struct x11_ours *ours;
	bool (*on_say)(void *arg, const char *text);
	void *arg;
	GtkWidget *window; /* NULL until first shown */
	GtkWidget *log, *scroll, *label, *field, *send, *hint;
	xcb_window_t xid;
	unsigned count;
	bool is_away;
	char *title, *field_text, *send_text, *hint_text; /* of GLib */
	bool can_write;
};

struct x11_chat *x11_chat_new(struct x11_ours *ours, bool (*on_say)(void *arg, const char *text), void *arg)
{
	struct x11_chat *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ours = ours;
	c->on_say = on_say;
	c->arg = arg;
	return c;
}

void x11_chat_free(struct x11_chat *c)
{
	if (!c)
		return;
	if (c->window) {
		x11_ours_remove(c->ours, c->xid);
		gtk_widget_destroy(c->window);
	}
	g_free(c->title);
	g_free(c->field_text);
	g_free(c->send_text);
	g_free(c->hint_text);
	free(c);
}

static void on_send(GtkWidget *widget, gpointer arg)
{
	struct x11_chat *c = arg;
	const char *text = gtk_entry_get_text(GTK_ENTRY(c->field));

	(void)widget;
	if (text[0] && c->on_say(c->arg, text))
		gtk_entry_set_text(GTK_ENTRY(c->field), "");
}

static gboolean on_delete(GtkWidget *widget, GdkEvent *ev, gpointer arg)
{
	(void)ev;
	(void)arg;
	gtk_widget_hide(widget);
	return TRUE;
}

/** The newest message stays in sight. */
static void on_log_size(GtkWidget *widget, GdkRectangle *allocation, gpointer arg)
{
	struct x11_chat *c = arg;
	GtkAdjustment *a = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(c->scroll));

	(void)widget;
	(void)allocation;
	gtk_adjustment_set_value(a, gtk_adjustment_get_upper(a));
}

static GtkWidget *make_log(struct x11_chat *c)
{
	GtkScrolledWindow *s;

	c->scroll = gtk_scrolled_window_new(NULL, NULL);
	s = GTK_SCROLLED_WINDOW(c->scroll);
	gtk_scrolled_window_set_policy(s, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_overlay_scrolling(s, FALSE);
	gtk_widget_set_size_request(c->scroll, WIDTH_PX, LOG_PX);
	c->log = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
	x11_style_class(c->log, "body-area");
	atk_object_set_role(gtk_widget_get_accessible(c->log), ATK_ROLE_LOG);
	g_signal_connect(c->log, "size-allocate", G_CALLBACK(on_log_size), c);
	gtk_container_add(GTK_CONTAINER(c->scroll), c->log);
	return c->scroll;
}

static GtkWidget *make_writing(struct x11_chat *c)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);

	x11_style_class(box, "end-area");
	c->label = x11_style_label("", "chat-label");
	c->field = gtk_entry_new();
	gtk_entry_set_max_length(GTK_ENTRY(c->field), FIELD_CHARS);
	gtk_label_set_mnemonic_widget(GTK_LABEL(c->label), c->field);
	g_signal_connect(c->field, "activate", G_CALLBACK(on_send), c);
	c->send = gtk_button_new_with_label("");
	x11_style_class(c->send, "save");
	g_signal_connect(c->send, "clicked", G_CALLBACK(on_send), c);
	c->hint = x11_style_label("", "hint");
	gtk_box_pack_start(GTK_BOX(box), c->label, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), c->field, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), c->send, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), c->hint, FALSE, FALSE, 0);
	return box;
}

static void set_text(GtkWidget *label, const char *text)
{
	if (g_strcmp0(gtk_label_get_text(GTK_LABEL(label)), text) != 0)
		gtk_label_set_text(GTK_LABEL(label), text ? text : "");
}

static void write_words(struct x11_chat *c)
{
	if (!c->window)
		return;
	gtk_window_set_title(GTK_WINDOW(c->window), c->title);
	set_text(c->label, c->field_text);
	set_text(c->hint, c->hint_text);
	x11_style_name(c->field, c->field_text);
	if (g_strcmp0(gtk_button_get_label(GTK_BUTTON(c->send)), c->send_text) != 0)
		gtk_button_set_label(GTK_BUTTON(c->send), c->send_text);
	gtk_widget_set_sensitive(c->field, c->can_write);
	gtk_widget_set_sensitive(c->send, c->can_write);
}

/** At the left bottom: the customer's own window is at the right. */
static void place(GtkWindow *window)
{
	GdkMonitor *monitor = gdk_display_get_monitor(gdk_display_get_default(), 0);
	GdkRectangle area = { 0, 0, 800, 600 };
	GtkRequisition size;

	if (monitor)
		gdk_monitor_get_workarea(monitor, &area);
	gtk_widget_get_preferred_size(GTK_WIDGET(window), NULL, &size);
	gtk_window_move(window, area.x + EDGE_PX, area.y + MAX(0, area.height - size.height - 4 * EDGE_PX));
}

static void make_window(struct x11_chat *c)
{
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

	gtk_window_set_type_hint(GTK_WINDOW(window), GDK_WINDOW_TYPE_HINT_UTILITY);
	gtk_window_set_keep_above(GTK_WINDOW(window), TRUE);
	gtk_window_set_focus_on_map(GTK_WINDOW(window), FALSE); /* who is typing elsewhere goes on typing there */
	gtk_window_set_resizable(GTK_WINDOW(window), FALSE);
	x11_style_class(window, "guichet");
	gtk_box_pack_start(GTK_BOX(box), make_log(c), TRUE, TRUE, 0);
	gtk_box_pack_start(GTK_BOX(box), make_writing(c), FALSE, FALSE, 0);
	gtk_container_add(GTK_CONTAINER(window), box);
	g_signal_connect(window, "delete-event", G_CALLBACK(on_delete), c);
	gtk_widget_show_all(box);
	gtk_widget_realize(window);
	c->window = window;
	c->xid = (xcb_window_t)gdk_x11_window_get_xid(gtk_widget_get_window(window));
	gdk_display_sync(gdk_display_get_default());
	x11_ours_add(c->ours, c->xid);
	write_words(c);
	place(GTK_WINDOW(window));
}

static void show(struct x11_chat *c)
{
	if (c->is_away)
		return;
	if (!c->window)
		make_window(c);
	gtk_widget_show(c->window);
}

void x11_chat_open(struct x11_chat *c)
{
	show(c);
	if (c->is_away)
		return;
	gtk_window_present(GTK_WINDOW(c->window));
	gtk_widget_grab_focus(c->field);
}

static void take(char **at, const char *text)
{
	if (g_strcmp0(*at, text) == 0)
		return;
	g_free(*at);
	*at = g_strdup(text ? text : "");
}

void x11_chat_update(struct x11_chat *c, const struct ui_chat *words)
{
	take(&c->title, words->title);
	take(&c->field_text, words->field);
	take(&c->send_text, words->send);
	take(&c->hint_text, words->hint);
	c->can_write = words->can_write;
	c->is_away = words->is_away;
	write_words(c);
	if (c->is_away && c->window)
		gtk_widget_hide(c->window);
}

/** Read aloud by a screen reader where the toolkit can say it (ATK 2.46). */
static void announce(GtkWidget *widget, const char *who, const char *text)
{
	AtkObject *o = gtk_widget_get_accessible(widget);
	char *said;

	if (!g_signal_lookup("announcement", G_OBJECT_TYPE(o)))
		return;
	said = g_strdup_printf("%s : %s", who, text);
	g_signal_emit_by_name(o, "announcement", said);
	g_free(said);
}

static void drop_oldest(struct x11_chat *c)
{
	GList *all = gtk_container_get_children(GTK_CONTAINER(c->log));

	if (all)
		gtk_widget_destroy(GTK_WIDGET(all->data));
	g_list_free(all);
}

void x11_chat_add(struct x11_chat *c, const char *who, const char *text, bool is_own)
{
	GtkWidget *box, *name, *said;

	show(c);
	if (!c->window)
		return;
	box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
	name = x11_style_label(who, is_own ? "chat-own" : "chat-who");
	said = x11_style_label(text, "chat-text");
	x11_style_class(box, is_own ? "chat-mine" : "chat-theirs");
	gtk_box_pack_start(GTK_BOX(box), name, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), said, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(c->log), box, FALSE, FALSE, 0);
	gtk_widget_show_all(box);
	if (c->count == X11_CHAT_KEPT)
		drop_oldest(c);
	else
		c->count++;
	if (!is_own)
		announce(said, who, text);
}

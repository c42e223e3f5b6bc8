#include "agent/platform/x11/x11_line.h"

#include <gtk/gtk.h>
#include <stdlib.h>

#include "agent/platform/x11/x11_style.h"

struct x11_line {
	struct x11_ours *ours;
	GtkWidget *window, *who, *text; /* NULL: never shown */
	guint timer;
};

struct x11_line *x11_line_new(struct x11_ours *ours)
{
	struct x11_line *l = calloc(1, sizeof(*l));

	if (l)
		l->ours = ours;
	return l;
}

void x11_line_hide(struct x11_line *l)
{
	if (l->timer)
		g_source_remove(l->timer);
	l->timer = 0;
	if (l->window)
		gtk_widget_hide(l->window);
}

void x11_line_free(struct x11_line *l)
{
	if (!l)
		return;
	x11_line_hide(l);
	if (l->window)
		gtk_widget_destroy(l->window);
	free(l);
}

static gboolean on_fade(gpointer arg)
{
	struct x11_line *l = arg;

	l->timer = 0;
	x11_line_hide(l);
	return G_SOURCE_REMOVE;
}

static void make(struct x11_line *l)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);

	l->window = gtk_window_new(GTK_WINDOW_POPUP);
	l->who = x11_style_label("", "line-who");
	l->text = x11_style_label("", "line-text");
	gtk_label_set_max_width_chars(GTK_LABEL(l->text), X11_LINE_WIDTH_CHARS);
	x11_style_class(l->window, "guichet");
	x11_style_class(l->window, "line");
	gtk_container_set_border_width(GTK_CONTAINER(box), 14);
	gtk_box_pack_start(GTK_BOX(box), l->who, FALSE, FALSE, 0);
	gtk_box_pack_start(GTK_BOX(box), l->text, FALSE, FALSE, 0);
	gtk_container_add(GTK_CONTAINER(l->window), box);
	gtk_window_set_accept_focus(GTK_WINDOW(l->window), FALSE);
	gtk_widget_show_all(box);
	gtk_widget_realize(l->window);
}

/** Clicks go through: the window takes none at all. Said before it was shown, this was seen to have no effect. */
static void take_no_click(struct x11_line *l)
{
	cairo_region_t *nothing = cairo_region_create();

	gdk_window_input_shape_combine_region(gtk_widget_get_window(l->window), nothing, 0, 0);
	cairo_region_destroy(nothing);
}

/** Around x, y, in the toolkit's pixels, but on the monitor that has them. */
static GdkRectangle place_for(struct x11_line *l, int x, int y)
{
	GdkMonitor *monitor = gdk_display_get_monitor_at_point(gdk_display_get_default(), x, y);
	int width = 0, height = 0;
	GdkRectangle on;

	gtk_widget_get_preferred_width(l->window, NULL, &width);
	gtk_widget_get_preferred_height_for_width(l->window, width, NULL, &height);
	on = (GdkRectangle){ 0, 0, width, height };
	if (monitor)
		gdk_monitor_get_geometry(monitor, &on);
	return (GdkRectangle){ CLAMP(x - width / 2, on.x, on.x + MAX(0, on.width - width)),
		CLAMP(y - height / 2, on.y, on.y + MAX(0, on.height - height)), width, height };
}

bool x11_line_show(struct x11_line *l, int32_t x, int32_t y, const char *who, const char *text)
{
	struct platform_rect physical;
	GdkRectangle at;
	int scale;

	if (!l->window)
		make(l);
	gtk_label_set_text(GTK_LABEL(l->who), who);
	gtk_label_set_text(GTK_LABEL(l->text), text);
	/* as wide as it wants to be at least: else the toolkit makes the window high enough for one word a row */
	gtk_label_set_width_chars(GTK_LABEL(l->text), (int)MIN(g_utf8_strlen(text, -1), X11_LINE_WIDTH_CHARS));
	scale = gtk_widget_get_scale_factor(l->window);
	at = place_for(l, CLAMP(x, INT16_MIN, INT16_MAX) / scale, CLAMP(y, INT16_MIN, INT16_MAX) / scale); /* X11 knows no farther */
	physical = (struct platform_rect){ at.x * scale, at.y * scale, at.width * scale, at.height * scale };
	if (x11_ours_meets(l->ours, &physical)) {
		x11_line_hide(l);
		return false;
	}
	gtk_window_resize(GTK_WINDOW(l->window), at.width, at.height);
	gtk_window_move(GTK_WINDOW(l->window), at.x, at.y);
	gtk_widget_show(l->window);
	take_no_click(l);
	gdk_window_raise(gtk_widget_get_window(l->window));
	if (l->timer)
		g_source_remove(l->timer);
	l->timer = g_timeout_add(OVERLAY_FADE_MS, on_fade, l);
	return true;
}

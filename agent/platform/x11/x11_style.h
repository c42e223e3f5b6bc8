#ifndef X11_STYLE_H
#define X11_STYLE_H

#include <gtk/gtk.h>

#include "agent/platform.h"

/** x11_style: the look of the agent's windows (S34: large type, high contrast, few colours). */

/** Loads the style over whatever theme the customer has. */
void x11_style_load(void);
/** Adds a class of the style to the widget. */
void x11_style_class(GtkWidget *widget, const char *name);
/** A wrapped, left-aligned label of that class, never selectable. */
GtkWidget *x11_style_label(const char *text, const char *name);
/** Tells screen readers what the widget is called. */
void x11_style_name(GtkWidget *widget, const char *name);
/** Where the widget is in its window, in physical pixels; false while it is not shown. */
bool x11_style_place(GtkWidget *widget, struct platform_rect *out);

#endif

#ifndef X11_PICK_H
#define X11_PICK_H

#include <gtk/gtk.h>

#include "agent/platform.h"

/**
 * x11_pick: the system's dialog in which the customer chooses the one file that he sends (S20). Nobody else learns
 * what else lies there.
 */
struct x11_pick;

typedef void x11_pick_fn(void *arg, struct platform_file *file, const char *name, uint64_t size);

struct x11_pick *x11_pick_new(x11_pick_fn *fn, void *arg);
/** Closes the dialog. NULL is allowed. */
void x11_pick_free(struct x11_pick *p);
/** Opens the dialog before `parent`. While one is open nothing happens. */
void x11_pick_open(struct x11_pick *p, GtkWindow *parent, const char *title);
/** Closes it without an answer. */
void x11_pick_close(struct x11_pick *p);

#endif

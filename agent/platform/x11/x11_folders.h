#ifndef X11_FOLDERS_H
#define X11_FOLDERS_H

#include <stdbool.h>

/**
 * x11_folders: what the toolkit's file dialogs leave on a disk, and does not belong there (S10).
 *
 * The dialog makes folders of its own when they are missing, and adds to the list of recently used files; what
 * it made goes again, and the list stays as it was.
 */
enum { X11_FOLDERS = 5 };

struct x11_folders {
	char *path[X11_FOLDERS]; /* a folder before the one it stands in */
	bool was_there[X11_FOLDERS];
};

/** Before a dialog is opened. */
void x11_folders_look(struct x11_folders *f);
/** After it was closed: only empty ones go, and only those that were not there. Safe without a look. */
void x11_folders_drop(struct x11_folders *f);

#endif

#include "agent/platform/x11/x11_folders.h"

#include <gtk/gtk.h>
#include <unistd.h>

static void remember_nothing(GtkRecentManager *m)
{
	(void)m;
}

/* The list of recently used files is the customer's: the dialog would add to it. */
static void keep_out_of_recent_files(void)
{
	GTK_RECENT_MANAGER_GET_CLASS(gtk_recent_manager_get_default())->changed = remember_nothing;
}

void x11_folders_look(struct x11_folders *f)
{
	f->path[0] = g_build_filename(g_get_user_config_dir(), "gtk-3.0", NULL);
	f->path[1] = g_strdup(g_get_user_config_dir());
	f->path[2] = g_strdup(g_get_user_data_dir());
	f->path[3] = g_path_get_dirname(g_get_user_data_dir());
	f->path[4] = g_strdup(g_get_user_cache_dir());
	for (int i = 0; i < X11_FOLDERS; i++)
		f->was_there[i] = access(f->path[i], F_OK) == 0;
	keep_out_of_recent_files();
}

void x11_folders_drop(struct x11_folders *f)
{
	for (int i = 0; i < X11_FOLDERS; i++) {
		if (f->path[i] && !f->was_there[i])
			rmdir(f->path[i]);
		g_clear_pointer(&f->path[i], g_free);
	}
}

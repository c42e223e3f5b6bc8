#include "agent/platform/x11/x11_pick.h"

#include <stdlib.h>

#include "agent/platform/x11/x11_files.h"
#include "agent/platform/x11/x11_folders.h"

struct x11_pick {
	struct x11_folders folders;
	x11_pick_fn *fn;
	void *arg;
	GtkWidget *dialog; /* NULL: closed */
};

struct x11_pick *x11_pick_new(x11_pick_fn *fn, void *arg)
{
	struct x11_pick *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->fn = fn;
	p->arg = arg;
	return p;
}

void x11_pick_close(struct x11_pick *p)
{
	if (p->dialog)
		gtk_widget_destroy(p->dialog);
	p->dialog = NULL;
	x11_folders_drop(&p->folders);
}

void x11_pick_free(struct x11_pick *p)
{
	if (!p)
		return;
	x11_pick_close(p);
	free(p);
}

static void on_response(GtkDialog *dialog, gint response, gpointer arg)
{
	struct x11_pick *p = arg;
	char *path = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_filename(GTK_FILE_CHOOSER(dialog)) : NULL;
	char *name = path ? g_path_get_basename(path) : NULL;
	struct platform_file *file = NULL;
	uint64_t size = 0;

	if (path)
		(void)x11_files_open(path, &file, &size);
	x11_pick_close(p);
	p->fn(p->arg, file, name ? name : "", size);
	g_free(name);
	g_free(path);
}

void x11_pick_open(struct x11_pick *p, GtkWindow *parent, const char *title)
{
	GtkFileChooser *chooser;

	if (p->dialog)
		return;
	x11_folders_look(&p->folders);
	p->dialog = gtk_file_chooser_dialog_new(title, parent, GTK_FILE_CHOOSER_ACTION_OPEN, "Annuler",
			GTK_RESPONSE_CANCEL, "Envoyer ce fichier", GTK_RESPONSE_ACCEPT, NULL);
	chooser = GTK_FILE_CHOOSER(p->dialog);
	gtk_file_chooser_set_local_only(chooser, TRUE);
	gtk_file_chooser_set_select_multiple(chooser, FALSE);
	gtk_file_chooser_set_current_folder(chooser, g_get_home_dir());
	gtk_window_set_keep_above(GTK_WINDOW(p->dialog), TRUE);
	g_signal_connect(p->dialog, "response", G_CALLBACK(on_response), p);
	gtk_widget_show(p->dialog);
}

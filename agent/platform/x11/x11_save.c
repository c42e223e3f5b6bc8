#include "agent/platform/x11/x11_save.h"

#include <stdlib.h>

#include "agent/platform/x11/x11_folders.h"
#include "agent/platform/x11/x11_style.h"

struct x11_save {
	struct x11_folders folders;
	x11_save_fn *fn;
	void *arg;
	GtkWidget *dialog; /* NULL: closed */
	GBytes *bytes;
};

struct x11_save *x11_save_new(x11_save_fn *fn, void *arg)
{
	struct x11_save *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fn = fn;
	s->arg = arg;
	return s;
}

static void close_dialog(struct x11_save *s)
{
	if (s->dialog)
		gtk_widget_destroy(s->dialog);
	x11_folders_drop(&s->folders);
	s->dialog = NULL;
	g_clear_pointer(&s->bytes, g_bytes_unref);
}

void x11_save_free(struct x11_save *s)
{
	if (!s)
		return;
	close_dialog(s);
	free(s);
}

static bool write_file(const char *path, GBytes *bytes)
{
	gsize len;
	const char *at = g_bytes_get_data(bytes, &len);

	/* A new file under another name, flushed, then renamed: whole or not at all. */
	return g_file_set_contents_full(path, at, (gssize)len,
			G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, NULL);
}

static void on_response(GtkDialog *dialog, gint response, gpointer arg)
{
	struct x11_save *s = arg;
	char *path = response == GTK_RESPONSE_ACCEPT
			? gtk_file_chooser_get_filename(GTK_FILE_CHOOSER(dialog))
			: NULL;
	enum platform_saved result = response == GTK_RESPONSE_ACCEPT ? SAVED_FAILED : SAVED_CANCELLED;

	if (path && write_file(path, s->bytes))
		result = SAVED_OK;
	g_free(path);
	close_dialog(s);
	s->fn(s->arg, result);
}

static const char *first_folder(void)
{
	const char *documents = g_get_user_special_dir(G_USER_DIRECTORY_DOCUMENTS);

	return documents ? documents : g_get_home_dir();
}

void x11_save_open(struct x11_save *s, GtkWindow *parent, const char *title, const char *name,
		const void *bytes, size_t len)
{
	GtkFileChooser *chooser;

	if (s->dialog)
		return;
	x11_folders_look(&s->folders);
	s->bytes = g_bytes_new(bytes, len);
	s->dialog = gtk_file_chooser_dialog_new(title, parent, GTK_FILE_CHOOSER_ACTION_SAVE, "Annuler",
			GTK_RESPONSE_CANCEL, "Enregistrer", GTK_RESPONSE_ACCEPT, NULL);
	chooser = GTK_FILE_CHOOSER(s->dialog);
	gtk_dialog_set_default_response(GTK_DIALOG(s->dialog), GTK_RESPONSE_ACCEPT);
	gtk_file_chooser_set_do_overwrite_confirmation(chooser, TRUE);
	gtk_file_chooser_set_local_only(chooser, TRUE);
	gtk_file_chooser_set_current_folder(chooser, first_folder());
	gtk_file_chooser_set_current_name(chooser, name);
	gtk_window_set_keep_above(GTK_WINDOW(s->dialog), TRUE);
	g_signal_connect(s->dialog, "response", G_CALLBACK(on_response), s);
	gtk_widget_show(s->dialog);
}

/*
 * An editor for typing.test.js: a window with GTK's own text view, the keyboard in it. Each line that is finished by
 * Enter is printed and taken out of the view, so that the test can follow. "text_sink TITLE"; ends when it is killed.
 */
#include <gtk/gtk.h>
#include <stdio.h>

static gboolean print_lines(gpointer arg)
{
	GtkTextBuffer *buffer = arg;
	GtkTextIter from, to;

	while (gtk_text_buffer_get_line_count(buffer) > 1) {
		char *line;

		gtk_text_buffer_get_start_iter(buffer, &from);
		gtk_text_buffer_get_iter_at_line(buffer, &to, 1);
		line = gtk_text_buffer_get_text(buffer, &from, &to, TRUE);
		fputs(line, stdout);
		g_free(line);
		gtk_text_buffer_delete(buffer, &from, &to);
	}
	return G_SOURCE_REMOVE;
}

static void on_changed(GtkTextBuffer *buffer, gpointer arg)
{
	(void)arg;
	if (gtk_text_buffer_get_line_count(buffer) > 1)
		g_idle_add(print_lines, buffer);
}

int main(int argc, char **argv)
{
	GtkWidget *window, *view;

	gtk_init(&argc, &argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	view = gtk_text_view_new();
	gtk_window_set_title(GTK_WINDOW(window), argc > 1 ? argv[1] : "text_sink");
	gtk_window_set_default_size(GTK_WINDOW(window), 600, 200);
	gtk_container_add(GTK_CONTAINER(window), view);
	g_signal_connect(gtk_text_view_get_buffer(GTK_TEXT_VIEW(view)), "changed", G_CALLBACK(on_changed), NULL);
	g_signal_connect(window, "destroy", gtk_main_quit, NULL);
	gtk_widget_show_all(window);
	gtk_widget_grab_focus(view);
	gtk_main();
	return 0;
}

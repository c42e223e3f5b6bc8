#include "agent/platform/x11/x11_style.h"

/* Contrast of every text against its ground is 7:1 or more (WCAG 2.2, 1.4.6). */
static const char css[] =
		".guichet { background-color: #ffffff; background-image: none; color: #1a1a1a;"
		" font-family: 'Luciole', 'Noto Sans', 'DejaVu Sans', sans-serif; font-size: 18px;"
		" font-weight: 400; text-shadow: none; }"
		".guichet label { color: #1a1a1a; background: none; text-shadow: none; }"
		".guichet .body-area { padding: 14px 20px 6px 20px; }"
		".guichet .end-area { padding: 10px 20px 16px 20px; border-top: 1px solid #c8ccd4; "
		"}"
		".guichet .who { font-size: 23px; font-weight: 700; }"
		".guichet .why, .guichet .since { color: #3c4250; }"
		".guichet .status { font-size: 19px; font-weight: 700; color: #0b3d78; }"
		".guichet .recording { font-weight: 700; color: #8a0f0f; }"
		".guichet .receipt { font-size: 20px; }"
		".guichet .saved { font-weight: 700; color: #0b3d78; }"
		".guichet button.save { background-color: #0b3d78; border-color: #0b3d78; min-height: "
		"40px; }"
		".guichet button.save label { color: #ffffff; font-size: 22px; }"
		".guichet button.save:hover { background-color: #092f5d; }"
		".guichet .words-box { background-color: #eef4fb; border: 2px solid #0b3d78;"
		" border-radius: 6px; padding: 8px 12px; }"
		".guichet .words { font-size: 25px; font-weight: 700; color: #0b3d78; }"
		".guichet .cap { padding: 3px 0; }"
		".guichet .cap-on { font-weight: 700; }"
		".guichet .cap-off { color: #3c4250; }"
		".guichet .hint { font-size: 18px; color: #3c4250; }"
		".guichet button, .guichet .press { background-image: none; box-shadow: none;"
		" text-shadow: none; border-radius: 6px; padding: 6px 16px; outline-offset: -6px;"
		" background-color: #ffffff; border: 2px solid #3c4250; }"
		".guichet button label, .guichet .press label { color: #1a1a1a; font-weight: 700; }"
		".guichet button:hover, .guichet .press:hover { background-color: #e6e9ef; }"
		".guichet button:focus { outline: 3px solid #0b3d78; outline-offset: 2px;"
		" -gtk-outline-radius: 8px; }"
		".guichet .pair button { padding: 6px 4px; }"
		".guichet button.end { background-color: #9c1111; border-color: #7a0c0c; "
		"min-height: 40px; }"
		".guichet button.end label { color: #ffffff; font-size: 22px; }"
		".guichet button.end:hover { background-color: #7a0c0c; }"
		".guichet button.end:focus { outline-color: #ffffff; outline-offset: -7px; }"
		".guichet button.doubt { background-color: #0b3d78; border-color: #092f5d; "
		"min-height: 40px; }"
		".guichet button.doubt label { color: #ffffff; font-size: 22px; }"
		".guichet button.doubt:hover { background-color: #092f5d; }"
		".guichet button.doubt:focus { outline-color: #ffffff; outline-offset: -7px; }"
		".guichet .doubt-title { font-size: 25px; font-weight: 700; color: #0b3d78; }"
		".guichet .doubt-call { font-size: 22px; font-weight: 700; }"
		".guichet .phone { font-size: 40px; font-weight: 700; color: #0b3d78; }"
		".guichet .doubt-body { font-size: 20px; }"
		".guichet .chat-theirs { background-color: #eef4fb; border-radius: 6px; padding: 8px 12px; }"
		".guichet .chat-mine { background-color: #f2f2f2; border-radius: 6px; padding: 8px 12px; }"
		".guichet .chat-who, .guichet .chat-own { font-weight: 700; color: #0b3d78; }"
		".guichet .chat-own { color: #3c4250; }"
		".guichet .chat-text { font-size: 22px; }"
		".guichet .chat-label { font-weight: 700; }"
		".guichet entry { font-size: 22px; color: #1a1a1a; background-color: #ffffff;"
		" background-image: none; border: 2px solid #3c4250; border-radius: 6px; padding: 6px 10px; }"
		".guichet entry:focus { border-color: #0b3d78; box-shadow: none; outline: 2px solid #0b3d78; }"
		".guichet button:disabled { background-color: #e6e9ef; border-color: #9aa1ad; }"
		".guichet button:disabled label { color: #4a505c; }"
		".guichet.line { border: 4px solid #e8500a; }"
		".guichet .line-who { font-size: 20px; color: #3c4250; }"
		".guichet .line-text { font-size: 34px; font-weight: 700; }"
		".guichet.strip { border: 3px solid #9c1111; }"
		".guichet.prompt { border: 4px solid #0b3d78; font-size: 20px; }"
		".guichet .prompt-area { padding: 26px 32px 24px 32px; }"
		".guichet .prompt-title { font-size: 27px; font-weight: 700; color: #0b3d78; }"
		".guichet .prompt-body { font-size: 21px; }"
		".guichet .typed { border: 2px solid #3c4250; border-radius: 6px; padding: 8px 12px; }"
		".guichet .typed-offer { font-size: 19px; }"
		".guichet .typed-said { font-size: 20px; font-weight: 700; color: #0b3d78; }"
		".guichet .prompt-left { font-size: 20px; color: #3c4250; }"
		".guichet.prompt button, .guichet.prompt .press { min-height: 52px; padding: 8px "
		"20px; }"
		".guichet.prompt button label, .guichet.prompt .press label { font-size: 22px; }"
		".guichet.prompt .press { background-color: #0b3d78; border-color: #0b3d78; }"
		".guichet.prompt .press label { color: #ffffff; }"
		".guichet.prompt .press:hover { background-color: #092f5d; }"
		".guichet.prompt .press:active { background-color: #06203f; }"
		".guichet.prompt .press.inert { background-color: #e6e9ef; border-color: #9aa1ad; }"
		".guichet.prompt .press.inert label { color: #4a505c; }";

void x11_style_load(void)
{
	GtkCssProvider *provider = gtk_css_provider_new();

	gtk_css_provider_load_from_data(provider, css, -1, NULL);
	gtk_style_context_add_provider_for_screen(gdk_screen_get_default(),
			GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_USER + 100);
	g_object_unref(provider);
}

void x11_style_class(GtkWidget *widget, const char *name)
{
	gtk_style_context_add_class(gtk_widget_get_style_context(widget), name);
}

GtkWidget *x11_style_label(const char *text, const char *name)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_line_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_max_width_chars(
			GTK_LABEL(label), 1); /* the window's width decides, not the text */
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	x11_style_class(label, name);
	return label;
}

void x11_style_name(GtkWidget *widget, const char *name)
{
	atk_object_set_name(gtk_widget_get_accessible(widget), name);
}

bool x11_style_place(GtkWidget *widget, struct platform_rect *out)
{
	GtkWidget *top = gtk_widget_get_toplevel(widget);
	int scale = gtk_widget_get_scale_factor(widget), x = 0, y = 0;

	*out = (struct platform_rect){ 0 };
	if (!gtk_widget_get_mapped(widget) ||
			!gtk_widget_translate_coordinates(widget, top, 0, 0, &x, &y))
		return false;
	*out = (struct platform_rect){ x * scale, y * scale,
		gtk_widget_get_allocated_width(widget) * scale,
		gtk_widget_get_allocated_height(widget) * scale };
	return true;
}

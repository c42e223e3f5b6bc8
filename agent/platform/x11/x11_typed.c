#include "agent/platform/x11/x11_typed.h"

#include <gdk/gdkkeysyms.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform/x11/x11_style.h"

static const char none[] = "– – –"; /* in place of a number */

enum { NUMBER_SIZE = X11_TYPED_DIGITS + 1, SPACED_SIZE = 2 * X11_TYPED_DIGITS, KEYCODE_1 = 10, KEYCODE_0 = 19 };

struct x11_typed {
	struct x11_masks *masks;
	GtkWidget *box, *said, *line[X11_TYPED_ANSWERS]; /* NULL: no question */
	char *answer[X11_TYPED_ANSWERS];
	char *offer, *so_far, *wrong, *over;             /* sentences of ui_typing */
	size_t count;
	char number[X11_TYPED_ANSWERS][NUMBER_SIZE];
	char typed[NUMBER_SIZE];
	bool is_begun; /* a digit was typed after X11_TYPED_QUIET_MS without a key */
	gint64 key_us; /* of the last key, 0: none yet */
	int tries; /* wrong ones so far */
};

struct x11_typed *x11_typed_new(struct x11_masks *masks)
{
	struct x11_typed *t = calloc(1, sizeof(*t));

	if (t)
		t->masks = masks;
	return t;
}

void x11_typed_free(struct x11_typed *t)
{
	if (t)
		x11_typed_close(t);
	free(t);
}

void x11_typed_close(struct x11_typed *t)
{
	char **const strings[] = { &t->offer, &t->so_far, &t->wrong, &t->over, &t->answer[0], &t->answer[1] };

	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_clear_pointer(strings[i], g_free);
	if (t->box)
		x11_masks_set_own(t->masks, NULL);
	*t = (struct x11_typed){ .masks = t->masks };
}

/** "4 8 3": read aloud digit by digit. */
static void spaced(const char *digits, char out[SPACED_SIZE])
{
	size_t len = strlen(digits);

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[i];
		out[2 * i + 1] = ' ';
	}
	out[len ? 2 * len - 1 : 0] = '\0';
}

static void print_line(struct x11_typed *t, size_t i, const char *number)
{
	char *text = g_strdup_printf(t->offer, number, t->answer[i]);

	gtk_label_set_text(GTK_LABEL(t->line[i]), text);
	g_free(text);
}

GtkWidget *x11_typed_open(struct x11_typed *t, const struct ui_typing *words, const char *const *answers, size_t count)
{
	x11_typed_close(t);
	if (!words || count > X11_TYPED_ANSWERS)
		return NULL;
	t->offer = g_strdup(words->offer);
	t->so_far = g_strdup(words->so_far);
	t->wrong = g_strdup(words->wrong);
	t->over = g_strdup(words->over);
	t->count = count;
	t->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	x11_style_class(t->box, "typed");
	for (size_t i = 0; i < count; i++) {
		t->answer[i] = g_strdup(answers[i]);
		t->line[i] = x11_style_label("", "typed-offer");
		print_line(t, i, none);
		gtk_box_pack_start(GTK_BOX(t->box), t->line[i], FALSE, FALSE, 0);
	}
	t->said = x11_style_label(" ", "typed-said");
	gtk_box_pack_start(GTK_BOX(t->box), t->said, FALSE, FALSE, 0);
	return t->box;
}

/** Where the numbers are on the screen, in physical pixels. */
static struct platform_rect place_of(const struct x11_typed *t)
{
	GtkWidget *top = gtk_widget_get_toplevel(t->box);
	GdkWindow *window = gtk_widget_get_window(top);
	int scale = gdk_window_get_scale_factor(window), x = 0, y = 0, left = 0, above = 0;

	gdk_window_get_origin(window, &left, &above);
	gtk_widget_translate_coordinates(t->box, top, 0, 0, &x, &y);
	return (struct platform_rect){ (left + x) * scale, (above + y) * scale,
		gtk_widget_get_allocated_width(t->box) * scale, gtk_widget_get_allocated_height(t->box) * scale };
}

static bool draw_number(struct x11_typed *t, size_t i)
{
	uint32_t random;

	do {
		if (platform_random(&random, sizeof(random)))
			return false;
		g_snprintf(t->number[i], NUMBER_SIZE, "%03u", random % 1000);
	} while (i > 0 && strcmp(t->number[i], t->number[i - 1]) == 0);
	return true;
}

static void renew(struct x11_typed *t)
{
	t->typed[0] = '\0';
	t->is_begun = false;
	for (size_t i = 0; i < t->count; i++) {
		char text[SPACED_SIZE];

		if (t->tries >= X11_TYPED_TRIES || !draw_number(t, i))
			t->number[i][0] = '\0';
		spaced(t->number[i], text);
		print_line(t, i, t->number[i][0] ? text : none);
	}
}

void x11_typed_show(struct x11_typed *t)
{
	struct platform_rect place;

	if (!t->box)
		return;
	place = place_of(t);
	x11_masks_set_own(t->masks, &place);
	renew(t);
	gtk_label_set_text(GTK_LABEL(t->said), t->tries < X11_TYPED_TRIES ? " " : t->over);
}

/** What the key means wherever it stands: the row above the letters of a French keyboard needs Shift for a digit, and
 * the pad needs Num Lock; neither is asked for. -1: no digit. */
static int digit_of(const GdkEventKey *ev)
{
	static const guint pad[] = { GDK_KEY_KP_Insert, GDK_KEY_KP_End, GDK_KEY_KP_Down, GDK_KEY_KP_Page_Down, GDK_KEY_KP_Left,
		GDK_KEY_KP_Begin, GDK_KEY_KP_Right, GDK_KEY_KP_Home, GDK_KEY_KP_Up, GDK_KEY_KP_Page_Up };

	if (ev->keyval >= GDK_KEY_0 && ev->keyval <= GDK_KEY_9)
		return (int)(ev->keyval - GDK_KEY_0);
	if (ev->keyval >= GDK_KEY_KP_0 && ev->keyval <= GDK_KEY_KP_9)
		return (int)(ev->keyval - GDK_KEY_KP_0);
	for (size_t i = 0; i < G_N_ELEMENTS(pad); i++)
		if (ev->keyval == pad[i])
			return (int)i;
	if (ev->hardware_keycode >= KEYCODE_1 && ev->hardware_keycode <= KEYCODE_0)
		return (ev->hardware_keycode - KEYCODE_1 + 1) % 10;
	return -1;
}

/** Who was writing when the question came up answers nothing by what he goes on to write. */
static bool is_meant(struct x11_typed *t)
{
	gint64 now_us = g_get_monotonic_time();

	t->is_begun = t->is_begun || now_us - t->key_us >= X11_TYPED_QUIET_MS * G_GINT64_CONSTANT(1000);
	t->key_us = now_us;
	return t->is_begun;
}

void x11_typed_note_key(struct x11_typed *t)
{
	t->key_us = g_get_monotonic_time();
}

static void say_typed(struct x11_typed *t)
{
	char digits[SPACED_SIZE], *text;

	spaced(t->typed, digits);
	text = g_strdup_printf(t->so_far, digits);
	gtk_label_set_text(GTK_LABEL(t->said), t->typed[0] ? text : " ");
	g_free(text);
}

static int match(const struct x11_typed *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->number[i][0] && strcmp(t->typed, t->number[i]) == 0)
			return (int)i;
	return -1;
}

static void reject(struct x11_typed *t)
{
	t->tries++;
	renew(t);
	gtk_label_set_text(GTK_LABEL(t->said), t->tries < X11_TYPED_TRIES ? t->wrong : t->over);
}

/** Whoever writes anything else is not giving an answer: what he typed of one is forgotten. */
static void drop_number(struct x11_typed *t)
{
	t->typed[0] = '\0';
	t->is_begun = false;
	x11_typed_note_key(t);
	say_typed(t);
}

bool x11_typed_key(struct x11_typed *t, const GdkEventKey *ev, int *answer)
{
	size_t len = strlen(t->typed);
	int digit = digit_of(ev);

	*answer = -1;
	if (!t->box || t->tries >= X11_TYPED_TRIES || (ev->state & (GDK_CONTROL_MASK | GDK_MOD1_MASK | GDK_SUPER_MASK)))
		return false;
	if (digit < 0 && ev->keyval != GDK_KEY_BackSpace) {
		drop_number(t);
		return false;
	}
	if (digit >= 0 && !is_meant(t))
		return true;
	if (digit >= 0)
		memcpy(t->typed + len, (char[]){ (char)('0' + digit), '\0' }, 2);
	else if (len > 0)
		t->typed[len - 1] = '\0';
	say_typed(t);
	if (strlen(t->typed) == X11_TYPED_DIGITS) {
		*answer = match(t);
		if (*answer < 0)
			reject(t);
	}
	return true;
}

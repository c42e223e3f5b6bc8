#include "agent/platform/x11/x11_display.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shape.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>
#include <xcb/xinput.h>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon-x11.h>

/** A GLib source that also sees events which xcb read while it waited for a reply. */
struct x11_source {
	GSource base;
	struct x11_display *display;
	gpointer fd_tag;
	xcb_generic_event_t *next;
	void (*on_lost)(void *arg);
	void *lost_arg;
};

static gboolean source_prepare(GSource *base, gint *timeout_ms)
{
	struct x11_source *s = (struct x11_source *)base;

	*timeout_ms = -1;
	xcb_flush(s->display->xcb);
	if (!s->next)
		s->next = xcb_poll_for_queued_event(s->display->xcb);
	return s->next != NULL || xcb_connection_has_error(s->display->xcb);
}

static gboolean source_check(GSource *base)
{
	struct x11_source *s = (struct x11_source *)base;

	return s->next != NULL || xcb_connection_has_error(s->display->xcb) ||
			g_source_query_unix_fd(base, s->fd_tag) != 0;
}

static void offer(struct x11_display *d, const xcb_generic_event_t *ev)
{
	for (size_t i = 0; i < d->listener_count; i++)
		d->listeners[i].on_event(d->listeners[i].arg, ev);
}

static void end_burst(struct x11_display *d)
{
	for (size_t i = 0; i < d->listener_count; i++) {
		if (d->listeners[i].on_burst_end)
			d->listeners[i].on_burst_end(d->listeners[i].arg);
	}
}

static gboolean source_dispatch(GSource *base, GSourceFunc unused, gpointer unused_arg)
{
	struct x11_source *s = (struct x11_source *)base;
	struct x11_display *d = s->display;
	xcb_generic_event_t *ev = s->next;

	(void)unused;
	(void)unused_arg;
	s->next = NULL;
	if (!ev)
		ev = xcb_poll_for_event(d->xcb);
	while (ev) {
		offer(d, ev);
		free(ev);
		ev = xcb_poll_for_event(d->xcb);
	}
	end_burst(d);
	if (xcb_connection_has_error(d->xcb)) {
		if (s->on_lost)
			s->on_lost(s->lost_arg);
		return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

static void source_finalize(GSource *base)
{
	free(((struct x11_source *)base)->next);
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
	.finalize = source_finalize,
};

/** One row an extension that the agent cannot do without. */
static const struct {
	xcb_extension_t *id;
	const char *name;
	size_t event_at; /* where in struct x11_display its first event number goes; 0: nowhere */
} needed[] = {
	{ &xcb_damage_id, "DAMAGE", offsetof(struct x11_display, damage_event) },
	{ &xcb_xfixes_id, "XFIXES", offsetof(struct x11_display, fixes_event) },
	{ &xcb_randr_id, "RANDR", offsetof(struct x11_display, randr_event) },
	{ &xcb_test_id, "XTEST", 0 },
	{ &xcb_shape_id, "SHAPE", 0 },
	{ &xcb_input_id, "XInputExtension", 0 },
};

static enum err find_extensions(struct x11_display *d)
{
	const xcb_query_extension_reply_t *r;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		r = xcb_get_extension_data(d->xcb, needed[i].id);
		if (!r || !r->present) {
			fprintf(stderr, "guichet-agent: the X server lacks %s\n", needed[i].name);
			return ERR_IO;
		}
		if (needed[i].event_at)
			((uint8_t *)d)[needed[i].event_at] = r->first_event;
	}
	d->xi_opcode = xcb_get_extension_data(d->xcb, &xcb_input_id)->major_opcode;
	r = xcb_get_extension_data(d->xcb, &xcb_shm_id);
	d->has_shm = r && r->present;
	return OK;
}

/** Each extension wants to hear our version before its first request. */
static enum err say_versions(struct x11_display *d)
{
	xcb_input_xi_query_version_reply_t *xi;
	bool is_xi_enough;

	free(xcb_damage_query_version_reply(d->xcb, xcb_damage_query_version(d->xcb, 1, 1), NULL));
	free(xcb_xfixes_query_version_reply(d->xcb, xcb_xfixes_query_version(d->xcb, 5, 0), NULL));
	free(xcb_randr_query_version_reply(d->xcb, xcb_randr_query_version(d->xcb, 1, 5), NULL));
	xi = xcb_input_xi_query_version_reply(
			d->xcb, xcb_input_xi_query_version(d->xcb, 2, 2), NULL);
	is_xi_enough = xi &&
			(xi->major_version > 2 ||
					(xi->major_version == 2 && xi->minor_version >= 1));
	free(xi);
	if (!is_xi_enough) {
		fprintf(stderr, "guichet-agent: the X server lacks XInput 2.1\n");
		return ERR_IO;
	}
	if (!xkb_x11_setup_xkb_extension(d->xcb, 1, 0, XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, NULL,
			    NULL, &d->xkb_event, NULL)) {
		fprintf(stderr, "guichet-agent: the X server lacks XKEYBOARD\n");
		return ERR_IO;
	}
	return OK;
}

static enum err connect_display(struct x11_display *d)
{
	xcb_screen_iterator_t it;
	int number = 0;

	d->xcb = xcb_connect(NULL, &number);
	if (xcb_connection_has_error(d->xcb)) {
		fprintf(stderr, "guichet-agent: no X display can be opened\n");
		return ERR_IO;
	}
	it = xcb_setup_roots_iterator(xcb_get_setup(d->xcb));
	while (number-- > 0 && it.rem > 1)
		xcb_screen_next(&it);
	d->screen = it.data;
	d->root = it.data->root;
	return OK;
}

static void attach_source(struct x11_display *d)
{
	GSource *base = g_source_new(&source_funcs, sizeof(struct x11_source));

	d->source = (struct x11_source *)base;
	d->source->display = d;
	d->source->fd_tag = g_source_add_unix_fd(
			base, xcb_get_file_descriptor(d->xcb), G_IO_IN | G_IO_HUP | G_IO_ERR);
	g_source_attach(base, NULL);
}

enum err x11_display_open(struct x11_display **out)
{
	struct x11_display *d = calloc(1, sizeof(*d));
	enum err e;

	*out = NULL;
	if (!d)
		return ERR_NOMEM;
	e = connect_display(d);
	if (!e)
		e = find_extensions(d);
	if (!e)
		e = say_versions(d);
	if (e) {
		x11_display_close(d);
		return e;
	}
	attach_source(d);
	*out = d;
	return OK;
}

void x11_display_close(struct x11_display *d)
{
	if (!d)
		return;
	if (d->source) {
		g_source_destroy(&d->source->base);
		g_source_unref(&d->source->base);
	}
	if (d->xcb)
		xcb_disconnect(d->xcb);
	free(d);
}

void x11_display_listen(struct x11_display *d, struct x11_listener l)
{
	if (d->listener_count == X11_LISTENERS_MAX)
		abort();
	d->listeners[d->listener_count++] = l;
}

void x11_display_on_lost(struct x11_display *d, void (*on_lost)(void *arg), void *arg)
{
	d->source->on_lost = on_lost;
	d->source->lost_arg = arg;
}

xcb_atom_t x11_display_atom(struct x11_display *d, const char *name)
{
	xcb_intern_atom_reply_t *r = xcb_intern_atom_reply(
			d->xcb, xcb_intern_atom(d->xcb, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom = r ? r->atom : XCB_ATOM_NONE;

	free(r);
	return atom;
}

char *x11_display_text(struct x11_display *d, xcb_get_property_cookie_t cookie)
{
	xcb_get_property_reply_t *r = xcb_get_property_reply(d->xcb, cookie, NULL);
	int len = r && r->format == 8 ? xcb_get_property_value_length(r) : 0;
	char *text = len > 0 ? calloc(1, (size_t)len + 2) : NULL;

	if (text)
		memcpy(text, xcb_get_property_value(r), (size_t)len);
	free(r);
	return text;
}

char *x11_display_title(struct x11_display *d, xcb_window_t window)
{
	char *title = x11_display_text(d,
			xcb_get_property(d->xcb, 0, window, x11_display_atom(d, "_NET_WM_NAME"),
					x11_display_atom(d, "UTF8_STRING"), 0, X11_TEXT_WORDS));

	return title ? title
		     : x11_display_text(d, xcb_get_property(d->xcb, 0, window, XCB_ATOM_WM_NAME, XCB_ATOM_ANY, 0, X11_TEXT_WORDS));
}

#include "agent/platform/x11/x11_secret.h"

#include <gdk/gdk.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform/x11/x11_lock.h"

/* Of AT-SPI's interface description (at-spi2-core, xml/): AtspiRole, AtspiStateType, AtspiCoordType. */
enum { ROLE_PASSWORD_TEXT = 40, STATE_SHOWING = 25, COORD_SCREEN = 0 };

#define ATSPI "org.a11y.atspi."

/** An object of a program: its connection on the bus and its path there. NULL, NULL: none. */
struct object {
	char *owner, *path;
};

struct field {
	struct object object;
	struct x11_field place;
	int32_t window_x, window_y; /* where its window was when it was last asked */
};

struct x11_secret {
	struct x11_masks *masks;
	struct x11_secret_events events;
	GCancellable *cancel;
	guint name, registry; /* watches: of the accessibility bus, of its registry; 0: none */
	guint poll;           /* timer while there are fields, 0: none */
	GDBusConnection *bus; /* the accessibility bus, NULL: none */
	guint focus_signal, gone_signal;
	struct object focus;
	bool is_secret;
	struct field field[X11_SECRET_FIELDS];
	size_t count;
	bool are_too_many;
};

/* ---- objects ---- */

static void object_forget(struct object *o)
{
	g_free(o->owner);
	g_free(o->path);
	*o = (struct object){ NULL, NULL };
}

static void object_set(struct object *o, const char *owner, const char *path)
{
	object_forget(o);
	*o = (struct object){ g_strdup(owner), g_strdup(path) };
}

static bool object_is(const struct object *o, const char *owner, const char *path)
{
	return o->path && strcmp(o->owner, owner) == 0 && strcmp(o->path, path) == 0;
}

/** A question on its way; its answer may come when the object, or x11_secret itself, is gone. */
struct question {
	struct x11_secret *secret;
	struct object about;
};

static void ask(struct x11_secret *s, const char *owner, const char *path, const char *interface, const char *method,
		GVariant *values, GAsyncReadyCallback on_answer)
{
	struct question *q = g_new0(struct question, 1);

	q->secret = s;
	object_set(&q->about, owner, path);
	g_dbus_connection_call(s->bus, owner, path, interface, method, values, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
			X11_SECRET_ASK_MS, s->cancel, on_answer, q);
}

static void question_free(struct question *q)
{
	object_forget(&q->about);
	g_free(q);
}

enum answer { ANSWER_HERE, ANSWER_LATE, ANSWER_NONE, ANSWER_TO_NOBODY };

/** The values, the caller's, if ANSWER_HERE. ANSWER_TO_NOBODY: x11_secret is gone. */
static enum answer answer_of(GObject *bus, GAsyncResult *result, const char *type, GVariant **values)
{
	GError *error = NULL;
	enum answer a = ANSWER_NONE;

	*values = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
	if (*values && g_variant_is_of_type(*values, G_VARIANT_TYPE(type)))
		return ANSWER_HERE;
	if (*values)
		g_variant_unref(*values);
	*values = NULL;
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		a = ANSWER_TO_NOBODY;
	else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
		a = ANSWER_LATE;
	g_clear_error(&error);
	return a;
}

/* ---- what is masked ---- */

static void tell_places(struct x11_secret *s)
{
	struct x11_field place[X11_SECRET_FIELDS + 1];
	size_t count = s->count;

	for (size_t i = 0; i < count; i++)
		place[i] = s->field[i].place;
	if (s->are_too_many)
		place[count++] = (struct x11_field){ .at = { 0, 0, INT16_MAX, INT16_MAX } };
	x11_masks_set_fields(s->masks, place, count);
	s->events.on_place(s->events.arg);
}

static struct field *field_of(struct x11_secret *s, const struct object *o)
{
	for (size_t i = 0; i < s->count; i++)
		if (object_is(&s->field[i].object, o->owner, o->path))
			return &s->field[i];
	return NULL;
}

static void drop(struct x11_secret *s, struct field *f)
{
	object_forget(&f->object);
	*f = s->field[--s->count];
	s->are_too_many = false;
	tell_places(s);
}

/**
 * Where a field lies in its window. Programs tell it in pixels of the screen, some in those of a larger unit, some not
 * at all: then its whole window is masked. While the window moves, its program's answer may be of before.
 */
static void place_field(struct x11_secret *s, struct field *f, const struct platform_rect *told)
{
	struct platform_rect window, now;
	GdkMonitor *monitor = gdk_display_get_monitor(gdk_display_get_default(), 0);
	bool is_scaled = monitor && gdk_monitor_get_scale_factor(monitor) != 1, has_moved;

	if (!f->place.window || !x11_masks_window(s->masks, f->place.window, &window))
		return;
	has_moved = window.x != f->window_x || window.y != f->window_y;
	f->window_x = window.x;
	f->window_y = window.y;
	now = (struct platform_rect){ told->x - window.x, told->y - window.y, told->width, told->height };
	if (is_scaled || now.width <= 0 || now.height <= 0 || now.x < 0 || now.y < 0 || now.x + now.width > window.width ||
			now.y + now.height > window.height)
		now = (struct platform_rect){ 0, 0, window.width, window.height };
	if (has_moved || memcmp(&now, &f->place.at, sizeof(now)) == 0)
		return;
	f->place.at = now;
	tell_places(s);
}

static void on_extents(GObject *bus, GAsyncResult *result, gpointer arg)
{
	struct question *q = arg;
	struct platform_rect r;
	GVariant *values;
	enum answer a = answer_of(bus, result, "((iiii))", &values);
	struct field *f = a == ANSWER_TO_NOBODY ? NULL : field_of(q->secret, &q->about);

	if (a == ANSWER_HERE) {
		g_variant_get(values, "((iiii))", &r.x, &r.y, &r.width, &r.height);
		g_variant_unref(values);
		if (f)
			place_field(q->secret, f, &r);
	}
	question_free(q);
}

/** What is gone, or can no longer be seen, is no longer masked. */
static void on_state(GObject *bus, GAsyncResult *result, gpointer arg)
{
	struct question *q = arg;
	GVariant *values, *words;
	guint32 low = 0;
	enum answer a = answer_of(bus, result, "(au)", &values);
	struct field *f = a == ANSWER_TO_NOBODY ? NULL : field_of(q->secret, &q->about);

	if (a == ANSWER_HERE) {
		words = g_variant_get_child_value(values, 0);
		if (g_variant_n_children(words) > 0)
			g_variant_get_child(words, 0, "u", &low);
		g_variant_unref(words);
		g_variant_unref(values);
	}
	if (f && (a == ANSWER_NONE || (a == ANSWER_HERE && !(low >> STATE_SHOWING & 1))))
		drop(q->secret, f);
	question_free(q);
}

static void ask_place(struct x11_secret *s, const struct object *o)
{
	ask(s, o->owner, o->path, ATSPI "Component", "GetExtents", g_variant_new("(u)", COORD_SCREEN), on_extents);
}

static gboolean on_poll(gpointer arg)
{
	struct x11_secret *s = arg;

	if (s->count == 0 || !s->bus) {
		s->poll = 0;
		return G_SOURCE_REMOVE;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct object *o = &s->field[i].object;

		ask_place(s, o);
		ask(s, o->owner, o->path, ATSPI "Accessible", "GetState", NULL, on_state);
	}
	return G_SOURCE_CONTINUE;
}

/** Masks the whole window until its program has said where in it the field is. */
static void add_field(struct x11_secret *s, const struct object *o)
{
	struct platform_rect window;
	struct field *f;

	if (field_of(s, o))
		return;
	if (s->count == X11_SECRET_FIELDS) {
		s->are_too_many = true;
		tell_places(s);
		return;
	}
	f = &s->field[s->count++];
	*f = (struct field){ .place.window = x11_masks_active(s->masks, &window) };
	object_set(&f->object, o->owner, o->path);
	if (!f->place.window)
		window = (struct platform_rect){ 0, 0, INT16_MAX, INT16_MAX };
	f->window_x = window.x;
	f->window_y = window.y;
	f->place.at = (struct platform_rect){ 0, 0, window.width, window.height };
	tell_places(s);
	ask_place(s, o);
	if (!s->poll)
		s->poll = g_timeout_add(X11_SECRET_LOOK_MS, on_poll, s);
}

/* ---- the focus ---- */

static void set_secret(struct x11_secret *s, bool is_secret)
{
	if (s->is_secret == is_secret)
		return;
	s->is_secret = is_secret;
	s->events.on_focus(s->events.arg, is_secret);
}

static void on_role(GObject *bus, GAsyncResult *result, gpointer arg)
{
	struct question *q = arg;
	GVariant *values;
	guint32 role = 0;
	enum answer a = answer_of(bus, result, "(u)", &values);

	if (a == ANSWER_HERE) {
		g_variant_get(values, "(u)", &role);
		g_variant_unref(values);
	}
	if (a != ANSWER_TO_NOBODY && object_is(&q->secret->focus, q->about.owner, q->about.path)) {
		if (role == ROLE_PASSWORD_TEXT)
			add_field(q->secret, &q->about);
		if (a != ANSWER_LATE)
			set_secret(q->secret, role == ROLE_PASSWORD_TEXT);
	}
	question_free(q);
}

static void on_focus(GDBusConnection *bus, const gchar *sender, const gchar *path, const gchar *interface,
		const gchar *signal, GVariant *values, gpointer arg)
{
	struct x11_secret *s = arg;
	GVariant *what, *has;
	bool is_in, is_focus;

	(void)bus, (void)interface, (void)signal;
	if (g_variant_n_children(values) < 2)
		return;
	what = g_variant_get_child_value(values, 0);
	has = g_variant_get_child_value(values, 1);
	is_focus = g_variant_is_of_type(what, G_VARIANT_TYPE_STRING) && g_variant_is_of_type(has, G_VARIANT_TYPE_INT32) &&
			strcmp(g_variant_get_string(what, NULL), "focused") == 0;
	is_in = is_focus && g_variant_get_int32(has);
	g_variant_unref(what);
	g_variant_unref(has);
	if (is_in) {
		object_set(&s->focus, sender, path);
		ask(s, sender, path, ATSPI "Accessible", "GetRole", NULL, on_role);
	} else if (is_focus && object_is(&s->focus, sender, path)) {
		object_forget(&s->focus);
		set_secret(s, false);
	}
}

/* ---- the bus ---- */

static void forget_program(struct x11_secret *s, const char *owner)
{
	for (size_t i = s->count; i > 0; i--)
		if (!owner || strcmp(s->field[i - 1].object.owner, owner) == 0)
			drop(s, &s->field[i - 1]);
	if (s->focus.owner && (!owner || strcmp(s->focus.owner, owner) == 0)) {
		object_forget(&s->focus);
		set_secret(s, false);
	}
}

static void on_gone(GDBusConnection *bus, const gchar *sender, const gchar *path, const gchar *interface,
		const gchar *signal, GVariant *values, gpointer arg)
{
	const char *name, *before, *after;

	(void)bus, (void)sender, (void)path, (void)interface, (void)signal;
	if (!g_variant_is_of_type(values, G_VARIANT_TYPE("(sss)")))
		return;
	g_variant_get(values, "(&s&s&s)", &name, &before, &after);
	if (after[0] == '\0')
		forget_program(arg, name);
}

static void leave_bus(struct x11_secret *s)
{
	if (!s->bus)
		return;
	g_bus_unwatch_name(s->registry);
	g_dbus_connection_signal_unsubscribe(s->bus, s->focus_signal);
	g_dbus_connection_signal_unsubscribe(s->bus, s->gone_signal);
	g_clear_object(&s->bus);
}

/** Programs tell about the focus only while somebody has asked the registry for it. */
static void on_registry(GDBusConnection *bus, const gchar *name, const gchar *owner, gpointer arg)
{
	struct x11_secret *s = arg;

	(void)owner;
	g_dbus_connection_call(bus, name, "/org/a11y/atspi/registry", ATSPI "Registry", "RegisterEvent",
			g_variant_new("(s)", "object:state-changed:focused"), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
			s->cancel, NULL, NULL);
}

static void on_bus(GObject *source, GAsyncResult *result, gpointer arg)
{
	GError *error = NULL;
	GDBusConnection *bus = g_dbus_connection_new_for_address_finish(result, &error);
	bool is_ours = !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
	struct x11_secret *s = arg;

	(void)source;
	g_clear_error(&error);
	if (!bus)
		return;
	if (!is_ours || s->bus) {
		g_object_unref(bus);
		return;
	}
	s->bus = bus;
	g_dbus_connection_set_exit_on_close(bus, FALSE);
	s->focus_signal = g_dbus_connection_signal_subscribe(bus, NULL, ATSPI "Event.Object", "StateChanged", NULL, "focused",
			G_DBUS_SIGNAL_FLAGS_NONE, on_focus, s, NULL);
	s->gone_signal = g_dbus_connection_signal_subscribe(bus, "org.freedesktop.DBus", "org.freedesktop.DBus",
			"NameOwnerChanged", "/org/freedesktop/DBus", NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_gone, s, NULL);
	s->registry = g_bus_watch_name_on_connection(
			bus, ATSPI "Registry", G_BUS_NAME_WATCHER_FLAGS_NONE, on_registry, NULL, s, NULL);
}

static void on_address(GObject *session, GAsyncResult *result, gpointer arg)
{
	struct x11_secret *s = arg;
	GVariant *values;
	const char *address;

	if (answer_of(session, result, "(s)", &values) != ANSWER_HERE)
		return;
	g_variant_get(values, "(&s)", &address);
	g_dbus_connection_new_for_address(address,
			G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
			s->cancel, on_bus, s);
	g_variant_unref(values);
}

static void on_name(GDBusConnection *session, const gchar *name, const gchar *owner, gpointer arg)
{
	struct x11_secret *s = arg;

	(void)owner;
	g_dbus_connection_call(session, name, "/org/a11y/bus", "org.a11y.Bus", "GetAddress", NULL, NULL,
			G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, s->cancel, on_address, s);
}

static void on_name_gone(GDBusConnection *session, const gchar *name, gpointer arg)
{
	(void)session, (void)name;
	leave_bus(arg);
	forget_program(arg, NULL);
}

struct x11_secret *x11_secret_new(struct x11_masks *masks, struct x11_secret_events events)
{
	struct x11_secret *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->masks = masks;
	s->events = events;
	s->cancel = g_cancellable_new();
	if (x11_has_session_bus())
		s->name = g_bus_watch_name(G_BUS_TYPE_SESSION, "org.a11y.Bus", G_BUS_NAME_WATCHER_FLAGS_NONE, on_name,
				on_name_gone, s, NULL);
	return s;
}

void x11_secret_free(struct x11_secret *s)
{
	if (!s)
		return;
	g_cancellable_cancel(s->cancel);
	if (s->name)
		g_bus_unwatch_name(s->name);
	if (s->poll)
		g_source_remove(s->poll);
	leave_bus(s);
	for (size_t i = 0; i < s->count; i++)
		object_forget(&s->field[i].object);
	object_forget(&s->focus);
	g_object_unref(s->cancel);
	free(s);
}

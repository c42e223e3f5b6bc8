#include "agent/platform/x11/x11_lock.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

enum { SAVERS = 6 };

static const char *const savers[SAVERS] = {
	"org.freedesktop.ScreenSaver",
	"org.gnome.ScreenSaver",
	"org.cinnamon.ScreenSaver",
	"org.mate.ScreenSaver",
	"org.xfce.ScreenSaver",
	"org.kde.screensaver",
};

struct x11_lock {
	void (*on_locked)(void *arg);
	void *arg;
	GCancellable *cancel;
	GDBusConnection *session, *system;
	guint saver[SAVERS], lock_call, hint;
};

static void on_saver(GDBusConnection *bus, const gchar *sender, const gchar *path,
		const gchar *interface, const gchar *signal, GVariant *values, gpointer arg)
{
	struct x11_lock *l = arg;
	gboolean is_active = FALSE;

	(void)bus, (void)sender, (void)path, (void)interface, (void)signal;
	if (!g_variant_is_of_type(values, G_VARIANT_TYPE("(b)")))
		return;
	g_variant_get(values, "(b)", &is_active);
	if (is_active)
		l->on_locked(l->arg);
}

/** Another session of the same computer may be locked: only our own counts. */
static bool is_our_session(const char *path)
{
	const char *id = g_getenv("XDG_SESSION_ID");
	char *expected;
	bool is_ours;

	if (!id || id[0] == '\0')
		return true;
	/* logind escapes a path component that begins with a digit: "2" is "_32". */
	expected = g_ascii_isdigit(id[0])
			? g_strdup_printf("/org/freedesktop/login1/session/_%02x%s",
					  (unsigned)id[0], id + 1)
			: g_strdup_printf("/org/freedesktop/login1/session/%s", id);
	is_ours = strcmp(path, expected) == 0 || g_str_has_suffix(path, "/auto");
	g_free(expected);
	return is_ours;
}

static void on_lock_call(GDBusConnection *bus, const gchar *sender, const gchar *path,
		const gchar *interface, const gchar *signal, GVariant *values, gpointer arg)
{
	struct x11_lock *l = arg;

	(void)bus, (void)sender, (void)interface, (void)signal, (void)values;
	if (is_our_session(path))
		l->on_locked(l->arg);
}

static void on_hint(GDBusConnection *bus, const gchar *sender, const gchar *path,
		const gchar *interface, const gchar *signal, GVariant *values, gpointer arg)
{
	struct x11_lock *l = arg;
	GVariant *changed;
	gboolean is_locked = FALSE;

	(void)bus, (void)sender, (void)interface, (void)signal;
	if (!is_our_session(path) || !g_variant_is_of_type(values, G_VARIANT_TYPE("(sa{sv}as)")))
		return;
	changed = g_variant_get_child_value(values, 1);
	if (g_variant_lookup(changed, "LockedHint", "b", &is_locked) && is_locked)
		l->on_locked(l->arg);
	g_variant_unref(changed);
}

static void on_session_bus(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct x11_lock *l;
	GDBusConnection *bus = g_bus_get_finish(result, NULL);

	(void)source;
	if (!bus)
		return; /* no bus, or cancelled: then `arg` is gone */
	l = arg;
	g_dbus_connection_set_exit_on_close(bus, FALSE);
	l->session = bus;
	for (size_t i = 0; i < SAVERS; i++)
		l->saver[i] = g_dbus_connection_signal_subscribe(bus, NULL, savers[i],
				"ActiveChanged", NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_saver, l,
				NULL);
}

static void on_system_bus(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct x11_lock *l;
	GDBusConnection *bus = g_bus_get_finish(result, NULL);

	(void)source;
	if (!bus)
		return;
	l = arg;
	g_dbus_connection_set_exit_on_close(bus, FALSE);
	l->system = bus;
	l->lock_call = g_dbus_connection_signal_subscribe(bus, "org.freedesktop.login1",
			"org.freedesktop.login1.Session", "Lock", NULL, NULL,
			G_DBUS_SIGNAL_FLAGS_NONE, on_lock_call, l, NULL);
	l->hint = g_dbus_connection_signal_subscribe(bus, "org.freedesktop.login1",
			"org.freedesktop.DBus.Properties", "PropertiesChanged", NULL,
			"org.freedesktop.login1.Session", G_DBUS_SIGNAL_FLAGS_NONE, on_hint, l,
			NULL);
}

bool x11_has_session_bus(void)
{
	const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
	char *path;
	bool is_there;

	if (address && address[0] != '\0')
		return !g_str_has_prefix(address, "autolaunch");
	path = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);
	is_there = g_file_test(path, G_FILE_TEST_EXISTS);
	g_free(path);
	return is_there;
}

struct x11_lock *x11_lock_new(void (*on_locked)(void *arg), void *arg)
{
	struct x11_lock *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->on_locked = on_locked;
	l->arg = arg;
	l->cancel = g_cancellable_new();
	if (x11_has_session_bus())
		g_bus_get(G_BUS_TYPE_SESSION, l->cancel, on_session_bus, l);
	g_bus_get(G_BUS_TYPE_SYSTEM, l->cancel, on_system_bus, l);
	return l;
}

void x11_lock_free(struct x11_lock *l)
{
	if (!l)
		return;
	g_cancellable_cancel(l->cancel);
	if (l->session) {
		for (size_t i = 0; i < SAVERS; i++)
			g_dbus_connection_signal_unsubscribe(l->session, l->saver[i]);
		g_object_unref(l->session);
	}
	if (l->system) {
		g_dbus_connection_signal_unsubscribe(l->system, l->lock_call);
		g_dbus_connection_signal_unsubscribe(l->system, l->hint);
		g_object_unref(l->system);
	}
	g_object_unref(l->cancel);
	free(l);
}

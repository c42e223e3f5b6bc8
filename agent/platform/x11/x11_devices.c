#include "agent/platform/x11/x11_devices.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xinput.h>

enum { IDS_MAX = 256 };
enum known { UNKNOWN, PHYSICAL, NOT_PHYSICAL };

struct x11_devices {
	struct x11_display *display;
	xcb_atom_t xtest_atom;
	uint8_t known[IDS_MAX];
};

struct x11_devices *x11_devices_new(struct x11_display *d)
{
	struct x11_devices *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->display = d;
	t->xtest_atom = x11_display_atom(d, "XTEST Device");
	return t;
}

void x11_devices_free(struct x11_devices *t)
{
	free(t);
}

static bool is_slave_type(uint16_t type)
{
	return type == XCB_INPUT_DEVICE_TYPE_SLAVE_POINTER ||
			type == XCB_INPUT_DEVICE_TYPE_SLAVE_KEYBOARD ||
			type == XCB_INPUT_DEVICE_TYPE_FLOATING_SLAVE;
}

static bool has_xtest_name(const xcb_input_xi_device_info_t *info)
{
	return memmem(xcb_input_xi_device_info_name(info),
			       (size_t)xcb_input_xi_device_info_name_length(info), "XTEST",
			       5) != NULL;
}

static bool is_person_device(struct x11_devices *t, uint16_t id)
{
	xcb_connection_t *c = t->display->xcb;
	xcb_input_xi_query_device_cookie_t ask = xcb_input_xi_query_device(c, id);
	xcb_input_xi_get_property_cookie_t ask_mark =
			xcb_input_xi_get_property(c, id, 0, t->xtest_atom, XCB_ATOM_ANY, 0, 1);
	xcb_input_xi_query_device_reply_t *r = xcb_input_xi_query_device_reply(c, ask, NULL);
	xcb_input_xi_get_property_reply_t *mark =
			xcb_input_xi_get_property_reply(c, ask_mark, NULL);
	bool is_person = false;

	if (r && mark && r->num_infos == 1) {
		const xcb_input_xi_device_info_t *info =
				xcb_input_xi_query_device_infos_iterator(r).data;

		is_person = info->deviceid == id && is_slave_type(info->type) &&
				mark->type == XCB_ATOM_NONE && !has_xtest_name(info);
	}
	free(r);
	free(mark);
	return is_person;
}

bool x11_devices_is_physical_now(struct x11_devices *t, uint16_t id)
{
	bool is_physical;

	/* 0 and 1 mean "all devices" in a request. */
	if (id < 2 || t->xtest_atom == XCB_ATOM_NONE)
		return false;
	is_physical = is_person_device(t, id);
	if (id < IDS_MAX)
		t->known[id] = is_physical ? PHYSICAL : NOT_PHYSICAL;
	return is_physical;
}

bool x11_devices_is_physical(struct x11_devices *t, uint16_t id)
{
	if (id < IDS_MAX && t->known[id] != UNKNOWN)
		return t->known[id] == PHYSICAL;
	return x11_devices_is_physical_now(t, id);
}

void x11_devices_forget(struct x11_devices *t)
{
	memset(t->known, UNKNOWN, sizeof(t->known));
}

/*
 * Watches a customer's X server through the RECORD extension until SIGTERM, then prints one line:
 *   key N button N motion N captures N after_release N last_capture_ms N released_ms N held_keys N held_buttons N
 * Counted are events of devices (core, and again for each XInput device) and requests that read the screen;
 * after_release counts those that the server took after the last release of a button, in its own order.
 * last_capture_ms is UTC; released_ms is when that release was, on the clock since the machine's start; held_* is what the server says is down at the end. Prints "ready" when it has begun.
 */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/record.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

enum { GET_IMAGE = 73, SHM_GET_IMAGE = 4, EVENT_LEN = 32 };

struct watch {
	xcb_connection_t *control, *data;
	uint8_t xi_first;  /* number of the first XInput event */
	uint8_t shm_major; /* MIT-SHM's opcode */
	unsigned long key, button, motion, captures, after_release;
	uint64_t last_capture_ms, released_ms;
};

static volatile sig_atomic_t is_over;

static void on_term(int signal)
{
	(void)signal;
	is_over = 1;
}

static uint64_t utc_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A time of the server's, which counts from the machine's start without its sleep, in 32 bits, on the clock with it. */
static uint64_t boot_ms(uint32_t server_ms)
{
	struct timespec t, boot;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &t);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	return (uint64_t)boot.tv_sec * 1000 + (uint64_t)boot.tv_nsec / 1000000 - (uint32_t)((uint32_t)now - server_ms);
}

/* 2..6 are key press, key release, button press, button release, motion, in core and in XInput alike. */
static void take_event(struct watch *w, const uint8_t *at)
{
	unsigned is = at[0] & 0x7f;
	uint32_t server_ms;

	if (is >= w->xi_first)
		is = is - w->xi_first + 1;
	if (is == XCB_KEY_PRESS || is == XCB_KEY_RELEASE)
		w->key++;
	else if (is == XCB_BUTTON_PRESS || is == XCB_BUTTON_RELEASE)
		w->button++;
	else if (is == XCB_MOTION_NOTIFY)
		w->motion++;
	if (is == XCB_BUTTON_RELEASE) {
		memcpy(&server_ms, at + 4, sizeof(server_ms));
		w->after_release = 0;
		w->released_ms = boot_ms(server_ms);
	}
}

static void take_request(struct watch *w, const uint8_t *at)
{
	if (at[0] == GET_IMAGE || (at[0] == w->shm_major && at[1] == SHM_GET_IMAGE)) {
		w->captures++;
		w->after_release++;
		w->last_capture_ms = utc_ms();
	}
}

static void take(struct watch *w, const xcb_record_enable_context_reply_t *r)
{
	const uint8_t *at = xcb_record_enable_context_data(r);
	int left = xcb_record_enable_context_data_length(r);

	if (r->category == 0)
		for (; left >= EVENT_LEN; at += EVENT_LEN, left -= EVENT_LEN)
			take_event(w, at);
	if (r->category == 1 && left >= 4)
		take_request(w, at);
}

/* First event and opcode of an extension; 0: it is not there. */
static int extension(xcb_connection_t *c, const char *name, uint8_t *event, uint8_t *opcode)
{
	xcb_query_extension_reply_t *r =
			xcb_query_extension_reply(c, xcb_query_extension(c, (uint16_t)strlen(name), name), NULL);
	int is_there = r && r->present;

	if (is_there) {
		*event = r->first_event;
		*opcode = r->major_opcode;
	}
	free(r);
	return is_there;
}

static int begin(struct watch *w, xcb_record_enable_context_cookie_t *cookie)
{
	const xcb_record_client_spec_t all = XCB_RECORD_CS_ALL_CLIENTS;
	xcb_record_range_t range[2] = { 0 };
	uint32_t context;
	uint8_t none;

	w->control = xcb_connect(NULL, NULL);
	w->data = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(w->control) || xcb_connection_has_error(w->data))
		return 0;
	if (!extension(w->control, "XInputExtension", &w->xi_first, &none) ||
			!extension(w->control, "MIT-SHM", &none, &w->shm_major) ||
			!extension(w->control, "RECORD", &none, &none))
		return 0;
	range[0].core_requests = (xcb_record_range_8_t){ GET_IMAGE, GET_IMAGE };
	range[0].ext_requests.major = (xcb_record_range_8_t){ w->shm_major, w->shm_major };
	range[0].ext_requests.minor = (xcb_record_range_16_t){ SHM_GET_IMAGE, SHM_GET_IMAGE };
	range[0].device_events = (xcb_record_range_8_t){ XCB_KEY_PRESS, XCB_MOTION_NOTIFY };
	range[1].device_events = (xcb_record_range_8_t){ (uint8_t)(w->xi_first + 1), (uint8_t)(w->xi_first + 5) };
	context = xcb_generate_id(w->control);
	free(xcb_request_check(w->control, xcb_record_create_context_checked(w->control, context, 0, 1, 2, &all, range)));
	*cookie = xcb_record_enable_context(w->data, context);
	xcb_flush(w->data);
	return 1;
}

static void print_held(struct watch *w)
{
	xcb_window_t root = xcb_setup_roots_iterator(xcb_get_setup(w->control)).data->root;
	xcb_query_keymap_reply_t *keys = xcb_query_keymap_reply(w->control, xcb_query_keymap(w->control), NULL);
	xcb_query_pointer_reply_t *p = xcb_query_pointer_reply(w->control, xcb_query_pointer(w->control, root), NULL);
	int held = 0;

	for (int i = 0; keys && i < 32; i++)
		held += __builtin_popcount(keys->keys[i]);
	printf(" held_keys %d held_buttons %d\n", keys ? held : -1, p ? __builtin_popcount(p->mask & 0x1f00U) : -1);
	free(keys);
	free(p);
}

int main(void)
{
	struct watch w = { 0 };
	struct sigaction act = { .sa_handler = on_term };
	xcb_record_enable_context_cookie_t cookie;
	struct pollfd p;

	sigaction(SIGTERM, &act, NULL);
	if (!begin(&w, &cookie))
		return EXIT_FAILURE;
	p = (struct pollfd){ .fd = xcb_get_file_descriptor(w.data), .events = POLLIN };
	for (int is_ready = 0;;) {
		void *reply;
		xcb_generic_error_t *error = NULL;

		while (xcb_poll_for_reply(w.data, cookie.sequence, &reply, &error) && reply) {
			const xcb_record_enable_context_reply_t *r = reply;

			if (r->category == 4 && !is_ready) {
				is_ready = 1;
				puts("ready");
				fflush(stdout);
			}
			take(&w, r);
			free(reply);
		}
		free(error);
		if (error || is_over)
			break;
		poll(&p, 1, 100);
	}
	printf("key %lu button %lu motion %lu captures %lu after_release %lu last_capture_ms %llu released_ms %llu",
			w.key, w.button, w.motion, w.captures, w.after_release, (unsigned long long)w.last_capture_ms,
			(unsigned long long)w.released_ms);
	print_held(&w);
	xcb_disconnect(w.data);
	xcb_disconnect(w.control);
	return EXIT_SUCCESS;
}

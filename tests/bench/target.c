/*
 * target: a window of 300 x 180 pixels that changes colour at each button press and each key press,
 * for tests/bench/feel.js. Does nothing else, so that what is measured is the way there and back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xcb.h>

enum { X = 10, Y = 10, WIDTH = 300, HEIGHT = 180 };

static void paint(xcb_connection_t *c, xcb_window_t w, xcb_gcontext_t gc, unsigned turn)
{
	const uint32_t colour = turn % 2 ? 0xd03020 : 0x2060c0;
	const xcb_rectangle_t all = { 0, 0, WIDTH, HEIGHT };

	xcb_change_gc(c, gc, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(c, w, gc, 1, &all);
	xcb_flush(c);
}

int main(void)
{
	const uint32_t values[] = { 1,
		XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_EXPOSURE };
	xcb_connection_t *c = xcb_connect(NULL, NULL);
	xcb_generic_event_t *e;
	xcb_screen_t *s;
	xcb_window_t w;
	xcb_gcontext_t gc;
	unsigned turn = 0;

	if (xcb_connection_has_error(c))
		return EXIT_FAILURE;
	s = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
	w = xcb_generate_id(c);
	gc = xcb_generate_id(c);
	xcb_create_window(c, XCB_COPY_FROM_PARENT, w, s->root, X, Y, WIDTH, HEIGHT, 0,
			XCB_WINDOW_CLASS_INPUT_OUTPUT, s->root_visual,
			XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
	xcb_create_gc(c, gc, w, 0, NULL);
	xcb_map_window(c, w);
	xcb_flush(c);
	while ((e = xcb_wait_for_event(c)) != NULL) {
		uint8_t type = e->response_type & 0x7f;

		free(e);
		if (type == XCB_BUTTON_PRESS || type == XCB_KEY_PRESS)
			turn++;
		paint(c, w, gc, turn);
		xcb_set_input_focus(c, XCB_INPUT_FOCUS_POINTER_ROOT, w, XCB_CURRENT_TIME);
		xcb_flush(c);
	}
	return EXIT_SUCCESS;
}

#include "agent/platform/x11/x11_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

enum { DETAILS = 256, NOTE_LEN = 2 };

struct x11_guard {
	int pipe;
	pid_t child;
};

/* Presses that no release followed, by the type of that release. */
struct held {
	bool is_down[2][DETAILS];
	unsigned count;
};

static const uint8_t releases[2] = { XCB_KEY_RELEASE, XCB_BUTTON_RELEASE };

static void take_note(struct held *h, const uint8_t note[NOTE_LEN])
{
	bool is_button = note[0] == XCB_BUTTON_PRESS || note[0] == XCB_BUTTON_RELEASE;
	bool is_press = note[0] == XCB_KEY_PRESS || note[0] == XCB_BUTTON_PRESS;
	bool *is_down = &h->is_down[is_button][note[1]];

	h->count += (unsigned)(is_press && !*is_down);
	h->count -= (unsigned)(!is_press && *is_down);
	*is_down = is_press;
}

/* Until the agent's end is closed. A note of two bytes is never torn (POSIX: PIPE_BUF). */
static void listen_to_agent(int from, struct held *h)
{
	uint8_t note[NOTE_LEN];

	while (read(from, note, sizeof(note)) == (ssize_t)sizeof(note))
		take_note(h, note);
}

static void let_go(const struct held *h)
{
	xcb_connection_t *c = xcb_connect(NULL, NULL);
	xcb_window_t root;

	if (xcb_connection_has_error(c))
		return;
	root = xcb_setup_roots_iterator(xcb_get_setup(c)).data->root;
	for (int kind = 0; kind < 2; kind++) {
		for (int i = 0; i < DETAILS; i++) {
			if (h->is_down[kind][i])
				xcb_test_fake_input(c, releases[kind], (uint8_t)i, XCB_CURRENT_TIME, root, 0, 0, 0);
		}
	}
	free(xcb_get_input_focus_reply(c, xcb_get_input_focus(c), NULL)); /* the server has taken them all */
	xcb_disconnect(c);
}

/* A session of its own, so that what ends the agent's terminal or group does not end the guard first. */
static _Noreturn void watch(int from)
{
	struct held h = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		(void)dup2(null, fd);
	(void)signal(SIGTERM, SIG_IGN);
	listen_to_agent(from, &h);
	if (h.count > 0)
		let_go(&h);
	_exit(EXIT_SUCCESS);
}

struct x11_guard *x11_guard_start(void)
{
	struct x11_guard *g = calloc(1, sizeof(*g));
	int ends[2];

	if (!g || pipe2(ends, O_CLOEXEC) != 0) {
		free(g);
		return NULL;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	g->child = fork();
	if (g->child == 0) {
		(void)close(ends[1]);
		watch(ends[0]);
	}
	(void)close(ends[0]);
	g->pipe = ends[1];
	if (g->child > 0 && fcntl(g->pipe, F_SETFL, O_NONBLOCK) == 0)
		return g;
	x11_guard_free(g);
	return NULL;
}

void x11_guard_free(struct x11_guard *g)
{
	if (!g)
		return;
	(void)close(g->pipe);
	if (g->child > 0)
		(void)waitpid(g->child, NULL, 0);
	free(g);
}

bool x11_guard_note(struct x11_guard *g, uint8_t type, uint8_t detail)
{
	const uint8_t note[NOTE_LEN] = { type, detail };

	return write(g->pipe, note, sizeof(note)) == (ssize_t)sizeof(note);
}

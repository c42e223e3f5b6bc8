#ifndef FAKE_PLATFORM_H
#define FAKE_PLATFORM_H

#include "agent/outlet.h"
#include "agent/platform.h"

/**
 * fake_platform: agent/platform.h without a computer. Calls are written down, the clock moves when the test
 * says so, the screen is an array, random bytes are a counted sequence.
 */
enum { FAKE_WIDTH = 96, FAKE_HEIGHT = 64 };

struct fake {
	char log[8192]; /* one line a call: "mouse 2 1 10,20", "release", … */
	uint64_t boot_ms, wall_ms;
	bool has_no_random, has_no_capture, is_focus_ours, is_one_window, is_focus_elsewhere;
	struct platform_rect ours;      /* the agent's own window */
	uint32_t screen[FAKE_WIDTH * FAKE_HEIGHT];
	unsigned captures;
	bool can_write, is_chat_away;
	bool has_typing; /* the last prompt could be answered by a number */
	char phone[40], warning[256];
	char line[512];                 /* about a file */
	bool has_file_stop, is_disk_full;
	uint8_t file[256 << 10];        /* what is received or chosen */
	size_t file_len;
	int open_files;
	char status[512], who[256], why[256], title[256], prompt[1024], recording[256], receipt[2048], control[256];
};

/** The one there is; fake_reset() makes it as new. */
extern struct fake fake;
void fake_reset(void);
struct platform *fake_platform(void);
void fake_forget(void);

/** A file that the customer chose: fake.file. */
struct platform_file *fake_chosen(void);

/** An outlet that keeps what was sent. */
struct sent {
	uint8_t kind;
	uint32_t grant;
	uint8_t *bytes; /* owned */
	size_t len;
};
enum { SENT_MAX = 256 };
struct tray {
	struct sent at[SENT_MAX];
	size_t count;
	enum err answer;
};
struct outlet tray_outlet(struct tray *t);
void tray_clear(struct tray *t);

#endif

#ifndef AGENT_PLATFORM_H
#define AGENT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "guichet/capability.h"

/**
 * platform: everything the agent needs from the operating system, and nothing else.
 *
 * The core (agent/<name>.c) includes no OS header; agent/platform/x11 implements this file with XCB
 * and GTK 3. One thread: every callback comes from platform_run(), never from inside another call.
 * Coordinates are physical pixels of the whole desktop (docs/PROTOCOL.md section 7.3). Strings are
 * UTF-8. Sources: S8, S10, S13, S16, S17, S18, S30, S31, S34.
 */
struct platform; /* opaque */
struct platform_socket;
struct platform_file;

/** Same layout as struct picture_rect of common/picture. */
struct platform_rect {
	int32_t x, y, width, height;
};

enum platform_answer { ANSWER_ALLOW, ANSWER_REFUSE, ANSWER_CLOSED, ANSWER_SILENCE };
enum platform_saved { SAVED_OK, SAVED_CANCELLED, SAVED_FAILED };
enum platform_mouse { MOUSE_MOVE = 1, MOUSE_PRESS, MOUSE_RELEASE, MOUSE_WHEEL };

/** What the customer's own hand did: moved or pressed the mouse, pressed a key, let go of something. */
enum platform_hand { HAND_MOUSE, HAND_KEY, HAND_RELEASE };

/** What the platform tells the core. Every member is set; `arg` is the core's own. */
struct platform_events {
	/** The socket can be read or written, or has failed: call send and recv until ERR_AGAIN. */
	void (*on_socket)(void *arg, struct platform_socket *s);
	/** The time given to platform_timer() has come. */
	void (*on_timer)(void *arg);
	/** These parts of the screen changed (only between capture_start and capture_stop). */
	void (*on_damage)(void *arg, const struct platform_rect *r, size_t count);
	/** The pointer moved to x, y, or its shape changed (then ask platform_cursor_shape()). */
	void (*on_cursor)(void *arg, int32_t x, int32_t y, bool is_new_shape);
	/** Size or monitors changed: everything must be captured anew. */
	void (*on_screens)(void *arg);
	/** The customer's own (physical) mouse or keyboard was used; which, never what (S25). */
	void (*on_local_hand)(void *arg, enum platform_hand hand);
	/** The customer held Escape for a second on a physical keyboard, anywhere (S18). */
	void (*on_panic)(void *arg);
	/** The prompt opened under this number was answered; ANSWER_ALLOW only by a physical click
	 * on the button, at least PROMPT_INERT_MS after it was first drawn (S16), or, then `is_typed`, by the number that
	 * stood beside it, typed on a physical keyboard (S34); never typed if the prompt had no `typing`. */
	void (*on_prompt)(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed);
	/** Click (any means, also by keyboard) on « Mettre fin », or the window was closed. */
	void (*on_end)(void *arg);
	/** Click on the button that takes `cap` back (any means). */
	void (*on_limit)(void *arg, enum capability cap);
	/** The screen was locked. */
	void (*on_locked)(void *arg);
	/** The keyboard goes into a field for a password of another program, or has left it (S23, S25). */
	void (*on_secret)(void *arg, bool is_secret);
	/** « Mettre fin » has been out of sight for COVERED_MS; told again while it lasts (S30). */
	void (*on_covered)(void *arg);
	/** Click (any means) on the button about what is shown: one window, or everything. */
	void (*on_scope)(void *arg);
	/** The list of platform_choose() is closed: the title of the window that alone is shown from now on, in UTF-8, else as its
	 * program wrote it; NULL: none was chosen, nothing has changed. */
	void (*on_chosen)(void *arg, const char *title);
	/** Click on the button that saves the receipt. */
	void (*on_save)(void *arg);
	/** What became of platform_save(). */
	void (*on_saved)(void *arg, enum platform_saved result);
	/** The dialog of platform_pick() is closed: the file that was chosen, the caller's, with its base
	 * name as it stands on the disk and its size; NULL: none, or one that cannot be read. */
	void (*on_picked)(void *arg, struct platform_file *file, const char *name, uint64_t size);
	/** Click on the button that stops a file. */
	void (*on_file_stop)(void *arg);
	/** Click (any means) on « Un doute ? »; on « Tout va bien, reprendre ». */
	void (*on_doubt)(void *arg);
	void (*on_fine)(void *arg);
	/** The customer sends this message; false: it stays where he wrote it. */
	bool (*on_say)(void *arg, const char *text);
};

enum { PROMPT_INERT_MS = 800, PROMPT_SILENCE_MS = 60000, OVERLAY_FADE_MS = 3000, OVERLAY_STEPS = 9,
	COVERED_MS = 1000 };

/** State of one capability in the customer's window. */
enum ui_cap { UI_OFF, UI_ASKED, UI_ON, UI_SUSPENDED };

/** All that the customer's window shows; every string is the agent's own French or English. */
struct ui_state {
	const char *title;      /* "Assistance Banque Exemple" */
	const char *who;        /* "Claire Martin vous aide" or "Connexion…" */
	const char *why;        /* "Motif : mise en place" */
	const char *words;      /* "« abricot » et « lanterne »", or "" */
	const char *words_hint; /* "Lisez ces deux mots à votre conseiller …" */
	const char *status;     /* one line: "Votre conseiller voit votre écran." */
	const char *recording;  /* permanent mark, or "" */
	const char *since;      /* "Depuis 14:02", or "" */
	struct {
		enum ui_cap state;
		const char *label;     /* "Il voit votre écran : oui" */
		const char *take_back; /* label of the button, or NULL when there is nothing to take
					  back */
	} cap[CAP_COUNT];
	const char *scope;     /* label of the button about what is shown, beside the first capability's; NULL: none */
	const char *file;      /* where a file stands, or what became of it; "" or NULL: nothing */
	const char *file_stop; /* label of the button that stops it, NULL: none is on its way */
	const char *panic_hint; /* "Échap maintenue une seconde met fin à tout." */
	const char *end;        /* "Mettre fin" */
	const char *close;      /* "Fermer": shown instead of `end` once is_over */
	bool is_over;           /* the session has ended: only what follows, `status` and `close` remain */
	const char *receipt;    /* what happened, lines; "" or NULL: no session, no receipt */
	const char *save;       /* label of the button that saves it, NULL: none */
	const char *saved;      /* what became of saving, "" or NULL */
	const char *warning;    /* one sentence under the status, "" or NULL */
	const char *doubt;      /* label of the button beside `end`, as large; NULL: none */
	bool is_doubting;       /* instead of names, words and capabilities the window shows: */
	const char *doubt_title, *doubt_call, *phone, *doubt_body; /* each may be "" */
	const char *fine;       /* label of the button that ends the doubt, in place of `doubt` */
};

/** The list in which the customer says which window he shows. */
struct ui_choose {
	const char *title, *body, *cancel;
	const char *untitled, *none; /* for a window without a title; instead of an empty list */
};

/** The window of messages; every string is the agent's own. */
struct ui_chat {
	const char *open;              /* label of the button in the customer's window that shows it, NULL: none */
	const char *title, *field, *send;
	const char *hint;              /* under the field */
	bool can_write;
	bool is_away; /* taken off the screen: in doubt, and after the end */
};

/** Words for the answer without a mouse (S34); formats of the agent's own. */
struct ui_typing {
	const char *offer;  /* %s the number, %s the answer it gives */
	const char *so_far; /* %s the digits typed so far */
	const char *wrong, *over; /* after a wrong number; after the last that could be tried */
};

/** Words of a prompt; `refuse` and `allow` are drawn at equal size. */
struct ui_prompt {
	uint32_t ask;
	const char *title, *body, *refuse, *allow;
	bool is_even; /* a plain question: both answers look alike and count only by a physical click */
	const struct ui_typing *typing; /* NULL: only the mouse answers */
};

struct platform_monitor {
	struct platform_rect area;
	bool is_primary;
};

/** Opens display and toolkit. ERR_IO: no display (a sentence was written to stderr). */
enum err platform_open(const struct platform_events *events, void *arg, struct platform **out);
void platform_close(struct platform *p);
/** Runs the loop until platform_quit(). */
void platform_run(struct platform *p);
void platform_quit(struct platform *p);

/** UTC wall clock and time since boot, in milliseconds. */
uint64_t platform_wall_ms(void);
uint64_t platform_boot_ms(void);
/** "14:02" in the customer's time zone. */
void platform_local_time(uint64_t wall_ms, char out[6]);
/** "2026-11-25" in the customer's time zone. */
void platform_local_date(uint64_t wall_ms, char out[11]);
/** Fills buf from the system's generator. ERR_IO: there is none; do not go on. */
enum err platform_random(void *buf, size_t len);
/** One timer: on_timer in `delay_ms`; a new call replaces the old one. */
void platform_timer(struct platform *p, uint32_t delay_ms);
/** "linux-x11". */
const char *platform_name(void);
/** The whole file of the running program (its trailer holds the join ticket); free() it. */
enum err platform_own_image(uint8_t **out, size_t *len);
/** HTTP proxy the customer's system is set to use for `host`, or false. */
bool platform_http_proxy(const char *host, char *proxy_host, size_t size, uint16_t *port);

/** Starts connecting without blocking; on_socket tells when send works or the attempt failed. */
enum err platform_connect(
		struct platform *p, const char *host, uint16_t port, struct platform_socket **out);
/** Bytes sent/received in *done. ERR_AGAIN: wait for on_socket. ERR_IO: lost (recv: also orderly
 * end). */
enum err platform_send(struct platform_socket *s, const void *buf, size_t len, size_t *done);
enum err platform_recv(struct platform_socket *s, void *buf, size_t size, size_t *done);
/** Closes and frees; no event comes any more. NULL is allowed. */
void platform_disconnect(struct platform_socket *s);

/** Size of the desktop, and its monitors (at most `max`). */
enum err platform_screens(struct platform *p, int32_t *width, int32_t *height,
		struct platform_monitor *out, size_t max, size_t *count);
/** Windows that nobody sees (S23): "class:NAME" or "title:PART", borrowed. platform_capture() hatches their place. */
void platform_mask(struct platform *p, char *const *rules, size_t count);
enum err platform_capture_start(struct platform *p);
void platform_capture_stop(struct platform *p);
/** Copies the rectangles of the screen into `pixels` (0x00RRGGBB, row length = desktop width). */
enum err platform_capture(
		struct platform *p, const struct platform_rect *r, size_t count, uint32_t *pixels);
/** Cursor's shape: RGBA, not premultiplied, width*height*4 bytes into rgba (at most 64x64).
 * ERR_AGAIN: hidden or too big. */
enum err platform_cursor_shape(struct platform *p, uint16_t *width, uint16_t *height,
		uint16_t *hot_x, uint16_t *hot_y, uint8_t rgba[64 * 64 * 4]);

/** Opens the list of windows; on_chosen() follows. From then on platform_capture() covers everything but that window, its
 * dialogs and menus (S17, S23). */
void platform_choose(struct platform *p, const struct ui_choose *c);
/** Closes it; on_chosen() does not follow. */
void platform_choose_close(struct platform *p);
/** The whole screen is shown again. */
void platform_show_all(struct platform *p);
/** True if what is at x, y is shown, so that input may go there; of a whole screen everything is. */
bool platform_is_shown(struct platform *p, int32_t x, int32_t y);
/** True if the keyboard focus is in what is shown. */
bool platform_focus_is_shown(struct platform *p);
/** True if only one window is shown. */
bool platform_is_one_window(struct platform *p);
/** True if x, y lies in a window of the agent: input there is refused (S16). */
bool platform_is_ours(struct platform *p, int32_t x, int32_t y);
/** True if the keyboard focus is in a window of the agent: text and keys are refused. */
bool platform_focus_is_ours(struct platform *p);
void platform_inject_mouse(struct platform *p, enum platform_mouse action, uint8_t button,
		int32_t x, int32_t y, int16_t wheel_x, int16_t wheel_y);
void platform_inject_text(struct platform *p, const uint32_t *code_points, size_t count);
/** Taps the key with its modifiers (bit 0 Shift, 1 Ctrl, 2 Alt, 3 Super), everything released
 * after. */
void platform_inject_key(struct platform *p, uint16_t key, uint8_t modifiers);
/** Lets go of every button and key that was injected. Safe at any time, also twice. */
void platform_release_all(struct platform *p);

/** Pointer, frame, arrow to the tip `to`, and the numbers 1..OVERLAY_STEPS: over everything, click-through, each gone OVERLAY_FADE_MS
 * after its last call (S11). */
void platform_overlay_pointer(struct platform *p, int32_t x, int32_t y);
void platform_overlay_frame(struct platform *p, const struct platform_rect *r);
void platform_overlay_arrow(struct platform *p, int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y);
void platform_overlay_step(struct platform *p, int number, int32_t x, int32_t y);
/** A line in large type around x, y, under the name `who`; text as it is, copied. False: it would lie over a window of the agent's, and
 * is not shown. */
bool platform_overlay_line(struct platform *p, int32_t x, int32_t y, const char *who, const char *text);
void platform_overlay_clear(struct platform *p);

/** Updates the window of messages; it is shown by the customer's click or by the first message. */
void platform_chat(struct platform *p, const struct ui_chat *c);
/** Adds a message and shows the window. Text as it is, no markup. Copied. */
void platform_chat_add(struct platform *p, const char *who, const char *text, bool is_own);

/** Shows or redraws the customer's window. */
void platform_window(struct platform *p, const struct ui_state *s);
/**
 * Opens the system's dialog in which a person says where to keep `bytes` (copied); on_saved()
 * follows. A file that is there is replaced only after the person has said so; whole or not at all.
 */
void platform_save(struct platform *p, const char *title, const char *name, const void *bytes,
		size_t len);
/** Opens the system's dialog in which a person chooses one file; on_picked() follows. */
void platform_pick(struct platform *p, const char *title);
/** Closes it; on_picked() does not follow. */
void platform_pick_close(struct platform *p);
/**
 * Begins a file that is being received. It stands nowhere until platform_file_keep(); then in a folder of this
 * session's own, made anew (0700) where the system keeps downloads, as `name` or, if that is there, as "name (2)".
 * Never executable, never over another. `folder` names it for people. ERR_IO: no room, no folder.
 */
enum err platform_file_new(struct platform *p, const char *folder, const char *name, uint64_t size,
		struct platform_file **out);
/** Appends. ERR_IO: the disk is full, or worse. */
enum err platform_file_write(struct platform_file *f, const void *buf, size_t len);
/** Flushes it and gives it its name; closed in every case. `where`: "Téléchargements/Assistance …" for people. */
enum err platform_file_keep(struct platform_file *f, char *where, size_t size);
/** Reads from a chosen file. ERR_IO: that cannot be read, or it is shorter by now. */
enum err platform_file_read(struct platform_file *f, uint64_t at, void *buf, size_t len);
/** Closes it; of one that was being received nothing is left. NULL is allowed. */
void platform_file_close(struct platform_file *f);
/** Opens the one prompt (a second call replaces it without an answer). */
void platform_prompt(struct platform *p, const struct ui_prompt *prompt);
/** Closes it without an answer. */
void platform_prompt_close(struct platform *p);

#endif

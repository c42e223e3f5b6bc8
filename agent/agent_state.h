#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/chain.h"
#include "agent/face.h"
#include "agent/hands.h"
#include "agent/heads.h"
#include "agent/link.h"
#include "agent/pairing.h"
#include "agent/sealer.h"
#include "agent/view.h"
#include "common/file_name.h"
#include "common/session.h"

/**
 * agent_state: the inside of struct agent, shared by agent.c (life and link), agent_consent.c (what
 * the customer allows), agent_doubt.c (what protects him from fraud), agent_evidence.c (what proves it) and agent_messages.c (what comes in). No other file includes it but its own test.
 */
enum file_way { FILE_DOWN, FILE_UP, FILE_WAYS }; /* to the customer; to the advisor */
enum file_stage { FILE_NONE, FILE_PROMPT, FILE_CHOOSING, FILE_HASHING, FILE_WAITING, FILE_MOVING };

/* One file that is asked about or on its way (docs/PROTOCOL.md section 10). */
struct agent_file {
	enum file_stage stage;
	uint32_t id, size;
	char name[FILE_NAME_SIZE], sha256[65]; /* clean; "" before they are known */
	struct platform_file *file;
	struct crypto_hash *hash;
	uint32_t at;           /* bytes that were received, hashed or sent */
	uint32_t known, until; /* the gateway has so many, and takes so many */
	uint32_t told;         /* bytes that it knows we have */
	uint64_t since_ms;     /* boot time at which bytes began to move, 0: not yet */
	char state[16];        /* where the other half of the way stands */
	uint32_t far;
};

/* How often something came lately. */
struct agent_rate {
	uint64_t since_ms; /* boot time */
	unsigned count;
};

/** Why nothing is recorded (PROTOCOL.md 6.6); words are constants. */
struct agent_pause {
	const char *why;   /* of the pause that stands, NULL: none */
	uint64_t since_ms; /* boot time at which it began */
	const char *asked; /* the advisor wants one, for this; NULL: no */
	bool is_secret;    /* the keyboard is in a field for a password, or was a moment ago */
	bool is_spent;     /* so long that it no longer stops the recording; control it does */
	uint64_t left_ms;  /* boot time at which the keyboard left it, 0: it has not */
};

/** Suppr under control waits for the customer (S24; PROTOCOL.md 6.7). One at a time. */
struct delete_ask {
	enum { DELETE_NONE, DELETE_ASKED, DELETE_ALLOWED, DELETE_STORED } state;
	uint32_t number;     /* of the last question, from 1 */
	uint32_t grant;      /* of the control under which Suppr was pressed */
	uint8_t modifiers;   /* as in KEY */
	const char *text;    /* the question; of the face, which shows no other meanwhile */
	uint32_t line;       /* number of the line that allows it */
	uint64_t until_ms;   /* boot time at which a stored answer is given up: the focus did not come back */
	uint64_t refused_ms; /* boot time of the last refusal, 0: none */
};

struct agent {
	struct platform *platform;
	const struct profile *profile;
	char ticket[33];
	char session[33], resume[33]; /* "" before WELCOME */
	struct crypto_key *sign;
	struct sealer sealer;
	struct pairing *pairing; /* the agreement under way, or the last */
	unsigned pairings;
	struct link *link;
	struct consent *consent; /* NULL before WELCOME */
	struct chain *chain;
	uint8_t wrapped[512]; /* the content key, for the bank's evidence key */
	size_t wrapped_len;
	struct heads heads;
	char advisor[96], purpose[96]; /* as checked by the face, for the receipt */
	uint64_t opened_ms;            /* wall clock of WELCOME */
	char *receipt;                 /* the file, once it is over; NULL: none */
	struct agent_pause pause;
	char scope[FILE_NAME_SIZE]; /* title of the one window that is shown, clean; "": the whole screen */
	struct agent_file file[FILE_WAYS];
	uint32_t last_file;       /* highest number that a line names */
	uint64_t file_refused_ms; /* boot time of the last refusal of a file */
	uint64_t file_drawn_ms;
	enum { CALLER_UNKNOWN, CALLER_CUSTOMER, CALLER_OTHER } caller; /* « Qui a appelé ? » */
	uint32_t held_ask;  /* asks for control, and waits for that answer; 0: none */
	bool is_doubting;   /* « Un doute ? »: everything stands still */
	bool is_doubt_told; /* its line is written */
	uint64_t doubt_ms;  /* boot time at which it began */
	struct agent_rate heard, said; /* messages of the advisor, of the customer */
	struct outlet out; /* sealed frames to the viewer */
	uint64_t control_ms; /* boot time at which control took effect, 0: it is not live */
	struct delete_ask del;
	struct view *view;
	struct hands *hands;
	struct face *face;
	enum phase phase;
	bool is_over; /* stopped locally: nothing is shown, shared or done any more */
	bool is_prompt_open;
	uint64_t refused_ms[CAP_COUNT]; /* boot time of the last refusal */
	uint64_t told_refusal_ms; /* boot time of the last line that refused without a prompt */
	uint64_t lost_ms;         /* boot time of the loss of the link, 0: none */
	uint64_t retry_ms;        /* boot time of the next attempt, 0: none */
	uint64_t counts_ms;       /* boot time of the next line of counts */
	uint64_t farewell_ms;     /* boot time at which the link is closed after the end */
};

/** The earlier of two times, 0: none. */
static inline uint64_t sooner(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return a < b ? a : b;
}

/* ---- agent.c ---- */

/** Stops everything locally, then tells the gateway. `why` is a word of docs/PROTOCOL.md 6.2. */
void agent_end(struct agent *a, const char *why);
/** Over before a session began: one sentence, link closed. */
void agent_give_up(struct agent *a, enum text why);
void agent_draw(struct agent *a);
/** Queues an unsealed frame. */
enum err agent_send(struct agent *a, uint8_t kind, const void *payload, size_t len);
/** The same behind what is sealed. */
enum err agent_send_bulk(struct agent *a, uint8_t kind, const void *payload, size_t len);
/** Looks at all that waits for a time and sets the platform's timer. */
void agent_schedule(struct agent *a);

/* ---- agent_consent.c ---- */

/** Appends, signs and queues a line; applies it unless it is a grant (that waits for its receipt).
 */
enum err agent_record(struct agent *a, const struct consent_event *e, cJSON *fields);
/** The advisor asks: opens the prompt, or refuses and says why. */
enum err agent_on_ask(struct agent *a, uint32_t ask, enum capability cap);
/** The prompt was answered. */
void agent_on_answer(struct agent *a, uint32_t ask, enum platform_answer answer);
/** A prompt is about to be answered by a typed number: says so in a line (S34). False: it must not, since somebody may
 * act, or soon. */
bool agent_record_typed(struct agent *a, uint32_t ask);
/** Takes a capability away: LIMIT by the customer, RELEASE by the advisor, SUSPEND with a word why.
 */
void agent_take_away(struct agent *a, enum consent_kind how, enum capability cap, const char *why);
/** Closes the window of an open prompt; its question still stands. */
void agent_close_prompt(struct agent *a);
/** Closes an open prompt without an answer of the customer. */
void agent_cancel_prompt(struct agent *a, const char *why);
/** The gateway has stored line n: a grant takes effect now. */
enum err agent_on_receipt(struct agent *a, uint32_t n);
/** Takes control back after AGENT_CONTROL_MS. Next boot time to look, or 0. */
uint64_t agent_tick_control(struct agent *a, uint64_t boot_ms);
/** Writes a line of counts if there is something to count. */
void agent_record_counts(struct agent *a);
/** Sends again what the gateway has not stored. */
enum err agent_resend_lines(struct agent *a);

/** Writes a line that refuses an ask. */
void agent_refuse(struct agent *a, uint32_t ask, enum capability cap, const char *why);
/** An object with one string. */
cJSON *agent_string(const char *name, const char *value);

/* ---- agent_doubt.c ---- */

/** « Un doute ? »: stops everything locally, then writes why and tells the bank. Again: nothing. */
void agent_doubt(struct agent *a);
/** « Tout va bien, reprendre »: everything has to be asked for anew. */
void agent_fine(struct agent *a);
/** Why control cannot be asked for, a word of PROTOCOL.md 6.2, or NULL. */
const char *agent_caution(const struct agent *a, enum capability cap);
/** Asks « Qui a appelé ? » and holds the ask until it is answered. */
void agent_ask_caller(struct agent *a, uint32_t ask);
/** The answer. */
void agent_on_caller(struct agent *a, enum platform_answer answer);
/** The ask that was held gets no answer. */
void agent_drop_caller(struct agent *a, const char *why);

/* ---- agent_chat.c ---- */

/** A message of the advisor's. ERR_MALFORMED: it may not be shown as it is. */
enum err agent_on_chat(struct agent *a, const uint8_t *text, size_t len);
/** The customer sends what he wrote; false: not now, or not this. */
bool agent_say(struct agent *a, const char *text);
/** What the window of messages offers follows from what is allowed. */
void agent_draw_chat(struct agent *a);

/* ---- agent_evidence.c ---- */

/** Wraps the content key and writes line 0 out of the fields of WELCOME. */
enum err agent_record_open(struct agent *a, const cJSON *welcome);
/** Writes line `paired`. */
enum err agent_record_paired(struct agent *a);
/** Sends the wrapped key unless line 0, which names it, is stored already. */
enum err agent_send_key(struct agent *a);
/** A signed head of the journal: kept and signed in turn, or the session ends. */
enum err agent_on_head(struct agent *a, const char *text, const char *sig);
/** Makes the receipt, after the last line was written. */
void agent_make_receipt(struct agent *a);
/** Ends a session without heads. Next boot time to look, or 0. */
uint64_t agent_tick_evidence(struct agent *a, uint64_t boot_ms);

/* ---- agent_pause.c ---- */

/** The advisor pauses the recording: control goes, the line is written. Again: nothing. `why` is a constant. */
void agent_pause(struct agent *a, const char *why);
/** The advisor needs no pause any more: the recording goes on once the gateway has stored the line. */
void agent_resume(struct agent *a);
/** The keyboard is in a field for a password: pauses likewise, until AGENT_SECRET_MS after it has left it. */
void agent_on_secret(struct agent *a, bool is_secret);
/** The view was granted: a field for a password may have the keyboard already. */
void agent_pause_on_view(struct agent *a);
/** Ends a pause that is over or lasts too long. Next boot time to look, or 0. */
uint64_t agent_tick_pause(struct agent *a, uint64_t boot_ms);

/* ---- agent_scope.c ---- */

/** Click on the button about what is shown: opens the list of windows, or shows everything again once it is allowed anew. */
void agent_on_scope(struct agent *a);
/** The customer has chosen a window, or none (NULL). */
void agent_on_chosen(struct agent *a, const char *title);

/* ---- agent_files.c ---- */

/** The advisor offers a file. */
enum err agent_on_file_offer(struct agent *a, uint32_t id, const char *name, uint32_t size, const char *sha256);
/** The advisor asks for a file. */
enum err agent_on_file_ask(struct agent *a, uint32_t id);
/** The file a prompt of this number is about; 0: none. */
uint32_t agent_file_of_prompt(uint32_t ask);
/** True if this prompt is about a file: then it was answered here. */
bool agent_on_file_answer(struct agent *a, uint32_t ask, enum platform_answer answer);
/** The customer has chosen, or not (NULL). */
void agent_on_file_picked(struct agent *a, struct platform_file *file, const char *name, uint64_t size);
/** FILE_GO, FILE_DATA, FILE_STATE. */
enum err agent_on_file_go(struct agent *a, uint32_t id, uint32_t at, uint32_t until);
enum err agent_on_file_data(struct agent *a, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len);
enum err agent_on_file_state(struct agent *a, uint32_t id, const char *state, const char *why, uint32_t at);
/** True while a question about a file is open, its dialog included. */
bool agent_file_is_asked(const struct agent *a);
/** Closes it without an answer of the customer. */
void agent_cancel_file(struct agent *a, const char *why);
/** Everything about files is over; nothing of it is kept. */
void agent_stop_files(struct agent *a, const char *why);
/** What waited for the network was dropped, or lost with the link: it is sent again. */
void agent_rewind_files(struct agent *a);
/** Hashes and sends a little. Next boot time to look, or 0. */
uint64_t agent_tick_files(struct agent *a, uint64_t boot_ms);
/* ---- agent_delete.c ---- */

/** Suppr was pressed under control: holds it back and asks. Type hands_delete_fn. */
void agent_on_delete(void *arg, uint32_t grant, uint8_t modifiers);
/** The question of Suppr was answered. */
void agent_on_delete_answer(struct agent *a, enum platform_answer answer);
/** The gateway has stored line n: what it allows is done, once. */
void agent_on_delete_stored(struct agent *a, uint32_t n);
/** Gives the question up; nothing is pressed. `why` is a word of PROTOCOL.md 6.7. */
void agent_cancel_delete(struct agent *a, const char *why);
/** Presses what was allowed once the focus is back. Next boot time to look, or 0. */
uint64_t agent_tick_delete(struct agent *a, uint64_t boot_ms);

/* ---- agent_messages.c ---- */

/** A frame from the gateway: through the gate, then to its on_<message> function. */
enum err agent_on_frame(void *arg, const struct frame *f, const uint8_t *bytes);

#endif

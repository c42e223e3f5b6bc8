#ifndef INSIDE_H
#define INSIDE_H

#include <stdbool.h>

#include "gateway/office/verify/canon.h"
#include "gateway/office/verify/proof.h"
#include "gateway/office/verify/verify.h"

/**
 * inside: what the items share while one bundle is checked. For the files of this folder only.
 *
 * An item is one function verify_<word>(); it returns OK, ERR_NOMEM, or what verify_fail() returns. What it finds for
 * the later items stays in struct verify.
 */

/** One line of a journal. */
struct chain_line {
	const char *at;
	size_t len; /* without its line feed */
	char hash[PROOF_HEX];
	struct canon event, data;
	uint64_t wall_ms;
	size_t chunks; /* lines `chunk` before this one */
};

/** A journal: journal.jsonl or after.jsonl. */
struct chain {
	struct chain_line *line;
	size_t count;
	char head[PROOF_HEX]; /* hash of the last line */
};

/** One signed line of the agent, out of a line `consent`. */
struct agent_line {
	const char *at; /* in verify.texts */
	size_t len;
	size_t journal; /* the line of the journal that holds it */
	uint8_t sig[PROOF_SIG_LEN];
	char hash[PROOF_HEX];
	struct canon object, event;
	uint64_t head_ms; /* of a line `head`: the notary's time in it; else 0 */
};

/** What the agent's signed lines say up to some place; nothing else gives or takes a right. */
struct rights {
	bool is_view, is_control, is_paused;
};

struct verify {
	struct verify_file *files; /* sorted by name */
	size_t count;
	struct verify_options options;
	struct verify_result *result;
	enum verify_item item; /* that is being checked */

	struct chain journal;
	struct agent_line *agent;
	size_t agent_count;
	char agent_head[PROOF_HEX]; /* hash of the agent's last line; zeros if there is none */
	char key_hash[PROOF_HEX];   /* what the journal says of key.wrapped; "" if there was no key */
	char *texts;          /* the agent's lines without JSON's escapes */
	size_t chunks;        /* files of the recording */
	CMS_ContentInfo *seal; /* seal.p7s, NULL until an item needs it */
};

/** 64 zeros. */
extern const char verify_zeros[PROOF_HEX];

/** The file, or NULL. */
const struct verify_file *verify_file(const struct verify *v, const char *name);

/** The item does not hold: where and why, in French. Always ERR_MALFORMED. */
enum err verify_fail(struct verify *v, const char *place, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
/** The same for a line of a file, counted from 1. */
enum err verify_fail_line(struct verify *v, const char *file, size_t line, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
/** What there is to say of an item that holds. */
void verify_say(struct verify *v, enum verify_state state, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/**
 * Reads a journal (journal.c): every line canonical, of the session, in its place of the chain.
 *
 * @param p  what stands in line 0 as hash of the line before
 */
enum err chain_read(struct verify *v, const char *file, const char *p, struct chain *out);
void chain_done(struct chain *c);
/** True if the line is of that event. */
bool chain_is(const struct chain_line *line, const char *event);
/** The first line of that event, from line `from` on; NULL if there is none. */
const struct chain_line *chain_find(const struct chain *c, size_t from, const char *event);
/** The last line of that event; NULL if there is none. */
const struct chain_line *chain_last(const struct chain *c, const char *event);

/** One line of text out of *at; false at the end. A last line without line feed is none: *at stays before it. */
bool verify_take_line(const char **at, const char *end, struct canon *line);

/** Follows one signed line (rights.c). */
void rights_follow(struct rights *r, const struct agent_line *line);
/** True if the signed line stops the recording: the view is taken, a pause, the end. */
bool rights_stops(const struct agent_line *line);
/** True if it says that a link was lost while control was live. */
bool rights_is_loss(const struct agent_line *line);
/**
 * True if frames may have been lost at this line (11 `recording`): a signed reason, or, while no control is live, what
 * the gateway says of a link.
 *
 * @param before  the rights before the line
 * @param said    the signed line in it, or NULL
 */
bool rights_breaks(const struct rights *before, const struct chain_line *line, const struct agent_line *said);
/** True if nothing that was signed shows that the session was alive between two moments: the gateway stood still. */
bool rights_is_accident(const struct verify *v, uint64_t from_ms, uint64_t to_ms);

/** seal.p7s, read once; NULL if it is no such signature. */
CMS_ContentInfo *verify_seal_cms(struct verify *v);

#define ITEM(name, word, what) enum err verify_##word(struct verify *v);
#include "gateway/office/verify/items.def"
#undef ITEM

#endif

#include <stdio.h>
#include <string.h>

#include "agent/agent_state.h"
#include "agent/file_words.h"
#include "common/bytes.h"

enum {
	FILE_PROMPT_BIT = 1u << 31, /* numbers of prompts about files, beside those of asks */
	CHUNK = 8184,               /* bytes of a file in one frame (docs/PROTOCOL.md 10.3) */
	QUEUED_MAX = 32 << 10,      /* bytes in the link's queue above which a file waits */
	TELL_BYTES = 16 << 10,      /* received between two FILE_HAVE */
	HASH_SLICE = 1 << 20,       /* bytes hashed in one go */
	DRAW_MS = 250,
};

static const char *const way_words[FILE_WAYS] = { "down", "up" };

static enum file_way way_of(const struct agent *a, const struct agent_file *f)
{
	return f == &a->file[FILE_UP] ? FILE_UP : FILE_DOWN;
}

static struct agent_file *by_id(struct agent *a, uint32_t id)
{
	for (enum file_way way = 0; way < FILE_WAYS; way++)
		if (a->file[way].stage != FILE_NONE && a->file[way].id == id)
			return &a->file[way];
	return NULL;
}

/* ---- lines ---- */

static void record(struct agent *a, enum consent_kind kind, const struct agent_file *f, const char *name, const char *value)
{
	const struct consent_event e = { kind, CAP_NONE, 0, 0 };
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "file", f->id);
	cJSON_AddStringToObject(o, "way", way_words[way_of(a, f)]);
	if (kind != CONSENT_FILE_REFUSE) {
		cJSON_AddStringToObject(o, "name", f->name);
		cJSON_AddStringToObject(o, "sha256", f->sha256);
		cJSON_AddNumberToObject(o, "size", f->size);
	}
	if (name)
		cJSON_AddStringToObject(o, name, value);
	if (f->id > a->last_file)
		a->last_file = f->id;
	if (agent_record(a, &e, o) && !a->is_over)
		agent_end(a, "evidence");
}

static void forget(struct agent_file *f)
{
	platform_file_close(f->file);
	crypto_hash_free(f->hash);
	memset(f, 0, sizeof(*f));
}

/* ---- what the customer reads ---- */

static unsigned percent(uint32_t at, uint32_t size)
{
	return size ? (unsigned)((uint64_t)at * 100 / size) : 0;
}

static void speed(const struct agent_file *f, char out[FILE_WORDS_SIZE])
{
	uint64_t ms = platform_boot_ms() - f->since_ms;

	file_words_size(f->since_ms && ms ? (uint64_t)f->at * 1000 / ms : 0, out);
}

static void describe(const struct agent *a, const struct agent_file *f, char *out, size_t size)
{
	bool is_up = way_of(a, f) == FILE_UP;
	char fast[FILE_WORDS_SIZE];

	speed(f, fast);
	if (f->stage == FILE_HASHING)
		snprintf(out, size, text_of(TEXT_FILE_READING), f->name);
	else if (strcmp(f->state, "checking") == 0)
		snprintf(out, size, text_of(TEXT_FILE_CHECKING), f->name);
	else if (is_up && strcmp(f->state, "moving") == 0)
		snprintf(out, size, text_of(TEXT_FILE_FAR), f->name, percent(f->far, f->size));
	else if (is_up)
		snprintf(out, size, text_of(TEXT_FILE_SENDING), f->name, percent(f->at, f->size), fast);
	else if (f->stage == FILE_MOVING)
		snprintf(out, size, text_of(TEXT_FILE_RECEIVING), f->name, percent(f->at, f->size), fast);
	else
		snprintf(out, size, text_of(TEXT_FILE_WAITING), f->name, percent(f->far, f->size));
}

/* Both ways share the line; the one that moves last is shown. */
static void show(struct agent *a, const struct agent_file *f, bool is_now)
{
	uint64_t now = platform_boot_ms();
	char line[512];

	if (!is_now && now - a->file_drawn_ms < DRAW_MS)
		return;
	a->file_drawn_ms = now;
	describe(a, f, line, sizeof(line));
	face_set_file(a->face, line, true);
	agent_draw(a);
}

static bool is_moving(const struct agent *a)
{
	return a->file[FILE_DOWN].stage >= FILE_HASHING || a->file[FILE_UP].stage >= FILE_HASHING;
}

/* The last word about a file. */
static void conclude(struct agent *a, enum text sentence, const char *name, const char *where)
{
	char line[512];

	if (sentence == TEXT_FILE_UNREADABLE || sentence == TEXT_FILE_NOT_CHOSEN)
		snprintf(line, sizeof(line), "%s", text_of(sentence));
	else if (sentence == TEXT_FILE_KEPT)
		snprintf(line, sizeof(line), text_of(TEXT_FILE_KEPT), name, where);
	else
		snprintf(line, sizeof(line), text_of(sentence), name);
	face_set_file(a->face, line, is_moving(a));
	agent_draw(a);
}

/* ---- the question ---- */

bool agent_file_is_asked(const struct agent *a)
{
	for (enum file_way way = 0; way < FILE_WAYS; way++)
		if (a->file[way].stage == FILE_PROMPT || a->file[way].stage == FILE_CHOOSING)
			return true;
	return false;
}

static void refuse(struct agent *a, struct agent_file *f, const char *why)
{
	record(a, CONSENT_FILE_REFUSE, f, "why", why);
	forget(f);
}

/* Nothing was shown: a line of its own, and what is under way is not touched. */
static void refuse_unseen(struct agent *a, enum file_way way, uint32_t id, const char *why)
{
	const struct consent_event e = { CONSENT_FILE_REFUSE, CAP_NONE, 0, 0 };
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "file", id);
	cJSON_AddStringToObject(o, "way", way_words[way]);
	cJSON_AddStringToObject(o, "why", why);
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
}

/* One question at a time, one file each way, numbers that grow, and some peace after a refusal. */
static bool may_ask(const struct agent *a, enum file_way way, uint32_t id)
{
	if (a->is_prompt_open || agent_file_is_asked(a) || a->file[way].stage != FILE_NONE || id <= a->last_file)
		return false;
	return !a->file_refused_ms || platform_boot_ms() - a->file_refused_ms >= AGENT_ASK_PAUSE_MS;
}

static void ask(struct agent *a, struct agent_file *f)
{
	uint32_t number = FILE_PROMPT_BIT | f->id;
	const char *text;

	f->stage = FILE_PROMPT;
	hands_on_prompt(a->hands, true);
	text = way_of(a, f) == FILE_DOWN ? face_prompt_offer(a->face, number, f->name, f->size, f->sha256)
					 : face_prompt_file(a->face, number);
	record(a, CONSENT_FILE_ASK, f, "text", text);
}

enum err agent_on_file_offer(struct agent *a, uint32_t id, const char *name, uint32_t size, const char *sha256)
{
	struct agent_file *f = &a->file[FILE_DOWN];

	if (!may_ask(a, FILE_DOWN, id)) {
		refuse_unseen(a, FILE_DOWN, id, "busy");
		return OK;
	}
	*f = (struct agent_file){ .id = id, .size = size };
	file_name_clean(name, strlen(name), f->name);
	snprintf(f->sha256, sizeof(f->sha256), "%s", sha256);
	ask(a, f);
	return OK;
}

enum err agent_on_file_ask(struct agent *a, uint32_t id)
{
	struct agent_file *f = &a->file[FILE_UP];

	if (!may_ask(a, FILE_UP, id)) {
		refuse_unseen(a, FILE_UP, id, "busy");
		return OK;
	}
	*f = (struct agent_file){ .id = id };
	ask(a, f);
	return OK;
}

static void close_question(struct agent *a, struct agent_file *f)
{
	if (f->stage == FILE_PROMPT)
		platform_prompt_close(a->platform);
	else
		platform_pick_close(a->platform);
	view_hold(a->view, false);
	hands_on_prompt(a->hands, false);
}

static void accept(struct agent *a, struct agent_file *f)
{
	f->stage = FILE_WAITING;
	f->at = 0;
	record(a, CONSENT_FILE_ACCEPT, f, NULL, NULL);
	if (!a->is_over)
		show(a, f, true);
}

/* The dialog shows folders: nobody else is to see them, and no hand but the customer's is near it. */
static void choose(struct agent *a, struct agent_file *f)
{
	f->stage = FILE_CHOOSING;
	view_hold(a->view, true);
	hands_on_prompt(a->hands, true);
	platform_pick(a->platform, text_of(TEXT_FILE_PICK));
}

uint32_t agent_file_of_prompt(uint32_t ask)
{
	return ask & FILE_PROMPT_BIT ? ask & ~(uint32_t)FILE_PROMPT_BIT : 0;
}

bool agent_on_file_answer(struct agent *a, uint32_t number, enum platform_answer answer)
{
	static const char *const why[] = { [ANSWER_ALLOW] = "",
		[ANSWER_REFUSE] = "click",
		[ANSWER_CLOSED] = "closed",
		[ANSWER_SILENCE] = "silence" };
	struct agent_file *f = by_id(a, agent_file_of_prompt(number));

	if (!(number & FILE_PROMPT_BIT))
		return false;
	if (a->is_over || !f || f->stage != FILE_PROMPT)
		return true;
	close_question(a, f);
	if (answer != ANSWER_ALLOW) {
		a->file_refused_ms = platform_boot_ms();
		refuse(a, f, why[answer]);
	} else if (way_of(a, f) == FILE_DOWN) {
		accept(a, f);
	} else {
		choose(a, f);
	}
	return true;
}

static void start_hashing(struct agent *a, struct agent_file *f)
{
	f->hash = crypto_hash_new();
	f->stage = FILE_HASHING;
	if (!f->hash)
		agent_end(a, "evidence");
	else
		show(a, f, true);
}

void agent_on_file_picked(struct agent *a, struct platform_file *file, const char *name, uint64_t size)
{
	struct agent_file *f = &a->file[FILE_UP];

	if (a->is_over || f->stage != FILE_CHOOSING) {
		platform_file_close(file);
		return;
	}
	close_question(a, f);
	if (!file || size < 1 || size > UINT32_MAX) {
		platform_file_close(file);
		refuse(a, f, "closed");
		if (!a->is_over)
			conclude(a, name[0] ? TEXT_FILE_UNREADABLE : TEXT_FILE_NOT_CHOSEN, "", "");
		return;
	}
	f->file = file;
	f->size = (uint32_t)size;
	file_name_clean(name, strlen(name), f->name);
	start_hashing(a, f);
}

void agent_cancel_file(struct agent *a, const char *why)
{
	for (enum file_way way = 0; way < FILE_WAYS; way++) {
		struct agent_file *f = &a->file[way];

		if (f->stage != FILE_PROMPT && f->stage != FILE_CHOOSING)
			continue;
		close_question(a, f);
		refuse(a, f, why);
	}
}

/* ---- the end of one ---- */

static void cancel(struct agent *a, struct agent_file *f, const char *why)
{
	char name[FILE_NAME_SIZE];

	memcpy(name, f->name, sizeof(name));
	record(a, f->stage == FILE_HASHING ? CONSENT_FILE_REFUSE : CONSENT_FILE_CANCELLED, f, "why", why);
	forget(f);
	conclude(a, file_words_why(why), name, "");
}

void agent_stop_files(struct agent *a, const char *why)
{
	if (!a->chain)
		return;
	agent_cancel_file(a, strcmp(why, "customer") == 0 ? "closed" : "cancelled");
	for (enum file_way way = 0; way < FILE_WAYS; way++)
		if (a->file[way].stage != FILE_NONE)
			cancel(a, &a->file[way], why);
}

/* ---- receiving ---- */

static enum err tell(struct agent *a, struct agent_file *f)
{
	uint8_t have[8];

	put_u32(have, f->id);
	put_u32(have + 4, f->at);
	f->told = f->at;
	return link_is_open(a->link) ? agent_send(a, KIND_FILE_HAVE, have, sizeof(have)) : OK;
}

static enum err receive(struct agent *a, struct agent_file *f)
{
	char folder[64], date[11], at[6];

	if (f->stage == FILE_MOVING)
		return tell(a, f);
	platform_local_date(a->opened_ms, date);
	platform_local_time(a->opened_ms, at);
	at[2] = 'h';
	snprintf(folder, sizeof(folder), "Assistance %s %s", date, at);
	f->hash = crypto_hash_new();
	if (!f->hash || platform_file_new(a->platform, folder, f->name, f->size, &f->file)) {
		cancel(a, f, "disk");
		return OK;
	}
	f->stage = FILE_MOVING;
	f->since_ms = platform_boot_ms();
	return tell(a, f);
}

/* Whole: it gets its name only if it is what was accepted. */
static enum err keep(struct agent *a, struct agent_file *f)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	char digits[2 * CRYPTO_HASH_LEN + 1], where[320], name[FILE_NAME_SIZE];
	struct platform_file *file = f->file;
	enum err e;

	crypto_hash_done(f->hash, hash);
	f->hash = NULL;
	hex_write(hash, sizeof(hash), digits);
	if (strcmp(digits, f->sha256) != 0) {
		cancel(a, f, "hash");
		return OK;
	}
	f->file = NULL;
	if (platform_file_keep(file, where, sizeof(where))) {
		cancel(a, f, "disk");
		return OK;
	}
	memcpy(name, f->name, sizeof(name));
	record(a, CONSENT_FILE_RECEIVED, f, NULL, NULL);
	e = tell(a, f);
	forget(f);
	conclude(a, TEXT_FILE_KEPT, name, where);
	return e;
}

enum err agent_on_file_data(struct agent *a, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	struct agent_file *f = &a->file[FILE_DOWN];

	if (f->stage != FILE_MOVING || f->id != id || at != f->at)
		return OK; /* stopped here, while it was on its way */
	if (len > f->size - f->at)
		return ERR_MALFORMED;
	if (platform_file_write(f->file, bytes, len)) {
		cancel(a, f, "disk");
		return OK;
	}
	crypto_hash_add(f->hash, bytes, len);
	f->at += (uint32_t)len;
	if (f->at == f->size)
		return keep(a, f);
	show(a, f, false);
	return f->at - f->told >= TELL_BYTES ? tell(a, f) : OK;
}

/* ---- sending ---- */

enum err agent_on_file_go(struct agent *a, uint32_t id, uint32_t at, uint32_t until)
{
	struct agent_file *f = &a->file[FILE_UP];

	if (f->id != id || (f->stage != FILE_WAITING && f->stage != FILE_MOVING))
		return OK;
	if (at > until || until > f->size)
		return ERR_MALFORMED;
	if (f->stage == FILE_WAITING)
		f->since_ms = platform_boot_ms();
	if (at > f->at)
		f->at = at; /* after a cut it had more than we knew */
	f->stage = FILE_MOVING;
	f->known = at;
	f->until = until;
	return OK;
}

void agent_rewind_files(struct agent *a)
{
	struct agent_file *f = &a->file[FILE_UP];

	if (f->stage == FILE_MOVING)
		f->at = f->known;
}

static void send_some(struct agent *a, struct agent_file *f)
{
	uint8_t chunk[8 + CHUNK];

	while (f->at < f->until && link_is_open(a->link) && a->phase != PHASE_OPENING && link_queued(a->link) < QUEUED_MAX) {
		uint32_t len = f->until - f->at < CHUNK ? f->until - f->at : CHUNK;

		put_u32(chunk, f->id);
		put_u32(chunk + 4, f->at);
		if (platform_file_read(f->file, f->at, chunk + 8, len)) {
			cancel(a, f, "changed");
			return;
		}
		if (agent_send_bulk(a, KIND_FILE_GIVE, chunk, 8 + len))
			return;
		f->at += len;
		show(a, f, false);
	}
}

static void hash_some(struct agent *a, struct agent_file *f)
{
	uint8_t piece[16384], hash[CRYPTO_HASH_LEN];

	for (uint32_t done = 0; done < HASH_SLICE && f->at < f->size;) {
		uint32_t len = f->size - f->at < sizeof(piece) ? f->size - f->at : (uint32_t)sizeof(piece);

		if (platform_file_read(f->file, f->at, piece, len)) {
			cancel(a, f, "changed");
			return;
		}
		crypto_hash_add(f->hash, piece, len);
		f->at += len;
		done += len;
	}
	if (f->at < f->size)
		return;
	crypto_hash_done(f->hash, hash);
	f->hash = NULL;
	hex_write(hash, sizeof(hash), f->sha256);
	accept(a, f);
}

uint64_t agent_tick_files(struct agent *a, uint64_t boot_ms)
{
	struct agent_file *f = &a->file[FILE_UP];

	if (a->is_over)
		return 0;
	if (f->stage == FILE_HASHING) {
		hash_some(a, f);
		return f->stage == FILE_HASHING ? boot_ms + 1 : 0;
	}
	if (f->stage == FILE_MOVING)
		send_some(a, f);
	return 0; /* the socket says when it takes more */
}

/* ---- what the gateway says ---- */

static enum err done(struct agent *a, struct agent_file *f)
{
	char name[FILE_NAME_SIZE];

	if (way_of(a, f) != FILE_UP) /* that we say ourselves, when it is whole */
		return OK;
	memcpy(name, f->name, sizeof(name));
	record(a, CONSENT_FILE_SENT, f, NULL, NULL);
	forget(f);
	conclude(a, TEXT_FILE_SENT, name, "");
	return OK;
}

static enum err failed(struct agent *a, struct agent_file *f, const char *why)
{
	if (f->stage == FILE_PROMPT || f->stage == FILE_CHOOSING)
		agent_cancel_file(a, "cancelled");
	else
		cancel(a, f, why);
	return OK;
}

enum err agent_on_file_state(struct agent *a, uint32_t id, const char *state, const char *why, uint32_t at)
{
	struct agent_file *f = by_id(a, id);

	if (!f)
		return OK;
	if (strcmp(state, "failed") == 0)
		return failed(a, f, why);
	if (f->stage < FILE_WAITING)
		return OK;
	snprintf(f->state, sizeof(f->state), "%s", state);
	f->far = at;
	if (strcmp(state, "done") == 0)
		return done(a, f);
	show(a, f, false);
	return strcmp(state, "moving") == 0 && way_of(a, f) == FILE_DOWN ? receive(a, f) : OK;
}

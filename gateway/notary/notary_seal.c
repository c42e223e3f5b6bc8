/* What ends a session's evidence: the seal, the log's checkpoints and their time-stamps; and the heads (S29; EVIDENCE 3, 7, 8). */
#include "gateway/notary/notary_ops.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/durable.h"
#include "gateway/notary/log.h"
#include "gateway/notary/seal.h"
#include "gateway/notary/stored.h"

enum { SEAL_RETRY_MS = 30000, CHECKPOINT_RETRY_MS = 30000 };

/* The end that a session has when nobody could write down how it ended. */
static const char crash[] = "crash";

static struct seal_task **find_task(struct notary *n, const char *session)
{
	struct seal_task **at = &n->seals;

	while (*at && strcmp((*at)->session, session) != 0)
		at = &(*at)->next;
	return at;
}

const char *seal_at(struct notary *n, const char *session, uint64_t due_ms)
{
	struct seal_task **at = find_task(n, session), *task = *at;

	if (task) {
		task->due_ms = due_ms < task->due_ms ? due_ms : task->due_ms;
		return NULL;
	}
	task = calloc(1, sizeof(*task));
	if (!task)
		return "nomem";
	memcpy(task->session, session, TOKEN_HEX);
	task->due_ms = due_ms;
	*at = task;
	return NULL;
}

void seal_drop_tasks(struct notary *n)
{
	while (n->seals) {
		struct seal_task *next = n->seals->next;
		free(n->seals);
		n->seals = next;
	}
}

/* Its last lines are here, or nobody is there who could send any. */
static bool is_complete(struct notary *n, const struct store_session *se)
{
	struct journal *j;

	if (se->sign[0] == '\0')
		return true;
	return !journals_get(n->journals, se->id, false, &j) && journal_consent(j)->state.is_ended;
}

const char *seal_when_complete(struct notary *n, const struct store_session *se)
{
	if (!se->is_ended)
		return NULL;
	return seal_at(n, se->id, is_complete(n, se) ? se->ended_ms : se->ended_ms + TRAILING_MS);
}

/* A session that was opened in the log and of which the store knows nothing: the crash came in between. */
static const char *look_at(struct notary *n, const char *session)
{
	struct store_session se;
	enum err e = store_session_get(n->store, session, &se);

	if (e == ERR_FORBIDDEN)
		return seal_at(n, session, 0);
	return e ? word_of(e) : seal_when_complete(n, &se);
}

enum err seal_find_unsealed(struct notary *n)
{
	const struct log_entries *en;

	for (size_t i = 0; (en = transparency_session(n->log, i)); i++)
		if (!en->place[LOG_SEALED] && look_at(n, en->session))
			return ERR_IO;
	return OK;
}

static enum err read_facts(struct journal *j, struct seal_facts *f)
{
	char *buf;
	size_t len;
	enum err e = journal_read(j, &buf, &len);

	if (!e)
		e = seal_read(journal_session(j), buf, len, journal_consent(j), f);
	free(buf);
	if (!e && (f->journal_lines != journal_count(j) || strcmp(f->journal_head, journal_head(j)) != 0))
		e = ERR_IO; /* somebody else has changed the file */
	return e;
}

static enum err append_end(struct journal *j)
{
	struct journal_receipt receipt;
	cJSON *data = cJSON_CreateObject();
	enum err e = add_text(data, "reason", crash) ? journal_append(j, "end", data, &receipt) : ERR_NOMEM;

	cJSON_Delete(data);
	return e;
}

/* A journal that broke may be read again through a new descriptor; nothing is left to lose. */
static enum err readable_journal(struct notary *n, const char *session, struct journal **j)
{
	enum err e = journals_get(n->journals, session, false, j);

	if (e == OK && journal_is_broken(*j))
		e = ERR_IO;
	if (e != ERR_IO)
		return e;
	journals_forget(n->journals, session);
	return journals_get(n->journals, session, false, j);
}

static enum err gather(struct notary *n, const char *session, struct seal_facts *f)
{
	struct journal *j;
	enum err e = readable_journal(n, session, &j);

	if (!e)
		e = read_facts(j, f);
	if (!e && f->reason[0] == '\0') {
		e = append_end(j);
		if (!e)
			e = read_facts(j, f);
	}
	return e;
}

/* Sessions that began before there was a log are told of late rather than never. */
static enum err open_in_log(struct notary *n, const char *session)
{
	char *buf, *end, hash[DIGEST_HEX + 1];
	struct journal *j;
	size_t len;
	enum err e;

	if (transparency_has(n->log, LOG_OPENED, session))
		return OK;
	e = journals_get(n->journals, session, false, &j);
	if (!e)
		e = journal_read(j, &buf, &len);
	if (e)
		return e;
	end = memchr(buf, '\n', len);
	if (end)
		digest_sha256(buf, (size_t)(end - buf), hash);
	free(buf);
	return end ? transparency_append(n->log, LOG_OPENED, session, hash) : ERR_IO;
}

static enum err seal_session(struct notary *n, const char *session)
{
	char folder[DURABLE_PATH], hash[DIGEST_HEX + 1];
	struct seal_place place = {
		.folder = folder, .session = session, .io = n->o.io, .signer = n->o.signer, .wall_ms = wall_ms(n),
	};
	struct seal_facts facts;
	enum err e = stored_path(n->paths.sessions, session, folder);

	if (!e)
		e = gather(n, session, &facts);
	if (!e)
		e = open_in_log(n, session);
	if (!e)
		e = seal_write(&place, &facts, hash);
	journals_forget(n->journals, session); /* whoever opens it again finds it sealed */
	return e ? e : transparency_append(n->log, LOG_SEALED, session, hash);
}

/* One a turn: whoever waits for a receipt does not wait for all seals. */
static void seal_next(struct notary *n)
{
	struct seal_task **at = &n->seals, *task;
	uint64_t now = wall_ms(n);
	enum err e;

	while (*at && (*at)->due_ms > now)
		at = &(*at)->next;
	task = *at;
	if (!task)
		return;
	e = seal_session(n, task->session);
	if (!e) {
		*at = task->next;
		free(task);
		return;
	}
	if (!task->has_failed)
		log_problem("seal", task->session, err_name(e));
	task->has_failed = true;
	task->due_ms = now + SEAL_RETRY_MS;
}

static void checkpoint_next(struct notary *n)
{
	uint64_t now = clock_boot_ms(n->o.clock);
	enum err e;

	if (now < n->checkpoint_next_ms || !transparency_checkpoint_is_due(n->log))
		return;
	e = transparency_checkpoint(n->log);
	if (!e) {
		n->checkpoint_next_ms = 0;
		return;
	}
	if (n->checkpoint_next_ms == 0)
		log_problem("checkpoint", NULL, err_name(e));
	n->checkpoint_next_ms = now + CHECKPOINT_RETRY_MS;
}

void seal_tick(struct notary *n)
{
	seal_next(n);
	checkpoint_next(n);
	if (n->stamps)
		stamps_tick(n->stamps);
}

bool seal_is_due(const struct notary *n)
{
	uint64_t now = wall_ms(n);

	for (const struct seal_task *task = n->seals; task; task = task->next)
		if (task->due_ms <= now)
			return true;
	return false;
}

void notary_seal_stats(const struct notary *n, struct notary_seal_stats *out)
{
	struct transparency_stats log;
	struct stamps_stats stamps = { 0 };

	*out = (struct notary_seal_stats){ .certificate_ends_ms = signer_not_after_ms(n->o.signer) };
	transparency_stats(n->log, &log);
	if (n->stamps)
		stamps_stats(n->stamps, &stamps);
	out->log_entries = log.entries;
	out->checkpoints = log.checkpoints;
	out->unstamped = log.waiting;
	out->unstamped_oldest_ms = stamps.oldest_age_ms;
	out->stamp_failures = stamps.failures;
	out->is_stamping = n->stamps != NULL;
	out->is_stamp_alarm = stamps.is_alarm;
	for (const struct seal_task *task = n->seals; task; task = task->next) {
		out->unsealed++;
		out->seals_failed += task->has_failed;
	}
}

/* The canonical text of EVIDENCE 3; *text is the caller's (free). */
static enum err head_text(struct notary *n, struct journal *j, char **text)
{
	cJSON *o = cJSON_CreateObject();
	enum err e = ERR_NOMEM;

	*text = NULL;
	if (add_number(o, "chunks", journal_chain(j)->recording.chunks) && add_text(o, "head", journal_head(j)) &&
			add_number(o, "n", journal_count(j)) && add_text(o, "session", journal_session(j)) &&
			add_number(o, "wall_ms", wall_ms(n)))
		e = json_canonical(o, text);
	cJSON_Delete(o);
	return e;
}

const char *on_head_sign(struct notary *n, const struct request *r, cJSON *answer)
{
	char id[STORE_ID], sig[SIGNER_RAW_HEX + 1], *text;
	struct store_session se;
	const char *word;
	struct journal *j;
	enum err e;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	word = open_session(n, id, &se);
	if (word)
		return word;
	e = journals_get(n->journals, id, false, &j);
	if (!e && journal_count(j) == journal_signed(j))
		return "same";
	if (!e)
		e = head_text(n, j, &text);
	if (e)
		return e == ERR_NOMEM ? "nomem" : "evidence";
	e = signer_raw(n->o.signer, text, strlen(text), sig);
	if (!e)
		journal_mark(j);
	if (!e && (!add_text(answer, "text", text) || !add_text(answer, "sig", sig)))
		e = ERR_NOMEM;
	free(text);
	if (!e)
		journal_set_signed(j, journal_count(j));
	return !e ? NULL : e == ERR_NOMEM ? "nomem" : "evidence";
}

static bool is_head_line(const char *line)
{
	cJSON *o;
	const char *event;
	bool is_head;

	if (json_parse(line, strlen(line), 4, &o))
		return false;
	event = json_string(o, "event");
	is_head = event && strcmp(event, "head") == 0;
	cJSON_Delete(o);
	return is_head;
}

void seal_note_consent(struct notary *n, struct journal *j, const struct store_session *se, const char *line)
{
	/* The agent's answer to a head is nothing new: else two silent sides would sign each other for ever. */
	if (journal_signed(j) + 1 == journal_count(j) && journal_signed(j) > 0 && is_head_line(line))
		journal_set_signed(j, journal_count(j));
	if (se->is_ended && journal_consent(j)->state.is_ended && seal_at(n, se->id, wall_ms(n)))
		log_problem("seal", se->id, "no memory; sealed at the next start");
}

/* Sessions and their seats (S5, S7). */
#include "gateway/notary/notary_ops.h"

#include <stdlib.h>
#include <string.h>

#include "common/consent.h"
#include "common/json.h"

enum { LIST_MAX = 32 }; /* sessions in one answer: they fit one message */

const char *open_session(struct notary *n, const char *id, struct store_session *out)
{
	enum err e = store_session_get(n->store, id, out);

	if (e)
		return e == ERR_FORBIDDEN ? "session" : word_of(e);
	return out->is_ended ? "ended" : NULL;
}

cJSON *ceiling_words(unsigned ceiling)
{
	cJSON *words = cJSON_CreateArray();

	for (enum capability cap = CAP_VIEW; words && cap <= CAP_FILES; cap++) {
		cJSON *word = ceiling & CAP_BIT(cap) ? cJSON_CreateString(ceiling_word(cap)) : NULL;
		if (ceiling & CAP_BIT(cap) && (!word || !cJSON_AddItemToArray(words, word))) {
			cJSON_Delete(word);
			cJSON_Delete(words);
			return NULL;
		}
	}
	return words;
}

static bool take_ceiling(const struct request *r, unsigned *ceiling)
{
	const cJSON *item;

	*ceiling = 0;
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(r->fields, "ceiling")) {
		unsigned bit = ceiling_bit(item->valuestring);
		if (!bit || *ceiling & bit)
			return false;
		*ceiling |= bit;
	}
	return *ceiling != 0;
}

static cJSON *session_event(const struct store_session *se, const char *display)
{
	cJSON *o = cJSON_CreateObject();

	if (add_item(o, "ceiling", ceiling_words(se->ceiling)) && add_text(o, "advisor", se->advisor) &&
			add_text(o, "display", display) && add_text(o, "purpose", se->purpose) && add_text(o, "purpose_label", se->label))
		return o;
	cJSON_Delete(o);
	return NULL;
}

static const char *check_advisor(struct notary *n, const char *name, struct store_person *a)
{
	enum err e = store_person_get(n->store, STORE_ADVISORS, name, a);

	if (e)
		return e == ERR_FORBIDDEN ? "advisor" : word_of(e);
	return a->is_disabled ? "advisor" : NULL;
}

static const char *check_seat(struct notary *n)
{
	uint64_t taken;
	enum err e = store_session_open_count(n->store, &taken);

	if (e)
		return word_of(e);
	return taken >= n->o.seats ? "full" : NULL;
}

/* Line 0 is durable: now the session stands in the log, and cannot be lost any more (EVIDENCE 8). */
static const char *open_in_log(struct notary *n, const char *id)
{
	struct journal *j;
	enum err e = journals_get(n->journals, id, false, &j);

	if (!e)
		e = transparency_append(n->log, LOG_OPENED, id, journal_head(j));
	return !e ? NULL : e == ERR_NOMEM ? "nomem" : "evidence";
}

const char *on_session_new(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_session se = { .started_ms = wall_ms(n) };
	struct store_person advisor;
	const char *word;

	if (!take_text(r, "advisor", se.advisor, sizeof(se.advisor)) ||
			!take_text(r, "purpose", se.purpose, sizeof(se.purpose)) || se.purpose[0] == '\0' ||
			!take_text(r, "purpose_label", se.label, sizeof(se.label)) || !take_ceiling(r, &se.ceiling))
		return "malformed";
	if (!reserve_take(n->reserve))
		return "evidence";
	digest_token(TOKEN_HEX, se.id);
	if (!add_text(answer, "session", se.id) || !add_number(answer, "started_ms", se.started_ms))
		return "nomem";

	word = word_of(store_begin(n->store));
	if (!word)
		word = check_advisor(n, se.advisor, &advisor);
	if (!word)
		word = check_seat(n);
	if (!word)
		word = word_of(store_session_add(n->store, &se));
	if (!word)
		word = new_code(n, se.id, answer);
	if (!word)
		word = journal_event(n, se.id, "session", session_event(&se, advisor.display));
	if (!word)
		word = open_in_log(n, se.id);
	return finish(n, word);
}

static bool add_row(cJSON *o, const struct store_session *se)
{
	return add_text(o, "session", se->id) && add_text(o, "advisor", se->advisor) &&
	       add_text(o, "display", se->display) && add_text(o, "purpose", se->purpose) &&
	       add_text(o, "purpose_label", se->label) && add_item(o, "ceiling", ceiling_words(se->ceiling)) &&
	       add_text(o, "state", se->is_ended ? "ended" : "open") && add_number(o, "started_ms", se->started_ms) &&
	       add_number(o, "ended_ms", se->ended_ms) && add_text(o, "reason", se->reason) &&
	       add_text(o, "acceptance", se->acceptance);
}

/* What a gateway that starts anew needs to go on with the session. */
static bool add_resumption(cJSON *o, const struct store_session *se, const struct store_acceptance *a,
		uint64_t code_expires_ms)
{
	return add_text(o, "sign", se->sign) && add_text(o, "resume_sha256", se->resume) &&
	       add_number(o, "accepted_ms", a->at_ms) && add_text(o, "version", a->version) &&
	       add_text(o, "terms", a->terms) && add_text(o, "lang", a->lang) &&
	       add_number(o, "code_expires_ms", code_expires_ms);
}

static bool add_consent(cJSON *o, const struct consent_chain *c)
{
	cJSON *grants = cJSON_CreateObject();
	enum capability cap;
	uint32_t ask = consent_pending(&c->state, &cap);

	if (!add_item(o, "grants", grants))
		return false;
	for (enum capability each = CAP_VIEW; each < CAP_COUNT; each++)
		if (!add_number(grants, capability_name(each), consent_grant_of(&c->state, each)))
			return false;
	return add_number(o, "consent_n", c->next_n) && add_text(o, "consent_head", c->head) &&
	       add_number(o, "grant_last", c->state.last_grant) && add_number(o, "ask_last", c->state.last_ask) &&
	       add_number(o, "ask_pending", ask) && add_text(o, "ask_cap", ask ? capability_name(cap) : "") &&
	       add_item(o, "ended", cJSON_CreateBool(c->state.is_ended));
}

static bool add_recording(cJSON *o, const struct journal_chain *c)
{
	return add_number(o, "chunks", c->recording.chunks) && add_number(o, "chunk_to_ms", c->recording.to_ms) &&
	       add_number(o, "chunk_seq", c->recording.last_seq) &&
	       add_item(o, "paused", cJSON_CreateBool(c->consent.state.is_paused));
}

static enum err read_parts(struct notary *n, const struct store_session *se, struct store_acceptance *a,
		uint64_t *code_expires_ms)
{
	enum err e = store_code_expiry(n->store, se->id, wall_ms(n), code_expires_ms);

	*a = (struct store_acceptance){ 0 };
	if (!e && se->acceptance[0])
		e = store_acceptance_get(n->store, se->acceptance, a);
	return e;
}

const char *on_session_get(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_acceptance a;
	struct store_session se;
	struct journal *j;
	uint64_t code_expires_ms;
	char id[STORE_ID];
	const char *word;
	enum err e;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	e = store_session_get(n->store, id, &se);
	if (!e)
		e = read_parts(n, &se, &a, &code_expires_ms);
	if (e)
		return e == ERR_FORBIDDEN ? "session" : word_of(e);
	word = get_journal(n, id, &j);
	if (word)
		return word;
	return add_row(answer, &se) && add_resumption(answer, &se, &a, code_expires_ms) &&
	       add_consent(answer, journal_consent(j)) && add_recording(answer, journal_chain(j)) &&
	       add_number(answer, "journal_n", journal_count(j)) ? NULL : "nomem";
}

static cJSON *rows_of(const struct store_session *se, size_t count)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; list && i < count; i++) {
		cJSON *row = cJSON_CreateObject();
		if (!row || !add_row(row, &se[i]) || !cJSON_AddItemToArray(list, row)) {
			cJSON_Delete(row);
			cJSON_Delete(list);
			return NULL;
		}
	}
	return list;
}

const char *on_session_list(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_session *se;
	char advisor[STORE_NAME];
	const char *word;
	size_t count;

	if (!take_text(r, "advisor", advisor, sizeof(advisor)))
		return "advisor";
	se = calloc(LIST_MAX, sizeof(*se));
	if (!se)
		return "nomem";
	word = word_of(store_session_list(n->store, advisor, se, LIST_MAX, &count));
	if (!word && !add_item(answer, "sessions", rows_of(se, count)))
		word = "nomem";
	free(se);
	return word;
}

const char *on_session_open_list(struct notary *n, const struct request *r, cJSON *answer)
{
	char (*ids)[STORE_ID] = calloc(SEATS_MAX, sizeof(*ids));
	cJSON *list = cJSON_AddArrayToObject(answer, "sessions");
	const char *word = ids && list ? NULL : "nomem";
	size_t count = 0;

	(void)r;
	if (!word)
		word = word_of(store_session_open_ids(n->store, ids, SEATS_MAX, &count));
	for (size_t i = 0; !word && i < count; i++)
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(ids[i])))
			word = "nomem";
	free(ids);
	return word;
}

static cJSON *text_event(const char *name, const char *value)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, name, value))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* Another agent may take over only as long as the first has signed nothing: there is one chain. */
static const char *check_agent(struct notary *n, const struct store_session *se, const char *sign)
{
	struct journal *j;
	const char *word;

	if (!se->acceptance[0])
		return "unbound";
	word = get_journal(n, se->id, &j);
	if (word)
		return word;
	return journal_consent(j)->next_n > 0 && strcmp(journal_chain(j)->sign, sign) != 0 ? "agent" : NULL;
}

/* The journal is asked, not the store: a crash may have come between the line and the store's commit. */
static const char *note_agent(struct notary *n, const char *id, const char *sign)
{
	struct journal *j;
	const char *word = get_journal(n, id, &j);

	if (word || strcmp(journal_chain(j)->sign, sign) == 0)
		return word; /* it came back: the line is there */
	return journal_event(n, id, "agent", text_event("sign", sign));
}

const char *on_session_agent(struct notary *n, const struct request *r, cJSON *answer)
{
	char id[STORE_ID], sign[STORE_SIGN], resume[STORE_HASH];
	struct store_session se;
	const char *word;

	(void)answer;
	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_hex(r, "sign", sign, STORE_SIGN - 1) || strncmp(sign, "04", 2) != 0 ||
			!take_token(r, "resume", TOKEN_HEX, resume))
		return "malformed";
	word = open_session(n, id, &se);
	if (!word)
		word = check_agent(n, &se, sign);
	if (word)
		return word;
	word = word_of(store_begin(n->store));
	if (!word)
		word = word_of(store_session_agent(n->store, id, sign, resume));
	if (!word)
		word = note_agent(n, id, sign);
	return finish(n, word);
}

/* A session whose evidence failed has its end in the journal already. */
static const char *end_journal(struct notary *n, const char *id, const char *reason)
{
	struct journal *j;
	const char *word = get_journal(n, id, &j);

	return word || journal_chain(j)->is_ended ? word : journal_event(n, id, "end", text_event("reason", reason));
}

/* Ends in the store even if the journal cannot be written: a session without evidence must not go on. */
const char *on_session_end(struct notary *n, const struct request *r, cJSON *answer)
{
	char id[STORE_ID], reason[STORE_WORD];
	const char *word, *evidence;
	struct store_session se;
	enum err e;

	(void)answer;
	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_text(r, "reason", reason, sizeof(reason)) || reason[0] == '\0')
		return "malformed";
	word = open_session(n, id, &se);
	if (word)
		return word;
	evidence = end_journal(n, id, reason);
	e = end_in_store(n, id, reason);
	if (e == ERR_IO) { /* a full disk must not keep the seat */
		reserve_give(n->reserve);
		e = end_in_store(n, id, reason);
	}
	word = word_of(e);
	if (!word) {
		se.is_ended = true;
		se.ended_ms = wall_ms(n);
		word = seal_when_complete(n, &se);
	}
	return word ? word : evidence;
}

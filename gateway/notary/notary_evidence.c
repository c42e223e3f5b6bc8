/* What live has written down (S19, S26, S29). */
#include "gateway/notary/notary_ops.h"

#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

enum { DATA_DEPTH = 4 };

/* Events that only the notary itself writes. */
static const char *const own_events[] = { "session", "accepted", "agent", "end", "consent", "recover",
	"key", "chunk", "failed" };

static const char sealed[] = "sealed";

static bool is_event_free(const char *event)
{
	for (size_t i = 0; i < sizeof(own_events) / sizeof(*own_events); i++)
		if (strcmp(event, own_events[i]) == 0)
			return false;
	return true;
}

static bool is_event_word(const char *event)
{
	return event[0] && event[strspn(event, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* A name that stands in the line as it is. */
static bool is_plain_name(const char *name)
{
	for (; name && *name; name++)
		if ((unsigned char)*name < 0x20 || *name == '"' || *name == '\\')
			return false;
	return true;
}

/* What EVIDENCE allows in a line: objects, lists, texts, whole numbers that are not negative. */
static bool is_plain(const cJSON *data, int depth)
{
	const cJSON *item;

	if (cJSON_IsNumber(data))
		return data->valuedouble >= 0;
	if (cJSON_IsString(data))
		return true;
	if ((!cJSON_IsObject(data) && !cJSON_IsArray(data)) || depth == 0)
		return false;
	cJSON_ArrayForEach(item, data)
		if (!is_plain_name(item->string) || !is_plain(item, depth - 1))
			return false;
	return true;
}

static const char *add_receipt(cJSON *answer, const struct journal_receipt *receipt)
{
	return add_number(answer, "n", receipt->n) && add_text(answer, "hash", receipt->hash) ? NULL : "nomem";
}

const char *on_journal_append(struct notary *n, const struct request *r, cJSON *answer)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(r->fields, "data");
	char id[STORE_ID], event[JOURNAL_EVENT_MAX + 1];
	struct journal_receipt receipt;
	struct store_session se;
	struct journal *j;
	const char *word;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_text(r, "event", event, sizeof(event)) || !is_event_word(event) || !is_plain(data, DATA_DEPTH))
		return "malformed";
	if (!is_event_free(event))
		return "forbidden";
	word = transparency_has(n->log, LOG_SEALED, id) ? sealed : open_session(n, id, &se);
	if (!word)
		word = get_journal(n, id, &j);
	if (!word && journal_chain(j)->bytes >> 20 >= EVIDENCE_JOURNAL_MB)
		word = "full";
	if (!word)
		word = word_of_journal(n, id, journal_append(j, event, data, &receipt));
	return word ? word : add_receipt(answer, &receipt);
}

/* The agent's last lines are still on their way when the session has ended. */
const char *writable_session(struct notary *n, const char *id, struct store_session *se)
{
	const char *word = open_session(n, id, se);

	if (transparency_has(n->log, LOG_SEALED, id))
		return sealed;
	if (word && se->is_ended && wall_ms(n) < se->ended_ms + TRAILING_MS)
		word = NULL;
	if (!word && se->sign[0] == '\0')
		word = "agent";
	return word;
}

static bool is_signed(const struct notary *n, const struct store_session *se, const char *line, const char *sig)
{
	return n->o.verify && n->o.verify(n->o.verify_arg, se->sign, line, sig);
}

static bool is_last_line(struct notary *n, const char *id, const char *line)
{
	struct journal *j;

	return !journals_get(n->journals, id, false, &j) && consent_chain_is_last(journal_consent(j), line);
}

/* A line is in the journal: what follows from it. A grant that came after the end makes the session proof. */
static const char *note_consent(struct notary *n, struct journal *j, const struct store_session *se, const char *line)
{
	seal_note_consent(n, j, se, line);
	return se->is_ended ? settle_class(n, se) : NULL;
}

const char *on_consent_append(struct notary *n, const struct request *r, cJSON *answer)
{
	const char *line = json_string(r->fields, "line");
	char id[STORE_ID], sig[CONSENT_SIG_HEX + 1];
	struct journal_receipt receipt;
	struct store_session se;
	struct journal *j;
	const char *word;
	bool is_new;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_hex(r, "sig", sig, CONSENT_SIG_HEX))
		return "malformed";
	word = writable_session(n, id, &se);
	if (word == sealed && is_last_line(n, id, line))
		word = NULL; /* its receipt got lost; nothing is written for it */
	if (word)
		return word;
	if (!is_signed(n, &se, line, sig))
		return "signature";
	word = get_journal(n, id, &j);
	is_new = !word && !consent_chain_is_last(journal_consent(j), line);
	if (is_new)
		word = journal_is_sealed(j) ? sealed : judge_line(n, j, line);
	if (!word)
		word = word_of_journal(n, id, journal_append_consent(j, line, sig, &receipt));
	if (!word && !journal_is_sealed(j))
		word = note_consent(n, j, &se, line);
	if (!word)
		word = add_receipt(answer, &receipt);
	return word || add_full(answer, j) ? word : "nomem";
}

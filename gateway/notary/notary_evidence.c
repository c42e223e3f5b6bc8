/* What live has written down (S19, S26, S29). */
#include "gateway/notary/notary_ops.h"

#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

/* Events that only the notary itself writes. */
static const char *const own_events[] = { "session", "accepted", "agent", "end", "consent", "recover" };

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

static const char *word_of_journal(enum err e)
{
	switch (e) {
	case OK:
		return NULL;
	case ERR_NOMEM:
		return "nomem";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_FORBIDDEN:
		return "chain";
	case ERR_IO:
	case ERR_AGAIN:
	case ERR_CRYPTO:
		break;
	}
	return "evidence";
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
	const char *word;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_text(r, "event", event, sizeof(event)) || !is_event_word(event))
		return "malformed";
	if (!is_event_free(event))
		return "forbidden";
	word = open_session(n, id, &se);
	if (!word)
		word = word_of_journal(journals_append(n->journals, id, event, data, &receipt));
	return word ? word : add_receipt(answer, &receipt);
}

/* The agent's last lines are still on their way when the session has ended. */
static const char *check_writable(struct notary *n, const char *id, struct store_session *se)
{
	const char *word = open_session(n, id, se);

	if (word && se->is_ended && wall_ms(n) < se->ended_ms + TRAILING_MS)
		word = NULL;
	if (!word && se->sign[0] == '\0')
		word = "agent";
	return word;
}

static bool is_signed(const struct notary *n, const struct store_session *se, const char *line, const char *sig)
{
	return !n->o.verify || n->o.verify(n->o.verify_arg, se->sign, line, sig);
}

const char *on_consent_append(struct notary *n, const struct request *r, cJSON *answer)
{
	const char *line = json_string(r->fields, "line");
	char id[STORE_ID], sig[CONSENT_SIG_HEX + 1];
	struct journal_receipt receipt;
	struct store_session se;
	struct journal *j;
	const char *word;
	enum err e;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_hex(r, "sig", sig, CONSENT_SIG_HEX))
		return "malformed";
	word = check_writable(n, id, &se);
	if (word)
		return word;
	if (!is_signed(n, &se, line, sig))
		return "signature";
	e = journals_get(n->journals, id, false, &j);
	if (e)
		return e == ERR_NOMEM ? "nomem" : "evidence";
	word = word_of_journal(journal_append_consent(j, line, sig, &receipt));
	return word ? word : add_receipt(answer, &receipt);
}

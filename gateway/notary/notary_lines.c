/* Whether what an agent has signed is true of its session: judged before it is stored (S16, S19; EVIDENCE 3). */
#include "gateway/notary/notary_ops.h"

#include <string.h>

#include "common/consent_line.h"
#include "common/json.h"
#include "gateway/notary/p256.h"
#include "gateway/notary/signer.h"

enum { HEAD_DEPTH = 1 };

static bool is_text(const cJSON *o, const char *name, const char *wanted)
{
	const char *s = json_string(o, name);

	return s && wanted[0] && strcmp(s, wanted) == 0;
}

static unsigned ceiling_of(const cJSON *line)
{
	const cJSON *word;
	unsigned ceiling = 0;

	cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(line, "ceiling"))
		ceiling |= ceiling_bit(word->valuestring);
	return ceiling;
}

/*
 * Line 0 names the content key that was stored before it: nothing may be recorded for a key that nobody can open. What
 * it says of the session is what the journal says.
 */
static const char *judge_open(const struct journal *j, const cJSON *line)
{
	const struct journal_chain *c = journal_chain(j);

	if (!is_text(line, "content_key", c->key))
		return "key";
	return is_text(line, "sign", c->sign) && is_text(line, "acceptance", c->acceptance) &&
	       is_text(line, "purpose", c->purpose) && is_text(line, "terms", c->version) &&
	       ceiling_of(line) == c->consent.state.ceiling ? NULL : "open";
}

static bool read_head(const char *text, const char *session, struct journal_mark *mark)
{
	const char *head;
	cJSON *o;
	bool is_good = !json_parse(text, strlen(text), HEAD_DEPTH, &o) &&
		       !json_fields(o, "chunks:i head:s n:i session:s wall_ms:i");

	if (is_good) {
		head = json_string(o, "head");
		is_good = strlen(head) == DIGEST_HEX && strcmp(json_string(o, "session"), session) == 0 &&
			  !json_u64(o, "n", &mark->n) && !json_u64(o, "chunks", &mark->chunks);
		if (is_good)
			memcpy(mark->head, head, sizeof(mark->head));
		cJSON_Delete(o);
	}
	return is_good;
}

/* Our own signature: so the text is canonical, since we sign no other. That it is still true shows the journal. */
static const char *judge_head(const struct notary *n, struct journal *j, const cJSON *line)
{
	const char *text = json_string(line, "gateway");
	struct journal_mark mark = { 0 };

	if (!p256_holds(signer_public_hex(n->o.signer), text, strlen(text), json_string(line, "gateway_sig")) ||
			!read_head(text, journal_session(j), &mark))
		return "head";
	return mark.n > journal_consent(j)->head_n && journal_was(j, &mark) ? NULL : "head";
}

const char *judge_line(const struct notary *n, struct journal *j, const char *line)
{
	struct consent_event event;
	const char *word = NULL;
	cJSON *o;
	enum err e = consent_line_read(line, strlen(line), &o, &event);

	if (e)
		return e == ERR_NOMEM ? "nomem" : "malformed";
	if (event.kind == CONSENT_OPEN)
		word = judge_open(j, o);
	if (event.kind == CONSENT_HEAD)
		word = judge_head(n, j, o);
	cJSON_Delete(o);
	return word;
}

bool add_full(cJSON *answer, const struct journal *j)
{
	const struct journal_chain *c = journal_chain(j);

	if (!consent_chain_is_full(&c->consent) && c->recording.chunks < EVIDENCE_CHUNKS_SOON &&
			c->recording.bytes >> 20 < EVIDENCE_RECORDING_MB_SOON && c->bytes >> 20 < EVIDENCE_JOURNAL_MB)
		return true;
	return add_item(answer, "full", cJSON_CreateTrue());
}

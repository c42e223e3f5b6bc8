/* The ways into a session: acceptance, code, link, ticket (S1, S4, S5). */
#include "gateway/notary/notary_ops.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/notary/private_values.h"

enum { ARTICLES_MAX = 100 };

/* Of the buttons only this one lets the customer into a session. */
static const char accepting[] = "accepter";

static const char private_file[] = "private.jsonl";

/* The user agent is a stranger's text of any length: its beginning is kept, cut between characters. */
static bool take_user_agent(const struct request *r, char *out, size_t room)
{
	const char *s = json_string(r->fields, "user_agent");
	size_t len = s ? strlen(s) : 0;

	if (len >= room) {
		len = room - 1;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, s ? s : "", len);
	out[len] = '\0';
	return s != NULL;
}

static bool take_articles(const struct request *r, char *out, size_t room)
{
	const cJSON *articles = cJSON_GetObjectItemCaseSensitive(r->fields, "articles"), *item;
	char *text;
	bool is_good;

	if (cJSON_GetArraySize(articles) > ARTICLES_MAX)
		return false;
	cJSON_ArrayForEach(item, articles)
		if (!hex_is(item->valuestring, DIGEST_HEX))
			return false;
	if (json_canonical(articles, &text))
		return false;
	is_good = strlen(text) < room;
	if (is_good)
		memcpy(out, text, strlen(text) + 1);
	free(text);
	return is_good;
}

static bool take_acceptance(const struct request *r, struct store_acceptance *a)
{
	bool has_customer = cJSON_GetObjectItemCaseSensitive(r->fields, "customer") != NULL;

	return take_text(r, "version", a->version, sizeof(a->version)) && a->version[0] &&
	       take_text(r, "lang", a->lang, sizeof(a->lang)) && take_hex(r, "terms", a->terms, DIGEST_HEX) &&
	       take_articles(r, a->articles, sizeof(a->articles)) &&
	       take_text(r, "button", a->button, sizeof(a->button)) && a->button[0] &&
	       take_text(r, "ip", a->ip, sizeof(a->ip)) &&
	       take_user_agent(r, a->user_agent, sizeof(a->user_agent)) &&
	       (!has_customer || take_text(r, "customer", a->customer, sizeof(a->customer)));
}

/* Takes ownership of the commitments. */
static cJSON *accepted_event(const struct store_acceptance *a, cJSON *commitments)
{
	cJSON *o = cJSON_CreateObject(), *articles;
	bool is_private = add_item(o, "private", commitments);

	if (json_parse(a->articles, strlen(a->articles), 1, &articles))
		articles = NULL;
	if (add_item(o, "articles", articles) && is_private && add_text(o, "acceptance", a->id) && add_text(o, "version", a->version) &&
			add_text(o, "terms", a->terms) && add_text(o, "lang", a->lang) && add_number(o, "at_ms", a->at_ms))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* The personal values are durable before the line that commits to them. */
static const char *store_private(struct notary *n, const char *session, const struct store_acceptance *a,
		cJSON **commitments)
{
	const struct private_value values[] = {
		{ "customer", a->customer }, { "ip", a->ip }, { "user_agent", a->user_agent },
	};
	struct journal *j;
	char *text = NULL;
	const char *word = get_journal(n, session, &j);
	enum err e;

	*commitments = NULL;
	if (word)
		return word;
	e = private_values_write(values, sizeof(values) / sizeof(*values), &text, commitments);
	if (e)
		return e == ERR_NOMEM ? "nomem" : "malformed";
	if (journal_store_file(j, "", private_file, text, strlen(text), true)) {
		cJSON_Delete(*commitments);
		*commitments = NULL;
		word = no_evidence(n, session, private_file);
	}
	sodium_memzero(text, strlen(text));
	free(text);
	return word;
}

const char *bind_acceptance(struct notary *n, const struct store_session *se, const struct store_acceptance *a)
{
	enum err e = store_session_bind(n->store, se->id, a->id);
	struct journal *j;
	cJSON *commitments;
	const char *word;

	if (!e)
		e = store_codes_burn(n->store, se->id);
	if (!e)
		e = store_links_burn(n->store, se->id);
	if (e)
		return e == ERR_FORBIDDEN ? "bound" : word_of(e);
	word = get_journal(n, se->id, &j);
	if (word)
		return word;
	if (journal_chain(j)->is_accepted) /* a crash came before the store's commit: the journal has it already */
		return strcmp(journal_chain(j)->acceptance, a->id) == 0 ? NULL : "bound";
	word = store_private(n, se->id, a, &commitments);
	return word ? word : journal_event(n, se->id, "accepted", accepted_event(a, commitments));
}

static const char *bind_by_link(struct notary *n, const char *hash, const struct store_acceptance *a, cJSON *answer)
{
	struct store_session se;
	char session[STORE_ID];
	enum err e = store_link_get(n->store, hash, wall_ms(n), session);
	const char *word = e == ERR_FORBIDDEN ? "link" : word_of(e);

	if (!word)
		word = open_session(n, session, &se);
	if (!word)
		word = bind_acceptance(n, &se, a);
	return !word && !add_text(answer, "session", session) ? "nomem" : word;
}

/* A link that leads nowhere any more takes nothing from the act of acceptance: a code will do. */
static bool is_dead_link(const char *word)
{
	static const char *const words[] = { "link", "session", "ended", "bound" };

	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

const char *on_acceptance_add(struct notary *n, const struct request *r, cJSON *answer)
{
	bool has_link = cJSON_GetObjectItemCaseSensitive(r->fields, "link") != NULL;
	struct store_acceptance a = { .at_ms = wall_ms(n) };
	char link[DIGEST_HEX + 1];
	const char *word;

	if (!take_acceptance(r, &a))
		return "malformed";
	if (has_link && !take_token(r, "link", TOKEN_HEX, link))
		return "link";
	if (!terms_are_known(n, a.terms))
		return "terms";
	digest_token(TOKEN_HEX, a.id);
	if (!add_text(answer, "acceptance", a.id) || !add_number(answer, "at_ms", a.at_ms))
		return "nomem";

	word = word_of(store_begin(n->store));
	if (!word)
		word = word_of(store_acceptance_add(n->store, &a));
	if (!word && has_link && strcmp(a.button, accepting) == 0)
		word = bind_by_link(n, link, &a, answer);
	if (is_dead_link(word))
		word = NULL;
	return finish(n, word);
}

const char *on_acceptance_get(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_session se = { 0 };
	struct store_acceptance a;
	char id[STORE_ID];
	enum err e;

	if (!take_hex(r, "acceptance", id, TOKEN_HEX))
		return "acceptance";
	e = store_acceptance_get(n->store, id, &a);
	if (!e && a.session[0])
		e = store_session_get(n->store, a.session, &se);
	if (e)
		return e == ERR_FORBIDDEN ? "acceptance" : word_of(e);
	return add_number(answer, "at_ms", a.at_ms) && add_text(answer, "version", a.version) &&
	       add_text(answer, "lang", a.lang) && add_text(answer, "button", a.button) &&
	       add_text(answer, "terms", a.terms) && add_text(answer, "session", a.session) &&
	       add_text(answer, "advisor", se.advisor) && add_text(answer, "display", se.display) &&
	       add_text(answer, "purpose", se.purpose) && add_text(answer, "purpose_label", se.label) &&
	       add_text(answer, "state", !se.id[0] ? "" : se.is_ended ? "ended" : "open") ? NULL : "nomem";
}

/* Looking for a code among all that live, without stopping at the one that fits. */
struct code_search {
	char mac[DIGEST_HEX + 1];
	bool is_found;
	char session[STORE_ID];
};

static bool compare_code(void *arg, const struct store_code *c)
{
	struct code_search *s = arg;

	if (digest_is_same(s->mac, c->mac)) {
		s->is_found = true;
		memcpy(s->session, c->session, sizeof(s->session));
	}
	return true;
}

static enum err find_code(struct notary *n, const char *code, struct code_search *s)
{
	*s = (struct code_search){ 0 };
	digest_hmac(n->key, code, strlen(code), s->mac);
	return store_codes_live(n->store, wall_ms(n), compare_code, s);
}

const char *new_code(struct notary *n, const char *session, cJSON *answer)
{
	struct store_code c = { .expires_ms = wall_ms(n) + CODE_LIFE_MS };
	struct code_search taken;
	char code[CODE_DIGITS + 1];
	enum err e = store_codes_burn(n->store, session);

	do {
		digest_code(code);
		if (!e)
			e = find_code(n, code, &taken);
	} while (!e && taken.is_found); /* no two sessions at once have the same */
	memcpy(c.mac, taken.mac, sizeof(c.mac));
	memcpy(c.session, session, sizeof(c.session));
	if (!e)
		e = store_code_add(n->store, &c);
	if (!e && (!add_text(answer, "code", code) || !add_number(answer, "code_expires_ms", c.expires_ms)))
		e = ERR_NOMEM;
	sodium_memzero(code, sizeof(code));
	return word_of(e);
}

/* A session that its own advisor may still open a door to. */
static const char *take_unbound(struct notary *n, const struct request *r, struct store_session *se)
{
	char id[STORE_ID], advisor[STORE_NAME];
	const char *word;

	if (!take_hex(r, "session", id, TOKEN_HEX) || !take_text(r, "advisor", advisor, sizeof(advisor)))
		return "session";
	word = open_session(n, id, se);
	if (word)
		return word;
	if (strcmp(se->advisor, advisor) != 0)
		return "forbidden";
	return se->acceptance[0] ? "bound" : NULL;
}

const char *on_code_new(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_session se;
	const char *word = take_unbound(n, r, &se);

	if (word)
		return word;
	word = word_of(store_begin(n->store));
	if (!word)
		word = new_code(n, se.id, answer);
	return finish(n, word);
}

/* An acceptance that may be bound to a session. */
static const char *take_bindable(struct notary *n, const struct request *r, struct store_acceptance *a)
{
	char id[STORE_ID];
	enum err e = take_hex(r, "acceptance", id, TOKEN_HEX) ? store_acceptance_get(n->store, id, a) : ERR_FORBIDDEN;

	if (e && e != ERR_FORBIDDEN)
		return word_of(e);
	return e || a->session[0] || strcmp(a->button, accepting) != 0 ? "acceptance" : NULL;
}

static const char *wrong_code(struct notary *n, const char *source)
{
	uint64_t now_ms = clock_boot_ms(n->o.clock);

	throttle_fail(n->code_sources, source, now_ms);
	throttle_fail(n->code_all, "", now_ms);
	return "code";
}

/* Wrong, used, expired and refused for too many tries look the same; the acceptance is judged before. */
static const char *take_code(struct notary *n, const struct request *r, struct code_search *s)
{
	uint64_t now_ms = clock_boot_ms(n->o.clock);
	char source[STORE_NAME];
	const char *code = json_string(r->fields, "code");
	enum err e;

	if (!take_text(r, "source", source, sizeof(source)))
		return "malformed";
	if (!throttle_allows(n->code_all, "", now_ms) || !throttle_allows(n->code_sources, source, now_ms))
		return "code";
	e = find_code(n, code, s);
	if (e)
		return word_of(e);
	return s->is_found ? NULL : wrong_code(n, source);
}

const char *on_code_use(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_acceptance a;
	struct store_session se;
	struct code_search found;
	const char *word = take_bindable(n, r, &a);

	if (!word)
		word = take_code(n, r, &found);
	if (!word)
		word = open_session(n, found.session, &se);
	if (word)
		return word;
	word = word_of(store_begin(n->store));
	if (!word)
		word = bind_acceptance(n, &se, &a);
	if (!word && !add_text(answer, "session", se.id))
		word = "nomem";
	return finish(n, word);
}

const char *on_link_new(struct notary *n, const struct request *r, cJSON *answer)
{
	uint64_t expires_ms = wall_ms(n) + LINK_LIFE_MS;
	char token[TOKEN_HEX + 1], hash[DIGEST_HEX + 1];
	struct store_session se;
	const char *word = take_unbound(n, r, &se);

	if (word)
		return word;
	digest_token(TOKEN_HEX, token);
	digest_sha256(token, TOKEN_HEX, hash);
	word = word_of(store_link_add(n->store, hash, se.id, expires_ms));
	if (!word && (!add_text(answer, "link", token) || !add_number(answer, "expires_ms", expires_ms)))
		word = "nomem";
	return word;
}

static bool take_kind(const struct request *r, char out[STORE_WORD])
{
	return take_text(r, "kind", out, STORE_WORD) && (strcmp(out, "download") == 0 || strcmp(out, "join") == 0);
}

/* A ticket is minted for an acceptance that is bound to an open session, and not too often. */
static const char *check_mint(struct notary *n, struct store_ticket *t)
{
	struct store_acceptance a;
	struct store_session se;
	uint64_t count = 0;
	enum err e = store_acceptance_get(n->store, t->acceptance, &a);
	const char *word = e == ERR_FORBIDDEN ? "acceptance" : word_of(e);

	if (!word)
		word = a.session[0] ? open_session(n, a.session, &se) : "unbound";
	if (!word)
		word = word_of(store_ticket_count(n->store, t->kind, t->acceptance, &count));
	if (!word && count >= TICKETS_MAX)
		word = "limit";
	if (!word)
		memcpy(t->session, a.session, sizeof(t->session));
	return word;
}

const char *on_ticket_new(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_ticket t = { .expires_ms = wall_ms(n) + TICKET_LIFE_MS };
	char token[TOKEN_HEX + 1];
	const char *word;

	if (!take_kind(r, t.kind))
		return "malformed";
	if (!take_hex(r, "acceptance", t.acceptance, TOKEN_HEX))
		return "acceptance";
	word = check_mint(n, &t);
	if (word)
		return word;
	digest_token(TOKEN_HEX, token);
	digest_sha256(token, TOKEN_HEX, t.hash);
	word = word_of(store_ticket_add(n->store, &t));
	if (!word && (!add_text(answer, "ticket", token) || !add_number(answer, "expires_ms", t.expires_ms)))
		word = "nomem";
	return word;
}

static const char *use_ticket(struct notary *n, const char *kind, const char *hash, cJSON *answer)
{
	struct store_acceptance a;
	struct store_ticket t;
	enum err e = store_ticket_take(n->store, kind, hash, wall_ms(n), &t);

	if (!e)
		e = store_acceptance_get(n->store, t.acceptance, &a);
	if (e)
		return e == ERR_FORBIDDEN ? "ticket" : word_of(e);
	return add_text(answer, "session", t.session) && add_text(answer, "acceptance", t.acceptance) &&
	       add_text(answer, "version", a.version) && add_text(answer, "terms", a.terms) ? NULL : "nomem";
}

const char *on_ticket_use(struct notary *n, const struct request *r, cJSON *answer)
{
	char kind[STORE_WORD], hash[DIGEST_HEX + 1];
	const char *word;

	if (!take_kind(r, kind))
		return "malformed";
	if (!take_token(r, "ticket", TOKEN_HEX, hash))
		return "ticket";
	word = word_of(store_begin(n->store));
	if (!word)
		word = use_ticket(n, kind, hash, answer);
	return finish(n, word);
}

/* What is written about the evidence afterwards: after.jsonl (docs/EVIDENCE.md 9; S33). */
#include "gateway/notary/notary_ops.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/json.h"
#include "gateway/notary/after.h"
#include "gateway/notary/notary_after.h"

enum { TEXT_MAX = 4000, PATH_ROOM = 4096 };

const char *settle_class(struct notary *n, const struct store_session *se)
{
	const char *class = se->sign[0] ? "quality" : "unused";
	struct journal *j;

	/* A journal that cannot be read may hold a grant. */
	if (journals_get(n->journals, se->id, false, &j) || journal_consent(j)->state.last_grant > 0)
		class = "proof";
	return word_of(store_session_class(n->store, se->id, class));
}

bool has_seal(const struct notary *n, const char *session)
{
	char path[PATH_ROOM];
	struct stat st;
	int len = snprintf(path, sizeof(path), "%s/%s/seal.json", n->paths.sessions, session);

	return len > 0 && (size_t)len < sizeof(path) && lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

cJSON *after_data(const struct who *who, const char *name, const char *value)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, "by", who->by) && (!name || add_text(o, name, value)))
		return o;
	cJSON_Delete(o);
	return NULL;
}

const char *after_event(struct notary *n, const char *session, const char *event, cJSON *data)
{
	struct journal_receipt receipt;
	enum err e = data ? journals_append(n->after, session, event, data, &receipt) : ERR_NOMEM;

	cJSON_Delete(data);
	switch (e) {
	case OK:
		return NULL;
	case ERR_FORBIDDEN:
		return "open";
	case ERR_NOMEM:
		return "nomem";
	case ERR_MALFORMED:
	case ERR_IO:
	case ERR_AGAIN:
	case ERR_CRYPTO:
		break;
	}
	return "evidence";
}

/* The lines as they lie on the disk; the journal has been opened, so they were checked and recovered. */
static enum err read_lines(struct notary *n, const char *session, struct after *out)
{
	const struct journal_io *io = n->o.io;
	char path[PATH_ROOM], *buf;
	int room = snprintf(path, sizeof(path), "%s/%s/after.jsonl", n->paths.sessions, session), fd;
	size_t len;
	enum err e;

	if (room < 0 || (size_t)room >= sizeof(path))
		return ERR_IO;
	fd = io->open(io->arg, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return ERR_IO;
	e = journal_io_read(io, fd, JOURNAL_SIZE_MAX, &buf, &len);
	if (!e)
		e = after_read(buf, len, out);
	free(buf);
	io->close(io->arg, fd);
	return e;
}

const char *after_state(struct notary *n, const char *session, struct after *out)
{
	struct journal *j;
	enum err e = journals_get(n->after, session, false, &j);

	*out = (struct after){ 0 };
	if (e == ERR_FORBIDDEN) /* not sealed, or nothing happened yet */
		return has_seal(n, session) ? NULL : "open";
	if (!e)
		e = journal_is_broken(j) ? ERR_IO : read_lines(n, session, out);
	if (e)
		return e == ERR_NOMEM ? "nomem" : "evidence";
	return NULL;
}

const char *take_sealed(struct notary *n, const struct request *r, unsigned roles, struct who *who,
		struct store_session *se)
{
	char id[STORE_ID];
	const char *word = take_who(n, r, roles, who);
	enum err e;

	if (word)
		return word;
	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	e = store_session_get(n->store, id, se);
	if (e)
		return e == ERR_FORBIDDEN ? "session" : word_of(e);
	return se->is_ended && has_seal(n, id) ? NULL : "open";
}

/* A text for people: of some letters, not only of spaces. */
static bool take_words(const struct request *r, const char *name, char *out, size_t room)
{
	return take_text(r, name, out, room) && out[strspn(out, " ")] != '\0';
}

const char *take_ground(const struct request *r, char out[AFTER_GROUND])
{
	return take_words(r, "ground", out, AFTER_GROUND) ? NULL : "ground";
}

const char *on_rectify(struct notary *n, const struct request *r, cJSON *answer)
{
	char text[TEXT_MAX + 1];
	struct store_session se;
	struct who who;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	(void)answer;
	if (!word && !take_words(r, "text", text, sizeof(text)))
		word = "text";
	return word ? word : after_event(n, se.id, "rectified", after_data(&who, "text", text));
}

const char *begin_unsettled(struct notary *n, const char *session)
{
	return word_of(store_session_unsettle(n->store, session));
}

const char *settle_copy(struct notary *n, const char *session, const struct after *a)
{
	return word_of(store_session_settle(n->store, session, a->has_hold, a->is_erased ? a->erased_ms : 0));
}

/* A hold on what is erased, or being erased, would promise something that is gone. */
static const char *check_hold(const struct after *a, bool is_on)
{
	if (a->is_decided)
		return "erased";
	return a->has_hold == is_on ? "same" : NULL;
}

const char *on_hold(struct notary *n, const struct request *r, cJSON *answer)
{
	char ground[AFTER_GROUND];
	struct store_session se;
	struct after a;
	struct who who;
	uint64_t on;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	(void)answer;
	if (!word && (json_u64(r->fields, "on", &on) || on > 1))
		word = "malformed";
	if (!word)
		word = take_ground(r, ground);
	if (!word)
		word = after_state(n, se.id, &a);
	if (!word)
		word = check_hold(&a, on == 1);
	if (!word)
		word = begin_unsettled(n, se.id);
	if (!word)
		word = after_event(n, se.id, on ? "held" : "released", after_data(&who, "ground", ground));
	if (word)
		return word;
	a.has_hold = on == 1;
	return settle_copy(n, se.id, &a);
}

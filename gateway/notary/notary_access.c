/* Handing out the evidence: who, for what, is written down before anything is given (docs/EVIDENCE.md 9; S28). */
#include "gateway/notary/notary_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/notary/evidence_files.h"
#include "gateway/notary/notary_after.h"

enum { SEAL_MAX = 65536, SEAL_DEPTH = 4, STEPS_MAX = 4, NAME_ROOM = 64 };

/* ---- openings ---- */

static bool is_live(const struct notary *n, const struct opening *o)
{
	return o->use && clock_boot_ms(n->o.clock) < o->until_ms;
}

/* The opening of this person and session that lets one of `uses` through. */
static struct opening *find_opening(struct notary *n, const struct who *who, const char *session, unsigned uses)
{
	for (size_t i = 0; i < OPENINGS_MAX; i++) {
		struct opening *o = &n->opening[i];
		if (is_live(n, o) && o->use & uses && strcmp(o->by, who->by) == 0 && strcmp(o->session, session) == 0)
			return o;
	}
	return NULL;
}

/* The same once more, else a free one, else the one that ends first. */
static struct opening *take_opening(struct notary *n, const struct who *who, const char *session, unsigned use)
{
	struct opening *o = find_opening(n, who, session, use), *first = &n->opening[0];

	for (size_t i = 0; !o && i < OPENINGS_MAX; i++) {
		if (!is_live(n, &n->opening[i]))
			o = &n->opening[i];
		else if (n->opening[i].until_ms < first->until_ms)
			first = &n->opening[i];
	}
	o = o ? o : first;
	*o = (struct opening){ .use = use, .until_ms = clock_boot_ms(n->o.clock) + OPENING_MS };
	memcpy(o->by, who->by, sizeof(o->by));
	memcpy(o->session, session, sizeof(o->session));
	return o;
}

/* ---- files ---- */

static bool is_erased_name(const struct evidence_file *f, const struct after *a)
{
	return f->is_secret && a->is_decided;
}

/* Where a name's file lies, as steps from the notary's directory. */
struct way {
	const char *steps[STEPS_MAX];
	size_t count;
	char name[NAME_ROOM + DIGEST_HEX];
};

static void go(struct way *w, const char *step)
{
	w->steps[w->count++] = step;
}

static const char *terms_of(struct notary *n, const struct store_session *se, struct store_acceptance *a)
{
	return se->acceptance[0] && store_acceptance_get(n->store, se->acceptance, a) == OK && a->terms[0] ? a->terms : NULL;
}

static bool find_way(struct notary *n, const struct store_session *se, const struct evidence_file *f, uint32_t chunk,
		uint64_t checkpoint, struct way *w)
{
	struct store_acceptance a;
	const char *terms;

	*w = (struct way){ 0 };
	switch (f->place) {
	case PLACE_SESSION:
		snprintf(w->name, sizeof(w->name), "%s", f->name);
		go(w, "sessions"), go(w, se->id);
		break;
	case PLACE_CHUNK:
		snprintf(w->name, sizeof(w->name), "%06u", chunk);
		go(w, "sessions"), go(w, se->id), go(w, "chunks");
		break;
	case PLACE_TERMS:
		terms = terms_of(n, se, &a);
		snprintf(w->name, sizeof(w->name), "%s.txt", terms ? terms : "");
		go(w, "terms");
		if (!terms)
			return false;
		break;
	case PLACE_CHECKPOINT:
		snprintf(w->name, sizeof(w->name), "%llu%s", (unsigned long long)checkpoint, f->suffix);
		go(w, "log"), go(w, "checkpoints");
		if (!checkpoint)
			return false;
		break;
	case PLACE_ROOT:
	case PLACE_TSA:
		return false;
	}
	go(w, w->name);
	return true;
}

/* ERR_FORBIDDEN: there is no such file. */
static enum err open_name(struct notary *n, const struct store_session *se, const struct evidence_file *f,
		uint32_t chunk, uint64_t checkpoint, int *fd, uint64_t *bytes)
{
	const char *path = f->place == PLACE_ROOT ? n->o.root : f->place == PLACE_TSA ? n->o.tsa : NULL;
	struct way w;

	*fd = -1;
	if (path && path[0])
		return evidence_open_path(path, fd, bytes);
	return find_way(n, se, f, chunk, checkpoint, &w) ?
		evidence_open(n->o.directory, w.steps, w.count, fd, bytes) : ERR_FORBIDDEN;
}

/* How many chunks there are is what the seal says. */
static enum err sealed_chunks(struct notary *n, const struct store_session *se, uint64_t *chunks)
{
	const char *const steps[] = { "sessions", se->id, "seal.json" };
	char *buf = NULL;
	cJSON *seal = NULL;
	uint64_t bytes;
	size_t len;
	int fd;
	enum err e = evidence_open(n->o.directory, steps, sizeof(steps) / sizeof(*steps), &fd, &bytes);

	*chunks = 0;
	if (!e)
		e = journal_io_read(n->o.io, fd, SEAL_MAX, &buf, &len);
	if (!e)
		e = json_parse(buf, len, SEAL_DEPTH, &seal);
	if (!e)
		e = json_u64(seal, "chunks", chunks);
	if (fd >= 0)
		close(fd);
	cJSON_Delete(seal);
	free(buf);
	return e;
}

static const char *add_files(struct notary *n, const struct store_session *se, const struct opening *o,
		const struct after *a, cJSON *answer)
{
	cJSON *list = cJSON_AddArrayToObject(answer, "files");
	const struct evidence_file *f;

	for (size_t i = 0; list && (f = evidence_file_at(i)) != NULL; i++) {
		uint64_t bytes;
		int fd;

		if (!(f->uses & o->use) || is_erased_name(f, a) || open_name(n, se, f, 0, o->checkpoint, &fd, &bytes))
			continue;
		close(fd);
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(f->name)))
			return "nomem";
	}
	return list && add_number(answer, "chunks", o->use & USE_PAGE ? 0 : o->chunks) &&
	       add_number(answer, "checkpoint", o->checkpoint) && add_number(answer, "until_ms", wall_ms(n) + OPENING_MS) ?
		NULL : "nomem";
}

/* Every opening of this person and session leads to the checkpoint of the inclusion that was made last. */
static void point_to(struct notary *n, const struct who *who, const char *session, uint64_t checkpoint)
{
	for (size_t i = 0; i < OPENINGS_MAX; i++) {
		struct opening *o = &n->opening[i];
		if (strcmp(o->by, who->by) == 0 && strcmp(o->session, session) == 0)
			o->checkpoint = checkpoint;
	}
}

static const char *add_inclusion(const struct transparency_inclusion *in, cJSON *answer)
{
	return add_text(answer, "text", in->text) && add_number(answer, "size", in->size) &&
	       add_item(answer, "stamped", cJSON_CreateBool(in->is_stamped)) ? NULL : "nomem";
}

/* Makes a checkpoint if none covers the seal. `answer` NULL: only that. */
static const char *cover(struct notary *n, const struct who *who, const char *session, cJSON *answer)
{
	struct transparency_inclusion in = { 0 };
	enum err e = transparency_inclusion(n->log, session, &in);
	const char *word = !e ? NULL : e == ERR_NOMEM ? "nomem" : e == ERR_FORBIDDEN ? "open" : "evidence";

	if (!word)
		point_to(n, who, session, in.size);
	if (!word && answer)
		word = add_inclusion(&in, answer);
	free(in.text);
	return word;
}

const char *on_evidence_begin(struct notary *n, const struct request *r, cJSON *answer)
{
	const char *how = json_string(r->fields, "how");
	unsigned use = evidence_use_of(how);
	bool is_export = use & (USE_BANK | USE_CUSTOMER);
	struct store_session se;
	struct opening *o;
	struct after a;
	struct who who;
	uint64_t chunks;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	if (!word && !use)
		word = "malformed";
	if (!word && sealed_chunks(n, &se, &chunks))
		word = "evidence";
	if (!word)
		word = after_state(n, se.id, &a);
	if (!word)
		word = after_event(n, se.id, is_export ? "exported" : "accessed",
				after_data(&who, is_export ? "for" : "how", how));
	if (word)
		return word;
	o = take_opening(n, &who, se.id, use);
	o->chunks = chunks;
	if (is_export)
		word = cover(n, &who, se.id, NULL);
	return word ? word : add_files(n, &se, o, &a, answer);
}

/* What may be opened now, and what for: "name", "begin", "file". */
static const char *check_open(struct notary *n, const struct who *who, const struct store_session *se,
		const struct evidence_file *f, uint32_t chunk, uint64_t *checkpoint)
{
	const struct opening *o = find_opening(n, who, se->id, f->uses);
	struct after a;
	const char *word;

	if (!o)
		return "begin";
	if (chunk > o->chunks)
		return "file";
	*checkpoint = o->checkpoint;
	word = f->is_secret ? after_state(n, se->id, &a) : NULL;
	return word ? word : f->is_secret && a.is_decided ? "file" : NULL;
}

const char *on_evidence_open(struct notary *n, const struct request *r, cJSON *answer)
{
	const struct evidence_file *f;
	struct store_session se;
	struct who who;
	uint64_t bytes, checkpoint;
	uint32_t chunk;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);
	enum err e;
	int fd;

	if (word)
		return word;
	f = evidence_file_of(json_string(r->fields, "name"), &chunk);
	if (!f)
		return "name";
	word = check_open(n, &who, &se, f, chunk, &checkpoint);
	if (word)
		return word;
	e = open_name(n, &se, f, chunk, checkpoint, &fd, &bytes);
	if (e)
		return e == ERR_FORBIDDEN ? "file" : "evidence";
	*r->answer_fd = fd;
	return add_number(answer, "bytes", bytes) ? NULL : "nomem";
}

const char *on_evidence_inclusion(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_session se;
	struct who who;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	if (!word && !find_opening(n, &who, se.id, USE_PAGE | USE_REPLAY | USE_BANK | USE_CUSTOMER))
		word = "begin";
	return word ? word : cover(n, &who, se.id, answer);
}

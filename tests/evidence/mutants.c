#include "tests/evidence/mutants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned share;
} kinds[MUTANT_KINDS] = {
#define MUTANT(name, share, what) { #name, share },
#include "tests/evidence/mutants.def"
#undef MUTANT
};

/* The last item that may find a change of a file whose sum was made to fit. Files that are not here are no evidence:
 * nobody can tell LISEZMOI.txt from another text, and a line that was added to after.jsonl is signed by no one. */
static const struct {
	const char *prefix;
	enum verify_item latest;
	bool is_needed; /* a bundle without it is none; else it may be withheld */
	bool is_signature;
} places[] = {
	{ "journal.jsonl", VERIFY_SEAL, true, false },
	{ "private.jsonl", VERIFY_PRIVATE, false, false },
	{ "key.wrapped", VERIFY_KEY, false, false },
	{ "chunks/", VERIFY_RECORDING, true, false },
	{ "seal.json", VERIFY_SIGNATURE, true, false },
	{ "seal.p7s", VERIFY_SIGNATURE, true, true },
	{ "terms.txt", VERIFY_TERMS, true, false },
	{ "agent.pub", VERIFY_AGENT, true, false },
	{ "grants/", VERIFY_AGENT, true, false },
	{ "checkpoint.txt", VERIFY_LOG, true, false },
	{ "checkpoint.p7s", VERIFY_LOG, true, true },
	{ "checkpoint.tsr", VERIFY_TIME, false, true },
	{ "inclusion.txt", VERIFY_LOG, true, false },
	{ "root.crt", VERIFY_SIGNATURE, true, false },
	{ "tsa.crt", VERIFY_TIME, true, false },
	{ "content.key", VERIFY_CONTENT, false, false },
};
enum { PLACES = sizeof(places) / sizeof(*places), NO_PLACE = PLACES };

/* One mutant being made. */
struct making {
	struct mutant *m;
	const struct mutant_parents *p;
	struct dice dice;
};

static size_t place_of(const char *name)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (strncmp(name, places[i].prefix, strlen(places[i].prefix)) == 0)
			return i;
	}
	return NO_PLACE;
}

static struct forged_file *any_file(struct making *k)
{
	return &k->m->bundle.file[dice_below(&k->dice, k->m->bundle.count)];
}

/* A file of which something can be proved, and the item that does it. */
static struct forged_file *any_evidence(struct making *k, size_t *place)
{
	for (;;) {
		struct forged_file *f = any_file(k);

		*place = place_of(f->name);
		if (*place != NO_PLACE && f->len > 0)
			return f;
	}
}

static void tell(struct making *k, const char *name, size_t where)
{
	snprintf(k->m->what, sizeof(k->m->what), "%s %s %zu", mutant_kind_name(k->m->kind), name, where);
}

/* The item that finds it at the latest. */
static void expect(struct making *k, enum verify_item latest)
{
	k->m->latest = latest;
}

static void flip(struct making *k, struct forged_file *f)
{
	size_t bit = dice_below(&k->dice, f->len * 8);
	char name[48];

	snprintf(name, sizeof(name), "%s", f->name);
	forged_own(&k->m->bundle, name)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	tell(k, name, bit);
}

static void make_flip(struct making *k)
{
	struct forged_file *f;

	while ((f = any_file(k))->len == 0)
		;
	expect(k, strcmp(f->name, "content.key") == 0 ? VERIFY_CONTENT : VERIFY_FILES);
	flip(k, f);
}

static void make_flip_sums(struct making *k)
{
	size_t place;
	struct forged_file *f = any_evidence(k, &place);

	expect(k, places[place].latest);
	k->m->may_be_neutral = places[place].is_signature;
	flip(k, f);
	forge_sums(&k->m->bundle);
}

/* The last line of after.jsonl is signed by nobody; each before it is held by the one behind it. */
static void make_flip_after(struct making *k)
{
	uint8_t *at = forged_own(&k->m->bundle, "after.jsonl");
	size_t len = forged_find(&k->m->bundle, "after.jsonl")->len, bit;

	for (len--; len > 0 && at[len - 1] != '\n';)
		len--;
	if (len == 0)
		exit(2);
	bit = dice_below(&k->dice, len * 8);
	at[bit / 8] ^= (uint8_t)(1u << bit % 8);
	tell(k, "after.jsonl", bit);
	expect(k, VERIFY_AFTER);
	forge_sums(&k->m->bundle);
}

static void make_drop_file(struct making *k)
{
	struct forged_file *f;

	while (strcmp((f = any_file(k))->name, "content.key") == 0)
		;
	expect(k, VERIFY_FILES);
	tell(k, f->name, 0);
	forged_drop(&k->m->bundle, f->name);
}

static void make_drop_file_sums(struct making *k)
{
	struct forged_file *f;
	size_t place;

	do {
		f = any_evidence(k, &place);
	} while (!places[place].is_needed);
	expect(k, places[place].latest);
	tell(k, f->name, 0);
	forged_drop(&k->m->bundle, f->name);
	forge_sums(&k->m->bundle);
}

static void shorten(struct making *k, struct forged_file *f)
{
	size_t len = dice_below(&k->dice, f->len);

	tell(k, f->name, len);
	forged_set(&k->m->bundle, f->name, f->at, len);
}

static void make_truncate(struct making *k)
{
	struct forged_file *f;

	while ((f = any_file(k))->len == 0)
		;
	expect(k, strcmp(f->name, "content.key") == 0 ? VERIFY_CONTENT : VERIFY_FILES);
	shorten(k, f);
}

static void make_truncate_sums(struct making *k)
{
	size_t place;
	struct forged_file *f = any_evidence(k, &place);

	expect(k, places[place].latest);
	shorten(k, f);
	forge_sums(&k->m->bundle);
}

static void make_append_sums(struct making *k)
{
	static const char *const tails[] = { "\n", " ", "{}\n", "\0", "x", "\r\n" };
	size_t place, tail = dice_below(&k->dice, sizeof(tails) / sizeof(*tails)), len = *tails[tail] ? strlen(tails[tail]) : 1;
	struct forged_file *f = any_evidence(k, &place);
	uint8_t *bytes = malloc(f->len + len);

	if (!bytes)
		exit(2);
	memcpy(bytes, f->at, f->len);
	memcpy(bytes + f->len, tails[tail], len);
	expect(k, places[place].latest);
	tell(k, f->name, tail);
	forged_set(&k->m->bundle, f->name, bytes, f->len + len);
	free(bytes);
	forge_sums(&k->m->bundle);
}

/* ---- lines of the journal ------------------------------------------------------------------------- */

struct lines {
	struct {
		const char *at;
		size_t len; /* with its line feed */
	} line[1024];
	size_t count;
};

static void read_lines(struct forged *b, struct lines *l)
{
	struct forged_file *f = forged_find(b, "journal.jsonl");
	const char *at = (const char *)f->at, *end = at + f->len, *lf;

	for (l->count = 0; l->count < 1024 && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
		l->line[l->count].at = at;
		l->line[l->count++].len = (size_t)(lf - at) + 1;
	}
}

static void write_lines(struct forged *b, const struct lines *l)
{
	size_t len = 0;
	char *text;

	for (size_t i = 0; i < l->count; i++)
		len += l->line[i].len;
	text = malloc(len + 1);
	if (!text)
		exit(2);
	len = 0;
	for (size_t i = 0; i < l->count; i++) {
		memcpy(text + len, l->line[i].at, l->line[i].len);
		len += l->line[i].len;
	}
	forged_set(b, "journal.jsonl", text, len);
	free(text);
}

/* Everything that can be made to fit without a key. */
static void cover_up(struct making *k)
{
	forge_chain(&k->m->bundle);
	forge_seal(&k->m->bundle);
	forge_sums(&k->m->bundle);
	expect(k, VERIFY_SIGNATURE);
}

static size_t drop_line(struct making *k, struct lines *l)
{
	size_t i;

	read_lines(&k->m->bundle, l);
	i = dice_below(&k->dice, l->count);
	l->count--;
	memmove(&l->line[i], &l->line[i + 1], (l->count - i) * sizeof(l->line[0]));
	write_lines(&k->m->bundle, l);
	tell(k, "line", i);
	return i;
}

static void make_drop_line(struct making *k)
{
	struct lines l;

	expect(k, drop_line(k, &l) == l.count ? VERIFY_SEAL : VERIFY_JOURNAL);
	forge_sums(&k->m->bundle);
}

static void make_drop_line_seal(struct making *k)
{
	struct lines l;

	(void)drop_line(k, &l);
	cover_up(k);
}

static void make_double_line(struct making *k)
{
	struct lines l;
	size_t i;

	read_lines(&k->m->bundle, &l);
	i = dice_below(&k->dice, l.count);
	memmove(&l.line[i + 1], &l.line[i], (l.count - i) * sizeof(l.line[0]));
	l.count++;
	write_lines(&k->m->bundle, &l);
	tell(k, "line", i);
	cover_up(k);
}

static void swap_lines(struct making *k)
{
	struct lines l;
	size_t a, b, len;
	const char *at;

	read_lines(&k->m->bundle, &l);
	a = dice_below(&k->dice, l.count);
	b = (a + 1 + dice_below(&k->dice, l.count - 1)) % l.count;
	at = l.line[a].at;
	len = l.line[a].len;
	l.line[a] = l.line[b];
	l.line[b].at = at;
	l.line[b].len = len;
	write_lines(&k->m->bundle, &l);
	tell(k, "lines", a * 1000 + b);
}

static void make_swap_lines(struct making *k)
{
	swap_lines(k);
	forge_sums(&k->m->bundle);
	expect(k, VERIFY_JOURNAL);
}

static void make_swap_lines_seal(struct making *k)
{
	swap_lines(k);
	cover_up(k);
}

static void make_cut_tail(struct making *k)
{
	struct lines l;

	read_lines(&k->m->bundle, &l);
	l.count = 1 + dice_below(&k->dice, l.count - 1);
	write_lines(&k->m->bundle, &l);
	tell(k, "lines", l.count);
	cover_up(k);
}

static void make_edit_line(struct making *k)
{
	uint8_t *at = forged_own(&k->m->bundle, "journal.jsonl");
	size_t len = forged_find(&k->m->bundle, "journal.jsonl")->len, i;

	do {
		i = dice_below(&k->dice, len);
	} while (at[i] < '1' || at[i] > '8');
	tell(k, "byte", i);
	at[i]++;
	cover_up(k);
	/* a digit of n or p is made to fit by the new chain: nothing has changed, take another */
	if (forged_find(&k->m->bundle, "journal.jsonl")->len == len &&
			memcmp(forged_find(&k->m->bundle, "journal.jsonl")->at,
					forged_find((struct forged *)(uintptr_t)&k->p->own, "journal.jsonl")->at, len) == 0)
		make_edit_line(k);
}

/* ---- chunks --------------------------------------------------------------------------------------- */

static size_t count_chunks(struct forged *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += strncmp(b->file[i].name, "chunks/", 7) == 0;
	return n;
}

static struct forged_file *chunk(struct forged *b, size_t n)
{
	char name[48];

	snprintf(name, sizeof(name), "chunks/%06zu", n);
	return forged_find(b, name);
}

static void make_swap_chunks(struct making *k)
{
	struct forged *b = &k->m->bundle;
	size_t count = count_chunks(b), i = 1 + dice_below(&k->dice, count), j = 1 + (i + dice_below(&k->dice, count - 1)) % count;
	struct forged_file *x = chunk(b, i), *y = chunk(b, j), was = *x;

	x->at = y->at;
	x->len = y->len;
	memcpy(x->hash, y->hash, sizeof(x->hash));
	y->at = was.at;
	y->len = was.len;
	memcpy(y->hash, was.hash, sizeof(y->hash));
	forge_sums(b);
	tell(k, "chunks", i * 1000 + j);
	expect(k, VERIFY_RECORDING);
}

static void make_drop_chunk(struct making *k)
{
	struct forged *b = &k->m->bundle;
	size_t count = count_chunks(b), i = 1 + dice_below(&k->dice, count);
	char name[48];

	tell(k, "chunk", i);
	for (; i < count; i++) {
		struct forged_file *x = chunk(b, i), *y = chunk(b, i + 1);

		x->at = y->at;
		x->len = y->len;
		memcpy(x->hash, y->hash, sizeof(x->hash));
	}
	snprintf(name, sizeof(name), "chunks/%06zu", count);
	forged_drop(b, name);
	forge_sums(b);
	expect(k, VERIFY_RECORDING);
}

static void make_add_chunk(struct making *k)
{
	struct forged *b = &k->m->bundle;
	size_t count = count_chunks(b), i = 1 + dice_below(&k->dice, count);
	struct forged_file *from = chunk(b, i);
	char name[48];

	snprintf(name, sizeof(name), "chunks/%06zu", count + 1 + dice_below(&k->dice, 3));
	forged_set(b, name, from->at, from->len);
	forge_sums(b);
	tell(k, name, i);
	expect(k, VERIFY_RECORDING);
}

/* ---- other sessions, other keys ------------------------------------------------------------------- */

/* The file of the same name in another bundle; false if it has none, or the same. */
static bool take_from(struct making *k, const struct forged *from, const char *name)
{
	struct forged_file *own = forged_find(&k->m->bundle, name), *other = forged_find((struct forged *)(uintptr_t)from, name);

	if (!own || !other || (own->len == other->len && memcmp(own->at, other->at, own->len) == 0))
		return false;
	forged_set(&k->m->bundle, name, other->at, other->len);
	return true;
}

static void splice(struct making *k, const struct forged *from)
{
	struct forged_file *f;
	size_t place;

	do {
		f = any_evidence(k, &place);
	} while (!take_from(k, from, f->name));
	tell(k, f->name, 0);
	expect(k, places[place].latest);
	forge_sums(&k->m->bundle);
}

static void make_splice(struct making *k)
{
	splice(k, &k->p->other);
}

static void make_splice_foreign(struct making *k)
{
	splice(k, &k->p->foreign);
}

static void make_splice_seal(struct making *k)
{
	const struct forged *from = dice_below(&k->dice, 2) ? &k->p->other : &k->p->foreign;

	(void)take_from(k, from, "seal.json");
	(void)take_from(k, from, "seal.p7s");
	forge_sums(&k->m->bundle);
	tell(k, "seal", 0);
	expect(k, VERIFY_SEAL);
}

static void make_splice_log(struct making *k)
{
	static const char *const names[] = { "checkpoint.txt", "checkpoint.p7s", "checkpoint.tsr", "inclusion.txt" };

	for (size_t i = 0; i < 4; i++)
		(void)take_from(k, &k->p->other, names[i]);
	forge_sums(&k->m->bundle);
	tell(k, "log", 0);
	expect(k, VERIFY_LOG);
}

static void make_foreign_seal(struct making *k)
{
	forge_cms(&k->m->bundle, &k->p->forger, "seal.json", "seal.p7s");
	forge_sums(&k->m->bundle);
	tell(k, "seal.p7s", 0);
	expect(k, VERIFY_SIGNATURE);
}

static void make_foreign_root(struct making *k)
{
	forge_cms(&k->m->bundle, &k->p->forger, "seal.json", "seal.p7s");
	forge_cms(&k->m->bundle, &k->p->forger, "checkpoint.txt", "checkpoint.p7s");
	forged_set(&k->m->bundle, "root.crt", k->p->forger.root_pem, k->p->forger.root_pem_len);
	forge_sums(&k->m->bundle);
	tell(k, "root.crt", 0);
	expect(k, VERIFY_SIGNATURE);
}

static void make_foreign_log(struct making *k)
{
	forge_cms(&k->m->bundle, &k->p->forger, "checkpoint.txt", "checkpoint.p7s");
	forge_sums(&k->m->bundle);
	tell(k, "checkpoint.p7s", 0);
	expect(k, VERIFY_LOG);
}

static size_t count_signed(struct forged *b)
{
	struct forged_file *f = forged_find(b, "journal.jsonl");
	const uint8_t *at = f->at, *end = at + f->len;
	size_t n = 0;

	for (; (at = memmem(at, (size_t)(end - at), "\"event\":\"consent\"", 17)); at += 17)
		n++;
	return n;
}

static void make_foreign_line(struct making *k)
{
	size_t n = dice_below(&k->dice, count_signed(&k->m->bundle));

	forge_agent_line(&k->m->bundle, &k->p->forger, n);
	tell(k, "line", n);
	cover_up(k);
	expect(k, VERIFY_AGENT);
}

static void make_foreign_agent(struct making *k)
{
	forge_agent(&k->m->bundle, &k->p->forger);
	forge_chain(&k->m->bundle);
	forge_seal(&k->m->bundle);
	make_foreign_root(k);
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static void (*const makers[MUTANT_KINDS])(struct making *k) = {
#define MUTANT(name, share, what) make_##name,
#include "tests/evidence/mutants.def"
#undef MUTANT
};

static enum mutant_kind any_kind(struct dice *d)
{
	unsigned total = 0;
	size_t at;

	for (unsigned i = 0; i < MUTANT_KINDS; i++)
		total += kinds[i].share;
	at = dice_below(d, total);
	for (unsigned i = 0; i < MUTANT_KINDS; i++) {
		if (at < kinds[i].share)
			return (enum mutant_kind)i;
		at -= kinds[i].share;
	}
	return MUTANT_flip;
}

void mutant_make(struct mutant *m, const struct mutant_parents *p, uint64_t seed, uint64_t number)
{
	struct making k = { m, p, { seed } };

	k.dice.state = dice_roll(&k.dice) ^ number;
	(void)dice_roll(&k.dice);
	m->kind = any_kind(&k.dice);
	m->may_be_neutral = false;
	m->what[0] = '\0';
	forged_copy(&m->bundle, &p->own);
	makers[m->kind](&k);
}

void mutant_done(struct mutant *m)
{
	forged_done(&m->bundle);
}

const char *mutant_kind_name(enum mutant_kind kind)
{
	return kinds[kind].name;
}

/*
 * mutate: the proof E5. Changes a bundle in every way of mutants.def and asks the verifier.
 *
 *   mutate --own DIR --other DIR --foreign DIR [--count N] [--seed N] [--jobs N] [--write DIR --samples N]
 *
 * own, other: bundles of one bank; foreign: of another. Every mutant must be refused, by the item that the kind names
 * or an earlier one, with own's root.crt and tsa.crt trusted. Neutral are only those that changed bytes of a CMS or an
 * RFC 3161 structure that no signature covers: what was signed, by whom and when, is then shown to be the same. Ends
 * with 0 only if all were found. --write leaves samples as folders for the proof E6, with a list of what was said.
 */
#include <errno.h>
#include <getopt.h>
#include <openssl/cms.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/office/verify/source.h"
#include "tests/evidence/mutants.h"

struct wish {
	const char *own, *other, *foreign, *write;
	uint64_t count, seed, jobs, samples;
};

/* Counted by all jobs, in memory that they share; each has a row of its own. */
struct tally {
	uint64_t made[MUTANT_KINDS], found[MUTANT_KINDS], neutral[MUTANT_KINDS], missed;
	uint64_t item[VERIFY_ITEMS];
};

struct world {
	struct wish wish;
	struct mutant_parents parents;
	struct source *sources[3];
	struct verify_options trust;
	struct tally *tally;
};

static void die(const char *what)
{
	fprintf(stderr, "mutate: %s\n", what);
	exit(2);
}

static void ask(const struct world *w, const struct forged *b, struct verify_result *r)
{
	struct verify_file files[FORGE_FILES_MAX];

	for (size_t i = 0; i < b->count; i++)
		files[i] = (struct verify_file){ b->file[i].name, b->file[i].at, b->file[i].len };
	if (verify_bundle(files, b->count, &w->trust, r))
		die("out of memory");
}

/* ---- neutral: what was signed is the same ---------------------------------------------------------- */

static bool same_octets(const ASN1_OCTET_STRING *a, const ASN1_OCTET_STRING *b)
{
	return ASN1_OCTET_STRING_cmp(a, b) == 0;
}

static bool same_cms(const struct forged_file *a, const struct forged_file *b)
{
	CMS_ContentInfo *x = proof_cms(a->at, a->len), *y = proof_cms(b->at, b->len);
	EVP_PKEY *key_x = x ? proof_cms_key(x) : NULL, *key_y = y ? proof_cms_key(y) : NULL;
	bool is_same = key_x && key_y && EVP_PKEY_eq(key_x, key_y) == 1 &&
			same_octets(CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(x), 0)),
					CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(y), 0)));

	EVP_PKEY_free(key_x);
	EVP_PKEY_free(key_y);
	CMS_ContentInfo_free(x);
	CMS_ContentInfo_free(y);
	return is_same;
}

static bool same_stamp(const struct forged_file *a, const struct forged_file *b)
{
	const unsigned char *p = a->at, *q = b->at;
	TS_RESP *x = d2i_TS_RESP(NULL, &p, (long)a->len), *y = d2i_TS_RESP(NULL, &q, (long)b->len);
	unsigned char *der_x = NULL, *der_y = NULL;
	int len_x = x ? i2d_TS_TST_INFO(TS_RESP_get_tst_info(x), &der_x) : -1;
	int len_y = y ? i2d_TS_TST_INFO(TS_RESP_get_tst_info(y), &der_y) : -2;
	bool is_same = len_x > 0 && len_x == len_y && memcmp(der_x, der_y, (size_t)len_x) == 0;

	OPENSSL_free(der_x);
	OPENSSL_free(der_y);
	TS_RESP_free(x);
	TS_RESP_free(y);
	return is_same;
}

static bool is_neutral(const struct world *w, struct mutant *m)
{
	if (!m->may_be_neutral)
		return false;
	for (size_t i = 0; i < m->bundle.count; i++) {
		struct forged_file *now = &m->bundle.file[i], *was = forged_find((struct forged *)(uintptr_t)&w->parents.own, now->name);

		if (!now->is_own || strcmp(now->name, "SHA256SUMS") == 0)
			continue;
		if (!(strcmp(now->name, "checkpoint.tsr") == 0 ? same_stamp(now, was) : same_cms(now, was)))
			return false;
	}
	return true;
}

/* ---- one mutant ----------------------------------------------------------------------------------- */

static void count(const struct world *w, struct tally *t, struct mutant *m, uint64_t number)
{
	struct verify_result r;

	ask(w, &m->bundle, &r);
	t->made[m->kind]++;
	if (r.failed <= m->latest && r.failed != VERIFY_ITEMS) {
		t->found[m->kind]++;
		t->item[r.failed]++;
	} else if (r.failed == VERIFY_ITEMS && is_neutral(w, m)) {
		t->neutral[m->kind]++;
	} else {
		t->missed++;
		fprintf(stderr, "MISSED  %llu: %s: %s, expected %s or earlier\n", (unsigned long long)number, m->what,
				r.failed == VERIFY_ITEMS ? "accepted" : verify_item_word(r.failed), verify_item_word(m->latest));
	}
}

static void run_job(struct world *w, uint64_t job)
{
	struct mutant *m = calloc(1, sizeof(*m));

	if (!m)
		die("out of memory");
	for (uint64_t i = job; i < w->wish.count; i += w->wish.jobs) {
		mutant_make(m, &w->parents, w->wish.seed, i);
		count(w, &w->tally[job], m, i);
		mutant_done(m);
	}
	free(m);
}

static bool run_jobs(struct world *w)
{
	bool all = true;
	int status;

	for (uint64_t job = 0; job < w->wish.jobs; job++) {
		pid_t pid = fork();

		if (pid < 0)
			die(strerror(errno));
		if (pid == 0) {
			run_job(w, job);
			_exit(0);
		}
	}
	for (uint64_t job = 0; job < w->wish.jobs; job++)
		all = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && all;
	return all;
}

/* ---- samples -------------------------------------------------------------------------------------- */

static void write_file(const char *path, const void *at, size_t len)
{
	FILE *f = fopen(path, "we");

	if (!f || fwrite(at, 1, len, f) != len || fclose(f) != 0)
		die(path);
}

static void write_bundle(const char *dir, const struct forged *b)
{
	char path[4096];

	if (mkdir(dir, 0755) < 0)
		die(dir);
	snprintf(path, sizeof(path), "%s/chunks", dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/grants", dir);
	(void)mkdir(path, 0755);
	for (size_t i = 0; i < b->count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, b->file[i].name);
		write_file(path, b->file[i].at, b->file[i].len);
	}
}

/* One line a sample: "00001 found seal flip_sums seal.json 17", or "00000 accepted - own". */
static void write_samples(const struct world *w)
{
	char path[4096];
	struct mutant *m = calloc(1, sizeof(*m));
	struct verify_result r;
	FILE *list;

	(void)mkdir(w->wish.write, 0755);
	snprintf(path, sizeof(path), "%s/list", w->wish.write);
	list = fopen(path, "we");
	if (!list || !m)
		die(path);
	snprintf(path, sizeof(path), "%s/00000", w->wish.write);
	write_bundle(path, &w->parents.own);
	fputs("00000 accepted - own\n", list);
	for (uint64_t i = 1; i <= w->wish.samples; i++) {
		mutant_make(m, &w->parents, w->wish.seed, w->wish.count / w->wish.samples * (i - 1));
		ask(w, &m->bundle, &r);
		snprintf(path, sizeof(path), "%s/%05llu", w->wish.write, (unsigned long long)i);
		write_bundle(path, &m->bundle);
		fprintf(list, "%05llu %s %s %s\n", (unsigned long long)i, r.failed == VERIFY_ITEMS ? "accepted" : "found",
				r.failed == VERIFY_ITEMS ? "-" : verify_item_word(r.failed), m->what);
		mutant_done(m);
	}
	fclose(list);
	free(m);
}

/* ---- the program ---------------------------------------------------------------------------------- */

static void load(struct world *w, size_t i, const char *dir, struct forged *out)
{
	char trouble[VERIFY_SENTENCE_MAX];
	const struct verify_file *files;
	size_t n;

	if (!dir || source_open(dir, &w->sources[i], trouble))
		die(dir ? trouble : "--own, --other and --foreign are needed");
	files = source_files(w->sources[i], &n);
	forged_init(out, files, n);
}

static void trust(struct world *w)
{
	struct forged_file *root = forged_find(&w->parents.own, "root.crt"), *tsa = forged_find(&w->parents.own, "tsa.crt");
	struct verify_result r;

	if (!root || !tsa)
		die("own has no root.crt or tsa.crt");
	w->trust = (struct verify_options){ root->at, tsa->at, root->len, tsa->len };
	ask(w, &w->parents.own, &r);
	if (r.failed != VERIFY_ITEMS)
		die("the bundle itself is refused");
	if (r.line[VERIFY_CONTENT].state != VERIFY_OK || r.line[VERIFY_TIME].state != VERIFY_OK)
		die("the bundle has no content key or no time stamp: too little to change");
}

static int report(const struct world *w, double seconds)
{
	struct tally sum = { 0 };
	uint64_t made = 0, found = 0, neutral = 0;

	for (uint64_t j = 0; j < w->wish.jobs; j++) {
		for (size_t k = 0; k < MUTANT_KINDS; k++) {
			sum.made[k] += w->tally[j].made[k];
			sum.found[k] += w->tally[j].found[k];
			sum.neutral[k] += w->tally[j].neutral[k];
		}
		for (size_t i = 0; i < VERIFY_ITEMS; i++)
			sum.item[i] += w->tally[j].item[i];
		sum.missed += w->tally[j].missed;
	}
	for (size_t k = 0; k < MUTANT_KINDS; k++) {
		printf("%-16s %8llu made %8llu found %6llu neutral\n", mutant_kind_name((enum mutant_kind)k),
				(unsigned long long)sum.made[k], (unsigned long long)sum.found[k], (unsigned long long)sum.neutral[k]);
		made += sum.made[k];
		found += sum.found[k];
		neutral += sum.neutral[k];
	}
	fputs("found by", stdout);
	for (size_t i = 0; i < VERIFY_ITEMS; i++)
		printf(" %s %llu", verify_item_word((enum verify_item)i), (unsigned long long)sum.item[i]);
	printf("\nE5: %llu mutants, %llu found and named, %llu neutral, %llu missed, seed %llu, %.1f s\n", (unsigned long long)made,
			(unsigned long long)found, (unsigned long long)neutral, (unsigned long long)sum.missed,
			(unsigned long long)w->wish.seed, seconds);
	return sum.missed == 0 && made == w->wish.count && found + neutral == made ? 0 : 1;
}

static void read_options(int argc, char **argv, struct wish *w)
{
	static const struct option options[] = { { "own", 1, NULL, 'a' }, { "other", 1, NULL, 'b' }, { "foreign", 1, NULL, 'f' },
		{ "count", 1, NULL, 'n' }, { "seed", 1, NULL, 's' }, { "jobs", 1, NULL, 'j' }, { "write", 1, NULL, 'w' },
		{ "samples", 1, NULL, 'k' }, { NULL, 0, NULL, 0 } };
	struct {
		int letter;
		const char **text;
		uint64_t *number;
	} rows[] = { { 'a', &w->own, NULL }, { 'b', &w->other, NULL }, { 'f', &w->foreign, NULL }, { 'w', &w->write, NULL },
		{ 'n', NULL, &w->count }, { 's', NULL, &w->seed }, { 'j', NULL, &w->jobs }, { 'k', NULL, &w->samples } };
	int c;

	*w = (struct wish){ .count = 100100, .seed = 2026, .samples = 500, .jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			if (rows[i].letter != c)
				continue;
			is_known = true;
			if (rows[i].text)
				*rows[i].text = optarg;
			else
				*rows[i].number = strtoull(optarg, NULL, 10);
		}
		if (!is_known)
			die("see the first lines of mutate.c");
	}
	if (w->jobs < 1 || w->jobs > 64 || w->count < 1 || w->samples < 1 || w->samples > w->count)
		die("numbers out of range");
}

int main(int argc, char **argv)
{
	static struct world w;
	struct timespec from, to;
	bool all = true;

	read_options(argc, argv, &w.wish);
	load(&w, 0, w.wish.own, &w.parents.own);
	load(&w, 1, w.wish.other, &w.parents.other);
	load(&w, 2, w.wish.foreign, &w.parents.foreign);
	forger_init(&w.parents.forger);
	trust(&w);
	w.tally = mmap(NULL, w.wish.jobs * sizeof(*w.tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.tally == MAP_FAILED)
		die(strerror(errno));
	if (w.wish.write) {
		write_samples(&w);
		return 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	all = run_jobs(&w);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return report(&w, (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9) || !all;
}

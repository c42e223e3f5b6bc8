#ifndef MUTANTS_H
#define MUTANTS_H

#include "tests/evidence/forge.h"

/**
 * mutants: the ways to change a bundle, a row each (mutants.def). For the proof E5.
 *
 * A mutant is made from a number alone, so that one that was not found can be made again.
 */
enum mutant_kind {
#define MUTANT(name, weight, what) MUTANT_##name,
#include "tests/evidence/mutants.def"
#undef MUTANT
	MUTANT_KINDS
};

/** What mutants are made from: a bundle, another session of the same bank, one of another bank; hashed. */
struct mutant_parents {
	struct forged own, other, foreign;
	struct forger forger;
};

struct mutant {
	struct forged bundle;
	enum mutant_kind kind;
	enum verify_item latest; /* the last item that may find it */
	bool may_be_neutral;     /* bytes of a CMS or RFC 3161 structure that no signature covers may have changed */
	char what[96];           /* "flip journal.jsonl 1234" */
};

/** Makes mutant `number`. */
void mutant_make(struct mutant *m, const struct mutant_parents *p, uint64_t seed, uint64_t number);
void mutant_done(struct mutant *m);
const char *mutant_kind_name(enum mutant_kind kind);

#endif

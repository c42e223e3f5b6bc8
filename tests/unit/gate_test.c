#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/gate.h"
#include "guichet/wire.h"

/* The table once more, so that the expectation does not come from the code under test. */
#define IN(phase) (1u << PHASE_##phase)
#define ANY_PHASE 15u
#define MESSAGE(id, name, sender, form, min, max, phases, needs, fields) \
	[id] = { id, #name, SIDE_##sender, FORM_##form, min, max, phases, needs, fields },
static const struct rule rows[256] = {
#include "guichet/messages.def"
};
#undef MESSAGE

enum { STATES_MAX = 512, STEPS_MAX = 12 };

/* A state of consent: the events that lead to it, and what is granted then by a count of our own. */
struct state {
	struct consent_event step[STEPS_MAX];
	size_t steps;
	uint32_t grant[CAP_COUNT], last_grant, last_ask;
	unsigned ceiling;
	bool is_ended;
	unsigned key; /* what the public functions tell: two states with one key need only one visit */
};

static struct consent *replay(const struct state *s, unsigned ceiling)
{
	struct consent *c = consent_new(ceiling);

	assert_non_null(c);
	for (size_t i = 0; i < s->steps; i++)
		assert_int_equal(consent_apply(c, &s->step[i]), OK);
	return c;
}

static void take(struct state *s, enum capability cap)
{
	s->grant[cap] = 0;
	if (cap == CAP_VIEW)
		s->grant[CAP_POINT] = s->grant[CAP_CONTROL] = 0;
}

static void follow(struct state *s, const struct consent_event *e)
{
	s->step[s->steps++] = *e;
	if (e->kind == CONSENT_ASK)
		s->last_ask = e->ask;
	else if (e->kind == CONSENT_GRANT)
		s->grant[e->cap] = s->last_grant = e->grant;
	else if (e->kind == CONSENT_LIMIT || e->kind == CONSENT_RELEASE || e->kind == CONSENT_SUSPEND)
		take(s, e->cap);
	else if (e->kind == CONSENT_END) {
		take(s, CAP_VIEW);
		s->is_ended = true;
	}
}

static unsigned key_of(const struct consent *c)
{
	enum capability pending;
	unsigned key = consent_is_ended(c);

	consent_pending(c, &pending);
	key = key << 2 | pending;
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		key = key << 2 | (unsigned)consent_state(c, cap);
	return key;
}

static bool is_new(const struct state *list, size_t count, unsigned key)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].key == key)
			return false;
	return true;
}

/* All states that any sequence of events leads to under a ceiling. */
static size_t reach(unsigned ceiling, struct state list[STATES_MAX])
{
	size_t count = 1;

	memset(list, 0, STATES_MAX * sizeof(*list));
	list[0].ceiling = ceiling;
	for (size_t at = 0; at < count; at++)
		for (enum consent_kind kind = 0; kind < CONSENT_KIND_COUNT; kind++)
			for (enum capability cap = CAP_NONE; cap < CAP_COUNT; cap++) {
				struct state next = list[at];
				struct consent *c = replay(&next, ceiling);
				struct consent_event e = { kind, cap, 0, 0 };
				enum capability pending;

				e.ask = kind == CONSENT_ASK ? next.last_ask + 1 : consent_pending(c, &pending);
				if (kind == CONSENT_GRANT)
					e.grant = next.last_grant + 1;
				if (consent_apply(c, &e) == OK) {
					follow(&next, &e);
					next.key = key_of(c);
					if (is_new(list, count, next.key)) {
						assert_true(count < STATES_MAX && next.steps < STEPS_MAX);
						list[count++] = next;
					}
				}
				consent_free(c);
			}
	return count;
}

static enum err expected(const struct state *s, enum phase phase, enum side from, const struct gate_frame *f)
{
	const struct rule *r = &rows[f->kind];

	if (!r->name || r->sender != from || f->len < r->min || f->len > r->max ||
			f->is_sealed != (r->form == FORM_SEALED))
		return ERR_MALFORMED;
	if (!(r->phases >> phase & 1))
		return ERR_FORBIDDEN;
	if (r->needs == CAP_NONE)
		return OK;
	if (r->needs == CAP_FILES)
		return s->ceiling & CAP_BIT(CAP_FILES) && !s->is_ended ? OK : ERR_FORBIDDEN;
	return s->grant[r->needs] && s->grant[r->needs] == f->grant && !s->is_ended ? OK : ERR_FORBIDDEN;
}

typedef void check_fn(const struct state *s, enum phase phase, enum side from, const struct gate_frame *f, enum err e);

/* Every kind, sender, phase, sealing, class of lengths and class of grant numbers in one state. */
static void over_all_frames(const struct state *s, unsigned ceiling, check_fn *check)
{
	struct consent *c = replay(s, ceiling);
	const uint32_t grants[] = { 0, s->grant[CAP_VIEW], s->grant[CAP_POINT], s->grant[CAP_CONTROL],
				    s->last_grant, s->last_grant - 1, s->last_grant + 1, UINT32_MAX };

	for (unsigned kind = 0; kind < 256; kind++) {
		const struct rule *row = &rows[kind];
		const size_t lens[] = { row->min, row->max, row->max + 1, row->min ? row->min - 1 : 0, 0, 16,
					WIRE_PAYLOAD_MAX };
		const struct rule *r;

		for (unsigned i = 0; i < 7u * 8 * 2 * 3 * PHASE_COUNT; i++) {
			const struct gate_frame f = { (uint8_t)kind, i / 56 % 2, lens[i % 7], grants[i / 7 % 8] };
			enum side from = (enum side)(i / 112 % 3);
			enum phase phase = (enum phase)(i / 336);

			check(s, phase, from, &f, gate_check(c, phase, from, &f, &r));
			if (!row->name && r)
				fail_msg("kind %u has no row", kind);
		}
	}
	consent_free(c);
}

static void over_everything(check_fn *check)
{
	static struct state list[STATES_MAX];

	for (unsigned ceiling = 0; ceiling < 32; ceiling += 2) {
		size_t count = reach(ceiling, list);

		for (size_t i = 0; i < count; i++)
			over_all_frames(&list[i], ceiling, check);
	}
}

static void has_its_grant(const struct state *s, enum phase phase, enum side from, const struct gate_frame *f,
		enum err e)
{
	enum capability needs = rows[f->kind].needs;

	(void)phase;
	(void)from;
	if (e || needs == CAP_NONE)
		return;
	if (needs == CAP_FILES) { /* asked file by file: nothing moves without a click */
		if (s->is_ended || !(s->ceiling & CAP_BIT(CAP_FILES)))
			fail_msg("%s passed a ceiling without files", rows[f->kind].name);
		return;
	}
	if (f->grant == 0 || s->is_ended || s->grant[needs] != f->grant)
		fail_msg("%s passed under grant %u", rows[f->kind].name, f->grant);
}

/* Article 3, over the whole domain. */
static void without_a_live_grant_under_that_very_number_nothing_with_an_effect_passes(void **state)
{
	(void)state;
	over_everything(has_its_grant);
}

static void is_as_the_table_says(const struct state *s, enum phase phase, enum side from, const struct gate_frame *f,
		enum err e)
{
	if (e != expected(s, phase, from, f))
		fail_msg("kind %u, phase %u, from %u, %zu bytes, sealed %d, grant %u: %s", f->kind, phase, from, f->len,
			f->is_sealed, f->grant, err_name(e));
}

static void every_verdict_is_that_of_the_table(void **state)
{
	(void)state;
	over_everything(is_as_the_table_says);
}

static void is_own(const struct state *s, enum phase phase, enum side from, const struct gate_frame *f, enum err e)
{
	(void)s;
	(void)phase;
	if (e != ERR_MALFORMED && rows[f->kind].sender != from)
		fail_msg("%s passed from side %u", rows[f->kind].name, from);
}

static void nobody_passes_with_the_id_of_another_side(void **state)
{
	(void)state;
	over_everything(is_own);
}

static void without_any_grant_the_viewer_can_only_ask_agree_and_end(void **state)
{
	static const uint8_t may[] = { KIND_PAIR_START, KIND_PAIR_RESUME, KIND_ASK, KIND_ASK_CANCEL, KIND_GIVE_BACK,
				       KIND_END, KIND_PING, KIND_RECORD_RESUME, KIND_FILE_OFFER, KIND_FILE_ASK,
				       KIND_FILE_STOP, KIND_FILE_PUT, KIND_FILE_TAKEN };
	struct consent *c = consent_new(31);
	bool passed[256] = { false };
	const struct rule *r;

	(void)state;
	for (unsigned kind = 0; kind < 256; kind++)
		for (size_t len = 0; len <= WIRE_PAYLOAD_MAX; len += len < 9000 ? 1 : 997)
			for (unsigned i = 0; i < 6; i++) {
				const struct gate_frame f = { (uint8_t)kind, i % 2, len, i / 2 };
				if (gate_check(c, PHASE_LIVE, SIDE_VIEWER, &f, &r) == OK)
					passed[kind] = true;
			}
	for (unsigned kind = 0; kind < 256; kind++)
		assert_int_equal(passed[kind], memchr(may, (int)kind, sizeof(may)) != NULL);
	consent_free(c);
}

/* S15: whatever the order of asks and clicks, a ceiling is never passed. */
static void nothing_beyond_the_ceiling_can_be_asked_or_granted(void **state)
{
	static struct state list[STATES_MAX];

	(void)state;
	for (unsigned ceiling = 0; ceiling < 16; ceiling += 2) {
		size_t count = reach(ceiling, list);

		for (size_t i = 0; i < count; i++)
			for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
				struct consent *c = replay(&list[i], ceiling);
				const struct consent_event ask = { CONSENT_ASK, cap, list[i].last_ask + 1, 0 };
				bool is_above = !(ceiling & CAP_BIT(cap));

				assert_false(is_above && consent_state(c, cap) != CONSENT_NONE);
				assert_false(is_above && list[i].grant[cap]);
				assert_false(is_above && consent_apply(c, &ask) == OK);
				assert_false(cap != CAP_VIEW && list[i].grant[cap] && !list[i].grant[CAP_VIEW]);
				consent_free(c);
			}
		/* every set of grants within the ceiling that includes VIEW is reached, and nothing else */
		for (unsigned set = 0; set < 16; set += 2) {
			bool is_reached = false, should = !(set & ~ceiling) && (set == 0 || set & CAP_BIT(CAP_VIEW));
			for (size_t i = 0; i < count; i++)
				is_reached |= set == ((list[i].grant[CAP_VIEW] ? 2u : 0) | (list[i].grant[CAP_POINT] ? 4u : 0) |
					(list[i].grant[CAP_CONTROL] ? 8u : 0));
			assert_int_equal(is_reached, should);
		}
	}
}

static void a_forbidden_frame_names_its_row_so_that_it_can_be_counted(void **state)
{
	struct consent *c = consent_new(15);
	const struct gate_frame key = { KIND_KEY, true, 20, 1 }, none = { 0xff, false, 0, 0 };
	const struct rule *r;

	(void)state;
	assert_int_equal(gate_check(c, PHASE_LIVE, SIDE_VIEWER, &key, &r), ERR_FORBIDDEN);
	assert_string_equal(r->name, "KEY");
	assert_int_equal(gate_check(c, PHASE_LIVE, SIDE_VIEWER, &none, &r), ERR_MALFORMED);
	assert_null(r);
	consent_free(c);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_live_grant_under_that_very_number_nothing_with_an_effect_passes),
		cmocka_unit_test(every_verdict_is_that_of_the_table),
		cmocka_unit_test(nobody_passes_with_the_id_of_another_side),
		cmocka_unit_test(without_any_grant_the_viewer_can_only_ask_agree_and_end),
		cmocka_unit_test(nothing_beyond_the_ceiling_can_be_asked_or_granted),
		cmocka_unit_test(a_forbidden_frame_names_its_row_so_that_it_can_be_counted),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}

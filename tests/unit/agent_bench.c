#include "agent_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ossl.h"

static void nothing_open(void *arg, enum link_door door)
{
	(void)arg;
	(void)door;
}

static enum err nothing_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	(void)arg;
	(void)f;
	(void)bytes;
	return OK;
}

static void nothing_lost(void *arg, enum err why)
{
	(void)arg;
	(void)why;
}

void bench_record(struct agent *a, enum consent_kind kind, enum capability cap, uint32_t number)
{
	const struct consent_event e = { kind, cap, number, kind == CONSENT_GRANT ? number : 0 };

	assert_int_equal(agent_record(a, &e, NULL), OK);
}

void bench_store_all(struct agent *a)
{
	while (chain_unstored(a->chain))
		assert_int_equal(agent_on_receipt(a, chain_unstored(a->chain)->n), OK);
}

void bench_give(struct agent *a, enum capability cap, uint32_t number)
{
	bench_record(a, CONSENT_ASK, cap, number);
	bench_record(a, CONSENT_GRANT, cap, number);
	bench_store_all(a);
	assert_int_equal(consent_grant_of(a->consent, cap), number);
}

int bench_setup(void **state)
{
	static const struct link_events events = { nothing_open, nothing_frame, nothing_lost };
	struct bench *b = calloc(1, sizeof(*b));
	struct agent *a = &b->agent;
	const struct outlet out = tray_outlet(&b->tray);
	uint8_t point[65];

	fake_reset();
	*state = b;
	b->notary = ossl_key(point);
	b->profile = (struct profile){ .bank = "Banque", .host = "h", .ca = "", .path = "/", .seal = ossl_pem(b->notary) };
	a->platform = fake_platform();
	a->profile = &b->profile;
	a->phase = PHASE_LIVE;
	memcpy(a->session, SESSION, sizeof(SESSION));
	snprintf(a->advisor, sizeof(a->advisor), "Claire Martin");
	snprintf(a->purpose, sizeof(a->purpose), "Mise en place");
	a->consent = consent_new(15);
	if (crypto_start() || crypto_key_new(&a->sign) || sealer_init(&a->sealer) || view_new(a->platform, &out, &a->view) ||
			hands_new(a->platform, &out, &a->hands) || face_new(a->platform, "Banque", &a->face) ||
			chain_new(a->session, a->sign, &a->chain) || link_new(a->platform, &b->profile, &events, a, &a->link))
		return -1;
	hands_set_consent(a->hands, a->consent);
	a->out = out;
	a->caller = CALLER_CUSTOMER;
	hands_on_delete(a->hands, agent_on_delete, a);
	face_set_people(a->face, "Claire Martin", "Mise en place");
	bench_record(a, CONSENT_OPEN, CAP_NONE, 0);
	bench_give(a, CAP_VIEW, 1);
	return 0;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	link_free(a->link);
	view_free(a->view);
	hands_free(a->hands);
	face_free(a->face);
	free(a->receipt);
	chain_free(a->chain);
	consent_free(a->consent);
	crypto_key_free(a->sign);
	EVP_PKEY_free(b->notary);
	free(b->profile.seal);
	tray_clear(&b->tray);
	free(b);
	return 0;
}

const char *bench_last(struct agent *a)
{
	const struct chain_line *l = chain_first(a->chain);

	while (l->next)
		l = l->next;
	return l->text;
}

void bench_says(struct agent *a, const char *words)
{
	if (!strstr(bench_last(a), words))
		fail_msg("%s: no %s", bench_last(a), words);
}

#include "gateway/office/bundle_made.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "gateway/office/verify/canon.h"
#include "gateway/office/verify/proof.h"

/* One signed line with its number, kept until it is known whether it has a copy. */
struct signed_line {
	char *text; /* CANON_LINE_MAX bytes */
	size_t len, n;
	uint8_t sig[PROOF_SIG_LEN];
};

struct making {
	bundle_made_fn *take;
	void *arg;
	char *line;              /* of the journal, CANON_LINE_MAX bytes */
	struct signed_line now, head; /* head: the last `head`; its text is empty if there was none */
	size_t count;            /* signed lines so far */
	bool has_agent;
	uint8_t point[PROOF_POINT_LEN]; /* of the last `agent` before the first signed line */
};

/* The next line without its line feed; *len is 0 at the end. */
static enum err read_line(FILE *f, char *line, size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (*len == CANON_LINE_MAX)
			return ERR_MALFORMED;
		line[(*len)++] = (char)c;
	}
	if (ferror(f))
		return ERR_IO;
	return c == EOF && *len > 0 ? ERR_MALFORMED : OK;
}

static enum err hand_out(struct making *m, const struct signed_line *line)
{
	uint8_t der[PROOF_DER_MAX];
	char name[32];
	enum err e;

	snprintf(name, sizeof(name), "grants/%04zu.txt", line->n);
	e = m->take(m->arg, name, line->text, line->len);
	if (e)
		return e;
	snprintf(name, sizeof(name), "grants/%04zu.sig", line->n);
	return m->take(m->arg, name, der, proof_der(line->sig, der));
}

static enum err on_agent(struct making *m, struct canon data)
{
	char sign[PROOF_POINT_HEX + 1];
	struct canon value;

	if (m->count > 0)
		return OK; /* nobody takes over a chain that has begun */
	if (!canon_get(data, "sign", &value) || !canon_hex(value, PROOF_POINT_HEX, sign) ||
			!hex_read(sign, m->point, sizeof(m->point)))
		return ERR_MALFORMED;
	m->has_agent = true;
	return OK;
}

static enum err hand_out_agent(struct making *m)
{
	char pem[PROOF_PEM_MAX];

	return m->has_agent ? m->take(m->arg, "agent.pub", pem, proof_pem(m->point, pem)) : OK;
}

/* The event of a signed line. What the notary has sealed is copied, not judged: that is a verifier's part. */
static struct canon event_of(const struct signed_line *line)
{
	struct canon event = { NULL, 0 };

	if (canon_check(line->text, line->len))
		(void)canon_get((struct canon){ line->text, line->len }, "event", &event);
	return event;
}

static enum err on_consent(struct making *m, struct canon data)
{
	struct signed_line *line = &m->now, last;
	struct canon value, event;
	char sig[PROOF_SIG_HEX + 1];

	if (!canon_get(data, "sig", &value) || !canon_hex(value, PROOF_SIG_HEX, sig) || !hex_read(sig, line->sig, PROOF_SIG_LEN))
		return ERR_MALFORMED;
	if (!canon_get(data, "line", &value) || !canon_text(value, line->text, &line->len))
		return ERR_MALFORMED;
	event = event_of(line);
	line->n = m->count++;
	if (canon_is(event, "counts"))
		return OK;
	if (!canon_is(event, "head"))
		return hand_out(m, line);
	last = m->head;
	m->head = m->now;
	m->now = last;
	return OK;
}

static enum err on_line(struct making *m, size_t len)
{
	struct canon line = { m->line, len }, event, data;

	if (!canon_check(line.at, len) || !canon_get(line, "event", &event) || !canon_get(line, "data", &data))
		return ERR_MALFORMED;
	if (canon_is(event, "agent"))
		return on_agent(m, data);
	return canon_is(event, "consent") ? on_consent(m, data) : OK;
}

static enum err read_all(struct making *m, FILE *f)
{
	size_t len;
	enum err e;

	while (!(e = read_line(f, m->line, &len)) && len > 0) {
		e = on_line(m, len);
		if (e)
			return e;
	}
	if (!e && m->head.len)
		e = hand_out(m, &m->head);
	if (!e)
		e = hand_out_agent(m);
	return e;
}

enum err bundle_made(int journal, bundle_made_fn *take, void *arg)
{
	struct making m = { .take = take, .arg = arg };
	FILE *f = fdopen(journal, "r");
	enum err e;

	m.line = malloc(CANON_LINE_MAX);
	m.now.text = malloc(CANON_LINE_MAX);
	m.head.text = malloc(CANON_LINE_MAX);
	e = f && m.line && m.now.text && m.head.text ? read_all(&m, f) : ERR_NOMEM;
	free(m.line);
	free(m.now.text);
	free(m.head.text);
	if (f)
		fclose(f);
	else
		close(journal);
	return e;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/crypto.h"
#include "agent/profile.h"
#include "common/bytes.h"
#include "common/trailer.h"

/* Public key of the authority that signs bank profiles: PEM, compiled in by the build. */
extern const char guichet_profile_key[];

struct baggage {
	struct profile profile;
	char ticket[TRAILER_TICKET_LEN + 1];
};

/* Profile and ticket out of the program's own file. */
static enum err unpack(struct baggage *b)
{
	uint8_t *image = NULL;
	size_t len = 0;
	struct trailer t;
	enum err e = platform_own_image(&image, &len);

	if (!e)
		e = trailer_find(image, len, &t);
	if (!e && t.ticket_len != TRAILER_TICKET_LEN)
		e = ERR_MALFORMED;
	if (!e) {
		memcpy(b->ticket, t.ticket, TRAILER_TICKET_LEN);
		b->ticket[TRAILER_TICKET_LEN] = '\0';
		e = hex_is(b->ticket, TRAILER_TICKET_LEN) ? OK : ERR_MALFORMED;
	}
	if (!e)
		e = profile_read(guichet_profile_key, t.profile, t.profile_len, t.signature,
				t.signature_len, &b->profile);
	free(image);
	return e;
}

/* No option at all: nothing on the command line can change server, key or consent (S9, S16). */
int main(void)
{
	struct baggage b = { 0 };
	struct agent *a = NULL;
	enum err e = crypto_start();

	if (!e)
		e = unpack(&b);
	if (e) {
		fprintf(stderr, "guichet-agent: %s\n", err_name(e));
		agent_show_trouble();
		return EXIT_FAILURE;
	}
	e = agent_new(&b.profile, b.ticket, &a);
	if (!e)
		agent_run(a);
	agent_free(a);
	profile_done(&b.profile);
	return e ? EXIT_FAILURE : EXIT_SUCCESS;
}

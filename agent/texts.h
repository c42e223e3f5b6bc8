#ifndef AGENT_TEXTS_H
#define AGENT_TEXTS_H

#include <stdbool.h>

/** texts: the sentences of agent/texts.def. */
enum text {
#define TEXT(name, fr) TEXT_##name,
#include "agent/texts.def"
#undef TEXT
	TEXT_COUNT
};

const char *text_of(enum text t);

/**
 * True if a name that came from the server may stand in a sentence: 1 to 80 bytes, no control and
 * no direction-changing or line-breaking character.
 */
bool text_is_name(const char *s);

#endif

#ifndef AGENT_TEXTS_H
#define AGENT_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

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

enum { TEXT_MESSAGE_MAX = 400 }; /* bytes */

/**
 * Code points of a message that may be shown as it is: 1 to TEXT_MESSAGE_MAX bytes of UTF-8, no control, nothing that
 * turns the direction of writing or breaks the line. 0: it may not.
 */
size_t text_message(const void *bytes, size_t len);

#endif

#ifndef AGENT_WORDS_H
#define AGENT_WORDS_H

/** The 2,048 words of common/words_fr.txt, made into a table by the build. UTF-8. */
enum { WORDS_COUNT = 2048 };
extern const char *const words_fr[WORDS_COUNT];

#endif

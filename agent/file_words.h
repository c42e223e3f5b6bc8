#ifndef FILE_WORDS_H
#define FILE_WORDS_H

#include <stdint.h>

#include "agent/texts.h"

/**
 * file_words: a file's size, its kind and what became of it, in words for people.
 */
enum { FILE_WORDS_SIZE = 24 };

/** "812 octets", "34 Ko", "3,4 Mo". */
void file_words_size(uint64_t bytes, char out[FILE_WORDS_SIZE]);
/** By the end of the name. */
enum text file_words_type(const char *name);
/** The sentence for a word of docs/PROTOCOL.md 10.5 that says why it failed. */
enum text file_words_why(const char *why);

#endif

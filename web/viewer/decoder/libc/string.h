#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

/* See stdlib.h; memory.c has them. */
void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *p, int byte, size_t len);

#endif

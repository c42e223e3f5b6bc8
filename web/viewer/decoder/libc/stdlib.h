#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

/*
 * The few functions of the C library that the decoder needs, for wasm32 without one (memory.c).
 * NULL if the browser grants no more memory.
 */
void *malloc(size_t len);
void *calloc(size_t count, size_t len);
void *realloc(void *p, size_t len);
void free(void *p);

#endif

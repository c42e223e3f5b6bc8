/*
 * memory: allocation and block copies for wasm32 without a C library. The decoder allocates a
 * handful of large blocks, so a list of free blocks, searched from its start, is enough.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16u
#define PAGE 65536u
#define LEN_MAX 0x7fff0000u

/* In front of each block; its size keeps what follows aligned. */
struct block {
	size_t len; /* usable bytes behind the header */
	struct block *next;
	uint8_t padding[ALIGN - 2 * sizeof(size_t)];
};

extern uint8_t __heap_base; /* set by the linker: the first byte behind data and stack */

static struct block *free_blocks;
static uintptr_t heap_end; /* 0: nothing allocated yet */

/* Bytes from the end of the heap, growing the memory. */
static struct block *extend(size_t len)
{
	uintptr_t base = ((uintptr_t)&__heap_base + ALIGN - 1) & ~(ALIGN - 1);
	uintptr_t start = heap_end ? heap_end : base;
	uintptr_t end = start + sizeof(struct block) + len;
	uintptr_t have = __builtin_wasm_memory_size(0) * PAGE;
	struct block *b = (struct block *)start;

	if (end < start)
		return NULL;
	if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == SIZE_MAX)
		return NULL;
	heap_end = end;
	b->len = len;
	return b;
}

/* The first free block that is large enough and not twice too large. */
static struct block *reuse(size_t len)
{
	for (struct block **at = &free_blocks; *at; at = &(*at)->next) {
		struct block *b = *at;
		if (b->len >= len && b->len / 2 <= len) {
			*at = b->next;
			return b;
		}
	}
	return NULL;
}

void *malloc(size_t len)
{
	struct block *b;

	if (len > LEN_MAX)
		return NULL;
	len = (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	b = reuse(len);
	if (!b)
		b = extend(len);
	return b ? b + 1 : NULL;
}

void *calloc(size_t count, size_t len)
{
	void *p;

	if (len && count > LEN_MAX / len)
		return NULL;
	p = malloc(count * len);
	return p ? memset(p, 0, count * len) : NULL;
}

void *realloc(void *p, size_t len)
{
	struct block *b = (struct block *)p - 1;
	void *more;

	if (p && b->len >= len)
		return p;
	more = malloc(len);
	if (more && p) {
		memcpy(more, p, b->len);
		free(p);
	}
	return more;
}

void free(void *p)
{
	struct block *b = (struct block *)p - 1;

	if (!p)
		return;
	b->next = free_blocks;
	free_blocks = b;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	return __builtin_memcpy(to, from, len); /* one instruction: -mbulk-memory */
}

void *memmove(void *to, const void *from, size_t len)
{
	return __builtin_memmove(to, from, len);
}

void *memset(void *to, int byte, size_t len)
{
	return __builtin_memset(to, byte, len);
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *p = a, *q = b;

	for (size_t i = 0; i < len; i++)
		if (p[i] != q[i])
			return p[i] - q[i];
	return 0;
}

void *memchr(const void *p, int byte, size_t len)
{
	const uint8_t *q = p;

	for (size_t i = 0; i < len; i++)
		if (q[i] == (uint8_t)byte)
			return (void *)(q + i);
	return NULL;
}

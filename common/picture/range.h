#ifndef PICTURE_RANGE_H
#define PICTURE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/picture/out.h"

/*
 * range: adaptive binary range coder. Writing and reading are one function, so that both sides
 * cannot drift apart: range_bit() either writes `value` or returns the value read. It is inlined
 * with a constant `writing` where speed counts.
 *
 * The span is 32 to 48 bits wide; 16 bits leave at a time. A carry walks back through the bytes
 * already written. The writer ends with RANGE_TAIL bytes where the reader holds RANGE_HEAD; the
 * rest is read as zeros, and range_is_sound() tells when a peer leaves out more.
 */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define RANGE_FULL ((uint64_t)1 << 48)
#define RANGE_LEAST ((uint64_t)1 << 32)
#define RANGE_HEAD 6 /* bytes that the reader is ahead of the writer */
#define RANGE_TAIL 2 /* bytes that end the writing: the span is never narrower */

/** Most bytes that coding one bit can add. */
#define RANGE_BIT_BYTES 2

/** How often a yes/no question was answered yes: two averages, quick and slow. All zero: evenly. */
struct bit {
	int16_t quick, slow; /* chance of true minus 1/2, 16 bits */
	uint8_t seen;        /* answers so far: young averages learn faster */
};

struct range {
	uint64_t span;
	uint64_t point;            /* writing: low end of the span; reading: the code inside it */
	uint8_t *next;             /* writing: where the next byte goes */
	const uint8_t *in, *end;   /* reading */
	size_t past;               /* reading: zeros invented behind the end */
	struct picture_out *out;   /* writing: not owned */
};

/** Starts to write behind the bytes that `out` holds; `out` outlives the range. */
void range_write(struct range *r, struct picture_out *out);

/**
 * Makes room for `more` bytes; range_bit() itself never checks.
 *
 * @return OK; ERR_NOMEM
 */
enum err range_reserve(struct range *r, size_t more);

/**
 * Ends writing and sets out->len.
 *
 * @return OK; ERR_NOMEM
 */
enum err range_finish(struct range *r);

/** Starts to read `len` bytes, which outlive the range. */
void range_read(struct range *r, const uint8_t *bytes, size_t len);

/** False if more was read than the writer wrote: the bytes are malformed. */
static inline bool range_is_sound(const struct range *r)
{
	return r->past <= RANGE_HEAD - RANGE_TAIL;
}

/** True if all that was written was read, and nothing stands behind it. */
static inline bool range_is_done(const struct range *r)
{
	return r->past == RANGE_HEAD - RANGE_TAIL;
}

/** Shifts of the slow average by answers seen: 1/2, 1/4 ... 1/128. */
static const uint8_t range_rates[64] = {
	1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5,
	5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6,
	6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
	6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7,
};

ALWAYS_INLINE uint32_t bit_chance(const struct bit *b)
{
	return (uint32_t)(((b->quick + b->slow) >> 1) + 32768);
}

ALWAYS_INLINE void bit_learn(struct bit *b, bool value)
{
	int slow = range_rates[b->seen];
	int quick = slow < 4 ? slow : 4;

	b->seen = (uint8_t)(b->seen + (b->seen < 63));
	if (value) {
		b->quick = (int16_t)(b->quick + ((32767 - b->quick) >> quick));
		b->slow = (int16_t)(b->slow + ((32767 - b->slow) >> slow));
	} else {
		b->quick = (int16_t)(b->quick - ((b->quick + 32768) >> quick));
		b->slow = (int16_t)(b->slow - ((b->slow + 32768) >> slow));
	}
}

ALWAYS_INLINE void range_shift_out(struct range *r)
{
	if (r->point >= RANGE_FULL) {
		uint8_t *p = r->next;
		while (++*--p == 0)
			;
	}
	r->next[0] = (uint8_t)(r->point >> 40);
	r->next[1] = (uint8_t)(r->point >> 32);
	r->next += 2;
	r->point = (r->point & 0xffffffffu) << 16;
	r->span <<= 16;
}

ALWAYS_INLINE uint8_t range_next_byte(struct range *r)
{
	if (r->in < r->end)
		return *r->in++;
	r->past++;
	return 0;
}

ALWAYS_INLINE void range_shift_in(struct range *r)
{
	r->point = r->point << 8 | range_next_byte(r);
	r->point = r->point << 8 | range_next_byte(r);
	r->span <<= 16;
}

/** Writes `value`, or reads and returns it, with 16-bit `chance` (1 to 65535) of being true. */
ALWAYS_INLINE bool range_bit_at(struct range *r, const bool writing, uint32_t chance, bool value)
{
	uint64_t split = (r->span >> 16) * chance;

	if (!writing)
		value = r->point < split;
	if (value) {
		r->span = split;
	} else {
		r->span -= split;
		if (writing)
			r->point += split;
		else
			r->point -= split;
	}
	if (r->span < RANGE_LEAST) {
		if (writing)
			range_shift_out(r);
		else
			range_shift_in(r);
	}
	return value;
}

/** Writes `value`, or reads and returns it, and teaches `b`. */
ALWAYS_INLINE bool range_bit(struct range *r, const bool writing, struct bit *b, bool value)
{
	value = range_bit_at(r, writing, bit_chance(b), value);
	bit_learn(b, value);
	return value;
}

/** A number of `bits` bits through a tree of 1 << bits questions, highest bit first. */
ALWAYS_INLINE uint32_t range_tree(struct range *r, const bool writing, struct bit *tree, int bits,
				  uint32_t value)
{
	uint32_t node = 1;

	for (int i = bits - 1; i >= 0; i--)
		node = node << 1 | range_bit(r, writing, &tree[node], value >> i & 1);
	return node & ((1u << bits) - 1);
}

/** Questions for lengths from 0: Elias gamma, the exponent and the two bits behind it learnt. */
#define RANGE_LENGTH_MAX 14 /* bits: lengths up to 2^14 - 2 */
struct length_bits {
	struct bit more[RANGE_LENGTH_MAX];
	struct bit value[RANGE_LENGTH_MAX][4];
};

/** Writes or reads a length of 0 to 2^14 - 2; a reader may get up to 2^14 - 2 from a bad peer. */
ALWAYS_INLINE uint32_t range_length(struct range *r, const bool writing, struct length_bits *q,
				    uint32_t length)
{
	int bits = 0;
	uint32_t v = 1;

	if (writing)
		while ((length + 1) >> (bits + 1))
			bits++;
	for (int i = 0;; i++) {
		if (i == RANGE_LENGTH_MAX - 1 || !range_bit(r, writing, &q->more[i], i < bits)) {
			bits = i;
			break;
		}
	}
	for (int i = bits - 1; i >= 0; i--) {
		int which = i == bits - 1 ? 1 : i == bits - 2 ? 2 + (int)(v & 1) : 0;
		v = v << 1 | range_bit(r, writing, &q->value[bits][which], (length + 1) >> i & 1);
	}
	return v - 1;
}

#endif

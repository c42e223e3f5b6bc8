#include "common/picture/model.h"

#include <stdlib.h>
#include <string.h>

#define WIDE_BITS 18
#define NEAR_BITS 18
#define SMALL_BITS 14
#define PAST_BITS 13
#define FOLLOW_BITS 10
#define FOLLOWERS 6
#define PALETTE_BITS 10
#define SURE_MAX 7 /* highest confidence of a memory */
#define MISSES_MAX 16 /* colours that one pixel can be known not to have */
#define NEIGHBOURS 5
#define ROW_MARGIN 8 /* pixels of the old row kept at either side */
#define PIXEL_BYTES (72 * RANGE_BIT_BYTES) /* most that one pixel can cost */

/** Remembers which colour came after certain surroundings. */
struct memory {
	uint32_t colour;
	uint16_t tag;  /* more bits of the surroundings' hash, against mix-ups */
	uint8_t sure;  /* 0 to SURE_MAX */
};

/** Why a run is likely where it begins. */
enum run { RUN_UNCHANGED, RUN_FLAT, RUN_BELOW_EDGE, RUN_KINDS, RUN_NONE = RUN_KINDS };

struct model {
	struct memory wide[1 << WIDE_BITS];
	struct memory near[1 << NEAR_BITS];
	struct memory small[1 << SMALL_BITS];
	struct memory past[1 << PAST_BITS];
	uint32_t followers[1 << FOLLOW_BITS][FOLLOWERS]; /* by left colour, newest first */
	uint32_t palette[1 << PALETTE_BITS];

	struct bit wide_hit[SURE_MAX + 1][4][4];
	struct bit near_hit[SURE_MAX + 1][3][2];
	struct bit small_hit[SURE_MAX + 1][2][4];
	struct bit past_hit[SURE_MAX + 1][2];
	struct bit neighbour_hit[NEIGHBOURS][64][2];
	struct bit follower_hit[FOLLOWERS][8];
	struct bit palette_hit[4][2];
	struct bit palette_index[1 << PALETTE_BITS];
	struct bit smooth_channel[3][7][256];
	struct bit other_channel[3][4][256];
	struct bit run_to_end[RUN_KINDS][4];
	struct length_bits run_length[RUN_KINDS];

	uint32_t old_rows[2][PICTURE_MAX_SIDE + 2 * ROW_MARGIN];
};

/** The pixels around the one to be coded, by compass; `was` are those of the old picture. */
struct around {
	uint32_t w, ww, www, n, nn, nw, ne, nee, nnw, nne;
	uint32_t was, was_w, was_ww, was_n, was_nw, was_ne;
};

/** One row of a rectangle while it is coded. */
struct row {
	uint32_t *now;           /* in the shown; columns left of x are new */
	const uint32_t *above;
	const uint32_t *above2;
	const uint32_t *was;     /* this row of the old picture */
	const uint32_t *was_above;
	const uint32_t *wanted;  /* writing: the row of the target */
	unsigned width;
};

/** The pixel being coded. */
struct guess {
	uint32_t pixel;   /* writing: wanted; reading: valid once a guess hits */
	uint32_t missed[MISSES_MAX];
	unsigned misses;
};

struct model *model_new(void)
{
	return calloc(1, sizeof(struct model));
}

void model_free(struct model *m)
{
	free(m);
}

void model_reset(struct model *m)
{
	memset(m, 0, offsetof(struct model, old_rows));
}

ALWAYS_INLINE void look_around(struct around *a, const struct row *row, unsigned x)
{
	a->w = row->now[(int)x - 1];
	a->ww = row->now[(int)x - 2];
	a->www = row->now[(int)x - 3];
	a->n = row->above[x];
	a->nw = row->above[(int)x - 1];
	a->ne = row->above[x + 1];
	a->nee = row->above[x + 2];
	a->nn = row->above2[x];
	a->nnw = row->above2[(int)x - 1];
	a->nne = row->above2[x + 1];
	a->was = row->was[x];
	a->was_w = row->was[(int)x - 1];
	a->was_ww = row->was[(int)x - 2];
	a->was_n = row->was_above[x];
	a->was_nw = row->was_above[(int)x - 1];
	a->was_ne = row->was_above[x + 1];
}

/* Runs. */

ALWAYS_INLINE enum run likely_run(const struct around *a)
{
	if (a->w == a->was_w && a->n == a->was_n && a->ne == a->was_ne && a->nw == a->was_nw &&
	    a->ww == a->was_ww)
		return RUN_UNCHANGED;
	if (a->w == a->n && a->n == a->nw && a->n == a->ne && a->w == a->ww)
		return a->nn == a->n ? RUN_FLAT : RUN_BELOW_EDGE;
	return RUN_NONE;
}

static unsigned count_unchanged(const struct row *row, unsigned x)
{
	unsigned from = x;

	while (x < row->width && row->wanted[x] == row->was[x])
		x++;
	return x - from;
}

static unsigned count_flat(const struct row *row, unsigned x, uint32_t colour)
{
	unsigned from = x;

	while (x < row->width && row->wanted[x] == colour)
		x++;
	return x - from;
}

/* Codes a run that starts at x and returns its length, 0 included. */
ALWAYS_INLINE unsigned code_run(struct model *m, struct range *r, const bool writing,
				const struct row *row, unsigned x, enum run run, uint32_t w)
{
	unsigned rest = row->width - x, length = 0;
	unsigned where = x == 0 ? 0 : 1u + (rest > 64) + (rest > 256);

	if (writing)
		length = run == RUN_UNCHANGED ? count_unchanged(row, x) : count_flat(row, x, w);
	if (range_bit(r, writing, &m->run_to_end[run][where], length == rest))
		length = rest;
	else
		length = range_length(r, writing, &m->run_length[run], length);
	if (length > rest)
		length = rest;
	if (run != RUN_UNCHANGED)
		for (unsigned i = 0; i < length; i++)
			row->now[x + i] = w;
	return length;
}

/* Memories. */

ALWAYS_INLINE uint64_t hash_small(const struct around *a)
{
	return a->w * 0x9e3779b97f4a7c15u + a->n * 0xc2b2ae3d27d4eb4fu +
	       a->ne * 0xd6e8feb86659fd93u;
}

ALWAYS_INLINE uint64_t hash_near(const struct around *a, uint64_t small)
{
	return small * 3 + a->nw * 0xa0761d6478bd642fu + a->ww * 0xe7037ed1a0b428dbu +
	       a->nn * 0x8ebc6af09c88c6e3u;
}

ALWAYS_INLINE uint64_t hash_wide(const struct around *a, uint64_t near)
{
	return near * 5 + a->nee * 0x589965cc75374cc3u + a->www * 0x1d8e4e27c47d124fu +
	       a->nne * 0xeb44accab455d165u + a->nnw * 0x9c6e6877736c46e3u;
}

ALWAYS_INLINE uint64_t hash_past(const struct around *a)
{
	return a->was * 0x9e3779b97f4a7c15u + a->w * 0xc2b2ae3d27d4eb4fu +
	       a->was_w * 0xd6e8feb86659fd93u;
}

ALWAYS_INLINE struct memory *recall(struct memory *table, int bits, uint64_t hash)
{
	return &table[hash >> (64 - bits)];
}

ALWAYS_INLINE uint16_t tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 24);
}

ALWAYS_INLINE void remember(struct memory *e, uint16_t tag, uint32_t colour)
{
	if (e->tag == tag && e->colour == colour) {
		e->sure = (uint8_t)(e->sure + (e->sure < SURE_MAX));
	} else if (e->tag == tag && e->sure > 1) {
		e->sure = (uint8_t)(e->sure - 2);
	} else {
		e->tag = tag;
		e->colour = colour;
		e->sure = 0;
	}
}

/* Guesses. */

ALWAYS_INLINE bool is_possible(const struct guess *g, uint32_t colour)
{
	bool possible = true;

	for (unsigned i = 0; i < g->misses; i++)
		possible &= g->missed[i] != colour;
	return possible;
}

ALWAYS_INLINE bool guess(struct range *r, const bool writing, struct bit *b, struct guess *g,
			 uint32_t colour)
{
	if (range_bit(r, writing, b, g->pixel == colour)) {
		g->pixel = colour;
		return true;
	}
	if (g->misses < MISSES_MAX)
		g->missed[g->misses++] = colour;
	return false;
}

ALWAYS_INLINE unsigned equalities(const struct around *a)
{
	return (unsigned)((a->w == a->n) | (a->w == a->nw) << 1 | (a->n == a->ne) << 2 |
			  (a->n == a->nw) << 3 | (a->w == a->ww) << 4 | (a->n == a->nn) << 5);
}

ALWAYS_INLINE bool guess_neighbours(struct model *m, struct range *r, const bool writing,
				    struct guess *g, const struct around *a, bool is_known)
{
	const uint32_t colours[NEIGHBOURS] = {a->n, a->w, a->ne, a->was, a->nw};
	unsigned pattern = equalities(a);

	for (int i = 0; i < NEIGHBOURS; i++)
		if (is_possible(g, colours[i]) &&
		    guess(r, writing, &m->neighbour_hit[i][pattern][is_known], g, colours[i]))
			return true;
	return false;
}

ALWAYS_INLINE bool guess_followers(struct model *m, struct range *r, const bool writing,
				   struct guess *g, const uint32_t *followers)
{
	unsigned misses = g->misses < 7 ? g->misses : 7;

	for (int i = 0; i < FOLLOWERS; i++)
		if (is_possible(g, followers[i]) &&
		    guess(r, writing, &m->follower_hit[i][misses], g, followers[i]))
			return true;
	return false;
}

static void move_to_front(uint32_t *followers, uint32_t colour)
{
	int i = 0;

	while (i < FOLLOWERS - 1 && followers[i] != colour)
		i++;
	for (; i > 0; i--)
		followers[i] = followers[i - 1];
	followers[0] = colour;
}

/* Colours that nothing guessed. */

static int magnitude(int d)
{
	static const uint8_t steps[] = {1, 3, 6, 12, 24, 48};
	int n = 0;

	d = d < 0 ? -d : d;
	while (n < 6 && d >= steps[n])
		n++;
	return n;
}

static int channel(uint32_t colour, int shift)
{
	return (int)(colour >> shift & 255);
}

/* How far two colours lie apart: 0 near, 1, 2 far. */
static int distance(uint32_t a, uint32_t b)
{
	int most = 0;

	for (int shift = 0; shift < 24; shift += 8) {
		int d = channel(a, shift) - channel(b, shift);
		d = d < 0 ? -d : d;
		most = d > most ? d : most;
	}
	return most <= 10 ? 0 : most <= 40 ? 1 : 2;
}

/* The gradient predictor of lossless JPEG: along an edge the one side, else the plane. */
static int gradient(int w, int n, int nw)
{
	int most = w > n ? w : n, least = w > n ? n : w;

	return nw >= most ? least : nw <= least ? most : w + n - nw;
}

static int clamp(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* Errors near zero get small numbers: 0, -1, 1, -2, 2 ... modulo 256. */
static uint32_t fold(int error)
{
	int8_t e = (int8_t)(uint8_t)error;
	return (uint8_t)(e < 0 ? -2 * e - 1 : 2 * e);
}

static int unfold(uint32_t folded)
{
	return folded & 1 ? -(int)(folded >> 1) - 1 : (int)(folded >> 1);
}

static const int channel_shifts[3] = {8, 16, 0}; /* green tells most about the others */

/* A colour among similar ones: each channel as the error of its gradient. */
ALWAYS_INLINE uint32_t code_smooth(struct model *m, struct range *r, const bool writing,
				   uint32_t pixel, const struct around *a)
{
	uint32_t colour = 0;
	int green_error = 0;

	for (int i = 0; i < 3; i++) {
		int s = channel_shifts[i];
		int w = channel(a->w, s), n = channel(a->n, s), nw = channel(a->nw, s);
		int expect = clamp(gradient(w, n, nw) + green_error);
		int slope_w = magnitude(w - nw), slope_n = magnitude(n - nw);
		struct bit *tree = m->smooth_channel[i][slope_w > slope_n ? slope_w : slope_n];
		uint32_t folded = fold(channel(pixel, s) - expect);
		int value;

		folded = range_tree(r, writing, tree, 8, folded);
		value = (expect + unfold(folded)) & 255;
		if (i == 0)
			green_error = value - expect;
		colour |= (uint32_t)value << s;
	}
	return colour;
}

/* A colour among different ones: green as it is, the others as differences to green. */
ALWAYS_INLINE uint32_t code_literal(struct model *m, struct range *r, const bool writing,
				    uint32_t pixel, const struct around *a)
{
	uint32_t green = range_tree(r, writing, m->other_channel[0][3], 8, pixel >> 8 & 255);
	int error = (int)green - gradient(channel(a->w, 8), channel(a->n, 8), channel(a->nw, 8));
	int size = magnitude(error);
	int context = size > 4 ? 2 : size > 1;
	uint32_t red = range_tree(r, writing, m->other_channel[1][context], 8,
				  ((pixel >> 16) - green) & 255);
	uint32_t blue = range_tree(r, writing, m->other_channel[2][context], 8,
				   (pixel - green) & 255);

	return ((red + green) & 255) << 16 | green << 8 | ((blue + green) & 255);
}

ALWAYS_INLINE uint32_t palette_slot(uint32_t colour)
{
	return (colour * 0x9e3779b1u) >> (32 - PALETTE_BITS);
}

ALWAYS_INLINE void code_unguessed(struct model *m, struct range *r, const bool writing,
				  struct guess *g, const struct around *a, bool is_known)
{
	uint32_t slot = palette_slot(g->pixel);
	int rough = distance(a->w, a->n) + distance(a->w, a->nw);
	struct bit *hit;

	rough = rough < 3 ? rough : 3;
	hit = &m->palette_hit[rough][is_known];
	if (range_bit(r, writing, hit, m->palette[slot] == g->pixel)) {
		slot = range_tree(r, writing, m->palette_index, PALETTE_BITS, slot);
		g->pixel = m->palette[slot];
		return;
	}
	if (rough == 0)
		g->pixel = code_smooth(m, r, writing, g->pixel, a);
	else
		g->pixel = code_literal(m, r, writing, g->pixel, a);
	m->palette[palette_slot(g->pixel)] = g->pixel;
}

/* Codes one pixel. `run` is the run that has just ended here, `excluded` what would continue it. */
ALWAYS_INLINE uint32_t code_pixel(struct model *m, struct range *r, const bool writing,
				  uint32_t wanted, const struct around *a, enum run run,
				  uint32_t excluded)
{
	struct guess g = {.pixel = wanted, .missed = {excluded}, .misses = 1};
	uint64_t hash3 = hash_small(a), hash6 = hash_near(a, hash3), hash10 = hash_wide(a, hash6);
	uint64_t hash_was = hash_past(a);
	struct memory *wide = recall(m->wide, WIDE_BITS, hash10);
	struct memory *near = recall(m->near, NEAR_BITS, hash6);
	struct memory *small = recall(m->small, SMALL_BITS, hash3);
	struct memory *past = recall(m->past, PAST_BITS, hash_was);
	uint16_t tag10 = tag_of(hash10), tag6 = tag_of(hash6), tag3 = tag_of(hash3),
		 tag_was = tag_of(hash_was);
	bool has_wide = wide->tag == tag10 && wide->colour != excluded;
	bool has_near = near->tag == tag6 && near->colour != excluded;
	bool has_small = small->tag == tag3 && small->colour != excluded;
	bool has_past = past->tag == tag_was && past->colour != excluded;
	bool is_known = has_wide | has_near | has_small;
	uint32_t *followers = m->followers[(a->w * 0x9e3779b1u) >> (32 - FOLLOW_BITS)];
	uint32_t c;

	if (has_wide) {
		int agree = (has_near && near->colour == wide->colour) +
			    (has_small && small->colour == wide->colour) +
			    (has_past && past->colour == wide->colour);
		int where = (run != RUN_NONE) + 2 * (wide->colour == a->was);
		if (guess(r, writing, &m->wide_hit[wide->sure][agree][where], &g, wide->colour))
			goto found;
	}
	c = near->colour;
	if (has_near && !(has_wide && wide->colour == c)) {
		int agree = (has_small && small->colour == c) + (has_past && past->colour == c);
		if (guess(r, writing, &m->near_hit[near->sure][agree][has_wide], &g, c))
			goto found;
	}
	c = small->colour;
	if (has_small && is_possible(&g, c)) {
		int agree = has_past && past->colour == c;
		int known = has_near + 2 * has_wide;
		if (guess(r, writing, &m->small_hit[small->sure][agree][known], &g, c))
			goto found;
	}
	c = past->colour;
	if (has_past && is_possible(&g, c) &&
	    guess(r, writing, &m->past_hit[past->sure][has_near | has_wide], &g, c))
		goto found;
	if (!guess_neighbours(m, r, writing, &g, a, is_known) &&
	    !guess_followers(m, r, writing, &g, followers))
		code_unguessed(m, r, writing, &g, a, is_known);
found:
	remember(wide, tag10, g.pixel);
	remember(near, tag6, g.pixel);
	remember(small, tag3, g.pixel);
	remember(past, tag_was, g.pixel);
	if (followers[0] != g.pixel)
		move_to_front(followers, g.pixel);
	return g.pixel;
}

ALWAYS_INLINE void code_row(struct model *m, struct range *shared, const bool writing,
			    const struct row *row)
{
	struct range r = *shared; /* in registers while the row lasts */
	struct around a;

	for (unsigned x = 0; x < row->width; x++) {
		enum run run;
		uint32_t excluded = UINT32_MAX; /* no colour */

		look_around(&a, row, x);
		run = likely_run(&a);
		if (run != RUN_NONE) {
			unsigned length = code_run(m, &r, writing, row, x, run, a.w);
			x += length;
			if (x >= row->width)
				break;
			if (length > 0)
				look_around(&a, row, x);
			excluded = run == RUN_UNCHANGED ? a.was : a.w;
		}
		row->now[x] = code_pixel(m, &r, writing, writing ? row->wanted[x] : 0, &a, run,
					 excluded);
	}
	*shared = r;
}

static void keep_old_row(uint32_t *kept, const uint32_t *row, unsigned width)
{
	memcpy(kept, row - ROW_MARGIN, (width + 2 * ROW_MARGIN) * sizeof(*row));
}

/* The row `y` of the rectangle; the old row above it was kept by the call before. */
static struct row row_at(struct model *m, const struct canvas *shown,
			 const struct picture_rect *rect, unsigned y)
{
	struct row row = {.now = canvas_at(shown, rect->x, rect->y + y), .width = rect->w};
	uint32_t *was = m->old_rows[y & 1], *was_above = m->old_rows[~y & 1];

	row.above = row.now - shown->width;
	row.above2 = row.above - shown->width;
	if (y == 0)
		keep_old_row(was_above, row.above, rect->w);
	keep_old_row(was, row.now, rect->w);
	row.was = was + ROW_MARGIN;
	row.was_above = was_above + ROW_MARGIN;
	return row;
}

enum err model_write(struct model *m, struct range *r, struct canvas *shown,
		     const struct canvas *target, const struct picture_rect *rect)
{
	for (unsigned y = 0; y < rect->h; y++) {
		struct row row = row_at(m, shown, rect, y);
		enum err e = range_reserve(r, (size_t)rect->w * PIXEL_BYTES);
		if (e)
			return e;
		row.wanted = canvas_at(target, rect->x, rect->y + y);
		code_row(m, r, true, &row);
	}
	return OK;
}

enum err model_read(struct model *m, struct range *r, struct canvas *shown,
		    const struct picture_rect *rect)
{
	for (unsigned y = 0; y < rect->h; y++) {
		struct row row = row_at(m, shown, rect, y);
		code_row(m, r, false, &row);
		if (!range_is_sound(r))
			return ERR_MALFORMED;
	}
	return OK;
}

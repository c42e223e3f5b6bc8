#include "common/picture/moves.h"

#include <stdlib.h>
#include <string.h>

#define ANCHOR_PIXELS 24
#define ANCHOR_START 6   /* pixels that decide whether a place is an anchor */
#define ANCHOR_MASK 7    /* one place in eight is */
#define SPARSE_MASK 31   /* one in thirty-two where there are plenty */
#define ANCHOR_BITS 14
#define VOTE_BITS 10
#define VOTE_PROBES 8
#define LEAST_VOTES 3
#define LEAST_BLOCKS 4   /* fewer changed blocks are cheaper to code than to search */
#define MANY_BLOCKS 1024 /* from here on anchors are sparse */
#define RECTS_MAX 256

struct anchor {
	uint32_t hash; /* 0: free */
	uint16_t x, y;
	bool is_twice; /* the same content stands at two places: no witness */
};

struct vote {
	struct vector v;
	unsigned count;
};

/* What moves_verify() knows of a block. */
enum match { MATCH_NONE, MATCH_TAKEN, MATCH_UNCHANGED, MATCH_CHANGED };

struct moves {
	uint16_t cols, rows;
	uint8_t *match; /* owned: enum match of each block */
	struct anchor anchors[1 << ANCHOR_BITS];
	struct vote votes[1 << VOTE_BITS];
	struct picture_rect rects[RECTS_MAX];
};

struct moves *moves_new(uint16_t width_px, uint16_t height_px)
{
	struct moves *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->cols = (uint16_t)picture_blocks(width_px);
	m->rows = (uint16_t)picture_blocks(height_px);
	m->match = calloc((size_t)m->cols * m->rows, 1);
	if (!m->match) {
		moves_free(m);
		return NULL;
	}
	return m;
}

void moves_free(struct moves *m)
{
	if (!m)
		return;
	free(m->match);
	free(m);
}

/* Anchors and votes. */

static uint32_t hash_pixels(uint32_t hash, const uint32_t *p, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x9e3779b1u ^ hash >> 15;
	return hash;
}

/* The hash of the anchor at `p`, 0 if there is none. Only edges are: flat places look alike. */
static uint32_t anchor_hash(const uint32_t *p, uint32_t mask)
{
	uint32_t start;

	if (p[0] == p[-1])
		return 0;
	start = hash_pixels(1, p, ANCHOR_START);
	if (start >> 8 & mask)
		return 0;
	return hash_pixels(start, p + ANCHOR_START, ANCHOR_PIXELS - ANCHOR_START) | 1;
}

static struct anchor *anchor_slot(struct moves *m, uint32_t hash)
{
	return &m->anchors[hash >> (32 - ANCHOR_BITS)];
}

static void note_anchor(struct moves *m, uint32_t hash, unsigned x, unsigned y)
{
	struct anchor *a = anchor_slot(m, hash);

	if (a->hash == hash)
		a->is_twice = true;
	else if (a->hash == 0)
		*a = (struct anchor){.hash = hash, .x = (uint16_t)x, .y = (uint16_t)y};
}

static void cast_vote(struct moves *m, struct vector v)
{
	uint32_t hash = ((uint32_t)v.dx * 0x9e3779b1u) ^ ((uint32_t)v.dy * 0x85ebca6bu);

	for (unsigned i = 0; i < VOTE_PROBES; i++) {
		struct vote *vote = &m->votes[((hash >> (32 - VOTE_BITS)) + i) % (1u << VOTE_BITS)];
		if (vote->count == 0)
			vote->v = v;
		if (vote->v.dx == v.dx && vote->v.dy == v.dy) {
			vote->count++;
			return;
		}
	}
}

static void meet_anchor(struct moves *m, uint32_t hash, unsigned x, unsigned y)
{
	const struct anchor *a = anchor_slot(m, hash);
	struct vector v = {a->x - (int)x, a->y - (int)y};

	if (a->hash == hash && !a->is_twice && (v.dx != 0 || v.dy != 0))
		cast_vote(m, v);
}

typedef void on_anchor(struct moves *m, uint32_t hash, unsigned x, unsigned y);

/* Calls `on` for the anchors of one row of `f` between two columns. */
static void scan_row(struct moves *m, const struct canvas *f, unsigned x0, unsigned x1, unsigned y,
		     uint32_t mask, on_anchor *on)
{
	const uint32_t *row = canvas_at(f, 0, y);

	if (x0 == 0)
		x0 = 1;
	if (x1 + ANCHOR_PIXELS > f->width)
		x1 = f->width < ANCHOR_PIXELS ? 0 : f->width - ANCHOR_PIXELS + 1u;
	for (unsigned x = x0; x < x1; x++) {
		uint32_t hash = anchor_hash(row + x, mask);
		if (hash)
			on(m, hash, x, y);
	}
}

/* Calls `on` for the anchors of `f` inside changed blocks. */
static void scan(struct moves *m, const struct changes *c, const struct canvas *f, on_anchor *on)
{
	uint32_t mask = c->count < MANY_BLOCKS ? ANCHOR_MASK : SPARSE_MASK;
	unsigned end = c->extent.x + c->extent.w;

	for (unsigned y = c->extent.y * PICTURE_BLOCK;
	     y < (c->extent.y + c->extent.h) * (unsigned)PICTURE_BLOCK && y < f->height; y++) {
		for (unsigned x1, x0 = c->extent.x; x0 < end; x0 = x1 + 1) {
			x1 = x0;
			while (x1 < end && changes_has(c, x1, y / PICTURE_BLOCK))
				x1++;
			if (x1 > x0)
				scan_row(m, f, x0 * PICTURE_BLOCK, x1 * PICTURE_BLOCK, y, mask, on);
		}
	}
}

/* Takes the vote with the highest count out of the table. */
static struct vote take_best(struct moves *m)
{
	struct vote *best = &m->votes[0], taken;

	for (unsigned i = 1; i < 1u << VOTE_BITS; i++)
		if (m->votes[i].count > best->count)
			best = &m->votes[i];
	taken = *best;
	best->count = 0;
	return taken;
}

size_t moves_find(struct moves *m, const struct changes *c, const struct canvas *shown,
		  const struct canvas *target, struct vector *vectors)
{
	size_t count = 0;

	if (c->count < LEAST_BLOCKS)
		return 0;
	memset(m->anchors, 0, sizeof(m->anchors));
	memset(m->votes, 0, sizeof(m->votes));
	scan(m, c, shown, note_anchor);
	scan(m, c, target, meet_anchor);
	while (count < MOVES_MAX_VECTORS) {
		struct vote best = take_best(m);
		if (best.count < LEAST_VOTES)
			break;
		vectors[count++] = best.v;
	}
	return count;
}

/* Rectangles. */

static bool is_moved(const struct canvas *shown, const struct canvas *target,
		     const struct picture_rect *to, struct vector v)
{
	return canvas_can_move(shown, to, v.dx, v.dy) &&
	       changes_is_equal(target, to, shown, (unsigned)(to->x + v.dx),
				(unsigned)(to->y + v.dy));
}

static bool is_unchanged(const struct canvas *shown, const struct canvas *target,
			 const struct picture_rect *at)
{
	return changes_is_equal(target, at, shown, at->x, at->y);
}

static void match_blocks(struct moves *m, const struct changes *c, const struct canvas *shown,
			 const struct canvas *target, struct vector v)
{
	memset(m->match, MATCH_NONE, (size_t)m->cols * m->rows);
	for (unsigned row = c->extent.y; row < (unsigned)c->extent.y + c->extent.h; row++)
		for (unsigned col = c->extent.x; col < (unsigned)c->extent.x + c->extent.w; col++) {
			struct picture_rect b = changes_block(shown, col, row);
			enum match match = MATCH_NONE;
			if (is_moved(shown, target, &b, v))
				match = changes_has(c, col, row) ? MATCH_CHANGED : MATCH_UNCHANGED;
			m->match[(size_t)row * m->cols + col] = (uint8_t)match;
		}
}

static bool is_matched(uint8_t match)
{
	return match == MATCH_UNCHANGED || match == MATCH_CHANGED;
}

static bool is_row_matched(const uint8_t *match, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (!is_matched(match[i]))
			return false;
	return true;
}

/* The widest row of matched blocks around (col, row), then as far down as it goes; now taken. */
static struct picture_rect take_rect(struct moves *m, const struct picture_rect *extent,
				     unsigned col, unsigned row)
{
	uint8_t *line = &m->match[(size_t)row * m->cols];
	unsigned x0 = col, x1 = col + 1, y1 = row;

	while (x0 > extent->x && is_matched(line[x0 - 1]))
		x0--;
	while (x1 < (unsigned)extent->x + extent->w && is_matched(line[x1]))
		x1++;
	while (y1 < (unsigned)extent->y + extent->h && is_row_matched(line + x0, x1 - x0)) {
		memset(line + x0, MATCH_TAKEN, x1 - x0);
		line += m->cols;
		y1++;
	}
	return (struct picture_rect){(uint16_t)x0, (uint16_t)row, (uint16_t)(x1 - x0),
				     (uint16_t)(y1 - row)};
}

static struct picture_rect in_pixels(const struct canvas *f, const struct picture_rect *blocks)
{
	struct picture_rect first = changes_block(f, blocks->x, blocks->y);
	struct picture_rect last = changes_block(f, blocks->x + blocks->w - 1u,
						 blocks->y + blocks->h - 1u);

	return (struct picture_rect){first.x, first.y, (uint16_t)(last.x + last.w - first.x),
				     (uint16_t)(last.y + last.h - first.y)};
}

enum side { SIDE_LEFT, SIDE_RIGHT, SIDE_TOP, SIDE_BOTTOM, SIDES };

/* The strip of one pixel inside `r` along a side. */
static struct picture_rect strip(const struct picture_rect *r, enum side side)
{
	struct picture_rect s = *r;

	if (side == SIDE_RIGHT)
		s.x = (uint16_t)(r->x + r->w - 1);
	if (side == SIDE_BOTTOM)
		s.y = (uint16_t)(r->y + r->h - 1);
	if (side == SIDE_LEFT || side == SIDE_RIGHT)
		s.w = 1;
	else
		s.h = 1;
	return s;
}

/* `r` with the side moved outwards by `by` pixels, which may be negative. */
static struct picture_rect moved_side(struct picture_rect r, enum side side, int by)
{
	if (side == SIDE_LEFT)
		r.x = (uint16_t)(r.x - by);
	if (side == SIDE_TOP)
		r.y = (uint16_t)(r.y - by);
	if (side == SIDE_LEFT || side == SIDE_RIGHT)
		r.w = (uint16_t)(r.w + by);
	else
		r.h = (uint16_t)(r.h + by);
	return r;
}

static bool can_grow(const struct canvas *f, const struct picture_rect *r, enum side side)
{
	switch (side) {
	case SIDE_LEFT: return r->x > 0;
	case SIDE_RIGHT: return r->x + r->w < f->width;
	case SIDE_TOP: return r->y > 0;
	case SIDE_BOTTOM: return r->y + r->h < f->height;
	case SIDES: break;
	}
	return false;
}

/* True if no block under the strip belongs to a rectangle of its own. */
static bool is_free(const struct moves *m, const struct picture_rect *s)
{
	unsigned x1 = (s->x + s->w - 1u) / PICTURE_BLOCK, y1 = (s->y + s->h - 1u) / PICTURE_BLOCK;

	for (unsigned row = s->y / PICTURE_BLOCK; row <= y1; row++)
		for (unsigned col = s->x / PICTURE_BLOCK; col <= x1; col++)
			if (m->match[(size_t)row * m->cols + col] != MATCH_NONE)
				return false;
	return true;
}

/* Grows each side by what moved along, less than a block, then cuts off what did not change. */
static struct picture_rect fitted(const struct moves *m, const struct canvas *shown,
				  const struct canvas *target, struct picture_rect r,
				  struct vector v)
{
	for (enum side side = 0; side < SIDES; side++) {
		for (int i = 1; i < PICTURE_BLOCK && can_grow(shown, &r, side); i++) {
			struct picture_rect more = moved_side(r, side, 1);
			struct picture_rect s = strip(&more, side);
			if (!is_free(m, &s) || !is_moved(shown, target, &s, v))
				break;
			r = more;
		}
	}
	for (enum side side = 0; side < SIDES; side++) {
		struct picture_rect s = strip(&r, side);
		while (r.w > 1 && r.h > 1 && is_unchanged(shown, target, &s)) {
			r = moved_side(r, side, -1);
			s = strip(&r, side);
		}
	}
	return r;
}

/* Where content moves down or right, the last rectangle goes first. */
static void reverse(struct picture_rect *rects, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct picture_rect r = rects[i];
		rects[i] = rects[count - 1 - i];
		rects[count - 1 - i] = r;
	}
}

size_t moves_verify(struct moves *m, const struct changes *c, const struct canvas *shown,
		    const struct canvas *target, struct vector v, const struct picture_rect **rects)
{
	size_t count = 0;

	match_blocks(m, c, shown, target, v);
	for (unsigned row = c->extent.y; row < (unsigned)c->extent.y + c->extent.h; row++)
		for (unsigned col = c->extent.x; col < (unsigned)c->extent.x + c->extent.w; col++) {
			struct picture_rect blocks;
			if (m->match[(size_t)row * m->cols + col] != MATCH_CHANGED)
				continue;
			if (count == RECTS_MAX)
				break;
			blocks = take_rect(m, &c->extent, col, row);
			m->rects[count++] = fitted(m, shown, target, in_pixels(shown, &blocks), v);
		}
	if (v.dy < 0 || (v.dy == 0 && v.dx < 0))
		reverse(m->rects, count);
	*rects = m->rects;
	return count;
}

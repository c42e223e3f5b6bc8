#include "gateway/notary/throttle.h"

#include <stdlib.h>
#include <string.h>

struct window {
	char key[THROTTLE_KEY_MAX + 1];
	uint64_t start_ms;
	unsigned failures; /* 0: free */
};

struct throttle {
	unsigned limit;
	uint64_t window_ms;
	size_t capacity, used; /* windows[used..] were never used */
	struct window windows[];
};

struct throttle *throttle_new(unsigned limit, uint64_t window_ms, size_t capacity)
{
	struct throttle *t = calloc(1, sizeof(*t) + capacity * sizeof(t->windows[0]));

	if (t) {
		t->limit = limit;
		t->window_ms = window_ms;
		t->capacity = capacity;
	}
	return t;
}

void throttle_free(struct throttle *t)
{
	free(t);
}

static bool is_over(const struct throttle *t, const struct window *w, uint64_t now_ms)
{
	return w->failures == 0 || now_ms >= w->start_ms + t->window_ms;
}

static size_t find(const struct throttle *t, const char *key)
{
	size_t i = 0;

	while (i < t->used && strncmp(t->windows[i].key, key, THROTTLE_KEY_MAX) != 0)
		i++;
	return i;
}

bool throttle_allows(const struct throttle *t, const char *key, uint64_t now_ms)
{
	size_t i = find(t, key);

	return i == t->used || is_over(t, &t->windows[i], now_ms) || t->windows[i].failures < t->limit;
}

static struct window *place_for(struct throttle *t, const char *key)
{
	size_t i = find(t, key);

	if (i < t->used)
		return &t->windows[i];
	if (t->used < t->capacity) {
		i = t->used++;
	} else {
		i = 0;
		for (size_t k = 1; k < t->used; k++)
			if (t->windows[k].start_ms < t->windows[i].start_ms)
				i = k;
	}
	t->windows[i] = (struct window){ 0 };
	memcpy(t->windows[i].key, key, strnlen(key, THROTTLE_KEY_MAX));
	return &t->windows[i];
}

void throttle_fail(struct throttle *t, const char *key, uint64_t now_ms)
{
	struct window *w = place_for(t, key);

	if (is_over(t, w, now_ms)) {
		w->start_ms = now_ms;
		w->failures = 0;
	}
	w->failures++;
}

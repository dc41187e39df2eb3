/* fuzz_appended.c: so many bytes of a list decode to so many elements. */
#include "config.h"

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/appended.h"

#define FEW	64
#define SHORT	4096

static const struct lc_opts	opts = { .limits = { 10000, 64 } };

/* The first n elements, stored as a list of their own in so many bytes. */
static bool
cut(struct buf *b, const struct lc_blob *all, size_t total, size_t n,
    size_t bytes)
{
	const char	*p = all->p;
	size_t		 head;

	if (bytes == 0 || bytes > all->n)
		return false;
	if (*all->type == 'j') {
		buf_add(b, p, bytes - 1);
		buf_chr(b, ']');
		return true;
	}
	head = (uint8_t)*p == 0xdc ? 3 : (uint8_t)*p == 0xdd ? 5 : 1;
	if (total > FEW || n > 15)
		return false;
	buf_chr(b, (char)(0x90 | n));
	if (bytes - 1 > all->n - head)
		abort();
	buf_add(b, p + head, bytes - 1);
	return true;
}

static void
prefix(const struct lc_blob *all, const struct lc_text *v, size_t total,
    size_t n, size_t bytes)
{
	struct lc_blob	 part = { .type = all->type };
	struct buf	 raw, want, got;
	size_t		 i;

	buf_init(&raw, 1 << 20);
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	for (i = 0; i < n; i++) {
		buf_chr(&want, i == 0 ? '[' : ',');
		buf_add(&want, v[i].p, v[i].n);
	}
	buf_chr(&want, ']');
	if (cut(&raw, all, total, n, bytes)) {
		part.p = raw.p;
		part.n = raw.len;
		if (lc_value(&part, &opts, 0, &got) != OUT_VALUE ||
		    got.len != want.len ||
		    memcmp(got.p, want.p, got.len) != 0)
			abort();
	}
	buf_free(&raw);
	buf_free(&want);
	buf_free(&got);
}

/* Each element was written by itself: every length is tried. */
static void
states(struct appended *a, const struct lc_blob *all)
{
	const struct lc_text	*v;
	struct lc_blob		 written = { .type = "json" };
	struct lc_iter		 it;
	struct lc_text		 e;
	struct buf		 writes, ids;
	size_t			 n, k, total = 0, bytes;
	char			 id[24];

	buf_init(&writes, 1 << 22);
	buf_init(&ids, 1 << 22);
	for (lc_walk(&it, appended_text(a)); lc_next(&it, &e); total++) {
		buf_str(&writes, total == 0 ? "[[" : ",[");
		buf_add(&writes, e.p, e.n);
		buf_chr(&writes, ']');
		buf_printf(&ids, "%s%05zu", total == 0 ? "" : ",", total);
	}
	buf_chr(&writes, ']');
	buf_chr(&ids, '\0');
	written.p = writes.p;
	written.n = writes.len;
	appended_writes(a, ids.p, &written, &opts);
	for (k = 1; k <= total && total <= FEW; k++) {
		snprintf(id, sizeof(id), "%05zu", k);
		for (bytes = 0; bytes <= all->n + 5; bytes++)
			if ((v = appended_state(a, id, bytes, &n)) != NULL)
				prefix(all, v, total, n, bytes);
	}
	buf_free(&writes);
	buf_free(&ids);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const types[] = { "json", "msgpack" };
	struct appended		*a;
	struct lc_blob		 b;
	size_t			 i;

	for (i = 0; i < nitems(types); i++) {
		b = (struct lc_blob){ types[i], data, len };
		if ((a = appended_new(&b, &opts)) == NULL)
			continue;
		if (len <= SHORT)
			states(a, &b);
		appended_free(a);
	}
	return 0;
}

/* match.c: which run of the ledger an interaction answered. */
#include "config.h"

#include "core/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/lctext.h"

/* Runs by id, and whether they are given away. */
struct pool {
	const struct run	*run;
	size_t			 n;
	const struct run	**by_id;
	bool			*gone;
};

static int
compare(const void *a, const void *b)
{
	return strcmp((*(const struct run *const *)a)->id,
	    (*(const struct run *const *)b)->id);
}

static const struct run *
find(const struct pool *p, const char *id)
{
	const struct run	 probe = { .id = id }, *key = &probe, **at;

	at = bsearch(&key, p->by_id, p->n, sizeof(*p->by_id), compare);
	return at != NULL && !p->gone[*at - p->run] ? *at : NULL;
}

static void
give(struct pool *p, struct asked *a, const struct run *run)
{
	a->run = run;
	p->gone[run - p->run] = true;
}

/* Ids that name none of these runs are ignored. */
static void
by_stored_id(struct pool *p, struct asked *a, struct buf *raw)
{
	const struct run	*run;
	struct lc_iter		 it;
	struct lc_text		 v;
	const char		*s;
	char			 uuid[UUID_TEXT + 1];
	size_t			 n;

	lc_walk(&it, a->ids);
	while (a->run == NULL && lc_next(&it, &v)) {
		if ((v = lc_unquote(v)).p == NULL)
			continue;
		buf_cut(raw, 0);
		lc_unescape(raw, v);
		buf_chr(raw, '\0');
		if (raw->over)
			return;
		s = raw->p;
		n = raw->len - 1;
		text_trim(&s, &n);
		run = find(p, uuid_lax(s, n, uuid) ? uuid : raw->p);
		if (run != NULL)
			give(p, a, run);
	}
}

static bool
same(struct lc_text a, struct lc_text b)
{
	return a.p != NULL && b.p != NULL && a.n == b.n &&
	    memcmp(a.p, b.p, a.n) == 0;
}

static void
by_position(struct pool *p, struct asked *a, size_t n)
{
	size_t	i, j = 0;

	for (i = 0; i < n; i++) {
		if (a[i].run != NULL)
			continue;
		while (p->gone[j])
			j++;
		give(p, &a[i], &p->run[j]);
	}
}

static void
by_prompt(struct pool *p, struct asked *a, size_t n)
{
	size_t	i, j, last = p->n;

	for (i = n; i-- > 0;) {
		if (a[i].run != NULL || a[i].prompt.p == NULL)
			continue;
		for (j = last; j-- > 0;)
			if (!p->gone[j] &&
			    same(a[i].prompt, p->run[j].prompt)) {
				give(p, &a[i], &p->run[j]);
				last = j;
				break;
			}
	}
}

static void
match(struct pool *p, struct asked *a, size_t n, bool whole)
{
	struct buf	raw;
	size_t		i, left = n, runs = p->n;

	buf_init(&raw, 1024);
	for (i = 0; i < n; i++) {
		buf_reset(&raw, SIZE_MAX);
		by_stored_id(p, &a[i], &raw);
		if (a[i].run != NULL) {
			left--;
			runs--;
		}
	}
	buf_free(&raw);
	if (whole && left == runs)
		by_position(p, a, n);
	else
		by_prompt(p, a, n);
}

bool
runs_match(struct asked *a, size_t n, const struct run *run, size_t nruns,
    bool whole)
{
	struct pool	p = { .run = run, .n = nruns };
	size_t		i;
	bool		ok;

	for (i = 0; i < n; i++)
		a[i].run = NULL;
	p.by_id = calloc(nruns + 1, sizeof(*p.by_id));
	p.gone = calloc(nruns + 1, sizeof(*p.gone));
	if ((ok = p.by_id != NULL && p.gone != NULL)) {
		for (i = 0; i < nruns; i++)
			p.by_id[i] = &run[i];
		qsort(p.by_id, nruns, sizeof(*p.by_id), compare);
		match(&p, a, n, whole);
	}
	free(p.by_id);
	free(p.gone);
	return ok;
}

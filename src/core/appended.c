/* appended.c: earlier states of a list, without reading any but the newest. */
#include "config.h"

#include "core/appended.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/msgpack.h"
#include "core/lcmessage.h"

#define TEXT_MAX	(128UL << 20)	/* of one value's JSON */

/* What was written from one checkpoint on. */
struct step {
	const char	*checkpoint;
	size_t		 n;
};

struct appended {
	struct buf	 text;		/* the newest state */
	struct lc_text	*v;		/* its n elements */
	size_t		*bytes;		/* as stored, of the first 1 to n */
	size_t		 n;

	struct arena	*arena;
	void		*ids;		/* of messages that were written */
	size_t		 written;	/* messages */
	struct step	*step;
	size_t		 nsteps;
	size_t		 taken, sum;	/* steps until the last state */
	bool		 known;		/* nothing else was written */
};

static int
compare(const void *va, const void *vb)
{
	const struct lc_text	*a = va, *b = vb;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->p, b->p, a->n);
}

static void
keep(void *id)
{
	(void)id;
}

static size_t
count(struct lc_text list)
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		n = 0;

	for (lc_walk(&it, list); lc_next(&it, &v);)
		n++;
	return n;
}

/* Where the elements end in the JSON text as it is stored. */
static bool
measure(struct appended *a, struct lc_text raw)
{
	struct lc_iter	it;
	struct lc_text	v;
	size_t		i = 0;

	if (raw.n == 0 || *raw.p != '[' || raw.p[raw.n - 1] != ']')
		return false;
	for (lc_walk(&it, raw); lc_next(&it, &v) && i < a->n; i++)
		a->bytes[i] = (size_t)(v.p + v.n - raw.p) + 1;
	return i == a->n && v.p + v.n == raw.p + raw.n - 1;
}

static bool
load(struct appended *a, const struct lc_blob *b, const struct lc_opts *o)
{
	struct lc_text	raw = { b->p, b->n }, all;
	struct lc_iter	it;
	size_t		i;

	if (b->type == NULL || b->p == NULL ||
	    lc_value(b, o, 0, &a->text) != OUT_VALUE)
		return false;
	all = appended_text(a);
	if (*all.p != '[' || (a->n = count(all)) == 0)
		return false;
	a->v = calloc(a->n, sizeof(*a->v));
	a->bytes = calloc(a->n, sizeof(*a->bytes));
	if (a->v == NULL || a->bytes == NULL)
		return false;
	lc_walk(&it, all);
	for (i = 0; i < a->n && lc_next(&it, &a->v[i]); i++)
		;
	return strcmp(b->type, "json") == 0 ? measure(a, raw) :
	    strcmp(b->type, "msgpack") == 0 &&
	    mp_measure(b->p, b->n, a->bytes, a->n);
}

struct appended *
appended_new(const struct lc_blob *newest, const struct lc_opts *o)
{
	struct appended	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	buf_init(&a->text, TEXT_MAX);
	a->arena = arena_new(SIZE_MAX);
	if (load(a, newest, o))
		return a;
	appended_free(a);
	return NULL;
}

void
appended_free(struct appended *a)
{
	if (a == NULL)
		return;
	tdestroy(a->ids, keep);
	arena_free(a->arena);
	buf_free(&a->text);
	free(a->step);
	free(a->bytes);
	free(a->v);
	free(a);
}

/* It says what is at that place of the newest state. */
static bool
stands(const struct appended *a, const struct message *m)
{
	struct lc_text	is, was = m->content;

	if (a->written >= a->n)
		return false;
	is = lc_member(a->v[a->written], "content");
	if (was.p == NULL)
		was = lc_member(m->t, "content");
	return is.n == was.n && (is.n == 0 || memcmp(is.p, was.p, is.n) == 0);
}

/* A message that is appended: an id of its own, or none. */
static bool
is_new(struct appended *a, struct lc_text element)
{
	struct lc_text	*id, **at;
	struct message	 m;

	message_read(&m, element);
	if (m.removes || !stands(a, &m))
		return false;
	a->written++;
	if (m.id.p == NULL)
		return true;
	id = arena_alloc(a->arena, sizeof(*id));
	id->p = arena_memdup(a->arena, m.id.p, m.id.n);
	id->n = m.id.n;
	at = tsearch(id, &a->ids, compare);
	return at != NULL && *at == id;
}

/* How many messages a write appends. */
static bool
appends(struct appended *a, struct lc_text t, size_t *n)
{
	struct lc_iter	it;
	struct lc_text	v;

	if (*t.p == '{') {	/* an Overwrite looks like a message */
		if (lc_member(t, "__overwrite__").p != NULL ||
		    lc_is(lc_member(t, "type"), "\"__overwrite__\""))
			return false;
		*n = 1;
		return is_new(a, t);
	}
	if (*t.p != '[')
		return false;
	for (lc_walk(&it, t), *n = 0; lc_next(&it, &v); ++*n)
		if (!is_new(a, v))
			return false;
	return true;
}

/* Each list with the next of the ids; false: they are not as many. */
static bool
take(struct appended *a, char *ids, struct lc_text all)
{
	struct lc_iter	 it;
	struct lc_text	 v;
	struct step	*s;

	for (lc_walk(&it, all); lc_next(&it, &v);) {
		s = &a->step[a->nsteps];
		s->checkpoint = strsep(&ids, ",");
		if (s->checkpoint == NULL || !appends(a, v, &s->n))
			return false;
		a->nsteps++;
	}
	return ids == NULL;
}

void
appended_writes(struct appended *a, const char *checkpoints,
    const struct lc_blob *b, const struct lc_opts *o)
{
	struct lc_text	all;
	struct buf	text;

	buf_init(&text, TEXT_MAX);
	if (lc_value(b, o, MP_OVERWRITE, &text) == OUT_VALUE) {
		all.p = text.p;
		all.n = text.len;
		a->step = calloc(count(all) + 1, sizeof(*a->step));
		a->known = a->step != NULL &&
		    take(a, arena_strdup(a->arena, checkpoints), all);
	}
	buf_free(&text);
}

const struct lc_text *
appended_state(struct appended *a, const char *checkpoint, size_t bytes,
    size_t *n)
{
	while (a->taken < a->nsteps &&
	    strcmp(a->step[a->taken].checkpoint, checkpoint) < 0)
		a->sum += a->step[a->taken++].n;
	*n = a->sum;
	if (!a->known || *n == 0 || *n > a->n || a->bytes[*n - 1] != bytes)
		return NULL;
	return a->v;
}

struct lc_text
appended_text(const struct appended *a)
{
	return (struct lc_text){ a->text.p, a->text.len };
}

/* replay.c: a channel's stored value and its writes, to a list of messages. */
#include "config.h"

#include "core/replay.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/lcjson.h"
#include "codec/msgpack.h"
#include "core/lcmessage.h"

#define NO_TASK	"00000000-0000-0000-0000-000000000000"

/* v never moves: the index by id points into it. */
struct list {
	struct item {
		struct message	m;
		bool		dead;
	}	*v;
	size_t	 first, n;	/* what is before first is gone */
	void	*ids;
};

static int
by_id(const void *va, const void *vb)
{
	const struct item	*a = va, *b = vb;

	if (a->m.id.n != b->m.id.n)
		return a->m.id.n < b->m.id.n ? -1 : 1;
	return memcmp(a->m.id.p, b->m.id.p, a->m.id.n);
}

static void
keep(void *item)
{
	(void)item;
}

static void
clear(struct list *l)
{
	tdestroy(l->ids, keep);
	l->ids = NULL;
	l->first = l->n;
}

/* Elements of a list; a single value counts as one, null as none. */
static struct lc_iter
each(struct lc_text *t)
{
	struct lc_iter	it = { t->p, t->p };

	if (t->p == NULL || lc_is(*t, "null"))
		return it;
	if (*t->p == '[')
		lc_walk(&it, *t);
	else
		it.end = t->p + t->n;
	return it;
}

/* X of {"__overwrite__": X} and {"type": "__overwrite__", "value": X}. */
static struct lc_text
overwritten(struct lc_text t)
{
	struct lc_text	none = { NULL, 0 }, key, v, more;
	struct lc_iter	it;

	if (*t.p != '{')
		return none;
	lc_walk(&it, t);
	if (!lc_next_member(&it, &key, &v))
		return none;
	if (lc_is(key, "\"__overwrite__\"") && !lc_next(&it, &more))
		return v;
	if (!lc_is(lc_member(t, "type"), "\"__overwrite__\""))
		return none;
	return lc_member(t, "value");
}

static bool
append(struct list *l)
{
	struct item	*it = &l->v[l->n], **at;

	if (it->m.id.p != NULL) {
		if ((at = tsearch(it, &l->ids, by_id)) == NULL)
			return false;
		if (*at != it && !(*at)->dead) {
			(*at)->m = it->m;
			return true;
		}
		*at = it;
	}
	it->dead = false;
	l->n++;
	return true;
}

static void
drop(struct list *l, const struct item *it)
{
	struct item	**at;

	if (lc_is(it->m.id, "\"__remove_all__\""))
		clear(l);
	else if (it->m.id.p != NULL &&
	    (at = tfind(it, &l->ids, by_id)) != NULL)
		(*at)->dead = true;
}

static bool
apply(struct list *l, struct lc_text t)
{
	struct lc_text	over = overwritten(t), v;
	struct lc_iter	it;

	if (over.p != NULL) {
		clear(l);
		t = over;
	}
	it = each(&t);
	while (lc_next(&it, &v)) {
		message_read(&l->v[l->n].m, v);
		if (l->v[l->n].m.removes)
			drop(l, &l->v[l->n]);
		else if (!append(l))
			return false;
	}
	return true;
}

/* Stored elements are there already, even with equal ids. */
static bool
load(struct list *l, struct lc_text stored)
{
	struct lc_iter	it = each(&stored);
	struct item	*e, **at;
	struct lc_text	v;

	while (lc_next(&it, &v)) {
		e = &l->v[l->n++];
		message_read(&e->m, v);
		if (e->m.id.p == NULL)
			continue;
		if ((at = tsearch(e, &l->ids, by_id)) == NULL)
			return false;
		*at = e;
	}
	return true;
}

static size_t
count(struct lc_text t)
{
	struct lc_text	over = t.p != NULL ? overwritten(t) : t, v;
	struct lc_iter	it;
	size_t		n = 0;

	if (over.p != NULL)
		t = over;
	it = each(&t);
	while (lc_next(&it, &v))
		n++;
	return n;
}

static void
write_list(struct buf *out, const struct list *l, bool js,
    const struct lc_limits *lim)
{
	size_t	i;
	bool	first = true;

	buf_chr(out, '[');
	for (i = l->first; i < l->n && !out->over; i++) {
		if (l->v[i].dead)
			continue;
		if (!first)
			buf_chr(out, ',');
		first = false;
		message_write(out, &l->v[i].m, js, lim);
	}
	buf_chr(out, ']');
}

static enum outcome
finish(struct buf *out, size_t mark, enum outcome o)
{
	if (o == OUT_VALUE && out->over)
		o = OUT_TOO_LARGE;
	if (o != OUT_VALUE) {
		buf_cut(out, mark);
		out->over = false;
	}
	return o;
}

enum outcome
replay(struct lc_text stored, const struct lc_text *writes, size_t n, bool js,
    const struct lc_limits *lim, struct buf *out)
{
	struct list	l = { .v = NULL };
	size_t		room = count(stored) + 1, mark = out->len, i;
	bool		ok;

	for (i = 0; i < n; i++)
		room += count(writes[i]);
	if ((l.v = calloc(room, sizeof(*l.v))) == NULL)
		return OUT_TOO_LARGE;
	ok = load(&l, stored);
	for (i = 0; ok && i < n; i++)
		ok = apply(&l, writes[i]);
	if (ok)
		write_list(out, &l, js, lim);
	clear(&l);
	free(l.v);
	return finish(out, mark, ok ? OUT_VALUE : OUT_TOO_LARGE);
}

/* Without writes the list goes out as it is stored. */
static enum outcome
as_stored(struct buf *out, size_t mark)
{
	struct lc_text	t;

	if (out->over || out->len == mark)
		return finish(out, mark, OUT_TOO_LARGE);
	t.p = out->p + mark;
	t.n = out->len - mark;
	if (lc_is(t, "null")) {
		buf_cut(out, mark);
		buf_str(out, "[]");
	} else if (*t.p != '[' && buf_room(out, 2) != NULL) {
		memmove(out->p + mark + 1, out->p + mark, t.n);
		out->p[mark] = '[';
		out->p[mark + 1 + t.n] = ']';
		out->len += 2;
	}
	return finish(out, mark, OUT_VALUE);
}

static bool
counts(const struct replay_row *r, const struct replay_how *how)
{
	return r->k == 'w' && strcmp(r->channel, how->channel) == 0 &&
	    (!how->history || r->depth > 0 ||
	    strcmp(r->task_id, NO_TASK) == 0);
}

static enum outcome
decode(const struct replay_row *r, const struct lc_opts *o, struct buf *out)
{
	if (r->k == 's' && r->blob.type == NULL && r->inline_val.p != NULL)
		return lj_json(r->inline_val.p, r->inline_val.n, &o->limits,
		    LJ_PLAIN, out);
	return lc_value(&r->blob, o, r->k == 'w' ? MP_OVERWRITE : 0, out);
}

/* Everything that is to be replayed, decoded into one text. */
struct decoded {
	struct buf	 text;
	struct lc_text	 stored, *writes;
	size_t		 n;
};

static enum outcome
decode_all(const struct replay_row *r, size_t n, const struct replay_how *how,
    const struct lc_opts *o, struct decoded *d)
{
	size_t		*ends, i, from = 0;
	enum outcome	 rc = OUT_VALUE;

	d->writes = calloc(n, sizeof(*d->writes));
	if ((ends = calloc(n, sizeof(*ends))) == NULL || d->writes == NULL)
		rc = OUT_TOO_LARGE;
	for (i = 0; i < n && rc == OUT_VALUE; i++) {
		if (r[i].k == 's' || counts(&r[i], how)) {
			rc = decode(&r[i], o, &d->text);
			rc = rc == OUT_EMPTY ? OUT_VALUE : rc;
		}
		if (ends != NULL)
			ends[i] = d->text.len;
	}
	/* Only now the text does not move any more. */
	for (i = 0; i < n && rc == OUT_VALUE; from = ends[i++]) {
		if (ends[i] == from)
			continue;
		if (r[i].k == 's') {
			d->stored.p = d->text.p + from;
			d->stored.n = ends[i] - from;
		} else {
			d->writes[d->n].p = d->text.p + from;
			d->writes[d->n++].n = ends[i] - from;
		}
	}
	free(ends);
	return rc;
}

static enum outcome
with_writes(const struct replay_row *r, size_t n, const struct replay_how *how,
    const struct lc_opts *o, struct buf *out)
{
	struct decoded	d = { .writes = NULL };
	enum outcome	rc;

	buf_init(&d.text, out->max);
	rc = decode_all(r, n, how, o, &d);
	if (rc == OUT_VALUE)
		rc = replay(d.stored, d.writes, d.n, how->js, &o->limits, out);
	free(d.writes);
	buf_free(&d.text);
	return rc;
}

static bool
holds(struct json_span info, const char *name)
{
	struct json_span	v;

	return json_member(info, name, &v) && *v.p == 't';
}

/* The head's word on whether there is something to read. */
static enum outcome
head(const struct replay_row *r)
{
	struct json_span	info = json_whole(r->info.p, r->info.n);

	if (!holds(info, "versioned"))
		return OUT_EMPTY;
	return holds(info, "complete") ? OUT_VALUE : OUT_INCOMPLETE;
}

enum outcome
replay_rows(const struct replay_row *r, size_t n, const struct replay_how *how,
    const struct lc_opts *o, struct buf *out)
{
	const struct replay_row	*stored = NULL;
	size_t			 mark = out->len, i;
	enum outcome		 rc;

	if (n == 0)
		return OUT_EMPTY;
	if ((rc = head(&r[0])) != OUT_VALUE)
		return rc;
	for (i = 1; i < n; i++) {
		if (counts(&r[i], how))
			return with_writes(r, n, how, o, out);
		if (r[i].k == 's')
			stored = &r[i];
	}
	rc = stored != NULL ? decode(stored, o, out) : OUT_EMPTY;
	if (rc == OUT_EMPTY) {
		buf_str(out, "[]");
		return finish(out, mark, OUT_VALUE);
	}
	return rc == OUT_VALUE ? as_stored(out, mark) : rc;
}

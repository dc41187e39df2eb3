/* lcpy.c: Python values that were stored as constructor calls, as JSON. */
#include "config.h"

#include "codec/lcpy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/lctext.h"

typedef bool reduce_fn(struct buf *, size_t, struct lc_text);

/* Exactly n elements. */
static bool
elements(struct lc_text array, struct lc_text *v, size_t n)
{
	struct lc_iter	it;
	struct lc_text	more;
	size_t		i;

	if (array.n == 0 || *array.p != '[')
		return false;
	lc_walk(&it, array);
	for (i = 0; i < n; i++)
		if (!lc_next(&it, &v[i]))
			return false;
	return !lc_next(&it, &more);
}

static bool
integers(struct lc_text array, int64_t *v, size_t n)
{
	struct lc_text	t[3];
	size_t		i;

	if (!elements(array, t, n))
		return false;
	for (i = 0; i < n; i++)
		if (!lc_int(t[i], &v[i]))
			return false;
	return true;
}

static bool	put(struct buf *, size_t, const char *, ...) PRINTF(3, 4);

/* In the place of what stands from mark on. */
static bool
put(struct buf *out, size_t mark, const char *fmt, ...)
{
	char	text[96];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_cut(out, mark);
	buf_str(out, text);
	return true;
}

static bool
masked(struct buf *out, size_t mark, struct lc_text t)
{
	(void)t;
	return put(out, mark, "\"**********\"");
}

static bool
uuid(struct buf *out, size_t mark, struct lc_text t)
{
	char	d[33];

	t = lc_unquote(t);
	if (t.p == NULL || t.n != 32)
		return false;
	memcpy(d, t.p, 32);
	d[32] = '\0';
	if (strspn(d, "0123456789abcdefABCDEF") != 32)
		return false;
	return put(out, mark, "\"%.8s-%.4s-%.4s-%.4s-%.12s\"", d, d + 8,
	    d + 12, d + 16, d + 20);
}

static bool
date(struct buf *out, size_t mark, struct lc_text t)
{
	static const int8_t	days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int64_t			v[3], last;

	if (!integers(t, v, 3) || v[0] < 1 || v[0] > 9999 || v[1] < 1 ||
	    v[1] > 12)
		return false;
	last = days[v[1] - 1];
	if (v[1] == 2 && v[0] % 4 == 0 && (v[0] % 100 != 0 || v[0] % 400 == 0))
		last++;
	if (v[2] < 1 || v[2] > last)
		return false;
	return put(out, mark, "\"%04d-%02d-%02d\"", (int)v[0], (int)v[1],
	    (int)v[2]);
}

/* Days, seconds, microseconds as Python keeps them: the last two positive. */
static bool
timedelta(struct buf *out, size_t mark, struct lc_text t)
{
	int64_t	v[3], s, us;
	char	frac[8] = "";
	size_t	n;

	if (!integers(t, v, 3) || llabs(v[0]) > 999999999 || v[1] < 0 ||
	    v[1] >= 86400 || v[2] < 0 || v[2] >= 1000000)
		return false;
	s = v[0] * 86400 + v[1];
	us = v[2];
	if (s < 0 && us > 0) {
		s++;
		us = 1000000 - us;
	}
	if (us > 0) {
		n = (size_t)snprintf(frac, sizeof(frac), ".%06d", (int)us);
		while (frac[n - 1] == '0')
			frac[--n] = '\0';
	}
	return put(out, mark, "%s%" PRId64 "%s", v[0] < 0 && s == 0 ? "-" : "",
	    s, frac);
}

/* The offset in seconds, and a name that nothing is done with. */
static bool
timezone_of(struct buf *out, size_t mark, struct lc_text t)
{
	struct lc_text	v[2];
	int64_t		s;
	int		a;

	if (!elements(t, v, 1) && !elements(t, v, 2))
		return false;
	if (!lc_int(v[0], &s) || llabs(s) >= 86400)
		return false;
	a = (int)llabs(s);
	if (a % 60 != 0)
		return put(out, mark, "\"%c%02d:%02d:%02d\"", s < 0 ? '-' : '+',
		    a / 3600, a / 60 % 60, a % 60);
	return put(out, mark, "\"%c%02d:%02d\"", s < 0 ? '-' : '+', a / 3600,
	    a / 60 % 60);
}

static bool
time_of(struct buf *out, size_t mark, struct lc_text t)
{
	static const char *const names[] = {
		"hour", "minute", "second", "microsecond"
	};
	static const int	 max[] = { 23, 59, 59, 999999 };
	struct lc_text		 zone = lc_member(t, "tzinfo");
	char			 off[16] = "", frac[16] = "";
	int64_t			 v[4];
	size_t			 i;

	for (i = 0; i < nitems(v); i++)
		if (!lc_int(lc_member(t, names[i]), &v[i]) || v[i] < 0 ||
		    v[i] > max[i])
			return false;
	if (zone.p != NULL && !lc_is(zone, "null")) {
		zone = lc_unquote(zone);
		if (zone.p == NULL || (zone.n != 6 && zone.n != 9) ||
		    (*zone.p != '+' && *zone.p != '-'))
			return false;
		(void)snprintf(off, sizeof(off), "%.*s", (int)zone.n, zone.p);
	}
	if (v[3] > 0)
		(void)snprintf(frac, sizeof(frac), ".%06d", (int)v[3]);
	return put(out, mark, "\"%02d:%02d:%02d%s%s\"", (int)v[0], (int)v[1],
	    (int)v[2], frac, off);
}

/* ["node",arg] is {"node":"node","arg":arg}: only the edges are new. */
static bool
send_of(struct buf *out, size_t mark, struct lc_text t)
{
	static const char	node[] = "{\"node\":", arg[] = "\"arg\":";
	struct lc_text		v[2];
	size_t			n;
	char			*p;

	if (!elements(t, v, 2) || *v[0].p != '"')
		return false;
	n = (size_t)(v[1].p - t.p);
	if (buf_room(out, 13) == NULL)
		return false;
	p = out->p + mark;
	memmove(p + n + 13, p + n, t.n - n);
	memmove(p + 8, p + 1, n - 1);
	memcpy(p, node, 8);
	memcpy(p + 7 + n, arg, 6);
	out->len += 13;
	out->p[out->len - 1] = '}';
	return true;
}

/* ["/","a","b"] is "/a/b": texts are joined as they are spelt. */
static bool
path(struct buf *out, size_t mark, struct lc_text t)
{
	struct lc_iter	it;
	struct lc_text	v;
	char		*to = out->p + mark + 1, *first = to;

	if (t.n == 0 || *t.p != '[')
		return false;
	lc_walk(&it, t);
	while (lc_next(&it, &v))
		if (*v.p != '"')
			return false;
	if (t.n == 2) {
		buf_cut(out, mark);
		buf_str(out, "\"\"");
		return true;
	}
	lc_walk(&it, t);
	while (lc_next(&it, &v)) {
		v = lc_unquote(v);
		if (to > first && to[-1] != '/')
			*to++ = '/';
		memmove(to, v.p, v.n);
		to += v.n;
	}
	out->p[mark] = '"';
	*to++ = '"';
	buf_cut(out, (size_t)(to - out->p));
	return true;
}

/* A name of NULL is any; a module ending in '*' is a prefix. */
static const struct {
	const char	*module, *name;
	int		 forms;
	reduce_fn	*fn;
} rules[] = {
	{ "*",		"SecretStr",	LC_ARG | LC_ARGS | LC_KWARGS, masked },
	{ "*",		"SecretBytes",	LC_ARG | LC_ARGS | LC_KWARGS, masked },
	{ "uuid",	"UUID",		LC_ARG,		uuid },
	{ "datetime",	"date",		LC_ARGS,	date },
	{ "datetime",	"timedelta",	LC_ARGS,	timedelta },
	{ "datetime",	"timezone",	LC_ARGS,	timezone_of },
	{ "datetime",	"time",		LC_KWARGS,	time_of },
	{ "*",		"Send",		LC_ARGS,	send_of },
	{ "pathlib*",	NULL,		LC_ARGS,	path },
};

static bool
matches(struct lc_text t, const char *want)
{
	size_t	n;

	if (want == NULL)
		return true;
	n = strlen(want);
	if (want[n - 1] != '*')
		return lc_is(t, want);
	return t.n >= n - 1 && memcmp(t.p, want, n - 1) == 0;
}

bool
lc_python(struct buf *out, size_t mark, struct lc_text module,
    struct lc_text name, enum lc_form form)
{
	struct lc_text	t;
	size_t		i;

	if (out->over)
		return false;
	t.p = out->p + mark;
	t.n = out->len - mark;
	for (i = 0; i < nitems(rules); i++)
		if ((rules[i].forms & form) && matches(name, rules[i].name) &&
		    matches(module, rules[i].module))
			return rules[i].fn(out, mark, t);
	return false;
}

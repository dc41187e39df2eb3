/* lctext.c: JSON text as the checkpoint decoders write it and read it back. */
#include "config.h"

#include "codec/lctext.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW	16	/* up to here comparing all pairs is cheaper */

static const char *const reasons[OUT__MAX] = {
	[OUT_CIPHER] = "cipher",
	[OUT_TYPE] = "type",
	[OUT_CORRUPT] = "corrupt",
	[OUT_TOO_LARGE] = "too_large",
	[OUT_INCOMPLETE] = "incomplete",
};

const char *
outcome_reason(enum outcome o)
{
	return reasons[o];
}

/*
 * Length of the sequence or of its maximal subpart at p (Unicode, 3.9, table
 * 3-7); *ok tells which.
 */
static size_t
utf8_step(const unsigned char *p, size_t n, bool *ok)
{
	unsigned	lo = 0x80, hi = 0xbf;
	size_t		need, i;

	*ok = false;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 1;
	need = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	for (i = 1; i < need; i++, lo = 0x80, hi = 0xbf)
		if (i >= n || p[i] < lo || p[i] > hi)
			return i;
	*ok = true;
	return need;
}

static void
escape(struct buf *out, unsigned c)
{
	static const char	 from[] = "\"\\\b\f\n\r\t";
	static const char	 to[] = "\"\\bfnrt";
	const char		*at;

	at = c > 0 && c < 0x80 ? strchr(from, (int)c) : NULL;
	if (at == NULL) {
		buf_printf(out, "\\u%04x", c);
		return;
	}
	buf_chr(out, '\\');
	buf_chr(out, to[at - from]);
}

void
lc_chars(struct buf *out, const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 run = 0, i = 0, step;
	bool			 ok = true;

	while (i < n) {
		if (p[i] < 0x80 && p[i] >= 0x20 && p[i] != '"' &&
		    p[i] != '\\') {
			i++;
			continue;
		}
		step = p[i] < 0x80 ? 1 : utf8_step(p + i, n - i, &ok);
		if (p[i] >= 0x80 && ok && !(p[i] == 0xe2 &&
		    p[i + 1] == 0x80 && (p[i + 2] | 1) == 0xa9)) {
			i += step;
			continue;
		}
		buf_add(out, s + run, i - run);
		if (p[i] < 0x80)
			escape(out, p[i]);
		else if (ok)
			escape(out, 0x2000 + (p[i + 2] & 0x3f));
		else
			buf_str(out, "\xef\xbf\xbd");
		i += step;
		run = i;
	}
	buf_add(out, s + run, n - run);
}

void
lc_str(struct buf *out, const char *s, size_t n)
{
	buf_chr(out, '"');
	lc_chars(out, s, n);
	buf_chr(out, '"');
}

/* Below a power of two doubles lie closer: the next text up may do. */
static bool
next_up(char *text, double d)
{
	char	*last = text + strcspn(text, "e") - 1;

	if (*last == '9')
		return false;
	++*last;
	return strtod(text, NULL) == d;
}

void
lc_double(struct buf *out, double d)
{
	char	text[40];
	int	digits;

	if (!isfinite(d)) {
		buf_str(out, "null");
		return;
	}
	/* Subnormals have fewer digits than fifteen. */
	digits = fabs(d) < DBL_MIN ? 1 : 15;
	for (; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d || (digits == 16 &&
		    next_up(text, d)))
			break;
	}
	buf_str(out, text);
	if (strpbrk(text, ".e") == NULL)
		buf_str(out, ".0");
}

void
lc_stringify(struct buf *out, size_t mark)
{
	size_t	n = out->len - mark, extra = 2, i;
	char	*to;

	if (out->over || n == 0 || out->p[mark] == '"')
		return;
	for (i = 0; i < n; i++)
		extra += out->p[mark + i] == '"' || out->p[mark + i] == '\\';
	if (buf_room(out, extra) == NULL)
		return;
	to = out->p + out->len + extra;
	*--to = '"';
	for (i = n; i-- > 0;) {
		*--to = out->p[mark + i];
		if (*to == '"' || *to == '\\')
			*--to = '\\';
	}
	*--to = '"';
	out->len += extra;
}

void
lc_keep(struct buf *out, size_t mark, struct lc_text t)
{
	memmove(out->p + mark, t.p, t.n);
	buf_cut(out, mark + t.n);
}

static bool
same_key(const struct buf *out, const struct lc_member *a,
    const struct lc_member *b)
{
	return a->klen == b->klen &&
	    memcmp(out->p + a->at, out->p + b->at, a->klen) == 0;
}

static int
by_key(const void *va, const void *vb, void *out)
{
	const struct lc_member	*a = *(struct lc_member *const *)va;
	const struct lc_member	*b = *(struct lc_member *const *)vb;
	const char		*text = ((struct buf *)out)->p;
	int			 c;

	if (a->klen != b->klen)
		return a->klen < b->klen ? -1 : 1;
	if ((c = memcmp(text + a->at, text + b->at, a->klen)) != 0)
		return c;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Marks a repeated member by klen 0; says how many, or SIZE_MAX. */
static size_t
mark_few(struct buf *out, struct lc_member *m, size_t n)
{
	size_t	i, j, dropped = 0;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			if (same_key(out, &m[i], &m[j])) {
				m[i].klen = 0;
				dropped++;
				break;
			}
	return dropped;
}

static size_t
mark_many(struct buf *out, struct lc_member *m, size_t n)
{
	struct lc_member	**sorted;
	size_t			  i, dropped = 0;

	if ((sorted = calloc(n, sizeof(struct lc_member *))) == NULL)
		return SIZE_MAX;
	for (i = 0; i < n; i++)
		sorted[i] = &m[i];
	qsort_r(sorted, n, sizeof(struct lc_member *), by_key, out);
	for (i = 0; i + 1 < n; i++)
		if (same_key(out, sorted[i], sorted[i + 1])) {
			sorted[i]->klen = 0;
			dropped++;
		}
	free(sorted);
	return dropped;
}

size_t
lc_unique(struct buf *out, struct lc_member *m, size_t n)
{
	size_t	i, kept = 0, to, from, len, dropped;

	if (n < 2 || out->over)
		return n;
	dropped = n <= FEW ? mark_few(out, m, n) : mark_many(out, m, n);
	if (dropped == 0 || dropped == SIZE_MAX)
		return dropped == 0 ? n : SIZE_MAX;
	to = m[0].at;
	for (i = 0; i < n; i++) {
		from = m[i].at;
		len = (i + 1 < n ? m[i + 1].at - 1 : out->len) - from;
		if (m[i].klen == 0)
			continue;
		if (kept > 0)
			out->p[to++] = ',';
		memmove(out->p + to, out->p + from, len);
		m[kept].klen = m[i].klen;
		m[kept++].at = to;
		to += len;
	}
	buf_cut(out, to);
	return kept;
}

/* Past the string that begins at p: a quote after an even number of '\'. */
static const char *
skip_string(const char *p, const char *end)
{
	const char	*quote, *q;

	for (p++; p < end; p = quote + 1) {
		quote = memchr(p, '"', (size_t)(end - p));
		if (quote == NULL)
			return end;
		for (q = quote; q > p && q[-1] == '\\'; q--)
			;
		if ((quote - q) % 2 == 0)
			return quote + 1;
	}
	return end;
}

/* Past the value that begins at p: to a comma, a colon, an end. */
static const char *
skip(const char *p, const char *end)
{
	size_t	depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			continue;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			if (depth-- == 0)
				return p;
			break;
		case ',':
		case ':':
			if (depth == 0)
				return p;
			break;
		}
		p++;
	}
	return p;
}

void
lc_walk(struct lc_iter *it, struct lc_text t)
{
	it->p = it->end = t.p;
	if (t.p != NULL && t.n > 2 && (*t.p == '[' || *t.p == '{')) {
		it->p++;
		it->end += t.n - 1;
	}
}

bool
lc_next(struct lc_iter *it, struct lc_text *v)
{
	if (it->p >= it->end)
		return false;
	v->p = it->p;
	it->p = skip(it->p, it->end);
	v->n = (size_t)(it->p - v->p);
	if (it->p < it->end)
		it->p++;
	return true;
}

bool
lc_next_member(struct lc_iter *it, struct lc_text *key, struct lc_text *v)
{
	return lc_next(it, key) && lc_next(it, v);
}

struct lc_text
lc_member(struct lc_text object, const char *name)
{
	struct lc_iter	it;
	struct lc_text	key, v;

	if (object.p != NULL && object.n > 0 && *object.p == '{') {
		lc_walk(&it, object);
		while (lc_next_member(&it, &key, &v))
			if (lc_is(lc_unquote(key), name))
				return v;
	}
	return (struct lc_text){ NULL, 0 };
}

bool
lc_is(struct lc_text t, const char *s)
{
	return t.p != NULL && t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

struct lc_text
lc_unquote(struct lc_text t)
{
	if (t.p == NULL || t.n < 2 || *t.p != '"')
		return (struct lc_text){ NULL, 0 };
	return (struct lc_text){ t.p + 1, t.n - 2 };
}

/* Only what escape() writes, which is no surrogate and below U+2030. */
void
lc_unescape(struct buf *out, struct lc_text t)
{
	static const char	 from[] = "\"\\bfnrt", to[] = "\"\\\b\f\n\r\t";
	const char		*at, *end = t.p + t.n;
	char			 hex[5] = "";
	unsigned		 c;

	while (t.p < end) {
		at = memchr(t.p, '\\', (size_t)(end - t.p));
		if (at == NULL)
			at = end;
		buf_add(out, t.p, (size_t)(at - t.p));
		t.p = at;
		if (end - at >= 6 && at[1] == 'u') {
			memcpy(hex, at + 2, 4);
			c = (unsigned)strtoul(hex, NULL, 16);
			if (c < 0x80)
				buf_chr(out, (char)c);
			else
				buf_str(out, c == 0x2028 ? "\xe2\x80\xa8" :
				    "\xe2\x80\xa9");
			t.p += 6;
		} else if (end - at >= 2) {
			if ((at = strchr(from, at[1])) != NULL)
				buf_chr(out, to[at - from]);
			t.p += 2;
		} else
			break;
	}
}

bool
lc_int(struct lc_text t, int64_t *v)
{
	bool	minus = t.p != NULL && t.n > 0 && *t.p == '-';
	size_t	i = minus;

	if (t.p == NULL || t.n <= i || t.n > i + 15)
		return false;
	for (*v = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		*v = *v * 10 + (t.p[i] - '0');
	}
	if (minus)
		*v = -*v;
	return true;
}

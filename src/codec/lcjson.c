/* lcjson.c: LangGraph's JSON, markers resolved from the inside out, bounded. */
#include "config.h"

#include "codec/lcjson.h"

#include <string.h>

#include "codec/lcmark.h"
#include "codec/lctext.h"

struct lj {
	const char	*p, *end;
	struct buf	*out;
	struct buf	 members;	/* struct lc_member of open objects */
	struct lc_limits limits;
	size_t		 values;
	size_t		 spelt;		/* bytes of keys that became strings */
	unsigned	 depth, flags;
	bool		 typed;		/* the last object has a "type" */
};

static enum outcome	value(struct lj *);

static int
peek(struct lj *m)
{
	while (m->p < m->end && (*m->p == ' ' || *m->p == '\n' ||
	    *m->p == '\r' || *m->p == '\t'))
		m->p++;
	return m->p < m->end ? (unsigned char)*m->p : -1;
}

static bool
take(struct lj *m, int c)
{
	if (peek(m) != c)
		return false;
	m->p++;
	return true;
}

static bool
hex4(struct lj *m, unsigned *c)
{
	static const char	 digits[] = "0123456789abcdefABCDEF";
	const char		*at;
	unsigned		 i;

	for (*c = 0, i = 0; i < 4; i++, m->p++) {
		if (m->p >= m->end || *m->p == '\0' ||
		    (at = strchr(digits, *m->p)) == NULL)
			return false;
		*c = *c << 4 | (unsigned)(at - digits < 16 ? at - digits :
		    at - digits - 6);
	}
	return true;
}

static void
code_point(struct buf *out, unsigned c)
{
	char	s[4];

	if (c < 0x80) {
		s[0] = (char)c;
		lc_chars(out, s, 1);
	} else if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3f));
		lc_chars(out, s, 2);
	} else if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3f));
		s[2] = (char)(0x80 | (c & 0x3f));
		lc_chars(out, s, 3);
	} else {
		s[0] = (char)(0xf0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 0x3f));
		s[2] = (char)(0x80 | (c >> 6 & 0x3f));
		s[3] = (char)(0x80 | (c & 0x3f));
		lc_chars(out, s, 4);
	}
}

/* After "\u".  A surrogate alone becomes U+FFFD. */
static bool
unicode(struct lj *m)
{
	const char	*after;
	unsigned	 c, low;

	if (!hex4(m, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00 && m->end - m->p >= 6 &&
	    m->p[0] == '\\' && m->p[1] == 'u') {
		after = m->p;
		m->p += 2;
		if (!hex4(m, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
		else
			m->p = after;
	}
	code_point(m->out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

static bool
escaped(struct lj *m)
{
	static const char	 from[] = "\"\\/bfnrt";
	static const char	 to[] = "\"\\/\b\f\n\r\t";
	const char		*at;

	if (m->p >= m->end || *m->p == '\0')
		return false;
	if (*m->p == 'u') {
		m->p++;
		return unicode(m);
	}
	if ((at = strchr(from, *m->p)) == NULL)
		return false;
	m->p++;
	lc_chars(m->out, to + (at - from), 1);
	return true;
}

static enum outcome
string(struct lj *m)
{
	const char	*run = m->p;

	/* Most are ASCII without an escape: taken as they are. */
	do
		m->p++;
	while (m->p < m->end && (unsigned char)*m->p - 0x20U < 0x60 &&
	    *m->p != '"' && *m->p != '\\');
	if (m->p < m->end && *m->p == '"') {
		m->p++;
		buf_add(m->out, run, (size_t)(m->p - run));
		return OUT_VALUE;
	}
	m->p = run + 1;
	buf_chr(m->out, '"');
	for (;;) {
		run = m->p;
		while (m->p < m->end && *m->p != '"' && *m->p != '\\' &&
		    (unsigned char)*m->p >= 0x20)
			m->p++;
		lc_chars(m->out, run, (size_t)(m->p - run));
		if (m->p >= m->end || (unsigned char)*m->p < 0x20)
			return OUT_CORRUPT;
		if (*m->p++ == '"')
			break;
		if (!escaped(m))
			return OUT_CORRUPT;
	}
	buf_chr(m->out, '"');
	return OUT_VALUE;
}

static bool
digits(struct lj *m)
{
	const char	*first = m->p;

	while (m->p < m->end && *m->p >= '0' && *m->p <= '9')
		m->p++;
	return m->p > first;
}

/* RFC 8259's number, as it is spelt. */
static bool
number(struct lj *m)
{
	const char	*first = m->p;
	bool		 zero;

	if (*m->p == '-')
		m->p++;
	zero = m->p < m->end && *m->p == '0';
	if (zero)
		m->p++;
	else if (!digits(m))
		return false;
	if (m->p < m->end && *m->p == '.') {
		m->p++;
		if (!digits(m))
			return false;
	}
	if (m->p < m->end && (*m->p | 0x20) == 'e') {
		m->p++;
		if (m->p < m->end && (*m->p == '+' || *m->p == '-'))
			m->p++;
		if (!digits(m))
			return false;
	}
	buf_add(m->out, first, (size_t)(m->p - first));
	return true;
}

static enum outcome
scalar(struct lj *m)
{
	static const char *const words[][2] = {
		{ "null", "null" }, { "true", "true" }, { "false", "false" },
		{ "NaN", "null" }, { "Infinity", "null" },
		{ "-Infinity", "null" },
	};
	size_t			 i, n;

	for (i = 0; i < nitems(words); i++) {
		n = strlen(words[i][0]);
		if ((size_t)(m->end - m->p) >= n &&
		    memcmp(m->p, words[i][0], n) == 0) {
			m->p += n;
			buf_str(m->out, words[i][1]);
			return OUT_VALUE;
		}
	}
	return number(m) ? OUT_VALUE : OUT_CORRUPT;
}

static enum outcome
array(struct lj *m)
{
	enum outcome	o;

	m->p++;
	buf_chr(m->out, '[');
	if (!take(m, ']')) {
		for (;;) {
			if ((o = value(m)) == OUT_EMPTY)
				buf_str(m->out, "null");
			else if (o != OUT_VALUE)
				return o;
			if (take(m, ']'))
				break;
			if (!take(m, ','))
				return OUT_CORRUPT;
			buf_chr(m->out, ',');
		}
	}
	buf_chr(m->out, ']');
	return OUT_VALUE;
}

/* A key, its colon and its value; an undefined value takes the key along. */
static enum outcome
member(struct lj *m, struct lc_object *ob, bool *marked)
{
	struct lc_member v = { .at = m->out->len };
	struct lc_text	 key;
	size_t		 top = m->members.len;
	enum outcome	 o;

	if (++m->values > m->limits.values)
		return OUT_TOO_LARGE;
	if (peek(m) != '"' || (o = string(m)) != OUT_VALUE || !take(m, ':'))
		return OUT_CORRUPT;
	v.klen = m->out->len - v.at;
	buf_add(&m->members, &v, sizeof(v));
	buf_chr(m->out, ':');
	m->typed = false;
	if ((o = value(m)) == OUT_EMPTY) {
		buf_cut(&m->members, top);
		buf_cut(m->out, v.at);
		return OUT_VALUE;
	}
	if (o != OUT_VALUE || m->out->over)
		return o;
	ob->n++;
	key.p = m->out->p + v.at;
	key.n = v.klen;
	if (lc_is(key, "\"lc\""))
		*marked = true;
	else if (lc_is(key, "\"type\""))
		ob->typed = true;
	else if (lc_is(key, "\"kwargs\""))
		ob->kwargs_typed = m->typed;
	return OUT_VALUE;
}

static enum outcome
object(struct lj *m)
{
	struct lc_object ob = { .out = m->out, .mark = m->out->len,
			    .spelt = &m->spelt };
	size_t		 first = m->members.len;
	bool		 marked = false;
	enum outcome	 o;

	m->p++;
	buf_chr(m->out, '{');
	if (!take(m, '}')) {
		do {
			if (ob.n > 0)
				buf_chr(m->out, ',');
			if ((o = member(m, &ob, &marked)) != OUT_VALUE)
				return o;
			if (m->out->over || m->members.over)
				return OUT_TOO_LARGE;
			if (m->out->p[m->out->len - 1] == ',')
				buf_cut(m->out, m->out->len - 1);
		} while (take(m, ','));
		if (!take(m, '}'))
			return OUT_CORRUPT;
	}
	if (ob.n > 0) {
		ob.members = (void *)(m->members.p + first);
		ob.n = lc_unique(m->out, ob.members, ob.n);
		if (ob.n == SIZE_MAX)
			return OUT_TOO_LARGE;
	}
	buf_chr(m->out, '}');
	o = marked && !(m->flags & LJ_PLAIN) ? lc_mark(&ob) : OUT_VALUE;
	m->typed = ob.typed;
	buf_cut(&m->members, first);
	return o;
}

static enum outcome
nested(struct lj *m, int c)
{
	enum outcome	o;

	if (m->depth >= m->limits.depth)
		return OUT_CORRUPT;
	m->depth++;
	o = c == '[' ? array(m) : object(m);
	m->depth--;
	return o;
}

static enum outcome
value(struct lj *m)
{
	int	c = peek(m);

	if (m->out->over || ++m->values > m->limits.values)
		return OUT_TOO_LARGE;
	if (c == '[' || c == '{')
		return nested(m, c);
	if (c == '"')
		return string(m);
	return c == -1 ? OUT_CORRUPT : scalar(m);
}

enum outcome
lj_json(const char *p, size_t n, const struct lc_limits *limits,
    unsigned flags, struct buf *out)
{
	struct lj	m = { .p = p, .end = p + n, .out = out,
			    .limits = *limits, .flags = flags };
	size_t		mark = out->len;
	bool		over = out->over;
	enum outcome	o;

	if (m.limits.depth > LC_DEPTH_MAX)
		m.limits.depth = LC_DEPTH_MAX;
	buf_init(&m.members, SIZE_MAX / 4);
	o = value(&m);
	if ((o == OUT_VALUE || o == OUT_EMPTY) && peek(&m) != -1)
		o = OUT_CORRUPT;
	if (o == OUT_VALUE && out->over)
		o = OUT_TOO_LARGE;
	buf_free(&m.members);
	if (o != OUT_VALUE) {
		buf_cut(out, mark);
		out->over = over;
	}
	return o;
}

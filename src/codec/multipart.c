/* multipart.c: multipart/form-data as it comes, bounded (RFC 7578, 2046). */
#include "config.h"

#include "codec/multipart.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "codec/hparam.h"

enum {
	PREAMBLE,	/* before the first delimiter: ignored */
	DATA,		/* of a part */
	BEHIND,		/* a delimiter: CRLF or -- */
	BLANK,		/* white space behind it */
	DASH,		/* -, of -- */
	LINE,		/* CR, of CRLF */
	HEAD,
	EPILOGUE	/* ignored */
};

static const char *const why[] = {
	[MP_OK] = "none",
	[MP_TYPE] = "Content-Type has no good boundary",
	[MP_SYNTAX] = "not multipart/form-data",
	[MP_HEAD] = "headers of a part are too long",
	[MP_NAME] = "a part has no name",
	[MP_MANY] = "too many parts",
	[MP_CUT] = "the end is missing",
	[MP_STOP] = "not wanted",
};
_Static_assert(nitems(why) == MP__MAX, "one text per reason");

const char *
multipart_why(enum mp_err e)
{
	return why[e];
}

static bool
good_boundary(const char *s)
{
	size_t	n = s == NULL ? 0 : strlen(s);

	return n > 0 && n <= MULTIPART_BOUND && s[n - 1] != ' ' &&
	    strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") == n;
}

enum mp_err
multipart_init(struct multipart *m, struct arena *a, const char *type,
    const struct mp_sink *sink)
{
	struct hparams	 h;
	const char	*s;

	memset(m, 0, offsetof(struct multipart, head));
	m->arena = a;
	m->sink = *sink;
	if (!hparam_parse(a, type, strlen(type), &h) ||
	    strcmp(h.value, "multipart/form-data") != 0 ||
	    !good_boundary(s = hparam_get(&h, "boundary")))
		return MP_TYPE;
	m->ndelim = 4 + strlen(s);
	memcpy(m->delim, "\r\n--", 4);
	memcpy(m->delim + 4, s, m->ndelim - 4);
	m->match = 2;		/* the first delimiter may begin the body */
	return MP_OK;
}

/* One header line of a part.  Those that nobody needs are not looked at. */
static enum mp_err
take_header(struct multipart *m, const char *line, size_t n,
    struct mp_part *part)
{
	const char	*colon = memchr(line, ':', n), *value;
	struct hparams	 h;
	size_t		 name, len;

	if (colon == NULL || colon == line)
		return MP_SYNTAX;
	name = (size_t)(colon - line);
	value = colon + 1;
	len = n - name - 1;
	if (name == 12 && strncasecmp(line, "Content-Type", 12) == 0) {
		text_trim(&value, &len);
		if (part->type != NULL || memchr(value, '\0', len) != NULL)
			return MP_SYNTAX;
		part->type = arena_memdup(m->arena, value, len);
	}
	if (name != 19 || strncasecmp(line, "Content-Disposition", 19) != 0)
		return MP_OK;
	if (part->name != NULL ||
	    !hparam_parse(m->arena, value, len, &h) ||
	    strcmp(h.value, "form-data") != 0)
		return MP_SYNTAX;
	if ((value = hparam_get(&h, "name")) == NULL)
		return MP_NAME;
	part->name = hparam_unform(m->arena, value);
	part->filename = hparam_filename(m->arena, &h);
	return MP_OK;
}

/* head holds whole lines and nothing else: the empty one ended it. */
static enum mp_err
take_head(struct multipart *m)
{
	struct mp_part	 part = { .name = NULL };
	const char	*line = m->head, *end = m->head + m->nhead, *eol;
	enum mp_err	 e;

	for (; line < end; line = eol + 2) {
		eol = memmem(line, (size_t)(end - line), "\r\n", 2);
		e = take_header(m, line, (size_t)(eol - line), &part);
		if (e != MP_OK)
			return e;
	}
	if (part.name == NULL)
		return MP_NAME;
	if (++m->parts > MULTIPART_PARTS)
		return MP_MANY;
	m->state = DATA;
	m->match = 0;
	return m->sink.part(m->sink.arg, &part) ? MP_OK : MP_STOP;
}

/* Until an empty line, which is the first one when there are no headers. */
static enum mp_err
push_head(struct multipart *m, const char **s, const char *end)
{
	while (*s < end) {
		if (m->nhead == sizeof(m->head))
			return MP_HEAD;
		m->head[m->nhead++] = *(*s)++;
		if (m->nhead < 2 ||
		    memcmp(m->head + m->nhead - 2, "\r\n", 2) != 0)
			continue;
		if (m->nhead == 2 || (m->nhead >= 4 &&
		    memcmp(m->head + m->nhead - 4, "\r\n", 2) == 0)) {
			m->nhead -= 2;
			return take_head(m);
		}
	}
	return MP_OK;
}

static bool
give(struct multipart *m, const char *s, size_t n)
{
	return m->state == PREAMBLE || n == 0 ||
	    m->sink.data(m->sink.arg, s, n);
}

/*
 * Up to and with the next delimiter.  Its only CR is its first byte: what began
 * like one and is none was data, and the byte at hand may begin the next.
 */
static enum mp_err
push_data(struct multipart *m, const char **s, const char *end)
{
	const char	*p;
	size_t		 n;

	while (*s < end && m->match < m->ndelim) {
		if (m->match == 0) {
			p = memchr(*s, '\r', (size_t)(end - *s));
			n = (size_t)((p != NULL ? p : end) - *s);
			if (!give(m, *s, n))
				return MP_STOP;
			*s += n;
			if (p == NULL)
				break;
		}
		if (**s == m->delim[m->match]) {
			m->match++;
			(*s)++;
			continue;
		}
		/* At the very start no CRLF came: there it is preamble. */
		if (!give(m, m->delim, m->match))
			return MP_STOP;
		m->match = 0;
	}
	if (m->match == m->ndelim)
		m->state = BEHIND;
	return MP_OK;
}

/* The few bytes behind a delimiter. */
static enum mp_err
push_behind(struct multipart *m, char c)
{
	int	from = m->state;

	if (from == DASH)
		m->state = c == '-' ? EPILOGUE : -1;
	else if (from == LINE)
		m->state = c == '\n' ? HEAD : -1;
	else if (c == '\r')
		m->state = LINE;
	else if (c == ' ' || c == '\t')
		m->state = BLANK;
	else
		m->state = c == '-' && from == BEHIND ? DASH : -1;
	m->nhead = 0;
	return m->state == -1 ? MP_SYNTAX : MP_OK;
}

enum mp_err
multipart_push(struct multipart *m, const char *s, size_t n)
{
	const char	*end = s + n;
	enum mp_err	 e = MP_OK;

	while (s < end && e == MP_OK && m->state != EPILOGUE) {
		if (m->state == HEAD)
			e = push_head(m, &s, end);
		else if (m->state == PREAMBLE || m->state == DATA)
			e = push_data(m, &s, end);
		else
			e = push_behind(m, *s++);
	}
	return e;
}

enum mp_err
multipart_end(const struct multipart *m)
{
	return m->state == EPILOGUE ? MP_OK : MP_CUT;
}

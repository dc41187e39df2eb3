/* json.c: a strict prescan before json-c. */
#include "config.h"

#include "codec/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define DEPTH_MAX	1024	/* whatever the caller says: we recurse */
#define FEW		12	/* members to compare each with each */
#define MANY		65536	/* objects and arrays: json-c takes 800
				 * bytes for the two of "{}" */

struct key {
	const char	*p;
	size_t		 len;
};

/*
 * The keys of all objects that are open, innermost last; looked at when their
 * object closes.  Escaped ones are decoded into `text`, which can never need
 * more bytes than the document.
 */
struct scan {
	const char	*p, *start, *end;
	unsigned	 depth;
	unsigned	 left;		/* objects and arrays */
	struct key	*keys;
	size_t		 nkeys, maxkeys;
	char		*text;
	size_t		 textlen;
};

static const char *const whys[] = {
	[JSON_OK] = "ok",
	[JSON_EMPTY] = "empty",
	[JSON_UTF8] = "not UTF-8",
	[JSON_SYNTAX] = "syntax error",
	[JSON_TAIL] = "text after the value",
	[JSON_DEPTH] = "nested too deeply",
	[JSON_MANY] = "too many objects and arrays",
	[JSON_DUPLICATE] = "duplicate member",
	[JSON_NUL] = "U+0000 is not allowed",
	[JSON_SURROGATE] = "lone surrogate",
	[JSON_RANGE] = "number out of range",
};
_Static_assert(nitems(whys) == JSON__MAX, "a reason for each error");

static enum json_err	scan_value(struct scan *);

static _Noreturn void
no_memory(void)
{
	log_error("json: out of memory");
	_exit(EX_OSERR);
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
	    *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
next_is(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
is_digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

/* The four digits after "\u", or -1. */
static int
scan_hex4(struct scan *s)
{
	int	i, c, v = 0;

	if (s->end - s->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		c = *s->p++;
		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else if (c >= 'A' && c <= 'F')
			c -= 'A' - 10;
		else
			return -1;
		v = v << 4 | c;
	}
	return v;
}

/* What follows "\u", as a code point; a pair of surrogates is one. */
static enum json_err
scan_unicode(struct scan *s, uint32_t *cp)
{
	int	hi, lo;

	if ((hi = scan_hex4(s)) == -1)
		return JSON_SYNTAX;
	*cp = (uint32_t)hi;
	if (hi == 0)
		return JSON_NUL;
	if (hi < 0xd800 || hi > 0xdfff)
		return JSON_OK;
	if (hi > 0xdbff || !next_is(s, '\\') || !next_is(s, 'u'))
		return JSON_SURROGATE;
	if ((lo = scan_hex4(s)) == -1)
		return JSON_SYNTAX;
	if (lo < 0xdc00 || lo > 0xdfff)
		return JSON_SURROGATE;
	*cp = 0x10000 + ((uint32_t)(hi - 0xd800) << 10) +
	    (uint32_t)(lo - 0xdc00);
	return JSON_OK;
}

/* Past a string's content and its closing quote. */
static enum json_err
scan_string(struct scan *s, bool *escaped)
{
	enum json_err	e;
	uint32_t	cp;
	unsigned char	c;

	*escaped = false;
	while (s->p < s->end) {
		c = (unsigned char)*s->p++;
		if (c == '"')
			return JSON_OK;
		if (c < 0x20)
			return JSON_SYNTAX;
		if (c != '\\')
			continue;
		*escaped = true;
		if (s->p == s->end)
			return JSON_SYNTAX;
		c = (unsigned char)*s->p++;
		if (c != 'u' && (c == '\0' || strchr("\"\\/bfnrt", c) == NULL))
			return JSON_SYNTAX;
		if (c == 'u' && (e = scan_unicode(s, &cp)) != JSON_OK)
			return e;
	}
	return JSON_SYNTAX;
}

/* The content of a string that scan_string() has passed, decoded. */
static struct key
decode_key(struct scan *s, const char *from, size_t len)
{
	struct key	 k;
	char		*out;

	if (s->text == NULL &&
	    (s->text = malloc((size_t)(s->end - s->start))) == NULL)
		no_memory();
	out = s->text + s->textlen;
	k.p = out;
	k.len = json_unescape(from, len, out);
	s->textlen += k.len;
	return k;
}

static void
push_key(struct scan *s, struct key k)
{
	struct key	*keys;
	size_t		 max;

	if (s->nkeys == s->maxkeys) {
		max = s->maxkeys > 0 ? s->maxkeys * 2 : 64;
		if ((keys = reallocarray(s->keys, max, sizeof(*keys))) == NULL)
			no_memory();
		s->keys = keys;
		s->maxkeys = max;
	}
	s->keys[s->nkeys++] = k;
}

static enum json_err
scan_key(struct scan *s)
{
	struct key	k;
	enum json_err	e;
	bool		escaped;

	if (!next_is(s, '"'))
		return JSON_SYNTAX;
	k.p = s->p;
	if ((e = scan_string(s, &escaped)) != JSON_OK)
		return e;
	k.len = (size_t)(s->p - 1 - k.p);
	push_key(s, escaped ? decode_key(s, k.p, k.len) : k);
	skip_space(s);
	return next_is(s, ':') ? JSON_OK : JSON_SYNTAX;
}

static int
compare(const void *a, const void *b)
{
	const struct key	*x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->p, y->p, x->len);
}

/* Sorted rather than hashed: no choice of keys makes that quadratic. */
static bool
has_duplicates(struct key *k, size_t n)
{
	size_t	i, j;

	if (n <= FEW) {
		for (i = 1; i < n; i++)
			for (j = 0; j < i; j++)
				if (compare(&k[i], &k[j]) == 0)
					return true;
		return false;
	}
	qsort(k, n, sizeof(*k), compare);
	for (i = 1; i < n; i++)
		if (compare(&k[i - 1], &k[i]) == 0)
			return true;
	return false;
}

static enum json_err
scan_object(struct scan *s)
{
	size_t		first = s->nkeys, text = s->textlen;
	enum json_err	e;

	skip_space(s);
	if (next_is(s, '}'))
		return JSON_OK;
	do {
		skip_space(s);
		if ((e = scan_key(s)) != JSON_OK ||
		    (e = scan_value(s)) != JSON_OK)
			return e;
		skip_space(s);
	} while (next_is(s, ','));
	if (!next_is(s, '}'))
		return JSON_SYNTAX;
	if (has_duplicates(s->keys + first, s->nkeys - first))
		return JSON_DUPLICATE;
	s->nkeys = first;
	s->textlen = text;
	return JSON_OK;
}

static enum json_err
scan_array(struct scan *s)
{
	enum json_err	e;

	skip_space(s);
	if (next_is(s, ']'))
		return JSON_OK;
	do {
		if ((e = scan_value(s)) != JSON_OK)
			return e;
		skip_space(s);
	} while (next_is(s, ','));
	return next_is(s, ']') ? JSON_OK : JSON_SYNTAX;
}

static enum json_err
check_range(const char *p, size_t n)
{
	char	small[512], *copy = small;
	bool	finite;

	if (n >= sizeof(small) && (copy = malloc(n + 1)) == NULL)
		no_memory();
	memcpy(copy, p, n);
	copy[n] = '\0';
	finite = isfinite(strtod(copy, NULL));
	if (copy != small)
		free(copy);
	return finite ? JSON_OK : JSON_RANGE;
}

static enum json_err
scan_number(struct scan *s)
{
	const char	*start = s->p;
	bool		 exponent = false;

	next_is(s, '-');
	if (!is_digit(s))
		return JSON_SYNTAX;
	if (!next_is(s, '0'))
		while (is_digit(s))
			s->p++;
	if (next_is(s, '.')) {
		if (!is_digit(s))
			return JSON_SYNTAX;
		while (is_digit(s))
			s->p++;
	}
	if (next_is(s, 'e') || next_is(s, 'E')) {
		exponent = true;
		if (!next_is(s, '+'))
			next_is(s, '-');
		if (!is_digit(s))
			return JSON_SYNTAX;
		while (is_digit(s))
			s->p++;
	}
	/* Below 1e308 by its length alone. */
	if (!exponent && s->p - start <= 308)
		return JSON_OK;
	return check_range(start, (size_t)(s->p - start));
}

static enum json_err
scan_word(struct scan *s, const char *word)
{
	size_t	n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return JSON_SYNTAX;
	s->p += n;
	return JSON_OK;
}

static enum json_err
scan_value(struct scan *s)
{
	enum json_err	e;
	bool		escaped, object;

	skip_space(s);
	if (s->p == s->end)
		return JSON_SYNTAX;
	switch (*s->p) {
	case '{':
	case '[':
		if (s->depth == 0)
			return JSON_DEPTH;
		if (s->left-- == 0)
			return JSON_MANY;
		s->depth--;
		object = *s->p++ == '{';
		e = object ? scan_object(s) : scan_array(s);
		s->depth++;
		return e;
	case '"':
		s->p++;
		return scan_string(s, &escaped);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

enum json_err
json_scan(const char *p, size_t len, unsigned depth)
{
	struct scan	s = { .p = p, .start = p, .end = p + len,
			    .left = MANY };
	enum json_err	e;

	if (!utf8_valid(p, len))
		return JSON_UTF8;
	if (memchr(p, '\0', len) != NULL)
		return JSON_NUL;
	s.depth = depth < DEPTH_MAX ? depth : DEPTH_MAX;
	skip_space(&s);
	if (s.p == s.end)
		return JSON_EMPTY;
	e = scan_value(&s);
	skip_space(&s);
	if (e == JSON_OK && s.p != s.end)
		e = JSON_TAIL;
	free(s.keys);
	free(s.text);
	return e;
}

const char *
json_why(enum json_err e)
{
	return whys[e];
}

static void
put_object(void *obj)
{
	json_object_put(obj);
}

enum json_err
json_parse(struct arena *a, const char *p, size_t len, unsigned depth,
    struct json_object **out)
{
	struct json_tokener	*tok;
	enum json_err		 e;
	bool			 ok;

	*out = NULL;
	if (len > INT_MAX)
		return JSON_SYNTAX;
	if ((e = json_scan(p, len, depth)) != JSON_OK)
		return e;
	if (depth > DEPTH_MAX)
		depth = DEPTH_MAX;
	/* Its depth counts the scalar inside and stops one before. */
	if ((tok = json_tokener_new_ex((int)depth + 2)) == NULL)
		no_memory();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	*out = json_tokener_parse_ex(tok, p, (int)len);
	/* Only a NUL tells it that a number at the top is over. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		*out = json_tokener_parse_ex(tok, "", 1);
	ok = json_tokener_get_error(tok) == json_tokener_success;
	json_tokener_free(tok);
	if (!ok)
		return JSON_SYNTAX;
	if (*out != NULL)
		arena_cleanup(a, put_object, *out);
	return JSON_OK;
}

/* jsonw.c: JSON written straight into a buffer; commas come by themselves. */
#include "config.h"

#include "codec/json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void
comma(struct buf *b)
{
	char	last;

	if (b->len == 0)
		return;
	last = b->p[b->len - 1];
	if (last != '{' && last != '[' && last != ':')
		buf_chr(b, ',');
}

/* Whether one of eight bytes needs an escape. */
static bool
any_special(const char *s)
{
	const uint64_t	ones = UINT64_MAX / 255;
	uint64_t	x, quote, slash;

	memcpy(&x, s, sizeof(x));
	quote = x ^ (ones * '"');
	slash = x ^ (ones * '\\');
	/* The high bit is borrowed from below where a byte is too small. */
	return ((((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
	    ((slash - ones) & ~slash)) & (ones << 7)) != 0;
}

/* How many bytes need no escape. */
static size_t
plain(const char *s, size_t len)
{
	size_t		i = 0;
	unsigned char	c;

	while (len - i >= 8 && !any_special(s + i))
		i += 8;
	for (; i < len; i++) {
		c = (unsigned char)s[i];
		if (c < 0x20 || c == '"' || c == '\\')
			break;
	}
	return i;
}

static void
escape(struct buf *b, unsigned char c)
{
	static const char	 marks[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char		*mark;

	buf_chr(b, '\\');
	if (c >= 0x20)
		buf_chr(b, (char)c);
	else if (c != '\0' && (mark = strchr(means, c)) != NULL)
		buf_chr(b, marks[mark - means]);
	else
		buf_printf(b, "u%04x", c);
}

/* Quoted; what needs no escape goes over in runs. */
static void
quote(struct buf *b, const char *s, size_t len)
{
	size_t	i, n;

	buf_chr(b, '"');
	for (i = 0; i < len; i += n + 1) {
		n = plain(s + i, len - i);
		buf_add(b, s + i, n);
		if (i + n < len)
			escape(b, (unsigned char)s[i + n]);
	}
	buf_chr(b, '"');
}

void
jw_open(struct buf *b, char c)
{
	comma(b);
	buf_chr(b, c);
}

void
jw_close(struct buf *b, char c)
{
	buf_chr(b, c);
}

void
jw_key(struct buf *b, const char *k)
{
	comma(b);
	buf_chr(b, '"');
	buf_str(b, k);
	buf_add(b, "\":", 2);
}

void
jw_key_n(struct buf *b, const char *k, size_t len)
{
	comma(b);
	quote(b, k, len);
	buf_chr(b, ':');
}

void
jw_str(struct buf *b, const char *s, size_t len)
{
	comma(b);
	quote(b, s, len);
}

void
jw_cstr(struct buf *b, const char *s)
{
	if (s == NULL)
		jw_null(b);
	else
		jw_str(b, s, strlen(s));
}

void
jw_int(struct buf *b, int64_t n)
{
	char	text[INT_TEXT + 1];
	size_t	len = int_text(n, text);

	jw_raw(b, text, len);
}

/* The shortest text that reads back as d, and as a double. */
void
jw_double(struct buf *b, double d)
{
	char	text[40];
	int	digits;

	if (!isfinite(d)) {
		jw_null(b);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	comma(b);
	buf_str(b, text);
	if (strpbrk(text, ".e") == NULL)
		buf_str(b, ".0");
}

void
jw_bool(struct buf *b, bool v)
{
	jw_raw(b, v ? "true" : "false", v ? 4 : 5);
}

void
jw_null(struct buf *b)
{
	jw_raw(b, "null", 4);
}

void
jw_raw(struct buf *b, const char *p, size_t len)
{
	comma(b);
	buf_add(b, p, len);
}

void
jw_obj(struct buf *b, struct json_object *obj)
{
	const char	*text;
	size_t		 len;

	text = json_object_to_json_string_length(obj, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text == NULL)
		b->over = true;		/* no memory: it is not whole */
	else
		jw_raw(b, text, len);
}

void
jw_kstr(struct buf *b, const char *k, const char *v)
{
	jw_key(b, k);
	jw_cstr(b, v);
}

void
jw_kint(struct buf *b, const char *k, int64_t n)
{
	jw_key(b, k);
	jw_int(b, n);
}

void
jw_kbool(struct buf *b, const char *k, bool v)
{
	jw_key(b, k);
	jw_bool(b, v);
}

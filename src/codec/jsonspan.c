/* jsonspan.c: finding values in JSON text that the scan has accepted. */
#include "config.h"

#include "codec/json.h"

#include <string.h>

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' ||
	    *p == '\r'))
		p++;
	return p;
}

/* Past the string that begins here. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

/* Past the value that begins here, whatever it is. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t	depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			break;
		case '{':
		case '[':
			depth++;
			p++;
			break;
		case '}':
		case ']':
			depth--;
			p++;
			break;
		default:
			p++;
			if (depth > 0)
				continue;
			while (p < end && strchr(" \t\r\n,]}", *p) == NULL)
				p++;
			break;
		}
		if (depth == 0)
			break;
	}
	return p;
}

struct json_span
json_whole(const char *text, size_t n)
{
	const char	*end = text + n;
	struct json_span s;

	s.p = skip_space(text, end);
	s.n = (size_t)(skip_value(s.p, end) - s.p);
	return s;
}

struct json_iter
json_walk(struct json_span s)
{
	struct json_iter	it = { s.p, s.p };

	if (s.n > 1 && (*s.p == '{' || *s.p == '[')) {
		it.end = s.p + s.n - 1;
		it.p = skip_space(s.p + 1, it.end);
	}
	return it;
}

static struct json_span
take_value(struct json_iter *it)
{
	struct json_span	s = { it->p, 0 };

	it->p = skip_value(it->p, it->end);
	s.n = (size_t)(it->p - s.p);
	it->p = skip_space(it->p, it->end);
	return s;
}

bool
json_next(struct json_iter *it, struct json_span *key, struct json_span *value)
{
	if (it->p == it->end)
		return false;
	key->p = NULL;
	key->n = 0;
	*value = take_value(it);
	if (it->p < it->end && *it->p == ':') {
		*key = *value;
		it->p = skip_space(it->p + 1, it->end);
		*value = take_value(it);
	}
	if (it->p < it->end)
		it->p = skip_space(it->p + 1, it->end);	/* the comma */
	return true;
}

bool
json_member(struct json_span object, const char *name, struct json_span *value)
{
	struct json_iter	it = json_walk(object);
	struct json_span	key;

	while (json_next(&it, &key, value))
		if (key.p != NULL && json_is(key, name))
			return true;
	return false;
}

static uint32_t
hex4(const char *p)
{
	uint32_t	v = 0;
	int		i;

	for (i = 0; i < 4; i++)
		v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' :
		    (p[i] | 32) - 'a' + 10);
	return v;
}

static size_t
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* One byte, or one escape of up to four, to out; moves *p past it. */
static size_t
decode(const char **p, char out[4])
{
	static const char	 marks[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char		*mark;
	uint32_t		 c;

	if (**p != '\\') {
		*out = *(*p)++;
		return 1;
	}
	if (*++*p != 'u') {
		mark = strchr(marks, **p);
		*out = mark != NULL ? means[mark - marks] : **p;
		++*p;
		return 1;
	}
	c = hex4(*p + 1);
	*p += 5;
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(*p + 2) - 0xdc00);
		*p += 6;
	}
	return put_utf8(out, c);
}

bool
json_is(struct json_span s, const char *text)
{
	const char	*p, *end;
	size_t		 left = strlen(text), n;
	char		 c[4];

	if (s.n < 2 || *s.p != '"')
		return false;
	end = s.p + s.n - 1;
	for (p = s.p + 1; p < end; text += n, left -= n) {
		n = decode(&p, c);
		if (n > left || memcmp(c, text, n) != 0)
			return false;
	}
	return left == 0;
}

size_t
json_unescape(const char *p, size_t n, char *out)
{
	const char	*end = p + n;
	size_t		 len = 0;
	char		 c[4];

	while (p < end) {
		n = decode(&p, c);
		memcpy(out + len, c, n);
		len += n;
	}
	return len;
}

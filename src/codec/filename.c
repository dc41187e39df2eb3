/* filename.c: names of files that came from outside (studio.md, 7.4). */
#include "config.h"

#include "codec/filename.h"

#include <string.h>

#include "base/text.h"

#define EXTENSION_MAX	32	/* bytes that a cut keeps, with the dot */

/* C0, DEL, C1, and what reverses the reading of a name. */
static const struct {
	unsigned	from, to;
} banned[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x200e, 0x200f },
	{ 0x202a, 0x202e }, { 0x2066, 0x2069 },
};

/* The code point at p, which is valid UTF-8; *n is set to its bytes. */
static unsigned
code_point(const unsigned char *p, size_t *n)
{
	static const unsigned char	mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned			c;
	size_t				i;

	*n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	c = p[0] & mask[*n];
	for (i = 1; i < *n; i++)
		c = c << 6 | (p[i] & 0x3fU);
	return c;
}

static bool
is_banned(unsigned c)
{
	size_t	i;

	for (i = 0; i < nitems(banned); i++)
		if (c >= banned[i].from && c <= banned[i].to)
			return true;
	return false;
}

/* The longest beginning of s that ends with a code point, at most max. */
static size_t
whole(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && (s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static size_t
trim_end(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == '.' || s[n - 1] == ' '))
		n--;
	return n;
}

/* Cuts in front of the extension, unless that is all there is. */
static void
shorten(char out[FILENAME_MAX_BYTES + 1], const char *s, size_t n)
{
	const char	*dot = memrchr(s, '.', n);
	size_t		 ext = dot == NULL ? 0 : (size_t)(s + n - dot), stem;

	if (n <= FILENAME_MAX_BYTES || ext > EXTENSION_MAX)
		ext = 0;
	stem = whole(s, n - ext, FILENAME_MAX_BYTES - ext);
	memcpy(out, s, stem);
	memcpy(out + stem, s + n - ext, ext);
	out[trim_end(out, stem + ext)] = '\0';
}

void
filename_clean(const char *s, size_t len, char out[FILENAME_MAX_BYTES + 1])
{
	char	 kept[16 * 1024];
	size_t	 i, n, k = 0;

	for (i = 0; i < len; i += n) {
		if (s[i] == '/' || s[i] == '\\') {
			k = 0;
			n = 1;
			continue;
		}
		if (is_banned(code_point((const unsigned char *)s + i, &n)) ||
		    (k == 0 && (s[i] == '.' || s[i] == ' ')) ||
		    k + n > sizeof(kept))
			continue;
		memcpy(kept + k, s + i, n);
		k += n;
	}
	shorten(out, kept, trim_end(kept, k));
	if (*out == '\0')
		memcpy(out, "artifact", 9);
}

const char *
filename_extension(const char *name)
{
	const char	*dot = strrchr(name, '.');

	return dot == NULL ? "" : dot + 1;
}

/* RFC 8187, 3.2.1: attr-char. */
static bool
is_attr(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

void
filename_disposition(struct buf *b, bool in_line, const char *name)
{
	const unsigned char	*p = (const unsigned char *)name;

	buf_str(b, in_line ? "inline; filename=\"" : "attachment; filename=\"");
	for (; *p != '\0'; p++) {
		if (*p >= 0x80 && *p < 0xc0)
			continue;	/* one '_' a character */
		buf_chr(b, *p < 0x20 || *p >= 0x7f || *p == '"' ||
		    *p == '\\' || *p == '%' ? '_' : (char)*p);
	}
	buf_str(b, "\"; filename*=UTF-8''");
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		if (is_attr(*p))
			buf_chr(b, (char)*p);
		else
			buf_printf(b, "%%%02X", *p);
}

/* text.c: strict parsers of UTF-8, UUIDs, integers, escapes; the clocks. */
#include "config.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

#define LAX_MAX	512	/* bytes that uuid_lax() looks at, dashes included */

/* Bytes of the code point at p, 0 if it is none (Unicode 15, table 3-7). */
static size_t
utf8_len(const unsigned char *p, size_t n)
{
	unsigned char	lo = 0x80, hi = 0xbf;
	size_t		want, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < want)
		return 0;
	switch (p[0]) {
	case 0xe0:
		lo = 0xa0;	/* overlong below */
		break;
	case 0xed:
		hi = 0x9f;	/* surrogates above */
		break;
	case 0xf0:
		lo = 0x90;
		break;
	case 0xf4:
		hi = 0x8f;	/* U+10FFFF */
		break;
	}
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

bool
utf8_valid(const char *s, size_t len)
{
	const unsigned char	*p = (const unsigned char *)s;
	uint64_t		 eight;
	size_t			 n;

	while (len > 0) {
		/* Most text is ASCII: eight bytes at a time. */
		if (len >= sizeof(eight)) {
			memcpy(&eight, p, sizeof(eight));
			if ((eight & 0x8080808080808080ULL) == 0) {
				p += sizeof(eight);
				len -= sizeof(eight);
				continue;
			}
		}
		if ((n = utf8_len(p, len)) == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t
utf8_count(const char *s, size_t len)
{
	size_t	i, n = 0;

	for (i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

size_t
utf8_prefix(const char *s, size_t len, size_t n)
{
	size_t	i;

	for (i = 0; i < len; i++)
		if ((s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

static bool
is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) ||
	    c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Bytes of the white space at p, 0 if there is none; none takes four. */
static size_t
space_len(const char *s, size_t len)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 n;

	if (len == 0 || (n = utf8_len(p, len)) == 0)
		return 0;
	switch (n) {
	case 1:
		return is_space(p[0]) ? 1 : 0;
	case 2:
		return is_space((p[0] & 0x1fU) << 6 | (p[1] & 0x3fU)) ? 2 : 0;
	case 3:
		return is_space((p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 |
		    (p[2] & 0x3fU)) ? 3 : 0;
	default:
		return 0;
	}
}

void
text_trim(const char **s, size_t *len)
{
	size_t	n;

	while ((n = space_len(*s, *len)) > 0) {
		*s += n;
		*len -= n;
	}
	for (;;) {
		for (n = 1; n <= 3 && n <= *len; n++)
			if (space_len(*s + *len - n, n) == n)
				break;
		if (n > 3 || n > *len)
			return;
		*len -= n;
	}
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool
text_control(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s, *end = p + n;

	for (; p < end; p++)
		if (*p < 0x20 || *p == 0x7f ||
		    (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return true;
	return false;
}

void
text_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = lower(*s);
}

bool
text_same(const char *a, const char *b, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

/* The digit's value, or -1. */
static int
hex(char c)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool
uuid_strict(const char *s, size_t len, char out[UUID_TEXT + 1])
{
	size_t	i;

	if (len != UUID_TEXT)
		return false;
	for (i = 0; i < UUID_TEXT; i++) {
		if (is_dash(i) ? s[i] != '-' : hex(s[i]) == -1)
			return false;
		out[i] = lower(s[i]);
	}
	out[i] = '\0';
	return true;
}

/* Drops every occurrence of word, left to right, like str.replace(). */
static size_t
drop(char *s, size_t len, const char *word)
{
	size_t	i, n = 0, w = strlen(word);

	for (i = 0; i < len;) {
		if (len - i >= w && memcmp(s + i, word, w) == 0)
			i += w;
		else
			s[n++] = s[i++];
	}
	return n;
}

bool
uuid_lax(const char *s, size_t len, char out[UUID_TEXT + 1])
{
	char	 copy[LAX_MAX], *p = copy;
	size_t	 i;

	if (uuid_strict(s, len, out))	/* as nearly all are */
		return true;
	if (len > sizeof(copy))
		return false;
	memcpy(copy, s, len);
	len = drop(copy, len, "urn:");
	len = drop(copy, len, "uuid:");
	while (len > 0 && (*p == '{' || *p == '}')) {
		p++;
		len--;
	}
	while (len > 0 && (p[len - 1] == '{' || p[len - 1] == '}'))
		len--;
	if (drop(p, len, "-") != 32)
		return false;
	for (i = 0; i < UUID_TEXT; i++) {
		if (is_dash(i)) {
			out[i] = '-';
			continue;
		}
		if (hex(*p) == -1)
			return false;
		out[i] = lower(*p++);
	}
	out[i] = '\0';
	return true;
}

const char *
uuid_or_text(const char *s, size_t n, char out[UUID_TEXT + 1])
{
	return uuid_lax(s, n, out) ? out : s;
}

void
uuid_v5(const char *ns, const char *name, size_t len, char out[UUID_TEXT + 1])
{
	uuid_t	space, id;

	/* Namespaces are constants of ours. */
	if (uuid_parse(ns, space) != 0)
		abort();
	uuid_generate_sha1(id, space, name, len);
	uuid_unparse_lower(id, out);
}

void
uuid_random(char out[UUID_TEXT + 1])
{
	uuid_t	id;

	uuid_generate_random(id);
	uuid_unparse_lower(id, out);
}

bool
int_strict(const char *s, size_t len, int64_t min, int64_t max, int64_t *out)
{
	bool	neg;
	int64_t	n = 0;
	size_t	i;

	neg = len > 0 && s[0] == '-';
	if (len == (size_t)neg)
		return false;
	for (i = neg; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		/* Downwards for both signs' sake: INT64_MIN has no opposite. */
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, s[i] - '0', &n))
			return false;
	}
	if (!neg && __builtin_sub_overflow((int64_t)0, n, &n))
		return false;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

size_t
int_text(int64_t v, char out[INT_TEXT + 1])
{
	uint64_t	u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char		digits[INT_TEXT], *p = digits + sizeof(digits);
	size_t		n;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		*--p = '-';
	n = (size_t)(digits + sizeof(digits) - p);
	memcpy(out, p, n);
	out[n] = '\0';
	return n;
}

bool
percent_decode(char *s, size_t *len, bool plus)
{
	size_t	i, n = 0;
	int	hi, lo;

	for (i = 0; i < *len; i++) {
		if (s[i] == '+' && plus) {
			s[n++] = ' ';
			continue;
		}
		if (s[i] != '%') {
			s[n++] = s[i];
			continue;
		}
		if (*len - i < 3 || (hi = hex(s[i + 1])) == -1 ||
		    (lo = hex(s[i + 2])) == -1)
			return false;
		s[n++] = (char)(hi << 4 | lo);
		i += 2;
	}
	*len = n;
	return memchr(s, '\0', n) == NULL && utf8_valid(s, n);
}

void
time_utc(int64_t us, char out[32])
{
	struct tm	tm;
	int64_t		frac = us % 1000000;
	time_t		t = (time_t)(us / 1000000);
	size_t		n;

	if (frac < 0) {
		frac += 1000000;
		t--;
	}
	gmtime_r(&t, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%06dZ", (int)frac);
}

static int64_t
clock_us(clockid_t id)
{
	struct timespec	ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* coerce.c: what clients write for a number, a switch, a time, a choice. */
#include "config.h"

#include "http/coerce.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/rc.h"
#include "base/text.h"

#define NUM_MAX		400	/* characters of a number as text */

bool
int_lax(const char *s, size_t n, int64_t *out)
{
	const char	*dot;
	size_t		 digits, i;

	text_trim(&s, &n);
	if (n > 0 && *s == '+' && n > 1 && s[1] != '-')
		s++, n--;
	if ((dot = memchr(s, '.', n)) != NULL) {
		digits = (size_t)(dot - s);
		for (i = digits + 1; i < n; i++)
			if (s[i] != '0')
				return false;
		if (digits + 1 == n)
			return false;
		n = digits;
	}
	return int_strict(s, n, INT64_MIN, INT64_MAX, out);
}

bool
num_lax(const char *s, size_t n, double *out)
{
	char	 text[NUM_MAX + 1], *end;

	text_trim(&s, &n);
	if (n == 0 || n > NUM_MAX)
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	/* No hexadecimal, no "inf", no "nan". */
	if (strspn(text, "+-.0123456789eE") != n)
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

bool
bool_lax(const char *s, int64_t *out)
{
	static const char *const	yes[] = { "true", "yes", "on", "t",
					    "y", "1" };
	static const char *const	no[] = { "false", "no", "off", "f",
					    "n", "0" };
	size_t				i;

	for (i = 0; i < nitems(yes); i++) {
		*out = strcasecmp(s, yes[i]) == 0;
		if (*out || strcasecmp(s, no[i]) == 0)
			return true;
	}
	return false;
}

/* n digits at *s, a number within min..max; moves *s past them. */
static bool
digits(const char **s, int n, int min, int max, int *out)
{
	for (*out = 0; n > 0; n--, ++*s) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return *out >= min && *out <= max;
}

static bool
next_is(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* Days from 1970-01-01; false for a day that its month does not have. */
static bool
day_number(int y, int m, int d, int64_t *out)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };
	bool			leap;
	int			i;

	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > days[m - 1] + (m == 2 && leap))
		return false;
	for (i = 0; i < m - 1; i++)
		d += days[i];
	y--;
	*out = y * INT64_C(365) + y / 4 - y / 100 + y / 400 + d - 719163 +
	    (m > 2 && leap);
	return true;
}

/* "Z" or "+hh:mm", in minutes. */
static bool
offset(const char **s, int *out)
{
	int	sign = **s == '-' ? -1 : 1, h, m;

	*out = 0;
	if (next_is(s, 'Z') || next_is(s, 'z'))
		return true;
	if (!next_is(s, '+') && !next_is(s, '-'))
		return false;
	if (!digits(s, 2, 0, 23, &h) || !next_is(s, ':') ||
	    !digits(s, 2, 0, 59, &m))
		return false;
	*out = sign * (h * 60 + m);
	return true;
}

/* "." and digits, in microseconds. */
static bool
fraction(const char **s, int *us)
{
	int	unit = 100000;

	*us = 0;
	if (!next_is(s, '.'))
		return true;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
		*us += (**s - '0') * unit;
	return true;
}

bool
time_strict(const char *s, size_t n, char out[32])
{
	const char	*end = s + n;
	int		 y, mo, d, h, mi, sec, us, off;
	int64_t		 day;
	time_t		 t;
	struct tm	 tm;
	char		 rest[16];

	if (!digits(&s, 4, 1, 9999, &y) || !next_is(&s, '-') ||
	    !digits(&s, 2, 1, 12, &mo) || !next_is(&s, '-') ||
	    !digits(&s, 2, 1, 31, &d) || (!next_is(&s, 'T') &&
	    !next_is(&s, 't') && !next_is(&s, ' ')) ||
	    !digits(&s, 2, 0, 23, &h) || !next_is(&s, ':') ||
	    !digits(&s, 2, 0, 59, &mi) || !next_is(&s, ':') ||
	    !digits(&s, 2, 0, 59, &sec) || !fraction(&s, &us) ||
	    !offset(&s, &off) || s != end || !day_number(y, mo, d, &day))
		return false;
	t = day * 86400 + h * 3600 + mi * 60 + sec - off * 60;
	if (t < INT64_C(-62135596800) || t > INT64_C(253402300799))
		return false;
	gmtime_r(&t, &tm);
	n = strftime(rest, sizeof(rest), "-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 32, "%04d%.*s.%06dZ", tm.tm_year + 1900, (int)n, rest,
	    us);
	return true;
}

bool
word_of(const char *list, const char *s, size_t n, int64_t *out)
{
	const char	*end;
	size_t		 len;

	for (*out = 0; list != NULL; ++*out) {
		end = strstr(list, ", ");
		len = end != NULL ? (size_t)(end - list) : strlen(list);
		if (len == n && memcmp(list, s, n) == 0)
			return true;
		list = end != NULL ? end + 2 : NULL;
	}
	return false;
}

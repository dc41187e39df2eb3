/* cursor.c: a list's position, opaque to clients and without any right. */
#include "config.h"

#include "api/api.h"

#include <string.h>

#include "base/b64.h"
#include "base/text.h"
#include "http/route.h"

#define CURSOR_MAX	1024	/* encoded */
#define CURSOR_LAX	256	/* runs.md 1.6 */
#define SEPARATOR	'\n'	/* in no timestamp */

static size_t
longest(const struct req *r)
{
	return face_of(r)->strict ? CURSOR_MAX : CURSOR_LAX;
}

const char *
cursor_make(struct req *r, const char *time, const char *id)
{
	struct buf	 raw, b;
	const char	*s = NULL;

	buf_init(&raw, longest(r));
	buf_init(&b, longest(r));
	buf_str(&raw, time != NULL ? time : "");
	buf_chr(&raw, SEPARATOR);
	buf_str(&raw, id);
	b64url_encode(&b, raw.p, raw.len);
	if (!raw.over && !b.over)
		s = arena_memdup(r->arena, b.p, b.len);
	buf_free(&raw);
	buf_free(&b);
	return s;
}

static int
digits(const char *s, int n)
{
	int	v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return v;
}

static int
days_in(int year, int month)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };
	bool			leap;

	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* What PostgreSQL prints for a timestamp, and nothing that it would refuse. */
static bool
is_time(const char *s)
{
	static const char	form[] = "dddd-dd-dd dd:dd:dd";
	size_t			i, n;
	int			month;

	if (strcmp(s, "infinity") == 0 || strcmp(s, "-infinity") == 0)
		return true;
	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' :
		    s[i] != form[i])
			return false;
	month = digits(s + 5, 2);
	if (digits(s, 4) == 0 || month < 1 || month > 12 ||
	    digits(s + 8, 2) < 1 ||
	    digits(s + 8, 2) > days_in(digits(s, 4), month) ||
	    digits(s + 11, 2) > 23 || digits(s + 14, 2) > 59 ||
	    digits(s + 17, 2) > 59)
		return false;
	if (s[i] == '\0')
		return true;
	n = strspn(s + i + 1, "0123456789");
	return s[i] == '.' && n >= 1 && n <= 6 && s[i + 1 + n] == '\0';
}

bool
cursor_take(struct req *r, const struct value *v, const char **time,
    const char **id)
{
	char	*p, *sep;
	size_t	 n;

	p = arena_alloc(r->arena, v->n + 3);
	if (v->n <= longest(r) && b64url_decode(v->s, v->n, p, &n) &&
	    memchr(p, '\0', n) == NULL && utf8_valid(p, n)) {
		p[n] = '\0';
		if ((sep = strchr(p, SEPARATOR)) != NULL) {
			*sep = '\0';
			*time = *p != '\0' ? p : NULL;
			*id = sep + 1;
			if (*time == NULL || is_time(p))
				return true;
		}
	}
	fields_refuse(r, AT_QUERY, "cursor", v->s,
	    face_of(r)->strict ? "invalid" : "Invalid cursor");
	return false;
}

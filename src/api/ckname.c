/* ckname.c: ids, times and failures of ChatKit's store. */
#include "config.h"

#include "api/chatkit.h"

#include <string.h>

#include "http/coerce.h"
#include "http/reply.h"

#define NAMESPACE_DNS	"6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define DIGITS		"0123456789"
#define DATE		10	/* bytes of YYYY-MM-DD */
#define DECIMALS	9

void
ck_thread_uuid(const char *owner, const char *thread, char out[UUID_TEXT + 1])
{
	struct buf	b;

	buf_init(&b, 4096);
	buf_printf(&b, "chatkit-%s/%s", owner, thread);
	uuid_v5(NAMESPACE_DNS, b.p != NULL ? b.p : "", b.len, out);
	buf_free(&b);
}

/* "+hh", "+hhmm" and nothing, as "+hh:mm" and "Z"; NULL: something else. */
static const char *
offset(struct arena *a, const char *s)
{
	size_t	n;

	if (*s == '\0' || strcmp(s, "Z") == 0)
		return "Z";
	n = strspn(s + 1, DIGITS);
	if (*s != '+' && *s != '-')
		return NULL;
	if (s[1 + n] == '\0' && n == 2)
		return arena_printf(a, "%s:00", s);
	if (s[1 + n] == '\0' && n == 4)
		return arena_printf(a, "%.3s:%s", s, s + 3);
	return s;
}

bool
ck_time(struct arena *a, const char *s, size_t n, char out[32])
{
	const char	*zone, *p;
	size_t		 decimals;

	if (n <= DATE || (s[DATE] != 'T' && s[DATE] != ' '))
		return false;
	p = s + DATE + 1;
	p += strspn(p, DIGITS ":");
	if (*p == '.') {
		decimals = strspn(p + 1, DIGITS);
		if (decimals > DECIMALS)
			return false;
		p += 1 + decimals;
	}
	if ((zone = offset(a, p)) == NULL)
		return false;
	s = arena_printf(a, "%.*s%s", (int)(p - s), s, zone);
	return time_strict(s, strlen(s), out);
}

const char *
ck_array(struct arena *a, const char *const *v, size_t n)
{
	size_t	 i, len = 3;
	char	*out, *p;
	const char *s;

	for (i = 0; i < n; i++)
		len += 2 * strlen(v[i]) + 3;
	p = out = arena_alloc(a, len);
	*p++ = '{';
	for (i = 0; i < n; i++) {
		if (i > 0)
			*p++ = ',';
		*p++ = '"';
		for (s = v[i]; *s != '\0'; s++) {
			if (*s == '"' || *s == '\\')
				*p++ = '\\';
			*p++ = *s;
		}
		*p++ = '"';
	}
	*p = '}';
	return out;
}

enum rc
ck_no_thread(struct req *r, const char *thread)
{
	return fail(r, RC_NOTFOUND, "Thread %s not found", thread);
}

enum rc
ck_no_item(struct req *r, const char *item, const char *thread)
{
	if (thread == NULL)
		return fail(r, RC_NOTFOUND, "Item %s not found", item);
	return fail(r, RC_NOTFOUND, "Item %s not found in thread %s", item,
	    thread);
}

enum rc
ck_no_attachment(struct req *r, const char *id)
{
	return fail(r, RC_NOTFOUND, "Attachment %s not found", id);
}

void
ck_key(struct req *r, const char *key)
{
	reply_header(r, "X-Bobbin-Thread-Key", arena_strdup(r->arena, key));
}

/* fuzz_route.c: a path and a query, as a client spells them. */
#include "config.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "http/route.h"

#define SEGMENTS	12

/* Decoded it is text that ends where it ends, and no longer than before. */
static bool
decode(char *s)
{
	size_t	n = strlen(s), before = n;

	if (!percent_decode(s, &n, false))
		return false;
	if (n > before || memchr(s, '\0', n) != NULL || !utf8_valid(s, n))
		abort();
	s[n] = '\0';
	return true;
}

/* A pattern takes whole segments, none of them empty. */
static void
match(const char *const seg[], size_t nseg)
{
	const struct route	*e;
	const char		*arg[ROUTE_ARGS];
	size_t			 k;
	int			 i, n;

	for (e = routes; e < routes + nroutes; e++) {
		n = route_match(e->path, seg, nseg, arg);
		if (n < -1 || n > ROUTE_ARGS)
			abort();
		for (i = 0; i < n; i++) {
			for (k = 0; k < nseg && seg[k] != arg[i]; k++)
				;
			if (k == nseg || *arg[i] == '\0')
				abort();
		}
	}
}

static void
path(char *p)
{
	const char	*seg[SEGMENTS];
	char		*s;
	size_t		 n = 0;

	if (*p++ != '/')
		return;
	while (n < SEGMENTS && (s = strsep(&p, "/")) != NULL) {
		if (!decode(s))
			return;
		seg[n++] = s;
	}
	match(seg, n);
}

/* Of every route's fields, none is there that is no text. */
static void
query(struct req *r)
{
	const struct field	*f;
	const struct route	*e;
	struct value		 v[ROUTE_FIELDS];
	size_t			 i;

	for (e = routes; e < routes + nroutes; e++) {
		if ((f = e->query) == NULL)
			continue;
		memset(v, 0, sizeof(v));
		r->route = e;
		r->nfaults = 0;
		buf_reset(&r->faults, 0);
		fields_query(r, f, v);
		for (i = 0; f[i].name != NULL; i++)
			if (v[i].given && v[i].s != NULL &&
			    (strlen(v[i].s) != v[i].n ||
			    !utf8_valid(v[i].s, v[i].n)))
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct req	 r = { .rc = RC_OK };
	char		*q;

	r.arena = arena_new(16UL << 20);
	buf_init(&r.faults, 1 << 16);
	r.path = arena_memdup(r.arena, (const char *)data, len);
	r.query_string = r.path + strlen(r.path);
	if ((q = strchr(r.path, '?')) != NULL) {
		*q = '\0';
		r.query_string = q + 1;
	}
	query(&r);
	path(r.path);
	buf_free(&r.faults);
	arena_free(r.arena);
	return 0;
}

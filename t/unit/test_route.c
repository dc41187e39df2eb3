/* test_route.c: patterns, the route table, cursors. */
#include "config.h"

#include "unit/unit.h"

#include "api/api.h"
#include "base/b64.h"
#include "http/route.h"

static const struct {
	const char	*why, *pattern;
	const char	*seg[3];
	size_t		 n;
	int		 want;
} cases[] = {
	{ "literal", "/health", { "health" }, 1, 0 },
	{ "shorter", "/health/database", { "health" }, 1, -1 },
	{ "longer", "/health", { "health", "x" }, 2, -1 },
	{ "a prefix is not the word", "/health", { "heal" }, 1, -1 },
	{ "nor the other way round", "/health", { "healthy" }, 1, -1 },
	{ "one argument", "/chat/{t}/runs", { "chat", "a/b", "runs" }, 3, 1 },
	{ "two arguments", "/a/{b}/{c}", { "a", "1", "2" }, 3, 2 },
	{ "an empty argument", "/chat/{t}", { "chat", "" }, 2, -1 },
	{ "a trailing slash", "/health", { "health", "" }, 2, -1 },
	{ "the root", "/health", { "" }, 1, -1 },
};

static void
matches_patterns(void)
{
	const char	*arg[ROUTE_ARGS];
	size_t		 i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, route_match(
		    cases[i].pattern, cases[i].seg, cases[i].n, arg));
}

/* A literal segment must win, and the first row that fits is taken. */
static void
literal_rows_stand_first(void)
{
	const struct route	*a, *b;
	const char		*arg[ROUTE_ARGS];
	const char		*seg[12];
	char			 copy[128], *p;
	size_t			 n;

	for (b = routes; b < routes + nroutes; b++) {
		if (strchr(b->path, '{') != NULL)
			continue;
		snprintf(copy, sizeof(copy), "%s", b->path + 1);
		for (n = 0, p = copy; p != NULL && n < nitems(seg); )
			seg[n++] = strsep(&p, "/");
		for (a = routes; a < b; a++)
			if (strcmp(a->path, b->path) != 0)
				check(b->path, -1,
				    route_match(a->path, seg, n, arg));
	}
}

static size_t
count(const struct field *f)
{
	size_t	n = 0;

	while (f != NULL && f[n].name != NULL)
		n++;
	return n;
}

static void
tables_fit_the_request(void)
{
	const unsigned		 takes = RF_DOC | RF_DOC_ANY | RF_FILE;
	const struct route	*e;

	for (e = routes; e < routes + nroutes; e++) {
		check(e->path, 1, count(e->query) <= ROUTE_FIELDS);
		check(e->path, 1, count(e->body) <= ROUTE_FIELDS);
		check(e->path, 1, count(e->args) <= ROUTE_ARGS);
		check(e->path, e->body != NULL || (e->flags & takes) != 0,
		    e->max_body != 0);
		check(e->path, (e->flags & RF_FILE) != 0, e->limit != NULL);
		check(e->path, 1, !(e->flags & RF_FILE) ||
		    ((e->flags & RF_SLOW) && e->body == NULL));
		check(e->path, 1, !(e->flags & RF_AHEAD) ||
		    (e->method == M_GET && e->max_body == 0 &&
		    e->access != A_NONE && !(e->flags & RF_SLOW)));
		check(e->path, 1, e->help != NULL && *e->help != '\0');
	}
}

static const struct {
	const char	*why, *raw;
	int		 good;
} cursors[] = {
	{ "a time and an id", "2026-11-22 06:00:00.5\nthread", 1 },
	{ "no time", "\nthread", 1 },
	{ "a line feed in the id", "2026-11-22 06:00:00\na\nb", 1 },
	{ "infinity", "infinity\nx", 1 },
	{ "no separator", "2026-11-22 06:00:00", 0 },
	{ "month 13", "2026-13-22 06:00:00\nx", 0 },
	{ "hour 24", "2026-11-22 24:00:00\nx", 0 },
	{ "day 31 of a short month", "2026-02-31 06:00:00\nx", 0 },
	{ "SQL", "2026-11-22 06:00:00' OR 1\nx", 0 },
	{ "seven digits", "2026-11-22 06:00:00.1234567\nx", 0 },
	{ "bad UTF-8", "2026-11-22 06:00:00\n\xff", 0 },
	{ "empty", "", 0 },
};

static void
takes_only_its_own_cursors(void)
{
	struct req	 r;
	struct value	 v;
	struct buf	 b;
	const char	*time, *id;
	size_t		 i;

	for (i = 0; i < nitems(cursors); i++) {
		memset(&r, 0, sizeof(r));
		memset(&v, 0, sizeof(v));
		r.arena = arena_new(1 << 20);
		buf_init(&r.faults, 1 << 12);
		buf_init(&b, 1 << 12);
		b64url_encode(&b, cursors[i].raw, strlen(cursors[i].raw));
		v.s = arena_memdup(r.arena, b.len > 0 ? b.p : "", b.len);
		v.n = b.len;
		check(cursors[i].why, cursors[i].good,
		    cursor_take(&r, &v, &time, &id));
		check(cursors[i].why, !cursors[i].good, r.nfaults);
		buf_free(&b);
		buf_free(&r.faults);
		arena_free(r.arena);
	}
}

static void
cursors_come_back(void)
{
	struct req	 r;
	struct value	 v;
	const char	*time, *id;

	memset(&r, 0, sizeof(r));
	memset(&v, 0, sizeof(v));
	r.arena = arena_new(1 << 20);
	v.s = cursor_make(&r, "2026-11-22 06:00:00.25", "t\xc3\xa4");
	v.n = strlen(v.s);
	check("taken", 1, cursor_take(&r, &v, &time, &id));
	check_str("time", "2026-11-22 06:00:00.25", time);
	check_str("id", "t\xc3\xa4", id);
	v.s = cursor_make(&r, NULL, "x");
	v.n = strlen(v.s);
	check("taken", 1, cursor_take(&r, &v, &time, &id));
	check_str("no time", NULL, time);
	check("too long", 1, cursor_make(&r, NULL, arena_printf(r.arena,
	    "%0300d", 1)) == NULL);
	arena_free(r.arena);
}

static const CU_TestInfo tests[] = {
	{ "matches patterns", matches_patterns },
	{ "literal rows stand first", literal_rows_stand_first },
	{ "tables fit the request", tables_fit_the_request },
	{ "takes only its own cursors", takes_only_its_own_cursors },
	{ "cursors come back", cursors_come_back },
	CU_TEST_INFO_NULL
};
const struct suite route_suite = { "route", tests };

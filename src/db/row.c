/* row.c: what a statement returned, as values and as JSON. */
#include "config.h"

#include "db/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"

size_t
res_rows(const struct db_res *r)
{
	return (size_t)PQntuples(r->pg);
}

int64_t
res_affected(const struct db_res *r)
{
	return strtoll(PQcmdTuples(r->pg), NULL, 10);
}

/* libpq answers a field that is not there with NULL. */
const char *
res_str(const struct db_res *r, size_t row, int col)
{
	const char	*s = PQgetvalue(r->pg, (int)row, col);

	return s != NULL ? s : "";
}

size_t
res_len(const struct db_res *r, size_t row, int col)
{
	return (size_t)PQgetlength(r->pg, (int)row, col);
}

bool
res_null(const struct db_res *r, size_t row, int col)
{
	return PQgetisnull(r->pg, (int)row, col) == 1;
}

int64_t
res_int(const struct db_res *r, size_t row, int col)
{
	return strtoll(res_str(r, row, col), NULL, 10);
}

bool
res_bool(const struct db_res *r, size_t row, int col)
{
	return *res_str(r, row, col) == 't';
}

/*
 * PostgreSQL's ISO text.  It leaves zeros at a fraction's end out, and the
 * fraction altogether when it is zero; we show six digits or none.  "+00" is
 * Z; another offset gets the minutes that RFC 3339 wants.  "infinity" and
 * years BC go out as they are: they have no such form.
 */
static void
put_time(struct buf *b, const char *s, bool utc)
{
	const char	*space = strchr(s, ' '), *frac, *zone;
	char		 out[64];
	int		 date, clock = 0, digits, n;

	if (space != NULL && strstr(s, " BC") == NULL)
		clock = (int)strspn(space + 1, "0123456789:");
	if (clock == 0) {
		jw_str(b, s, strlen(s));
		return;
	}
	date = (int)(space - s);
	frac = space + 1 + clock;
	digits = *frac == '.' ? (int)strspn(frac + 1, "0123456789") : 0;
	zone = digits > 0 ? frac + 1 + digits : frac;
	if (!utc)
		zone = "";
	else if (strcmp(zone, "+00") == 0)
		zone = "Z";
	n = snprintf(out, sizeof(out), "\"%.*sT%.*s%.*s%.*s%s%s\"", date, s,
	    clock, space + 1, digits > 0 ? digits + 1 : 0, frac,
	    digits > 0 ? 6 - digits : 0, "00000", zone,
	    strlen(zone) == 3 ? ":00" : "");
	if (n < (int)sizeof(out))
		jw_raw(b, out, (size_t)n);
	else
		jw_str(b, s, strlen(s));
}

void
res_json(struct buf *b, const struct db_res *r, size_t row, int c,
    enum col_type type)
{
	const char	*s = res_str(r, row, c);
	size_t		 len = res_len(r, row, c);

	if (res_null(r, row, c)) {
		jw_null(b);
		return;
	}
	switch (type) {
	case COL_TEXT:
		jw_str(b, s, len);
		break;
	case COL_INT:
	case COL_JSON:
		jw_raw(b, s, len);
		break;
	case COL_BOOL:
		jw_bool(b, *s == 't');
		break;
	case COL_NAIVE:
	case COL_UTC:
		put_time(b, s, type == COL_UTC);
		break;
	case COL__MAX:
		break;
	}
}

void
row_json(struct buf *b, const struct db_res *r, size_t row,
    const struct col *cols, size_t ncol)
{
	size_t	i;

	for (i = 0; i < ncol; i++) {
		jw_key(b, cols[i].name);
		res_json(b, r, row, (int)i, cols[i].type);
	}
}

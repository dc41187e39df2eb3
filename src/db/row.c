/* row.c: what a statement returned, as values and as JSON. */
#include "config.h"

#include "db/conn.h"

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
	const char	*space = strchr(s, ' '), *p = NULL;
	size_t		 digits;

	if (space != NULL && strstr(space, " BC") == NULL)
		p = space + 1 + strspn(space + 1, "0123456789:");
	if (p == NULL || p == space + 1) {
		jw_str(b, s, strlen(s));
		return;
	}
	jw_raw(b, "\"", 1);
	buf_add(b, s, (size_t)(space - s));
	buf_chr(b, 'T');
	buf_add(b, space + 1, (size_t)(p - space - 1));
	if (*p == '.') {
		digits = strspn(p + 1, "0123456789");
		buf_add(b, p, digits + 1);
		if (digits < 6)
			buf_add(b, "000000", 6 - digits);
		p += digits + 1;
	}
	if (utc)
		buf_str(b, strcmp(p, "+00") == 0 ? "Z" : p);
	if (utc && *p != '\0' && strlen(p) == 3 && strcmp(p, "+00") != 0)
		buf_str(b, ":00");
	buf_chr(b, '"');
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

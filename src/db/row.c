/* row.c: what a statement returned, as values and as JSON. */
#include "config.h"

#include "db/conn.h"

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "db/stamp.h"

#define TEXT_OID	25	/* pg_type.dat: text */
_Static_assert(RES_TIME == STAMP_MAX, "one size of a timestamp's text");

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

/* Texts are the same bytes in either form, also those of numbers. */
static bool
is_binary(const struct db_res *r, int col)
{
	return PQfformat(r->pg, col) == 1 && PQftype(r->pg, col) != TEXT_OID;
}

/* Big-endian, of two, four or eight bytes. */
static int64_t
binary_int(const struct db_res *r, size_t row, int col)
{
	const char	*s = res_str(r, row, col);
	size_t		 i, n = res_len(r, row, col);
	uint64_t	 v = n > 0 && (*s & 0x80) != 0 ? UINT64_MAX : 0;

	for (i = 0; i < n; i++)
		v = v << 8 | (unsigned char)s[i];
	return (int64_t)v;
}

int64_t
res_int(const struct db_res *r, size_t row, int col)
{
	return is_binary(r, col) ? binary_int(r, row, col) :
	    strtoll(res_str(r, row, col), NULL, 10);
}

bool
res_bool(const struct db_res *r, size_t row, int col)
{
	return *res_str(r, row, col) == (is_binary(r, col) ? 1 : 't');
}

const char *
res_time(const struct db_res *r, size_t row, int col, bool zone,
    char text[RES_TIME])
{
	if (!is_binary(r, col))
		return res_str(r, row, col);
	stamp_text(binary_int(r, row, col), zone, text);
	return text;
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
	char		 text[RES_TIME];

	if (res_null(r, row, c)) {
		jw_null(b);
		return;
	}
	switch (type) {
	case COL_TEXT:
		jw_str(b, s, len);
		break;
	case COL_INT:
		if (is_binary(r, c)) {
			jw_int(b, binary_int(r, row, c));
			break;
		}
		/* FALLTHROUGH */
	case COL_JSON:
		jw_raw(b, s, len);
		break;
	case COL_BOOL:
		jw_bool(b, res_bool(r, row, c));
		break;
	case COL_NAIVE:
	case COL_UTC:
		put_time(b, res_time(r, row, c, type == COL_UTC, text),
		    type == COL_UTC);
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

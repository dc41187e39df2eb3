/* test_row.c: fields as values and as JSON, from results made by hand. */
#include "config.h"

#include "unit/unit.h"

#include "db/conn.h"

static const struct {
	const char	*why;
	enum col_type	 type;
	const char	*text, *want;	/* text NULL: SQL NULL */
} cases[] = {
	{ "text",		COL_TEXT, "a\"b",	"\"a\\\"b\"" },
	{ "empty text",		COL_TEXT, "",		"\"\"" },
	{ "no text",		COL_TEXT, NULL,		"null" },
	{ "integer",		COL_INT, "-9223372036854775808",
	  "-9223372036854775808" },
	{ "no integer",		COL_INT, NULL,		"null" },
	{ "true",		COL_BOOL, "t",		"true" },
	{ "false",		COL_BOOL, "f",		"false" },
	{ "no truth",		COL_BOOL, NULL,		"null" },
	{ "json as it came",	COL_JSON, "{\"a\" : 1e2,\"a\":\"\\u0000\"}",
	  "{\"a\" : 1e2,\"a\":\"\\u0000\"}" },
	{ "no json",		COL_JSON, NULL,		"null" },
	{ "whole second",	COL_NAIVE, "2025-01-01 12:00:00",
	  "\"2025-01-01T12:00:00\"" },
	{ "half a second",	COL_NAIVE, "2025-01-01 12:00:00.5",
	  "\"2025-01-01T12:00:00.500000\"" },
	{ "a microsecond",	COL_NAIVE, "2025-01-01 12:00:00.000001",
	  "\"2025-01-01T12:00:00.000001\"" },
	{ "five-digit year",	COL_NAIVE, "12025-01-01 12:00:00",
	  "\"12025-01-01T12:00:00\"" },
	{ "no time",		COL_NAIVE, NULL,	"null" },
	{ "UTC",		COL_UTC, "2025-01-01 12:00:00+00",
	  "\"2025-01-01T12:00:00Z\"" },
	{ "UTC with fraction",	COL_UTC, "2025-01-01 12:00:00.25+00",
	  "\"2025-01-01T12:00:00.250000Z\"" },
	{ "elsewhere",		COL_UTC, "2025-01-01 12:00:00.25+02",
	  "\"2025-01-01T12:00:00.250000+02:00\"" },
	{ "half an hour off",	COL_UTC, "2025-01-01 12:00:00-03:30",
	  "\"2025-01-01T12:00:00-03:30\"" },
	{ "infinity",		COL_UTC, "infinity",	"\"infinity\"" },
	{ "long ago",		COL_NAIVE, "0044-03-15 12:00:00 BC",
	  "\"0044-03-15 12:00:00 BC\"" },
	{ "no time at all",	COL_NAIVE, "a \"b\"", "\"a \\\"b\\\"\"" },
};

/* One column, one row. */
static struct db_res
make(const char *text)
{
	PGresAttDesc	 att = { (char *)(uintptr_t)"c", 0, 0, 0, 25, -1, -1 };
	struct db_res	 r = { PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK) };

	CU_ASSERT_FATAL(PQsetResultAttrs(r.pg, 1, &att) == 1);
	CU_ASSERT_FATAL(PQsetvalue(r.pg, 0, 0, (char *)(uintptr_t)text,
	    text == NULL ? -1 : (int)strlen(text)) == 1);
	return r;
}

static void
fields_go_out_as_json(void)
{
	struct buf	b;
	struct db_res	r;
	size_t		i;

	buf_init(&b, 4096);
	for (i = 0; i < nitems(cases); i++) {
		r = make(cases[i].text);
		buf_reset(&b, 4096);
		res_json(&b, &r, 0, 0, cases[i].type);
		buf_chr(&b, '\0');
		check_str(cases[i].why, cases[i].want, b.p);
		PQclear(r.pg);
	}
	buf_free(&b);
}

static void
rows_are_members(void)
{
	static const struct col	cols[] = { { "at", COL_NAIVE } };
	struct buf		b;
	struct db_res		r = make("2025-01-01 12:00:00");

	buf_init(&b, 4096);
	buf_str(&b, "{\"x\":1");
	row_json(&b, &r, 0, cols, 1);
	buf_chr(&b, '\0');
	check_str("comma, name, value",
	    "{\"x\":1,\"at\":\"2025-01-01T12:00:00\"", b.p);
	PQclear(r.pg);
	buf_free(&b);
}

static void
a_field_is_never_null(void)
{
	struct db_res	r = make(NULL);

	check_str("SQL NULL", "", res_str(&r, 0, 0));
	check("SQL NULL", true, res_null(&r, 0, 0));
	check("its length", 0, res_len(&r, 0, 0));
	check("its number", 0, res_int(&r, 0, 0));
	check("its truth", false, res_bool(&r, 0, 0));
	check_str("no such column", "", res_str(&r, 0, 7));
	check("no such column", true, res_null(&r, 0, 7));
	check_str("no such row", "", res_str(&r, 7, 0));
	PQclear(r.pg);
}

static CU_TestInfo tests[] = {
	{ "fields_go_out_as_json", fields_go_out_as_json },
	{ "rows_are_members", rows_are_members },
	{ "a_field_is_never_null", a_field_is_never_null },
	CU_TEST_INFO_NULL
};

const struct suite row_suite = { "row", tests };

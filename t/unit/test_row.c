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

/* Days from 2000-01-01, and microseconds; big-endian as on the wire. */
#define AT(days, us)	(INT64_C(86400000000) * (days) + (us))
#define NOON		INT64_C(43200000000)

static const struct {
	const char	*why;
	enum col_type	 type;
	int		 size;
	int64_t		 value;
	const char	*want;
} binary[] = {
	{ "the epoch",		COL_NAIVE, 8, 0,
	  "\"2000-01-01T00:00:00\"" },
	{ "a microsecond before", COL_NAIVE, 8, -1,
	  "\"1999-12-31T23:59:59.999999\"" },
	{ "half a second",	COL_NAIVE, 8, AT(9132, NOON + 500000),
	  "\"2025-01-01T12:00:00.500000\"" },
	{ "a leap day",		COL_UTC, 8, AT(59, NOON),
	  "\"2000-02-29T12:00:00Z\"" },
	{ "the day after it",	COL_UTC, 8, AT(60, 250000),
	  "\"2000-03-01T00:00:00.250000Z\"" },
	{ "no leap year",	COL_NAIVE, 8, AT(36583, 0),
	  "\"2100-02-28T00:00:00\"" },
	{ "and its next day",	COL_NAIVE, 8, AT(36584, 0),
	  "\"2100-03-01T00:00:00\"" },
	{ "the last day of a year", COL_NAIVE, 8, AT(365, 0),
	  "\"2000-12-31T00:00:00\"" },
	{ "the last leap day of a cycle", COL_NAIVE, 8, AT(146156, 0),
	  "\"2400-02-29T00:00:00\"" },
	{ "five-digit year",	COL_NAIVE, 8, AT(2921940, 0),
	  "\"10000-01-01T00:00:00\"" },
	{ "the first year",	COL_NAIVE, 8, AT(-730119, 0),
	  "\"0001-01-01T00:00:00\"" },
	{ "the year before it",	COL_NAIVE, 8, AT(-730120, 0),
	  "\"0001-12-31 00:00:00 BC\"" },
	{ "the Ides",		COL_NAIVE, 8, AT(-746117, NOON),
	  "\"0044-03-15 12:00:00 BC\"" },
	{ "long ago, UTC",	COL_UTC, 8, AT(-746117, NOON + 10),
	  "\"0044-03-15 12:00:00.00001+00 BC\"" },
	{ "infinity",		COL_UTC, 8, INT64_MAX,	"\"infinity\"" },
	{ "minus infinity",	COL_NAIVE, 8, INT64_MIN, "\"-infinity\"" },
	{ "bigint",		COL_INT, 8, INT64_MIN,
	  "-9223372036854775808" },
	{ "integer",		COL_INT, 4, -2,		"-2" },
	{ "smallint",		COL_INT, 2, 32767,	"32767" },
	{ "true",		COL_BOOL, 1, 1,		"true" },
	{ "false",		COL_BOOL, 1, 0,		"false" },
};

/* One column, one row. */
static struct db_res
field(const char *p, int len, int format)
{
	PGresAttDesc	 att = { (char *)(uintptr_t)"c", 0, 0, format,
			    format == 0 ? 25 : 20, -1, -1 };
	struct db_res	 r = { PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK) };

	CU_ASSERT_FATAL(PQsetResultAttrs(r.pg, 1, &att) == 1);
	CU_ASSERT_FATAL(PQsetvalue(r.pg, 0, 0, (char *)(uintptr_t)p,
	    len) == 1);
	return r;
}

static struct db_res
make(const char *text)
{
	return field(text, text == NULL ? -1 : (int)strlen(text), 0);
}

static void
binary_fields_go_out_as_json(void)
{
	struct buf	b;
	struct db_res	r;
	char		wire[8];
	size_t		i;
	int		k;

	buf_init(&b, 4096);
	for (i = 0; i < nitems(binary); i++) {
		for (k = 0; k < 8; k++)
			wire[k] = (char)((uint64_t)binary[i].value >>
			    (56 - 8 * k));
		r = field(wire + 8 - binary[i].size, binary[i].size, 1);
		buf_reset(&b, 4096);
		res_json(&b, &r, 0, 0, binary[i].type);
		buf_chr(&b, '\0');
		check_str(binary[i].why, binary[i].want, b.p);
		PQclear(r.pg);
	}
	buf_free(&b);
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
	{ "binary_fields_go_out_as_json", binary_fields_go_out_as_json },
	{ "rows_are_members", rows_are_members },
	{ "a_field_is_never_null", a_field_is_never_null },
	CU_TEST_INFO_NULL
};

const struct suite row_suite = { "row", tests };

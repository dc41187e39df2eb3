/* test_jsonspan.c: members and elements keep the client's bytes. */
#include "config.h"

#include "unit/unit.h"

#include <stdlib.h>

#include "codec/json.h"
#include "http/coerce.h"

/* An exact copy on the heap: a sanitizer sees one byte too far. */
static char *
exactly(const char *text)
{
	size_t	 n = strlen(text);
	char	*copy;

	if ((copy = malloc(n > 0 ? n : 1)) == NULL)
		abort();
	memcpy(copy, text, n);
	check(text, JSON_OK, json_scan(copy, n, 100));
	return copy;
}

static const struct {
	const char	*why, *text, *name, *want;
} members[] = {
	{ "plain", "{\"a\":1}", "a", "1" },
	{ "blanks are left out", " { \"a\" :\t[ 1 ]\n} ", "a", "[ 1 ]" },
	{ "the second", "{\"a\":{},\"b\":[]}", "b", "[]" },
	{ "an escaped key", "{\"\\u0061\\n\":1}", "a\n", "1" },
	{ "a pair in a key", "{\"\\ud83d\\uDCA9x\":1}",
	  "\xf0\x9f\x92\xa9x", "1" },
	{ "two and three bytes", "{\"\\u00e9\\u20ac\":1}",
	  "\xc3\xa9\xe2\x82\xac", "1" },
	{ "a quote in a key", "{\"\\\"a\":1,\"a\":2}", "a", "2" },
	{ "a backslash before the quote", "{\"b\":\"\\\\\",\"a\":2}", "a",
	  "2" },
	{ "braces in strings", "{\"b\":\"}]{[\",\"a\":{\"a\":\"}\"}}", "a",
	  "{\"a\":\"}\"}" },
	{ "only at the top", "{\"b\":{\"a\":1}}", "a", NULL },
	{ "a prefix is not the key", "{\"ab\":1,\"\":2}", "a", NULL },
	{ "nor the other way round", "{\"a\":1}", "ab", NULL },
	{ "an empty key", "{\"\":2}", "", "2" },
	{ "a value is no key", "{\"b\":\"a\"}", "a", NULL },
	{ "big numbers stay", "{\"a\":123456789012345678901234567890.10e+2}",
	  "a", "123456789012345678901234567890.10e+2" },
	{ "words", "{\"b\":null,\"a\":false , \"c\":0}", "a", "false" },
	{ "an empty object", "{ }", "a", NULL },
	{ "an array has no members", "[\"a\",1]", "a", NULL },
	{ "nor has a number", "7", "a", NULL },
	{ "nor a string", "\"a\"", "a", NULL },
};

static void
finds_members(void)
{
	struct json_span	 s, top;
	char			*copy, got[64];
	size_t			 i;
	bool			 found;

	for (i = 0; i < nitems(members); i++) {
		copy = exactly(members[i].text);
		top = json_whole(copy, strlen(members[i].text));
		found = json_member(top, members[i].name, &s);
		if (found)
			snprintf(got, sizeof(got), "%.*s", (int)s.n, s.p);
		check_str(members[i].why, members[i].want,
		    found ? got : NULL);
		free(copy);
	}
}

/* want: keys and values, each between bars. */
static const struct {
	const char	*text, *want;
} walks[] = {
	{ "[]", "" },
	{ " [ 1 , [2,3] ,{\"a\":[\"]\"]}, \"x,\" ,null ] ",
	  "|1||[2,3]||{\"a\":[\"]\"]}||\"x,\"||null|" },
	{ "{\"a\":1, \"b\\\"\" : {\"c\":[]} }",
	  "|\"a\"=1||\"b\\\"\"={\"c\":[]}|" },
	{ "{}", "" },
	{ "-1.5e3", "" },
	{ "\"[1]\"", "" },
	{ "[\"a\",\"b\"]", "|\"a\"||\"b\"|" },
};

static void
walks_over_everything(void)
{
	struct json_span	 key, value;
	struct json_iter	 it;
	struct buf		 b;
	char			*copy;
	size_t			 i;

	buf_init(&b, 1000);
	for (i = 0; i < nitems(walks); i++) {
		copy = exactly(walks[i].text);
		it = json_walk(json_whole(copy, strlen(walks[i].text)));
		buf_cut(&b, 0);
		while (json_next(&it, &key, &value)) {
			buf_chr(&b, '|');
			if (key.p != NULL) {
				buf_add(&b, key.p, key.n);
				buf_chr(&b, '=');
			}
			buf_add(&b, value.p, value.n);
			buf_chr(&b, '|');
		}
		buf_chr(&b, '\0');
		check_str(walks[i].text, walks[i].want, b.p);
		free(copy);
	}
	buf_free(&b);
}

static void
decodes_strings(void)
{
	static const char	in[] = "a\\b\\f\\n\\r\\t\\/\\\\\\\"\\u0041"
				    "\\u00Fc"
				    "\\u20AC\\uD83D\\uDCA9\xc3\xa4";
	static const char	want[] = "a\b\f\n\r\t/\\\"A\xc3\xbc\xe2\x82\xac"
				    "\xf0\x9f\x92\xa9\xc3\xa4";
	char			out[sizeof(in)];

	out[json_unescape(in, sizeof(in) - 1, out)] = '\0';
	check_str("all escapes", want, out);
}

/* want: NULL for a refusal. */
static const struct {
	const char	*in, *want;
} times[] = {
	{ "2025-11-20T12:00:00Z", "2025-11-20T12:00:00.000000Z" },
	{ "2025-11-20t12:00:00.5z", "2025-11-20T12:00:00.500000Z" },
	{ "2025-11-20 00:30:00.1234567+01:00",
	  "2025-11-19T23:30:00.123456Z" },
	{ "2024-12-31T23:59:59-00:30", "2025-01-01T00:29:59.000000Z" },
	{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z" },
	{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z" },
	{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
	{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z" },
	{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z" },
	{ "0001-01-01T00:00:00+00:01", NULL },
	{ "9999-12-31T23:59:59-00:01", NULL },
	{ "0000-01-01T00:00:00Z", NULL },
	{ "2023-02-29T00:00:00Z", NULL },
	{ "1900-02-29T00:00:00Z", NULL },
	{ "2025-04-31T00:00:00Z", NULL },
	{ "2025-13-01T00:00:00Z", NULL },
	{ "2025-00-01T00:00:00Z", NULL },
	{ "2025-01-00T00:00:00Z", NULL },
	{ "2025-01-01T24:00:00Z", NULL },
	{ "2025-01-01T00:60:00Z", NULL },
	{ "2025-01-01T00:00:60Z", NULL },
	{ "2025-01-01T00:00:00", NULL },
	{ "2025-01-01T00:00:00.Z", NULL },
	{ "2025-01-01T00:00:00+01", NULL },
	{ "2025-01-01T00:00:00+24:00", NULL },
	{ "2025-01-01T00:00:00Z ", NULL },
	{ "2025-1-1T00:00:00Z", NULL },
	{ "2025-01-01", NULL },
	{ "now", NULL },
	{ "", NULL },
};

static void
takes_real_times(void)
{
	char	out[32];
	size_t	i;
	bool	ok;

	for (i = 0; i < nitems(times); i++) {
		ok = time_strict(times[i].in, strlen(times[i].in), out);
		check_str(times[i].in, times[i].want, ok ? out : NULL);
	}
}

static void
takes_real_numbers(void)
{
	static const char *const	bad[] = { "", " ", "x", "1x", "0x1",
					    "inf", "nan", "1e999", "1,5",
					    "--1", "e" };
	double				d = 0;
	size_t				i;

	check("blanks around", 1, num_lax(" -2.5e1 ", 8, &d));
	check("value", -25, (int)d);
	for (i = 0; i < nitems(bad); i++)
		check(bad[i], 0, num_lax(bad[i], strlen(bad[i]), &d));
}

static void
knows_words(void)
{
	int64_t	i;

	check("first", 1, word_of("open, closed", "open", 4, &i));
	check("place", 0, i);
	check("last", 1, word_of("open, closed", "closed", 6, &i));
	check("place", 1, i);
	check("a part", 0, word_of("open, closed", "clos", 4, &i));
	check("two", 0, word_of("open, closed", "open, closed", 12, &i));
	check("none", 0, word_of("open, closed", "", 0, &i));
	check("with a comma", 1, word_of("a, b, a,b", "a,b", 3, &i));
	check("its place", 2, i);
	check("before it", 0, word_of("a, b, a,b", "b,a", 3, &i));
}

static const CU_TestInfo tests[] = {
	{ "finds members", finds_members },
	{ "walks over everything", walks_over_everything },
	{ "decodes strings", decodes_strings },
	{ "takes real times", takes_real_times },
	{ "takes real numbers", takes_real_numbers },
	{ "knows words", knows_words },
	CU_TEST_INFO_NULL
};
const struct suite jsonspan_suite = { "jsonspan", tests };

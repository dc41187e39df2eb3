/* test_lcjson.c: the savers' JSON, its markers, and what is no JSON. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "codec/lcjson.h"
#include "unit/lctest.h"
#include "unit/unit.h"

#define C1(class, kwargs) \
	"{\"lc\":1,\"type\":\"constructor\",\"id\":[\"langchain_core\"," \
	"\"messages\",\"" class "\"],\"kwargs\":" kwargs "}"
#define C2(id, rest) \
	"{\"lc\":2,\"type\":\"constructor\",\"id\":[" id "]," rest "}"

/* want NULL: no value. */
static const struct {
	const char	*why, *in;
	enum outcome	 rc;
	const char	*want;
} cases[] = {
	{ "blanks go", " { \"b\" : [ 1 , 2.50 ] ,\r\n\t\"a\" : null } ",
	  OUT_VALUE, "{\"b\":[1,2.50],\"a\":null}" },
	{ "Python's numbers", "[NaN,Infinity,-Infinity,-1]", OUT_VALUE,
	  "[null,null,null,-1]" },
	{ "one spelling a string", "\"\\u0041\\/\\u000a\\ud83d\\ude00\\u2028\"",
	  OUT_VALUE, "\"A/\\n\xf0\x9f\x98\x80\\u2028\"" },
	{ "a lone surrogate", "\"\\ud83dx\\ude00\\ud83d\\u0041\"", OUT_VALUE,
	  "\"\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd""A\"" },
	{ "bad UTF-8", "\"\xff\xed\xa0\x80\"", OUT_VALUE,
	  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "U+0000", "\"\\u0000\"", OUT_VALUE, "\"\\u0000\"" },
	{ "of equal members the last", "{\"a\":1,\"b\":2,\"\\u0061\":3}",
	  OUT_VALUE, "{\"b\":2,\"a\":3}" },
	{ "a number beyond uint64", "123456789012345678901", OUT_VALUE,
	  "123456789012345678901" },
	{ "nothing", "", OUT_CORRUPT, NULL },
	{ "blanks", " \n", OUT_CORRUPT, NULL },
	{ "two values", "1 2", OUT_CORRUPT, NULL },
	{ "a leading zero", "01", OUT_CORRUPT, NULL },
	{ "a point without digits", "1.", OUT_CORRUPT, NULL },
	{ "an exponent without digits", "1e+", OUT_CORRUPT, NULL },
	{ "a trailing comma", "[1,]", OUT_CORRUPT, NULL },
	{ "a comma first", "{,\"a\":1}", OUT_CORRUPT, NULL },
	{ "a trailing comma of members", "{\"a\":1,}", OUT_CORRUPT, NULL },
	{ "no colon", "{\"a\" 1}", OUT_CORRUPT, NULL },
	{ "a number as a key", "{1:1}", OUT_CORRUPT, NULL },
	{ "an open string", "\"a", OUT_CORRUPT, NULL },
	{ "an open escape", "\"\\", OUT_CORRUPT, NULL },
	{ "a short escape", "\"\\u00\"", OUT_CORRUPT, NULL },
	{ "no such escape", "\"\\x\"", OUT_CORRUPT, NULL },
	{ "a raw line feed", "\"\n\"", OUT_CORRUPT, NULL },
	{ "single quotes", "'a'", OUT_CORRUPT, NULL },
	{ "a word", "nul", OUT_CORRUPT, NULL },
	{ "an open array", "[1", OUT_CORRUPT, NULL },
	{ "an open object", "{\"a\":1", OUT_CORRUPT, NULL },
	{ "the wrong end", "[1}", OUT_CORRUPT, NULL },

	{ "a message gets its type", C1("HumanMessage", "{\"content\":\"x\"}"),
	  OUT_VALUE, "{\"content\":\"x\",\"type\":\"human\"}" },
	{ "a chunk likewise", C1("AIMessageChunk", "{}"), OUT_VALUE,
	  "{\"type\":\"ai\"}" },
	{ "a ChatMessage is generic", C1("ChatMessage", "{\"role\":\"r\"}"),
	  OUT_VALUE, "{\"role\":\"r\",\"type\":\"generic\"}" },
	{ "a type that is there stays", C1("AIMessage",
	  "{\"type\":\"AIMessageChunk\"}"), OUT_VALUE,
	  "{\"type\":\"AIMessageChunk\"}" },
	{ "of two kwargs the last", "{\"lc\":1,\"type\":\"constructor\","
	  "\"id\":[\"AIMessage\"],\"kwargs\":{\"type\":1},\"kwargs\":{}}",
	  OUT_VALUE, "{\"type\":\"ai\"}" },
	{ "another class", C1("Document", "{\"a\":1}"), OUT_VALUE,
	  "{\"a\":1}" },
	{ "a message in a message", C1("ToolMessage", "{\"artifact\":"
	  C1("SystemMessage", "{}") "}"), OUT_VALUE,
	  "{\"artifact\":{\"type\":\"system\"},\"type\":\"tool\"}" },
	{ "kwargs that are no object", C1("AIMessage", "[]"), OUT_VALUE,
	  "null" },
	{ "a secret", "{\"a\":{\"lc\":1,\"type\":\"secret\",\"id\":[\"K\"]}}",
	  OUT_VALUE, "{\"a\":null}" },
	{ "not implemented", "{\"lc\":1,\"type\":\"not_implemented\"}",
	  OUT_VALUE, "null" },
	{ "lc 1.0 is no marker", "{\"lc\":1.0,\"type\":\"secret\"}",
	  OUT_VALUE, "{\"lc\":1.0,\"type\":\"secret\"}" },
	{ "lc 3", "{\"lc\":3,\"type\":\"secret\"}", OUT_VALUE,
	  "{\"lc\":3,\"type\":\"secret\"}" },

	{ "an undefined member", "{\"a\":1,\"b\":{\"lc\":2,\"type\":"
	  "\"undefined\"},\"c\":{\"lc\":2,\"type\":\"undefined\"}}", OUT_VALUE,
	  "{\"a\":1}" },
	{ "an undefined first member", "{\"b\":{\"lc\":2,\"type\":"
	  "\"undefined\"},\"a\":1}", OUT_VALUE, "{\"a\":1}" },
	{ "nothing else in it", "{\"b\":{\"lc\":2,\"type\":\"undefined\"}}",
	  OUT_VALUE, "{}" },
	{ "an undefined element", "[1,{\"lc\":2,\"type\":\"undefined\"}]",
	  OUT_VALUE, "[1,null]" },
	{ "an undefined value", "{\"lc\":2,\"type\":\"undefined\"}",
	  OUT_EMPTY, NULL },
	{ "a snapshot", "{\"lc\":2,\"type\":\"delta_snapshot\",\"value\":[1]}",
	  OUT_VALUE, "[1]" },
	{ "a snapshot of nothing", "{\"lc\":2,\"type\":\"delta_snapshot\"}",
	  OUT_VALUE, "{\"lc\":2,\"type\":\"delta_snapshot\"}" },
	{ "another lc 2", "{\"lc\":2,\"type\":\"x\"}", OUT_VALUE,
	  "{\"lc\":2,\"type\":\"x\"}" },

	{ "a Set", C2("\"Set\"", "\"args\":[[1,2]]"), OUT_VALUE, "[1,2]" },
	{ "a Map", C2("\"Map\"", "\"args\":[[[\"a\",1],[2,[3]],[null,4]]]"),
	  OUT_VALUE, "{\"a\":1,\"2\":[3],\"null\":4}" },
	{ "a Map of objects", C2("\"Map\"", "\"args\":[[[{\"a\":\"b\"},1]]]"),
	  OUT_VALUE, "{\"{\\\"a\\\":\\\"b\\\"}\":1}" },
	{ "a Map with equal keys", C2("\"Map\"",
	  "\"args\":[[[1,1],[\"1\",2]]]"), OUT_VALUE, "{\"1\":2}" },
	{ "an empty Map", C2("\"Map\"", "\"args\":[[]]"), OUT_VALUE, "{}" },
	{ "a Map of no pairs", C2("\"Map\"", "\"args\":[[1]]"), OUT_VALUE,
	  C2("\"Map\"", "\"args\":[[1]]") },
	{ "a RegExp", C2("\"RegExp\"", "\"args\":[\"a\\\"b\",\"gi\"]"),
	  OUT_VALUE, "\"/a\\\"b/gi\"" },
	{ "an Error", C2("\"Error\"", "\"args\":[\"boom\"]"), OUT_VALUE,
	  "\"boom\"" },
	{ "bytes", C2("\"Uint8Array\"", "\"args\":[[0,1,255]],"
	  "\"method\":\"from\""), OUT_VALUE, "\"AAH/\"" },
	{ "no bytes", C2("\"Uint8Array\"", "\"args\":[[256]]"), OUT_VALUE,
	  C2("\"Uint8Array\"", "\"args\":[[256]]") },
	{ "no arguments", C2("\"Set\"", "\"args\":[]"), OUT_VALUE,
	  C2("\"Set\"", "\"args\":[]") },
	{ "another class", C2("\"Date\"", "\"args\":[1]"), OUT_VALUE,
	  C2("\"Date\"", "\"args\":[1]") },

	{ "Python's UUID", C2("\"uuid\",\"UUID\"",
	  "\"args\":[\"0123456789abcdef0123456789abcdef\"]"), OUT_VALUE,
	  "\"01234567-89ab-cdef-0123-456789abcdef\"" },
	{ "Python's date", C2("\"datetime\",\"date\"", "\"args\":[2024,1,2]"),
	  OUT_VALUE, "\"2024-01-02\"" },
	{ "Python's datetime", C2("\"datetime\",\"datetime\"", "\"method\":"
	  "\"fromisoformat\",\"args\":[\"2024-01-02T03:04:05\"]"), OUT_VALUE,
	  "\"2024-01-02T03:04:05\"" },
	{ "Python's timezone", C2("\"datetime\",\"timezone\"", "\"args\":["
	  C2("\"datetime\",\"timedelta\"", "\"args\":[0,3600,0]") "]"),
	  OUT_VALUE, "\"+01:00\"" },
	{ "Python's path", C2("\"pathlib\",\"PosixPath\"",
	  "\"args\":[\"/\",\"a\"]"), OUT_VALUE, "\"/a\"" },
	{ "Python's bytes", C2("\"builtins\",\"bytes\"",
	  "\"method\":\"fromhex\",\"args\":[\"00ff\"]"), OUT_VALUE,
	  "\"AP8=\"" },
	{ "Python's set", C2("\"builtins\",\"set\"", "\"args\":[[1,2]]"),
	  OUT_VALUE, "[1,2]" },
	{ "named arguments win", C2("\"a\",\"b\",\"C\"",
	  "\"args\":[1],\"kwargs\":{\"x\":1}"), OUT_VALUE, "{\"x\":1}" },
	{ "several arguments", C2("\"a\",\"b\",\"C\"", "\"args\":[1,2]"),
	  OUT_VALUE, "[1,2]" },
	{ "a secret of Python's", C2("\"pydantic\",\"SecretStr\"",
	  "\"args\":[\"s\"]"), OUT_VALUE, "\"**********\"" },
	{ "a long module", C2("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
	  "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"C\"",
	  "\"args\":[1]"), OUT_VALUE, "1" },
};

static void
values_and_markers(void)
{
	struct buf	out;
	size_t		i;

	for (i = 0; i < nitems(cases); i++) {
		buf_init(&out, 1 << 16);
		check(cases[i].why, cases[i].rc, lj_json(cases[i].in,
		    strlen(cases[i].in), &lc_plain.limits, 0, &out));
		buf_chr(&out, '\0');
		check_str(cases[i].why, cases[i].want != NULL ?
		    cases[i].want : "", out.p);
		buf_free(&out);
	}
}

static void
plain_json_has_no_markers(void)
{
	static const char	text[] = "{\"lc\":2,\"type\":\"undefined\"}";
	struct buf		out;

	buf_init(&out, 1 << 16);
	check("plain", OUT_VALUE, lj_json(text, sizeof(text) - 1,
	    &lc_plain.limits, LJ_PLAIN, &out));
	buf_chr(&out, '\0');
	check_str("plain", text, out.p);
	buf_free(&out);
}

static void
nest(struct buf *in, const char *before, size_t n, const char *after)
{
	size_t	i;

	for (i = 0; i < n; i++)
		buf_str(in, before);
	buf_str(in, "1");
	for (i = 0; i < n; i++)
		buf_str(in, after);
}

static void
bounds_hold(void)
{
	static const struct {
		const char	*why, *before, *after;
		size_t		 n;
		enum outcome	 want;
	} c[] = {
		{ "64 arrays", "[", "]", 64, OUT_VALUE },
		{ "65 arrays", "[", "]", 65, OUT_CORRUPT },
		{ "64 objects", "{\"a\":", "}", 64, OUT_VALUE },
		{ "65 objects", "{\"a\":", "}", 65, OUT_CORRUPT },
		{ "many arrays", "[", "]", 1000000, OUT_CORRUPT },
	};
	static const struct lc_limits	few = { 1000, 64 };
	struct buf			in, out;
	size_t				i;

	for (i = 0; i < nitems(c); i++) {
		buf_init(&in, 1 << 24);
		buf_init(&out, 1 << 24);
		nest(&in, c[i].before, c[i].n, c[i].after);
		check(c[i].why, c[i].want, lj_json(in.p, in.len,
		    &lc_plain.limits, 0, &out));
		buf_free(&in);
		buf_free(&out);
	}
	for (i = 999; i <= 1000; i++) {
		buf_init(&in, 1 << 16);
		buf_init(&out, 1 << 16);
		buf_chr(&in, '[');
		nest(&in, "1,", i - 1, "");
		buf_chr(&in, ']');
		check("values", i == 999 ? OUT_VALUE : OUT_TOO_LARGE,
		    lj_json(in.p, in.len, &few, 0, &out));
		buf_free(&in);
		buf_free(&out);
	}
}

/* Each level of Map keys doubles the backslashes of the one below. */
static void
amplification_ends(void)
{
	struct buf	in, out;
	size_t		i;

	buf_init(&in, 1 << 16);
	buf_init(&out, 1 << 20);
	for (i = 0; i < 14; i++)
		buf_str(&in, "{\"lc\":2,\"type\":\"constructor\",\"id\":"
		    "[\"Map\"],\"args\":[[[[");
	buf_str(&in, "\"\\\"\"");
	for (i = 0; i < 14; i++)
		buf_str(&in, "],1]]]}");
	check("keys of keys", OUT_VALUE, lj_json(in.p, in.len,
	    (const struct lc_limits[]){ { 1000, 256 } }, 0, &out));
	buf_reset(&out, 0);
	out.max = 4096;
	check("with a ceiling", OUT_TOO_LARGE, lj_json(in.p, in.len,
	    (const struct lc_limits[]){ { 1000, 256 } }, 0, &out));
	check("nothing is left", 0, out.len);
	buf_free(&in);
	buf_free(&out);
}

/* What is decoded is JSON to the strict reader as well. */
static void
the_output_is_strict_json(void)
{
	struct buf	out;
	size_t		i;

	for (i = 0; i < nitems(cases); i++) {
		if (cases[i].rc != OUT_VALUE)
			continue;
		buf_init(&out, 1 << 16);
		if (lj_json(cases[i].in, strlen(cases[i].in),
		    &lc_plain.limits, 0, &out) == OUT_VALUE &&
		    strstr(cases[i].in, "\\u0000") == NULL)
			check(cases[i].why, JSON_OK,
			    json_scan(out.p, out.len, 64));
		buf_free(&out);
	}
}

static CU_TestInfo	tests[] = {
	{ "values and markers", values_and_markers },
	{ "plain JSON has no markers", plain_json_has_no_markers },
	{ "bounds hold", bounds_hold },
	{ "amplification ends", amplification_ends },
	{ "the output is strict JSON", the_output_is_strict_json },
	CU_TEST_INFO_NULL
};

const struct suite	lcjson_suite = { "lcjson", tests };

/* test_json.c: what the scan refuses, and what the writer writes. */
#include "config.h"

#include "codec/json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

/* An exact copy on the heap: a sanitizer sees one byte too far. */
static enum json_err
scan_exactly(const char *p, size_t len, unsigned depth)
{
	enum json_err	e;
	char		*copy;

	if ((copy = malloc(len > 0 ? len : 1)) == NULL)
		abort();
	if (len > 0)
		memcpy(copy, p, len);
	e = json_scan(copy, len, depth);
	free(copy);
	return e;
}

static void
tells_reasons_apart(void)
{
	static const struct {
		const char	*why, *text;
		enum json_err	 want;
	} cases[] = {
		{ "nothing", "", JSON_EMPTY },
		{ "blanks", " \t\r\n", JSON_EMPTY },
		{ "null", "null", JSON_OK },
		{ "a scalar", " -0.5e-3 ", JSON_OK },
		{ "a cut word", "nul", JSON_SYNTAX },
		{ "a longer word", "nulll", JSON_TAIL },
		{ "a comment", "1 // x", JSON_TAIL },
		{ "two values", "1 2", JSON_TAIL },
		{ "NaN", "NaN", JSON_SYNTAX },
		{ "Infinity", "[-Infinity]", JSON_SYNTAX },
		{ "single quotes", "{'a':1}", JSON_SYNTAX },
		{ "a byte order mark", "\xef\xbb\xbf{}", JSON_SYNTAX },
		{ "a raw newline", "\"a\nb\"", JSON_SYNTAX },
		{ "DEL is no control", "\"\x7f\"", JSON_OK },
		{ "an unknown escape", "\"\\x41\"", JSON_SYNTAX },
		{ "an escape cut short", "\"\\u12\"", JSON_SYNTAX },
		{ "an end after a backslash", "\"\\", JSON_SYNTAX },
		{ "bad UTF-8 in a string", "\"\xc0\xaf\"", JSON_UTF8 },
		{ "an encoded surrogate", "\"\xed\xa0\x80\"", JSON_UTF8 },
		{ "an escaped NUL", "\"\\u0000\"", JSON_NUL },
		{ "an escaped NUL in a key", "{\"\\u0000\":1}", JSON_NUL },
		{ "a pair", "\"\\uD83d\\uDca9\"", JSON_OK },
		{ "a lone first half", "\"\\ud83d\"", JSON_SURROGATE },
		{ "a lone second half", "\"\\udca9\"", JSON_SURROGATE },
		{ "two first halves", "\"\\ud83d\\ud83d\"", JSON_SURROGATE },
		{ "the greatest double", "1.7976931348623157e308", JSON_OK },
		{ "rounds down to it", "1.7976931348623158e308", JSON_OK },
		{ "rounds up", "1.7976931348623159e308", JSON_RANGE },
		{ "1e400", "[1e400]", JSON_RANGE },
		{ "-1e400", "-1e400", JSON_RANGE },
		{ "zero with an exponent", "0e999999999999", JSON_OK },
		{ "too small is zero", "1e-999999999999", JSON_OK },
		{ "nested as far as may be", "[{\"a\":[1]}]", JSON_OK },
		{ "one deeper", "[{\"a\":[[]]}]", JSON_DEPTH },
		{ "beside, not below", "[[[]],[[]],[[]],[[]]]", JSON_OK },
		{ "repeated", "{\"a\":1,\"b\":2,\"a\":3}", JSON_DUPLICATE },
		{ "repeated by escape", "{\"a\":1,\"\\u0061\":3}",
		  JSON_DUPLICATE },
		{ "both escaped", "{\"\\n\":1,\"\\u000a\":3}", JSON_DUPLICATE },
		{ "a pair and its bytes",
		  "{\"\\ud83d\\udca9\":1,\"\xf0\x9f\x92\xa9\":2}",
		  JSON_DUPLICATE },
		{ "an escape of two bytes", "{\"\\u00e9\":1,\"\xc3\xa9\":2}",
		  JSON_DUPLICATE },
		{ "an escape of three bytes",
		  "{\"\\u20AC\":1,\"\xe2\x82\xac\":2}", JSON_DUPLICATE },
		{ "a slash", "{\"\\/\":1,\"/\":2}", JSON_DUPLICATE },
		{ "an escaped backslash is no escape",
		  "{\"\\\\u0061\":1,\"a\":2}", JSON_OK },
		{ "empty names", "{\"\":1,\"\":2}", JSON_DUPLICATE },
		{ "the same in another object", "{\"a\":{\"a\":1},\"b\":"
		  "{\"a\":{\"a\":2}}}", JSON_OK },
		{ "the outer one goes on", "{\"a\":{\"b\":1,\"\\t\":2},"
		  "\"\\t\":1,\"a\":2}", JSON_DUPLICATE },
		{ "a prefix", "{\"a\":1,\"aa\":2}", JSON_OK },
		{ "case counts", "{\"a\":1,\"A\":2}", JSON_OK },
		{ "a trailing comma", "[1,]", JSON_SYNTAX },
		{ "a trailing comma in an object", "{\"a\":1,}", JSON_SYNTAX },
		{ "no colon", "{\"a\" 1}", JSON_SYNTAX },
		{ "no key", "{1:1}", JSON_SYNTAX },
		{ "the wrong bracket", "[1}", JSON_SYNTAX },
		{ "an open array", "[1", JSON_SYNTAX },
		{ "an open object", "{\"a\":1", JSON_SYNTAX },
		{ "a leading zero", "01", JSON_TAIL },
		{ "a leading plus", "+1", JSON_SYNTAX },
		{ "a bare point", "1.", JSON_SYNTAX },
		{ "a bare exponent", "1e+", JSON_SYNTAX },
		{ "a minus alone", "-", JSON_SYNTAX },
		{ "another space", "\xc2\xa0" "1", JSON_SYNTAX },
	};
	size_t	i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, scan_exactly(cases[i].text,
		    strlen(cases[i].text), 3));
	check("a raw NUL", JSON_NUL, scan_exactly("[\0]", 3, 9));
	check("a raw NUL at the end", JSON_NUL, scan_exactly("1", 2, 9));
	for (i = 0; i < JSON__MAX; i++)
		check("words for each", 1,
		    json_why((enum json_err)i)[0] != '\0');
}

static void
long_numbers(void)
{
	struct buf	b;
	int		i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 308; i++)
		buf_chr(&b, '9');
	check("308 digits", JSON_OK, scan_exactly(b.p, b.len, 1));
	buf_chr(&b, '9');
	check("309 nines", JSON_RANGE, scan_exactly(b.p, b.len, 1));
	b.p[0] = '1';
	b.p[1] = '0';
	check("309 digits that fit", JSON_OK, scan_exactly(b.p, b.len, 1));
	for (i = 0; i < 1000; i++)
		buf_chr(&b, '0');
	check("too many digits", JSON_RANGE, scan_exactly(b.p, b.len, 1));
	buf_str(&b, "e-1300");
	check("with their exponent", JSON_OK, scan_exactly(b.p, b.len, 1));
	buf_cut(&b, 0);
	buf_str(&b, "0.");
	for (i = 0; i < 1000; i++)
		buf_chr(&b, '1');
	check("a long fraction", JSON_OK, scan_exactly(b.p, b.len, 1));
	buf_free(&b);
}

static void
many_members(void)
{
	struct buf	b;
	size_t		n;
	int		i;

	buf_init(&b, 1 << 24);
	buf_chr(&b, '{');
	for (i = 0; i < 100000; i++)
		buf_printf(&b, "\"%sk%d\":1,", i % 3 == 0 ? "\\u0041" : "A",
		    i);
	n = b.len;
	buf_str(&b, "\"last\":0}");
	check("all different", JSON_OK, scan_exactly(b.p, b.len, 9));
	buf_cut(&b, n);
	buf_str(&b, "\"Ak77777\":0}");
	check("one of them twice", JSON_DUPLICATE, scan_exactly(b.p, b.len,
	    9));
	/* At every size, on both sides of the one that sorts. */
	for (n = 2; n < 40; n++) {
		buf_cut(&b, 0);
		buf_chr(&b, '{');
		for (i = 0; i < (int)n; i++)
			buf_printf(&b, "\"%d\":0,", i);
		buf_str(&b, "\"0\":0}");
		check("first and last", JSON_DUPLICATE, scan_exactly(b.p,
		    b.len, 9));
		b.p[b.len - 5] = 'x';
		check("not any more", JSON_OK, scan_exactly(b.p, b.len, 9));
	}
	buf_free(&b);
}

static void
depth_is_bounded(void)
{
	struct arena		*a = arena_new(1 << 20);
	struct json_object	*obj;
	struct buf		 b;
	unsigned		 depth, i;

	buf_init(&b, 1 << 20);
	for (depth = 0; depth < 40; depth++) {
		buf_cut(&b, 0);
		for (i = 0; i < depth; i++)
			buf_str(&b, "{\"a\":");
		buf_str(&b, "1");
		for (i = 0; i < depth; i++)
			buf_chr(&b, '}');
		check("at the limit", JSON_OK, json_parse(a, b.p, b.len,
		    depth, &obj));
		check("above it", depth > 0 ? JSON_DEPTH : JSON_OK,
		    json_parse(a, b.p, b.len, depth - (depth > 0), &obj));
		arena_reset(a);
	}
	buf_cut(&b, 0);
	for (i = 0; i < 1024; i++)
		buf_chr(&b, '[');
	for (i = 0; i < 1024; i++)
		buf_chr(&b, ']');
	check("1024 at most", JSON_OK, json_parse(a, b.p, b.len, UINT_MAX,
	    &obj));
	buf_cut(&b, 0);
	for (i = 0; i < 1025; i++)
		buf_chr(&b, '[');
	check("whatever was asked for", JSON_DEPTH, json_parse(a, b.p, b.len,
	    UINT_MAX, &obj));
	buf_free(&b);
	arena_free(a);
}

static void
counts_objects_and_arrays(void)
{
	struct buf	b;
	int		i;

	buf_init(&b, 1 << 20);
	buf_str(&b, "[[]");
	for (i = 0; i < 65534; i++)
		buf_str(&b, ",{}");
	buf_chr(&b, ']');
	check("as many as may be", JSON_OK, json_scan(b.p, b.len, 2));
	buf_cut(&b, b.len - 1);
	buf_str(&b, ",{}]");
	check("one more", JSON_MANY, json_scan(b.p, b.len, 2));
	buf_free(&b);
}

static void
json_scalars_and_tails(void)
{
	static const struct {
		const char	*text, *want;
		enum json_type	 type;
	} cases[] = {
		{ "12", "12", json_type_int },
		{ " 12 ", "12", json_type_int },
		{ "-1.5e3", "-1.5e3", json_type_double },
		{ "true", "true", json_type_boolean },
		{ "false ", "false", json_type_boolean },
		{ "null", "null", json_type_null },
		{ "\"a\\/b\"", "\"a/b\"", json_type_string },
		{ "\"\"", "\"\"", json_type_string },
		{ "[]", "[]", json_type_array },
		{ "\n{ \"a\" : [ 1 , { } ] }\n", "{\"a\":[1,{}]}",
		  json_type_object },
	};
	struct arena		*a = arena_new(1 << 20);
	struct json_object	*obj;
	struct buf		 b;
	char			*copy;
	size_t			 i, n;

	buf_init(&b, 1000);
	for (i = 0; i < nitems(cases); i++) {
		n = strlen(cases[i].text);
		if ((copy = malloc(n)) == NULL)
			abort();
		memcpy(copy, cases[i].text, n);
		check(cases[i].text, JSON_OK, json_parse(a, copy, n, 9, &obj));
		free(copy);
		check(cases[i].text, cases[i].type, json_object_get_type(obj));
		buf_reset(&b, 1000);
		jw_obj(&b, obj);
		buf_chr(&b, '\0');
		check_str(cases[i].text, cases[i].want, b.p);
	}
	check("refused", JSON_TAIL, json_parse(a, "[] []", 5, 9, &obj));
	check("no object then", 1, obj == NULL);
	buf_free(&b);
	arena_free(a);
}

static void
is(const char *why, const char *want, struct buf *b)
{
	buf_chr(b, '\0');
	check_str(why, want, b->p);
	buf_reset(b, b->cap);
}

static void
json_writer(void)
{
	struct buf	b;

	buf_init(&b, 4096);
	jw_open(&b, '{');
	jw_kstr(&b, "a", "x");
	jw_kstr(&b, "b", NULL);
	jw_kint(&b, "c", INT64_MIN);
	jw_kbool(&b, "d", true);
	jw_key(&b, "e");
	jw_open(&b, '[');
	jw_int(&b, 1);
	jw_cstr(&b, "{");
	jw_bool(&b, false);
	jw_null(&b);
	jw_raw(&b, "{\"z\":[]}", 8);
	jw_open(&b, '[');
	jw_close(&b, ']');
	jw_open(&b, '{');
	jw_close(&b, '}');
	jw_cstr(&b, NULL);
	jw_close(&b, ']');
	jw_key_n(&b, "f\"\xc3\xa9", 4);
	jw_obj(&b, NULL);
	jw_close(&b, '}');
	is("commas by themselves", "{\"a\":\"x\",\"b\":null,"
	    "\"c\":-9223372036854775808,\"d\":true,\"e\":[1,\"{\",false,null,"
	    "{\"z\":[]},[],{},null],\"f\\\"\xc3\xa9\":null}", &b);
	jw_str(&b, "a\"b\\c/d\b\f\n\r\t\x01\x1f\x7f\xe2\x82\xac", 18);
	is("escapes", "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"
	    "\xe2\x82\xac\"", &b);
	jw_str(&b, "\0", 1);
	is("a NUL byte", "\"\\u0000\"", &b);
	jw_str(&b, "", 0);
	is("nothing", "\"\"", &b);
	b.max = 5;
	buf_free(&b);
	jw_cstr(&b, "much too long");
	check("over", true, b.over);
	buf_free(&b);
}

static void
json_doubles(void)
{
	static const struct {
		double		 d;
		const char	*want;
	} cases[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 1.0, "1.0" },
		{ -17.0, "-17.0" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3.0, "0.3333333333333333" },
		{ 123456789012345.0, "123456789012345.0" },
		{ 1e22, "1e+22" },
		{ 5e-324, "4.94065645841247e-324" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ HUGE_VAL, "null" },
		{ -HUGE_VAL, "null" },
		{ NAN, "null" },
	};
	struct buf	b;
	size_t		i;

	buf_init(&b, 100);
	for (i = 0; i < nitems(cases); i++) {
		jw_double(&b, cases[i].d);
		check("is JSON", JSON_OK, scan_exactly(b.p, b.len, 1));
		is("double", cases[i].want, &b);
	}
	buf_free(&b);
}

/* As written by hand, byte after byte. */
static size_t
escaped(const char *s, size_t len, char *out)
{
	static const char	*const names[0x20] = { ['\b'] = "\\b",
				    ['\f'] = "\\f", ['\n'] = "\\n",
				    ['\r'] = "\\r", ['\t'] = "\\t" };
	char			*p = out;
	unsigned char		 c;

	*p++ = '"';
	for (; len > 0; s++, len--) {
		c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			p += sprintf(p, "\\%c", c);
		else if (c >= 0x20)
			*p++ = (char)c;
		else if (names[c] != NULL)
			p += sprintf(p, "%s", names[c]);
		else
			p += sprintf(p, "\\u%04x", c);
	}
	*p++ = '"';
	return (size_t)(p - out);
}

/* Beside another to escape, in each place of eight and of the rest. */
static void
every_byte_in_every_place(void)
{
	struct buf	b;
	char		s[19], want[128], *copy;
	int		c, other, wrong = 0;
	size_t		at, n, len;

	buf_init(&b, 128);
	for (c = 0; c < 256; c++)
		for (at = 0; at < sizeof(s); at++)
			for (other = 0; other < 2; other++) {
				memset(s, 0xc3, sizeof(s));
				s[sizeof(s) - 1 - at] = other ? '\n' : '!';
				s[at] = (char)c;
				len = at + 1 > 8 ? at + 1 : sizeof(s);
				if ((copy = malloc(len)) == NULL)
					abort();
				memcpy(copy, s, len);
				n = escaped(s, len, want);
				b.len = 0;
				jw_str(&b, copy, len);
				wrong += b.len != n ||
				    memcmp(b.p, want, n) != 0;
				free(copy);
			}
	check("escapes", 0, wrong);
	buf_free(&b);
}

static CU_TestInfo tests[] = {
	{ "tells reasons apart", tells_reasons_apart },
	{ "long numbers", long_numbers },
	{ "many members", many_members },
	{ "depth is bounded", depth_is_bounded },
	{ "objects and arrays are counted", counts_objects_and_arrays },
	{ "scalars and tails", json_scalars_and_tails },
	{ "writer", json_writer },
	{ "doubles", json_doubles },
	{ "every byte in every place", every_byte_in_every_place },
	CU_TEST_INFO_NULL
};
const struct suite json_suite = { "json", tests };

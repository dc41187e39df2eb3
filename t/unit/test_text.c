/* test_text.c: UTF-8, white space, UUIDs, integers, escapes, time. */
#include "config.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

#define Z	"0123456789abcdef"	/* eight ASCII bytes twice */

static void
knows_utf8(void)
{
	static const struct {
		const char	*why, *text;
		size_t		 len;
		bool		 want;
	} cases[] = {
		{ "nothing", "", 0, true },
		{ "ASCII", "abc", 3, true },
		{ "NUL is a code point", "a\0b", 3, true },
		{ "two bytes", "\xc2\x80", 2, true },
		{ "three bytes", "\xe0\xa0\x80", 3, true },
		{ "last before the surrogates", "\xed\x9f\xbf", 3, true },
		{ "first after the surrogates", "\xee\x80\x80", 3, true },
		{ "four bytes", "\xf0\x90\x80\x80", 4, true },
		{ "U+10FFFF", "\xf4\x8f\xbf\xbf", 4, true },
		{ "U+FFFF", "\xef\xbf\xbf", 3, true },
		{ "after a fast run", Z "\xc3\xa9" Z, 34, true },
		{ "bad after a fast run", Z "\xc3" Z, 33, false },
		{ "lone continuation", "\x80", 1, false },
		{ "overlong NUL", "\xc0\x80", 2, false },
		{ "overlong slash", "\xc1\xaf", 2, false },
		{ "overlong of three", "\xe0\x9f\xbf", 3, false },
		{ "overlong of four", "\xf0\x8f\xbf\xbf", 4, false },
		{ "first surrogate", "\xed\xa0\x80", 3, false },
		{ "last surrogate", "\xed\xbf\xbf", 3, false },
		{ "U+110000", "\xf4\x90\x80\x80", 4, false },
		{ "F5", "\xf5\x80\x80\x80", 4, false },
		{ "FF", "\xff", 1, false },
		{ "cut after one of two", "\xc3", 1, false },
		{ "cut after two of three", "\xe2\x82", 2, false },
		{ "cut after three of four", "\xf0\x9f\x92", 3, false },
		{ "second is no continuation", "\xc3\x28", 2, false },
		{ "third is no continuation", "\xe2\x82\x28", 3, false },
		{ "fourth is no continuation", "\xf0\x9f\x92\x28", 4, false },
	};
	size_t	i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, utf8_valid(cases[i].text,
		    cases[i].len));
}

static void
counts_code_points(void)
{
	static const char	s[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9z";
	static const size_t	prefix[] = { 0, 1, 3, 6, 10, 11, 11 };
	size_t			i;

	check("five", 5, utf8_count(s, strlen(s)));
	check("none", 0, utf8_count("", 0));
	for (i = 0; i < nitems(prefix); i++)
		check("prefix", prefix[i], utf8_prefix(s, strlen(s), i));
}

static void
trims_unicode_space(void)
{
	static const struct {
		const char	*why, *text, *want;
	} cases[] = {
		{ "nothing to do", "a b", "a b" },
		{ "empty", "", "" },
		{ "blank", " \t\r\n\v\f", "" },
		{ "ASCII", "\x1c\x1d\x1e\x1f a ", "a" },
		{ "U+0085", "\xc2\x85" "a\xc2\x85", "a" },
		{ "U+00A0", "\xc2\xa0" "a\xc2\xa0", "a" },
		{ "U+1680", "\xe1\x9a\x80" "a\xe1\x9a\x80", "a" },
		{ "U+2000", "\xe2\x80\x80" "a\xe2\x80\x80", "a" },
		{ "U+200A", "\xe2\x80\x8a" "a\xe2\x80\x8a", "a" },
		{ "U+2028, U+2029", "\xe2\x80\xa8" "a\xe2\x80\xa9", "a" },
		{ "U+202F", "\xe2\x80\xaf" "a\xe2\x80\xaf", "a" },
		{ "U+205F", "\xe2\x81\x9f" "a\xe2\x81\x9f", "a" },
		{ "U+3000", "\xe3\x80\x80" "a\xe3\x80\x80", "a" },
		{ "only wide ones", "\xe3\x80\x80\xc2\xa0", "" },
		{ "U+200B is none", "\xe2\x80\x8b" "a\xe2\x80\x8b",
		  "\xe2\x80\x8b" "a\xe2\x80\x8b" },
		{ "U+FEFF is none", "\xef\xbb\xbf" "a", "\xef\xbb\xbf" "a" },
		{ "U+001B is none", "\x1b" "a", "\x1b" "a" },
		{ "U+0105 ends like U+0085", "a\xc4\x85", "a\xc4\x85" },
		{ "U+5000 ends like U+3000", "a\xe5\x80\x80", "a\xe5\x80\x80" },
		{ "four bytes", "\xf0\x9f\x92\xa9 ", "\xf0\x9f\x92\xa9" },
	};
	const char	*s;
	char		 got[64];
	size_t		 i, n;

	for (i = 0; i < nitems(cases); i++) {
		s = cases[i].text;
		n = strlen(s);
		text_trim(&s, &n);
		snprintf(got, sizeof(got), "%.*s", (int)n, s);
		check_str(cases[i].why, cases[i].want, got);
	}
}

static void
folds_ascii_only(void)
{
	char	s[] = "AZaz@[`{0\xc3\x89";

	text_lower(s);
	check_str("lower", "azaz@[`{0\xc3\x89", s);
	check("no control", false, text_control("a \xc2\xa0\xc3\x81", 6));
	check("C0", true, text_control("a\n", 2));
	check("NUL", true, text_control("a\0b", 3));
	check("DEL", true, text_control("\x7f", 1));
	check("C1", true, text_control("a\xc2\x9f", 3));
	check("same", true, text_same("BeArEr", "bearer", 6));
	check("not same", false, text_same("bearer", "bearex", 6));
	check("@ is not `", false, text_same("@", "`", 1));
	check("[ is not {", false, text_same("[", "{", 1));
	check("nothing is the same", true, text_same("a", "b", 0));
}

#define U	"6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define UC	"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"
#define U32	"6ba7b8109dad11d180b400c04fd430c8"

static void
parses_uuids(void)
{
	static const struct {
		const char	*why, *text;
		bool		 strict, lax;
	} cases[] = {
		{ "canonical", U, true, true },
		{ "upper case", UC, true, true },
		{ "bare digits", U32, false, true },
		{ "braces", "{" U "}", false, true },
		{ "one brace", "{" U, false, true },
		{ "braces the wrong way", "}" U "{", false, true },
		{ "a brace inside", "6ba7b810-{9dad-11d1-80b4-00c04fd430c8",
		  false, false },
		{ "urn:uuid:", "urn:uuid:" U, false, true },
		{ "uuid:", "uuid:" U, false, true },
		{ "urn:", "urn:" U, false, true },
		{ "urn: makes a uuid:", "uuurn:id:" U, false, true },
		{ "uuid: makes a urn:", "uruuid:n:" U, false, false },
		{ "a prefix inside", "6ba7b810urn:9dad11d180b400c04fd430c8",
		  false, true },
		{ "URN: counts by case", "URN:" U, false, false },
		{ "a dash too many", "-" U "-", false, true },
		{ "dashes elsewhere", "6b-a7b8109dad11d180b400c04fd430c8--",
		  false, true },
		{ "braces before the prefix", "{urn:uuid:" U "}", false, true },
		{ "short", "6ba7b810-9dad-11d1-80b4-00c04fd430c", false,
		  false },
		{ "long", U "0", false, false },
		{ "not hexadecimal", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
		  false, false },
		{ "a blank before", " " U, false, false },
		{ "a newline after", U "\n", false, false },
		{ "underscores", "6ba7b810_9dad_11d1_80b4_00c04fd430c8", false,
		  false },
		{ "a dash moved", "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
		  false, true },
		{ "0x", "0x6ba7b8109dad11d180b400c04fd430", false, false },
		{ "nothing", "", false, false },
		{ "braces alone", "{}", false, false },
	};
	char	out[UUID_TEXT + 1], big[2000];
	size_t	i, n;
	bool	ok;

	for (i = 0; i < nitems(cases); i++) {
		n = strlen(cases[i].text);
		ok = uuid_strict(cases[i].text, n, out);
		check(cases[i].why, cases[i].strict, ok);
		if (ok)
			check_str(cases[i].why, U, out);
		ok = uuid_lax(cases[i].text, n, out);
		check(cases[i].why, cases[i].lax, ok);
		if (ok)
			check_str(cases[i].why, U, out);
	}
	memset(big, '-', sizeof(big));
	check("a flood of dashes", false, uuid_lax(big, sizeof(big), out));
}

static void
makes_uuids(void)
{
	char	a[UUID_TEXT + 1], b[UUID_TEXT + 1];

	/* RFC 9562, A.4. */
	uuid_v5(U, "www.example.com", 15, a);
	check_str("version 5", "2ed6657d-e927-568b-95e1-2665a8aea6a2", a);
	uuid_v5(UC, "www.example.com", 15, a);
	check_str("any case of the namespace",
	    "2ed6657d-e927-568b-95e1-2665a8aea6a2", a);
	uuid_v5(U, "", 0, a);
	check_str("of nothing", "4ebd0208-8328-5d69-8c44-ec50939c0967", a);
	uuid_random(a);
	uuid_random(b);
	check("version 4", '4', a[14]);
	check("variant", 1, strchr("89ab", a[19]) != NULL);
	check("canonical", true, uuid_strict(a, UUID_TEXT, b));
	check_str("lower case", a, b);
	uuid_random(b);
	check("never twice", 1, strcmp(a, b) != 0);
}

static void
parses_integers(void)
{
	static const struct {
		const char	*why, *text;
		int64_t		 min, max;
		bool		 ok;
		int64_t		 want;
	} cases[] = {
		{ "zero", "0", INT64_MIN, INT64_MAX, true, 0 },
		{ "digits", "1234567890", 0, INT64_MAX, true, 1234567890 },
		{ "negative", "-17", -17, 17, true, -17 },
		{ "greatest", "9223372036854775807", INT64_MIN, INT64_MAX,
		  true, INT64_MAX },
		{ "least", "-9223372036854775808", INT64_MIN, INT64_MAX, true,
		  INT64_MIN },
		{ "past the greatest", "9223372036854775808", INT64_MIN,
		  INT64_MAX, false, 0 },
		{ "past the least", "-9223372036854775809", INT64_MIN,
		  INT64_MAX, false, 0 },
		{ "far past", "99999999999999999999999", INT64_MIN, INT64_MAX,
		  false, 0 },
		{ "at max", "10", 1, 10, true, 10 },
		{ "above max", "11", 1, 10, false, 0 },
		{ "at min", "1", 1, 10, true, 1 },
		{ "below min", "0", 1, 10, false, 0 },
		{ "nothing", "", 0, 10, false, 0 },
		{ "a sign alone", "-", -10, 10, false, 0 },
		{ "two signs", "--1", -10, 10, false, 0 },
		{ "a plus", "+1", 0, 10, false, 0 },
		{ "a blank before", " 1", 0, 10, false, 0 },
		{ "a blank after", "1 ", 0, 10, false, 0 },
		{ "a fraction", "1.0", 0, 10, false, 0 },
		{ "an exponent", "1e1", 0, 10, false, 0 },
		{ "hexadecimal", "0x1", 0, 10, false, 0 },
	};
	int64_t	n;
	size_t	i;

	for (i = 0; i < nitems(cases); i++) {
		n = 0;
		check(cases[i].why, cases[i].ok, int_strict(cases[i].text,
		    strlen(cases[i].text), cases[i].min, cases[i].max, &n));
		check(cases[i].why, cases[i].want, n);
	}
	check("a NUL inside", false, int_strict("1\0", 2, 0, 10, &n));
}

static void
decodes_percent(void)
{
	static const struct {
		const char	*why, *text, *want;	/* NULL: refused */
		bool		 plus;
	} cases[] = {
		{ "nothing to do", "abc", "abc", false },
		{ "an escape", "a%20b", "a b", false },
		{ "both cases", "%2f%2F", "//", false },
		{ "UTF-8", "%C3%a9", "\xc3\xa9", false },
		{ "a plus in a path", "a+b", "a+b", false },
		{ "a plus in a query", "a+b", "a b", true },
		{ "an escaped plus", "a%2bb", "a+b", true },
		{ "once only", "%2525", "%25", false },
		{ "NUL", "a%00", NULL, false },
		{ "invalid UTF-8", "%C3", NULL, false },
		{ "overlong", "%C0%AF", NULL, false },
		{ "raw invalid UTF-8", "\xff", NULL, false },
		{ "cut after %", "a%", NULL, false },
		{ "cut after one digit", "a%2", NULL, false },
		{ "no digit", "%2g", NULL, false },
		{ "%u", "%u0041", NULL, false },
	};
	char	s[32];
	size_t	i, n;
	bool	ok;

	for (i = 0; i < nitems(cases); i++) {
		snprintf(s, sizeof(s), "%s", cases[i].text);
		n = strlen(s);
		ok = percent_decode(s, &n, cases[i].plus);
		check(cases[i].why, cases[i].want != NULL, ok);
		if (!ok || cases[i].want == NULL)
			continue;
		s[n] = '\0';
		check_str(cases[i].why, cases[i].want, s);
	}
}

static void
writes_time(void)
{
	static const struct {
		int64_t		 us;
		const char	*want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 1, "1970-01-01T00:00:00.000001Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ -1000000, "1969-12-31T23:59:59.000000Z" },
		{ 1795327200123456, "2026-11-22T06:00:00.123456Z" },
		{ 951782400000000, "2000-02-29T00:00:00.000000Z" },
	};
	char	out[32];
	int64_t	a;
	size_t	i;

	for (i = 0; i < nitems(cases); i++) {
		time_utc(cases[i].us, out);
		check_str("time", cases[i].want, out);
	}
	check("after this was written", 1, now_us() > 1760000000000000);
	a = mono_us();
	check("never backwards", 1, mono_us() >= a);
}

static CU_TestInfo tests[] = {
	{ "knows UTF-8", knows_utf8 },
	{ "counts code points", counts_code_points },
	{ "trims Unicode space", trims_unicode_space },
	{ "folds ASCII only", folds_ascii_only },
	{ "parses UUIDs", parses_uuids },
	{ "makes UUIDs", makes_uuids },
	{ "parses integers", parses_integers },
	{ "decodes percent", decodes_percent },
	{ "writes time", writes_time },
	CU_TEST_INFO_NULL
};
const struct suite text_suite = { "text", tests };

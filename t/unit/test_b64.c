/* test_b64.c: base64 and base64url, what they refuse above all. */
#include "config.h"

#include "base/b64.h"

#include <string.h>

#include "unit/unit.h"

/* RFC 4648, 10, and bytes that tell the alphabets apart. */
static const struct {
	const char	*raw, *std, *url;
	size_t		 len;
} pairs[] = {
	{ "", "", "", 0 },
	{ "f", "Zg==", "Zg", 1 },
	{ "fo", "Zm8=", "Zm8", 2 },
	{ "foo", "Zm9v", "Zm9v", 3 },
	{ "foob", "Zm9vYg==", "Zm9vYg", 4 },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE", 5 },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy", 6 },
	{ "\0\0\0", "AAAA", "AAAA", 3 },
	{ "\xfb\xff\xbf", "+/+/", "-_-_", 3 },
	{ "\xff", "/w==", "_w", 1 },
};

static void
both_ways(void)
{
	struct buf	b;
	char		out[16];
	size_t		i, n;

	buf_init(&b, 100);
	for (i = 0; i < nitems(pairs); i++) {
		buf_reset(&b, 100);
		b64_encode(&b, pairs[i].raw, pairs[i].len);
		buf_chr(&b, '\0');
		check_str("encoded", pairs[i].std, b.p);
		buf_reset(&b, 100);
		b64url_encode(&b, pairs[i].raw, pairs[i].len);
		buf_chr(&b, '\0');
		check_str("encoded for a URL", pairs[i].url, b.p);
		check(pairs[i].std, true, b64_decode(pairs[i].std,
		    strlen(pairs[i].std), out, &n) && n == pairs[i].len &&
		    memcmp(out, pairs[i].raw, n) == 0);
		check(pairs[i].url, true, b64url_decode(pairs[i].url,
		    strlen(pairs[i].url), out, &n) && n == pairs[i].len &&
		    memcmp(out, pairs[i].raw, n) == 0);
	}
	buf_free(&b);
}

static void
refuses_what_is_not_canonical(void)
{
	static const struct {
		const char	*why, *text;
		bool		 std, url;
	} cases[] = {
		{ "padding in a URL", "Zg==", true, false },
		{ "no padding elsewhere", "Zg", false, true },
		{ "one character", "Z", false, false },
		{ "five characters", "Zm9vZ", false, false },
		{ "last bits of two", "Zh==", false, false },
		{ "last bits of two, bare", "Zh", false, false },
		{ "last bits of three", "Zm9=", false, false },
		{ "last bits of three, bare", "Zm9", false, false },
		{ "white space", "Zm9v\n", false, false },
		{ "white space inside", "Zm 9", false, false },
		{ "the other alphabet", "-_-_", false, true },
		{ "the one alphabet", "+/+/", true, false },
		{ "three pads", "Z===", false, false },
		{ "pads alone", "====", false, false },
		{ "a pad inside", "Zg==Zm9v", false, false },
		{ "a single pad where two belong", "Zg=", false, false },
		{ "not ASCII", "Zm9\xc3", false, false },
		{ "a dot", "Zm.v", false, false },
	};
	char	out[16];
	size_t	i, n;

	for (i = 0; i < nitems(cases); i++) {
		check(cases[i].why, cases[i].std, b64_decode(cases[i].text,
		    strlen(cases[i].text), out, &n));
		check(cases[i].why, cases[i].url, b64url_decode(cases[i].text,
		    strlen(cases[i].text), out, &n));
	}
	check("a NUL byte", false, b64url_decode("Zm\0v", 4, out, &n));
}

static CU_TestInfo tests[] = {
	{ "both ways", both_ways },
	{ "refuses what is not canonical", refuses_what_is_not_canonical },
	CU_TEST_INFO_NULL
};
const struct suite b64_suite = { "b64", tests };

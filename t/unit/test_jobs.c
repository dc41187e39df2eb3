/* test_jobs.c: the arithmetic of deliveries: when again, and whether. */
#include "config.h"

#include "jobs/httpc.h"
#include "jobs/langsmith.h"
#include "unit/unit.h"

#define NOW	INT64_C(1795327200)	/* Sun, 22 Nov 2026 06:00:00 GMT */

static const struct {
	const char	*why;
	int64_t		 n;
	unsigned	 random;
	int64_t		 want;
} backoffs[] = {
	{ "first, without jitter",	1, 0,		2000 },
	{ "first, all of the jitter",	1, 500,		2500 },
	{ "jitter starts over",		1, 501,		2000 },
	{ "largest random number",	1, 4294967295U,
	  2000 + 4294967295U % 501 },
	{ "second",			2, 0,		4000 },
	{ "ninth",			9, 0,		512000 },
	{ "tenth is past the ceiling",	10, 0,		900000 },
	{ "jitter is below it too",	10, 500,	900000 },
	{ "63 shifts are no shift",	63, 7,		900000 },
	{ "no number of attempts",	INT64_MAX, 7,	900000 },
	{ "zero counts as the first",	0, 0,		2000 },
	{ "so does less",		INT64_MIN, 0,	2000 },
};

static void
backs_off_by_doubling(void)
{
	size_t	 i;

	for (i = 0; i < nitems(backoffs); i++)
		check(backoffs[i].why, backoffs[i].want,
		    outbox_backoff(backoffs[i].n, backoffs[i].random));
}

static const struct {
	const char	*why, *value;
	int64_t		 want;
} afters[] = {
	{ "seconds",		"120",				120 },
	{ "none",		"0",				0 },
	{ "no sign",		"-1",				-1 },
	{ "no plus",		"+1",				-1 },
	{ "no fraction",	"1.5",				-1 },
	{ "no unit",		"10s",				-1 },
	{ "too many digits",	"99999999999999999999",		-1 },
	{ "empty",		"",				-1 },
	{ "words",		"soon",				-1 },
	{ "a minute ahead",	"Sun, 22 Nov 2026 06:01:00 GMT", 60 },
	{ "RFC 850",		"Sunday, 22-Nov-26 06:01:00 GMT", 60 },
	{ "now",		"Sun, 22 Nov 2026 06:00:00 GMT", 0 },
	{ "past",		"Sun, 22 Nov 2026 05:00:00 GMT", 0 },
	{ "day of the month",	"Sun, 32 Nov 2026 06:00:00 GMT", -1 },
};

static void
reads_retry_after(void)
{
	size_t	 i;

	for (i = 0; i < nitems(afters); i++)
		check(afters[i].why, afters[i].want,
		    httpc_retry_after(afters[i].value, NOW));
}

static const struct {
	const char	*why;
	int		 status;
	enum outcome	 want;
} outcomes[] = {
	{ "no answer",			0,	OUT_RETRY },
	{ "an interim one",		100,	OUT_RETRY },
	{ "ok",				200,	OUT_DELIVERED },
	{ "accepted",			202,	OUT_DELIVERED },
	{ "no content",			204,	OUT_DELIVERED },
	{ "a redirect is not followed",	302,	OUT_RETRY },
	{ "malformed",			400,	OUT_DEAD },
	{ "no key",			401,	OUT_PAUSED },
	{ "a wrong key",		403,	OUT_PAUSED },
	{ "run not ingested yet",	404,	OUT_RETRY },
	{ "method",			405,	OUT_DEAD },
	{ "time-out",			408,	OUT_RETRY },
	{ "exists and does not",	409,	OUT_RETRY },
	{ "too large",			413,	OUT_DEAD },
	{ "invalid",			422,	OUT_DEAD },
	{ "too many",			429,	OUT_RETRY },
	{ "the last of its class",	499,	OUT_DEAD },
	{ "broken",			500,	OUT_RETRY },
	{ "away",			503,	OUT_RETRY },
	{ "no class at all",		999,	OUT_RETRY },
};

static void
judges_statuses(void)
{
	size_t	 i;

	for (i = 0; i < nitems(outcomes); i++)
		check(outcomes[i].why, outcomes[i].want,
		    langsmith_outcome(outcomes[i].status));
}

static void
escapes_query_values(void)
{
	struct buf	 b;

	buf_init(&b, 256);
	httpc_escape(&b, "a Z0-._~&=+#/%\xc3\xa4");
	buf_chr(&b, '\0');
	check_str("reserved characters and UTF-8",
	    "a%20Z0-._~%26%3D%2B%23%2F%25%C3%A4", b.p);
	buf_free(&b);
}

static const CU_TestInfo tests[] = {
	{ "backs_off_by_doubling", backs_off_by_doubling },
	{ "reads_retry_after", reads_retry_after },
	{ "judges_statuses", judges_statuses },
	{ "escapes_query_values", escapes_query_values },
	CU_TEST_INFO_NULL
};
const struct suite jobs_suite = { "jobs", tests };

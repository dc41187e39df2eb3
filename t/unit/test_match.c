/* test_match.c: which run answered, and what an answer looks like. */
#include "config.h"

#include <stdio.h>

#include "core/answer.h"
#include "core/match.h"
#include "unit/unit.h"

static struct lc_text
text(const char *s)
{
	return (struct lc_text){ s, s != NULL ? strlen(s) : 0 };
}

#define U1	"00000000-0000-4000-8000-000000000001"
#define U2	"00000000-0000-4000-8000-000000000002"

static const struct {
	const char	*why;
	bool		 whole;
	const char	*asked[4];	/* prompts; "": not there */
	const char	*ids[4];
	const char	*runs[5][2];	/* id and prompt */
	const char	*want;		/* a letter a run, '-' for none */
} matches[] = {
	{ "nothing", true, { NULL }, { NULL }, { { NULL } }, "" },
	{ "as many", true, { "x", "", "y" }, { NULL },
	  { { "a", NULL }, { "b", "x" }, { "c", NULL } }, "abc" },
	{ "as many of a part", false, { "x", "y" }, { NULL },
	  { { "a", "y" }, { "b", "x" } }, "-a" },
	{ "one run too many", true, { "x" }, { NULL },
	  { { "a", "x" }, { "b", "y" } }, "a" },
	{ "the latest of equal ones", true, { "x" }, { NULL },
	  { { "a", "x" }, { "b", "x" } }, "b" },
	{ "earlier than the one before", true, { "x", "x", "y" }, { NULL },
	  { { "a", "x" }, { "b", "x" }, { "c", "x" }, { "d", "y" } }, "bcd" },
	{ "no way back", true, { "y", "x", "z" }, { NULL },
	  { { "a", "x" }, { "b", "y" } }, "-a-" },
	{ "none is given twice", true, { "x", "x" }, { NULL },
	  { { "a", "x" } }, "-a" },
	{ "without a prompt", true, { "", "x" }, { NULL },
	  { { "a", NULL } }, "--" },
	{ "no run", true, { "x" }, { NULL }, { { NULL } }, "-" },
	{ "a stored id", true, { "x", "y" }, { NULL, "[\"a\"]" },
	  { { "a", "x" }, { "b", "y" } }, "ba" },
	{ "a stored id out of the rest", true, { "x", "y", "z" },
	  { NULL, "[\"c\"]" }, { { "a", NULL }, { "b", NULL },
	  { "c", NULL } }, "acb" },
	{ "an unknown stored id", true, { "x", "y" }, { "[\"q\",1]" },
	  { { "a", NULL }, { "b", NULL } }, "ab" },
	{ "one stored id for two", true, { "x", "y" },
	  { "[\"a\"]", "[\"a\"]" }, { { "a", NULL }, { "b", NULL } }, "ab" },
	{ "the second of two", true, { "x" }, { "[\"q\",\"b\"]" },
	  { { "a", NULL }, { "b", NULL } }, "b" },
};

static void
matching(void)
{
	struct asked	a[4];
	struct run	r[5];
	char		got[5];
	size_t		i, j, n, m;

	for (i = 0; i < nitems(matches); i++) {
		memset(a, 0, sizeof(a));
		memset(r, 0, sizeof(r));
		for (n = 0; n < 4 && matches[i].asked[n] != NULL; n++) {
			if (*matches[i].asked[n] != '\0')
				a[n].prompt = text(matches[i].asked[n]);
			a[n].ids = text(matches[i].ids[n]);
		}
		for (m = 0; m < 5 && matches[i].runs[m][0] != NULL; m++) {
			r[m].id = matches[i].runs[m][0];
			r[m].prompt = text(matches[i].runs[m][1]);
		}
		check(matches[i].why, true,
		    runs_match(a, n, r, m, matches[i].whole));
		for (j = 0; j < n; j++)
			got[j] = a[j].run != NULL ? *a[j].run->id : '-';
		got[n] = '\0';
		check_str(matches[i].why, matches[i].want, got);
	}
}

static const char *const spellings[] = {
	"[\"" U2 "\"]", "[\"00000000000040008000000000000002\"]",
	"[\" {00000000-0000-4000-8000-000000000002}\\n\"]",
	"[\"urn:uuid:" U2 "\"]"
};

static void
stored_ids_are_compared_canonically(void)
{
	const struct run	r[] = { { .id = U1 }, { .id = U2 } };
	struct asked		a;
	size_t			i;

	for (i = 0; i < nitems(spellings); i++) {
		memset(&a, 0, sizeof(a));
		a.ids = text(spellings[i]);
		check(spellings[i], true, runs_match(&a, 1, r, 2, true));
		check_str(spellings[i], U2, a.run != NULL ? a.run->id : "");
	}
}

static const struct {
	const char	*ts;
	long long	 ms;
} times[] = {
	{ "2026-11-22T03:11:32.802020+00:00", 1795317092802 },
	{ "2026-11-22T03:13:31.822Z", 1795317211822 },
	{ "2026-11-22T03:13:31Z", 1795317211000 },
	{ "2026-11-22T03:13:31.5Z", 1795317211500 },
	{ "2026-11-22T05:13:31+02:00", 1795317211000 },
	{ "2026-11-21T22:13:31.000001-05:00", 1795317211000 },
	{ "2026-11-22 03:13:31Z", 0 },
	{ "2026-11-22T03:13:31", 0 },
	{ "2026-11-22T03:13:31+xx", 0 },
	{ "", 0 },
};

static void
times_are_milliseconds(void)
{
	size_t	i;

	for (i = 0; i < nitems(times); i++)
		check(times[i].ts, times[i].ms, answer_ms(times[i].ts));
}

#define HEAD	"{\"id\":\"msg_c\",\"threadId\":\"t\",\"user\":\"u\"," \
	"\"createdAt\":0"
#define TAIL	",\"isLoading\":false,\"isError\":false,\"run_id\":\"r\"}"

static const struct {
	const char	*why, *queries, *before, *chunks, *want;
} lists[] = {
	{ "nothing", NULL, NULL, NULL, "" },
	{ "no list", "{\"a\":1}", NULL, "\"x\"", "" },
	{ "all is new", "[[\"a\",\"b\"]]", NULL, NULL,
	  ",\"queries_and_results\":[[\"a\",\"b\"]],\"sql_query\":\"a\"" },
	{ "what went before", "[[\"a\",1],[\"b\",2]]", "[[\"a\",1]]", NULL,
	  ",\"queries_and_results\":[[\"b\",\"2\"]],\"sql_query\":\"b\"" },
	{ "the longest end of it", "[[1,1],[2,2],[1,1],[3,3]]",
	  "[[9,9],[1,1],[2,2],[1,1]]", NULL,
	  ",\"queries_and_results\":[[\"3\",\"3\"]],\"sql_query\":\"3\"" },
	{ "a list that began anew", "[[1,1]]", "[[1,1],[2,2]]", NULL,
	  ",\"queries_and_results\":[[\"1\",\"1\"]],\"sql_query\":\"1\"" },
	{ "the same again", "[[1,1]]", "[[1,1]]", NULL,
	  ",\"queries_and_results\":[]" },
	{ "more before than now", "[[1,1],[1,1]]", "[[1,1],[1,1],[1,1]]",
	  NULL, ",\"queries_and_results\":[]" },
	{ "odd ones", "[1,[2],[[3],null],\"x\"]", NULL, NULL,
	  ",\"queries_and_results\":[[\"[3]\",\"null\"]],"
	  "\"sql_query\":\"[3]\"" },
	{ "chunks", NULL, NULL, "[{\"page_content\":\"c\",\"id\":1},\"s\",{},"
	  "{\"page_content\":\"d\",\"metadata\":{\"source_file\":\"f\"}}]",
	  ",\"top_chunks\":[{\"page_content\":\"c\"},{\"page_content\":\"s\"},"
	  "{\"page_content\":\"d\",\"metadata\":{\"source_file\":\"f\"},"
	  "\"source_file\":\"f\"}]" },
};

static void
lists_are_what_is_new(void)
{
	struct answer	a;
	struct buf	b, got;
	char		want[1024];
	size_t		i, cut;

	for (i = 0; i < nitems(lists); i++) {
		memset(&a, 0, sizeof(a));
		a.checkpoint = "c";
		a.thread = "t";
		a.owner = "u";
		a.ts = "";
		a.queries = text(lists[i].queries);
		a.before = text(lists[i].before);
		a.chunks = text(lists[i].chunks);
		buf_init(&b, 4096);
		buf_init(&got, 4096);
		answer_write(&b, &a, &cut);
		buf_add(&got, b.p, cut);
		answer_run(&got, "r", false);
		buf_add(&got, b.p + cut, b.len - cut);
		buf_chr(&got, '\0');
		snprintf(want, sizeof(want), HEAD "%s" TAIL, lists[i].want);
		check_str(lists[i].why, want, got.p);
		buf_free(&b);
		buf_free(&got);
	}
}

#define H(t)	"{\"type\":\"human\",\"content\":\"" t \
	"\",\"additional_kwargs\":{}}"
#define A(t, calls) "{\"type\":\"ai\",\"content\":\"" t \
	"\",\"additional_kwargs\":{},\"tool_calls\":" calls "}"

#define TEN	",1,1,1,1,1,1,1,1,1,1"
#define MANY	TEN TEN TEN TEN TEN TEN TEN
static const struct {
	const char	*why, *list, *prompt, *final;
} found[] = {
	{ "nothing", "[]", "", "" },
	{ "a question", "[" H("q") "]", "\"q\"", "" },
	{ "an answer", "[" H("q") "," A("a", "[]") "]", "\"q\"", "\"a\"" },
	{ "no question", "[" A("a", "[]") "]", "", "" },
	{ "the last of each", "[" H("q") "," A("a", "[]") "," H("r") ","
	  A("b", "[]") "," A("c", "[]") "]", "\"r\"", "\"c\"" },
	{ "an old answer", "[" H("q") "," A("a", "[]") "," H("r") "]",
	  "\"r\"", "" },
	{ "one that calls", "[" H("q") "," A("a", "[]") "," A("b", "[{}]")
	  "]", "\"q\"", "\"a\"" },
	{ "blocks", "[" H("q") ",{\"type\":\"ai\",\"additional_kwargs\":{},"
	  "\"content\":[\"a\",{\"type\":\"text\",\"text\":\"\\n\"},"
	  "{\"type\":\"image_url\"}]}]", "\"q\"", "\"a\\n\"" },
	{ "roles", "[{\"role\":\"user\",\"content\":\"q\"},"
	  "[\"assistant\",\"a\"]]", "\"q\"", "\"a\"" },
	{ "a bare string", "[\"q\"]", "\"q\"", "" },
	{ "no messages", "[1,null,{},[]]", "", "" },
	{ "far back", "[" H("p") "," H("q") "," A("a", "[]") MANY "]",
	  "\"q\"", "\"a\"" },
	{ "a question far back", "[" H("q") "," A("a", "[]") MANY ","
	  A("b", "[]") "]", "\"q\"", "\"b\"" },
	{ "behind many", "[" H("p") MANY "," H("q") "," A("a", "[]") "]",
	  "\"q\"", "\"a\"" },
};

static void
answers_are_found_in_messages(void)
{
	struct buf	b;
	size_t		i, p[2], f[2];
	char		got[64];

	for (i = 0; i < nitems(found); i++) {
		buf_init(&b, 4096);
		answer_find(&b, text(found[i].list), p, f);
		snprintf(got, sizeof(got), "%.*s", (int)(p[1] - p[0]),
		    b.p != NULL ? b.p + p[0] : "");
		check_str(found[i].why, found[i].prompt, got);
		snprintf(got, sizeof(got), "%.*s", (int)(f[1] - f[0]),
		    b.p != NULL ? b.p + f[0] : "");
		check_str(found[i].why, found[i].final, got);
		buf_free(&b);
	}
}

static CU_TestInfo	tests[] = {
	{ "matching", matching },
	{ "stored ids", stored_ids_are_compared_canonically },
	{ "times", times_are_milliseconds },
	{ "lists", lists_are_what_is_new },
	{ "answers", answers_are_found_in_messages },
	CU_TEST_INFO_NULL
};

const struct suite	match_suite = { "match", tests };

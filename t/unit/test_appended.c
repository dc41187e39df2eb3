/* test_appended.c: when the newest list tells the earlier ones. */
#include "config.h"

#include <string.h>

#include "core/appended.h"
#include "unit/unit.h"

#define H(id, text)	"{\"type\":\"human\",\"id\":\"" id "\",\"content\":\"" \
			text "\"}"
#define ALL	"[" H("1", "a") "," H("2", "b, ]") "," H("3", "c") "]"

static const struct lc_opts	opts = { .limits = LC_LIMITS };

/* Of the state that checkpoint q has, with as many bytes as the text. */
static const struct {
	const char	*why, *newest, *ids, *writes, *state;
	size_t		 want;		/* elements; 0: not known */
} cases[] = {
	{ "the first", ALL, "p,q", "[[" H("1", "a") "],[]]",
	  "[" H("1", "a") "]", 1 },
	{ "two by one write", ALL, "p", "[[" H("1", "a") "," H("2", "b, ]")
	  "]]", "[" H("1", "a") "," H("2", "b, ]") "]", 2 },
	{ "one message that is no list", ALL, "p", "[" H("1", "a") "]",
	  "[" H("1", "a") "]", 1 },
	{ "all", ALL, "m,n,p", "[[" H("1", "a") "],[" H("2", "b, ]") "],["
	  H("3", "c") "]]", ALL, 3 },
	{ "what comes later does not count", ALL, "p,q,r", "[[" H("1", "a")
	  "],[" H("2", "b, ]") "],[" H("3", "c") "]]",
	  "[" H("1", "a") "]", 1 },
	{ "without an id", ALL, "p",
	  "[[{\"type\":\"human\",\"content\":\"a\"}]]",
	  "[" H("1", "a") "]", 1 },
	{ "as a role and a text", ALL, "p", "[[[\"user\",\"a\"]]]",
	  "[" H("1", "a") "]", 1 },
	{ "blanks between", "[ " H("1", "a") " , " H("2", "b") " ]", "p",
	  "[[" H("1", "a") "]]", "[ " H("1", "a") " ]", 1 },
	{ "other bytes", ALL, "p", "[[" H("1", "a") "]]",
	  "[" H("1", "aa") "]", 0 },
	{ "too few were written", ALL, "p", "[[" H("1", "a") "]]",
	  "[" H("1", "a") "," H("2", "b, ]") "]", 0 },
	{ "too many were written", ALL, "p,p", "[[" H("1", "a") "],["
	  H("2", "b, ]") "]]", "[" H("1", "a") "]", 0 },
	{ "nothing was written", ALL, "p", "[[]]", "[]", 0 },
	{ "more than there is", "[" H("1", "a") "]", "p,p", "[[" H("1", "a")
	  "],[" H("2", "b") "]]", "[" H("1", "a") "]", 0 },
	{ "another text", ALL, "p", "[[" H("1", "x") "]]",
	  "[" H("1", "a") "]", 0 },
	{ "an id again", "[" H("1", "a") "," H("2", "a") "]", "p,p",
	  "[[" H("1", "a") "],[" H("1", "a") "]]",
	  "[" H("1", "a") "," H("2", "a") "]", 0 },
	{ "a removal", ALL, "p", "[[{\"type\":\"remove\",\"id\":\"1\","
	  "\"content\":\"a\"}]]", "[" H("1", "a") "]", 0 },
	{ "an overwrite", ALL, "p", "[{\"__overwrite__\":[" H("1", "a")
	  "]}]", "[" H("1", "a") "]", 0 },
	{ "an overwrite in JavaScript", ALL, "p",
	  "[{\"type\":\"__overwrite__\",\"value\":[" H("1", "a") "]}]",
	  "[" H("1", "a") "]", 0 },
	{ "null", ALL, "p", "[null]", "[" H("1", "a") "]", 0 },
	{ "ids without writes", ALL, "p,p", "[[" H("1", "a") "]]",
	  "[" H("1", "a") "]", 0 },
	{ "writes without ids", ALL, "p", "[[" H("1", "a") "],[]]",
	  "[" H("1", "a") "]", 0 },
	{ "writes that are no JSON", ALL, "p", "[[", "[" H("1", "a") "]",
	  0 },
};

static struct lc_blob
json(const char *s)
{
	return (struct lc_blob){ "json", s, strlen(s) };
}

static void
states(void)
{
	const struct lc_text	*v;
	struct appended		*a;
	struct lc_blob		 newest, writes;
	size_t			 i, n;

	for (i = 0; i < nitems(cases); i++) {
		newest = json(cases[i].newest);
		writes = json(cases[i].writes);
		a = appended_new(&newest, &opts);
		check(cases[i].why, true, a != NULL);
		if (a == NULL)
			continue;
		appended_writes(a, cases[i].ids, &writes, &opts);
		v = appended_state(a, "q", strlen(cases[i].state), &n);
		check(cases[i].why, cases[i].want, v != NULL ? n : 0);
		appended_free(a);
	}
}

static void
no_lists(void)
{
	static const char *const	texts[] = {
		"[]", "null", "{\"a\":[1]}", "\"[1]\"", "[1", " [1]", "[1] ",
		"1", ""
	};
	struct lc_blob			b;
	struct appended			*a;
	size_t				 i;

	for (i = 0; i < nitems(texts); i++) {
		b = json(texts[i]);
		a = appended_new(&b, &opts);
		check(texts[i], true, a == NULL);
		appended_free(a);
	}
	b = (struct lc_blob){ "msgpack", "\x81\xa1" "a\x01", 4 };
	check("a map", true, appended_new(&b, &opts) == NULL);
	b = (struct lc_blob){ "json", NULL, 0 };
	check("withheld", true, appended_new(&b, &opts) == NULL);
	b = json("[1,2]");
	a = appended_new(&b, &opts);
	check("no writes at all", true, a != NULL &&
	    appended_state(a, "q", 3, &i) == NULL);
	appended_free(a);
}

/* Twenty messages {"content": "x"}, of which each state has more. */
static void
msgpack(void)
{
	static const char	one[] = "\x81\xa7" "content\xa1" "x";
	enum { N = 20, SIZE = sizeof(one) - 1 };
	char			all[3 + N * SIZE], writes[3 + N * (1 + SIZE)];
	char			ids[2 * N];
	struct lc_blob		b = { "msgpack", all, sizeof(all) };
	struct lc_blob		w = { "msgpack", writes, sizeof(writes) };
	struct appended		*a;
	size_t			 i, n, bytes;

	memcpy(all, "\xdc\0\x14", 3);
	memcpy(writes, all, 3);
	for (i = 0; i < N; i++) {
		memcpy(all + 3 + i * SIZE, one, SIZE);
		writes[3 + i * (1 + SIZE)] = '\x91';
		memcpy(writes + 4 + i * (1 + SIZE), one, SIZE);
		ids[2 * i] = (char)('a' + i);
		ids[2 * i + 1] = i + 1 < N ? ',' : '\0';
	}
	a = appended_new(&b, &opts);
	check("a list", true, a != NULL);
	if (a == NULL)
		return;
	appended_writes(a, ids, &w, &opts);
	for (i = 1; i <= N; i++) {
		char	q[2] = { (char)('a' + i), '\0' };

		bytes = (i < 16 ? 1 : 3) + i * SIZE;
		check("a state", true,
		    appended_state(a, q, bytes, &n) != NULL && n == i);
		check("another one", true,
		    appended_state(a, q, bytes + SIZE, &n) == NULL);
	}
	appended_free(a);
	b.n--;
	check("cut off", true, appended_new(&b, &opts) == NULL);
}

static CU_TestInfo	tests[] = {
	{ "states", states },
	{ "no_lists", no_lists },
	{ "msgpack", msgpack },
	CU_TEST_INFO_NULL
};

const struct suite	appended_suite = { "appended", tests };

/* test_seldom.c: what the log says at most once an hour. */
#include "config.h"

#include "core/seldom.h"

#include <stdio.h>

#include "unit/unit.h"

static void
once_an_hour(void)
{
	static struct seldom	t;
	static const struct {
		const char	*why, *thread, *channel;
		int64_t		 at;
		bool		 want;
	} cases[] = {
		{ "the first time", "t", "messages", 1, true },
		{ "at once", "t", "messages", 1, false },
		{ "another channel", "t", "prompt", 2, true },
		{ "another thread", "u", "messages", 2, true },
		{ "the end of one name", "tm", "essages", 2, true },
		{ "within the hour", "t", "messages", HOUR_US, false },
		{ "an hour later", "t", "messages", HOUR_US + 1, true },
		{ "and no second time", "t", "messages", HOUR_US + 2, false },
		{ "an hour on again", "t", "messages", 2 * HOUR_US + 1, true },
	};
	size_t			 i;

	for (i = 0; i < nitems(cases); i++)
		check(cases[i].why, cases[i].want, seldom(&t, cases[i].thread,
		    cases[i].channel, cases[i].at));
}

/* Of more threads than there is room for none is named twice. */
static void
a_full_table_is_silent(void)
{
	enum { MANY = 4 * SELDOM_SETS * SELDOM_WAYS };
	static struct seldom	t;
	char			name[16];
	int			i, round, said[3] = { 0 };

	for (round = 0; round < 3; round++)
		for (i = 0; i < MANY; i++) {
			(void)snprintf(name, sizeof(name), "thread-%d", i);
			said[round] += seldom(&t, name, "messages",
			    round < 2 ? 1 : 1 + HOUR_US);
		}
	check("as many as fit", true, said[0] > MANY / 5 &&
	    said[0] <= MANY / 4);
	check("nothing twice", 0, said[1]);
	check("an hour later there is room again", said[0], said[2]);
}

static CU_TestInfo	tests[] = {
	{ "once an hour", once_an_hour },
	{ "a full table", a_full_table_is_silent },
	CU_TEST_INFO_NULL
};

const struct suite	seldom_suite = { "seldom", tests };

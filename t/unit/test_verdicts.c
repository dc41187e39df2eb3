/* test_verdicts.c: verdicts that processes share. */
#include "config.h"

#include "auth/verdicts.h"

#include <sys/wait.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/unit.h"

#define NOW	INT64_C(1800000000)
#define TOKENS	24		/* for the eight places of one set */
#define TURNS	200000
#define WRITERS	3

static struct verdicts	*all;
static struct arena	*arena;
static struct identity	 id;

static void
begin(void)
{
	all = verdicts_new();
	arena = arena_new(1 << 20);
	if (all == NULL || arena == NULL)
		abort();
}

static void
end(void)
{
	verdicts_free(all);
	arena_free(arena);
}

/* The n-th of those that share a set. */
static void
hash_of(unsigned n, unsigned char hash[32])
{
	memset(hash, (int)n * 7 + 1, 32);
	hash[0] = 5;
	hash[1] = 1;
}

static void
keep(unsigned n, uint64_t generation, int64_t now, int64_t until,
    const char *email, const char *sub)
{
	struct identity	who = { .email = email, .sub = sub,
			    .agent = n % 2 != 0, .exp = until };
	unsigned char	hash[32];

	hash_of(n, hash);
	verdicts_remember(all, hash, generation, now, until, &who);
}

static bool
kept(unsigned n, uint64_t generation, int64_t now)
{
	unsigned char	hash[32];

	hash_of(n, hash);
	arena_reset(arena);
	return verdicts_recall(all, hash, generation, now, arena, &id);
}

static void
they_hold_for_a_minute_and_their_keys(void)
{
	begin();
	check("nothing yet", false, kept(1, 7, NOW));
	keep(1, 7, NOW, NOW + 100, "a@x", "");
	check("kept", true, kept(1, 7, NOW));
	check_str("email", "a@x", id.email);
	check_str("sub", "", id.sub);
	check("agent", true, id.agent);
	check("admin", false, id.admin);
	check("exp", NOW + 100, id.exp);
	check("another token", false, kept(2, 7, NOW));
	check("other keys", false, kept(1, 8, NOW));
	check("the clock went back", false, kept(1, 7, NOW - 1));
	check("59 s", true, kept(1, 7, NOW + 59));
	check("60 s", false, kept(1, 7, NOW + 60));
	keep(1, 7, NOW + 60, NOW + 70, "b@x", "s");
	check("its end", true, kept(1, 7, NOW + 69));
	check_str("the newer one", "b@x", id.email);
	check_str("sub", "s", id.sub);
	check("past it", false, kept(1, 7, NOW + 70));
	end();
}

static void
what_is_too_long_is_not_kept(void)
{
	char	email[256];
	size_t	n;

	begin();
	for (n = 1; n < sizeof(email); n++) {
		memset(email, 'e', n);
		email[n] = '\0';
		keep((unsigned)n, 1, NOW, NOW + 10, email, "sub");
		if (!kept((unsigned)n, 1, NOW))
			break;
		check("whole", n, strlen(id.email));
		check_str("sub", "sub", id.sub);
	}
	check("the longest", 171, n - 1);
	end();
}

/* Eight places: the ones that end first go. */
static void
the_newest_stay(void)
{
	unsigned	n;

	begin();
	for (n = 0; n < TOKENS; n++)
		keep(n, 1, NOW + n, NOW + 1000, "a@x", "s");
	for (n = 0; n < TOKENS; n++)
		check("only the newest", n >= TOKENS - 8,
		    kept(n, 1, NOW + TOKENS));
	end();
}

/* Who is whose: the texts are as long as the token's number says. */
static void
text_of(unsigned n, char out[100])
{
	memset(out, 'a' + (int)n, n * 3 + 1);
	out[n * 3 + 1] = '\0';
}

static int
hammer(unsigned seed)
{
	char		 email[100], sub[100];
	unsigned	 i, n, hits = 0;

	for (i = 0; i < TURNS; i++) {
		seed = seed * 1103515245 + 12345;
		n = seed / 65536 % TOKENS;
		text_of(n, email);
		text_of(TOKENS - n, sub);
		if (!kept(n, 1, NOW))
			keep(n, 1, NOW, NOW + 10 + seed / 4096 % 8, email,
			    sub);
		else if (strcmp(id.email, email) != 0 ||
		    strcmp(id.sub, sub) != 0 || id.agent != (n % 2 != 0))
			return 1;
		else
			hits++;
	}
	return hits > 0 ? 0 : 2;
}

static void
processes_never_see_half_of_one(void)
{
	pid_t	 pid[WRITERS];
	unsigned i;
	int	 status;

	begin();
	for (i = 0; i < WRITERS; i++)
		if ((pid[i] = fork()) == 0)
			_exit(hammer(i));
	for (i = 0; i < WRITERS; i++) {
		check("a process", true, pid[i] > 0 &&
		    waitpid(pid[i], &status, 0) == pid[i]);
		check("has read whole ones alone", 0, status);
	}
	end();
}

/* Each takes one place with it, at most. */
static void
a_dead_writer_leaves_the_other_places(void)
{
	char		 email[171];
	pid_t		 pid;
	unsigned	 i;

	begin();
	memset(email, 'e', sizeof(email) - 1);
	email[sizeof(email) - 1] = '\0';
	for (i = 0; i < 7; i++) {
		if ((pid = fork()) == 0)
			for (;;)
				keep(1, 1, NOW, NOW + 10, email, "s");
		usleep(2000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	keep(1, 1, NOW + 20, NOW + 1000, "a@x", "s");
	check("kept", true, kept(1, 1, NOW + 20));
	check_str("the last one", "a@x", id.email);
	end();
}

static CU_TestInfo tests[] = {
	{ "they_hold_for_a_minute_and_their_keys",
	  they_hold_for_a_minute_and_their_keys },
	{ "what_is_too_long_is_not_kept", what_is_too_long_is_not_kept },
	{ "the_newest_stay", the_newest_stay },
	{ "processes_never_see_half_of_one",
	  processes_never_see_half_of_one },
	{ "a_dead_writer_leaves_the_other_places",
	  a_dead_writer_leaves_the_other_places },
	CU_TEST_INFO_NULL
};

const struct suite verdicts_suite = { "verdicts", tests };

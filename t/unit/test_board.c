/* test_board.c: slots for workers, sums for all. */
#include "config.h"

#include "base/board.h"

#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

static void
slots_are_taken_once(void)
{
	struct board	*b = board_new();
	struct slot	*s, *seen = NULL;
	size_t		 i, taken = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	for (i = 0; i < BOARD_SLOTS; i++) {
		s = board_take(b, POOL_SLOW, 7);
		taken += s != NULL && s != seen && s->pid == getpid() &&
		    s->state == SLOT_START && s->pool == POOL_SLOW &&
		    s->generation == 7;
		seen = s;
	}
	check("each slot once", BOARD_SLOTS, taken);
	check("then none", 1, board_take(b, POOL_QUICK, 7) == NULL);
	b->slots[3].served = 9;
	b->slots[3].since = 9;
	b->slots[3].pid = 0;
	s = board_take(b, POOL_QUICK, 8);
	check("a free one again", 1, s == &b->slots[3]);
	check("without its past", 0, s->served + (uint64_t)s->since);
	check("a cache line each", 0, (uintptr_t)&b->slots[1] % 64);
	board_free(b);
	board_free(NULL);
}

static void
counts_go_where_they_belong(void)
{
	static const struct {
		const char	*why;
		unsigned	 route;
		unsigned	 status;
		int64_t		 us;
		unsigned	 in, as, bucket;
	} cases[] = {
		{ "the first bound belongs to it", 0, 0, 500, 0, 0, 0 },
		{ "past the first", 1, 9, 501, 1, 9, 1 },
		{ "at once", 2, 16, 0, 2, 16, 0 },
		{ "the longest", 3, 3, 10000001, 3, 3, BOARD_BUCKETS - 1 },
		{ "the last bound", 4, 5, 10000000, 4, 5,
		  BOARD_BUCKETS - 2 },
		{ "a clock gone back", 5, 0, -5, 5, 0, 0 },
		{ "the last status", 6, BOARD_STATUSES - 1, 1,
		  6, BOARD_STATUSES - 1, 0 },
		{ "a status past the end", 7, BOARD_STATUSES, 1,
		  7, BOARD_STATUSES - 1, 0 },
		{ "a route past the end", BOARD_ROUTES + 5, 0, 1,
		  BOARD_ROUTES - 1, 0, 0 },
	};
	struct board	*b = board_new();
	struct totals	*t;
	uint64_t	 sum;
	size_t		 i, j;

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	t = &b->totals;
	for (i = 0; i < nitems(cases); i++) {
		board_count(b, cases[i].route, cases[i].status, cases[i].us);
		check(cases[i].why, 1, t->requests[cases[i].in][cases[i].as]);
		check(cases[i].why, 1, t->bucket[cases[i].in][cases[i].bucket]);
		check(cases[i].why, cases[i].us > 0 ? cases[i].us : 0,
		    t->sum_us[cases[i].in]);
		for (sum = 0, j = 0; j < BOARD_BUCKETS; j++)
			sum += t->bucket[cases[i].in][j];
		check("one bucket only", 1, sum);
	}
	for (i = 1; i < BOARD_BUCKETS; i++)
		check("bounds rise", 1,
		    board_bounds_us[i - 1] < board_bounds_us[i]);
	board_free(b);
}

static void
processes_share_it(void)
{
	struct board	*b = board_new();
	pid_t		 pid[4];
	int		 i, j, status, ok = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	for (i = 0; i < 4; i++) {
		if ((pid[i] = fork()) != 0)
			continue;
		for (j = 0; j < 50; j++)
			if (board_take(b, POOL_QUICK, 1) == NULL)
				_exit(1);
		for (j = 0; j < 10000; j++)
			board_count(b, 1, 2, 1);
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		ok += waitpid(pid[i], &status, 0) == pid[i] && status == 0;
	check("all took their slots", 4, ok);
	check("none was taken twice", 0, b->slots[200].pid);
	check("nor left out", 1, b->slots[199].pid != 0);
	check("no count was lost", 40000, b->totals.requests[1][2]);
	check("no sum was lost", 40000, b->totals.sum_us[1]);
	board_free(b);
}

static CU_TestInfo tests[] = {
	{ "slots are taken once", slots_are_taken_once },
	{ "counts go where they belong", counts_go_where_they_belong },
	{ "processes share it", processes_share_it },
	CU_TEST_INFO_NULL
};
const struct suite board_suite = { "board", tests };

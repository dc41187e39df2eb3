/* board.c: the scoreboard, in memory that all processes share. */
#include "config.h"

#include "base/board.h"

#include <sys/mman.h>
#include <unistd.h>

const int64_t board_bounds_us[BOARD_BUCKETS] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 10000000, INT64_MAX
};

/* A lock inside would be held for ever by a worker that was killed. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2 &&
    ATOMIC_SHORT_LOCK_FREE == 2 && ATOMIC_CHAR_LOCK_FREE == 2,
    "atomics without locks");

struct board *
board_new(void)
{
	void	*p;

	p = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

void
board_free(struct board *b)
{
	if (b != NULL)
		munmap(b, sizeof(*b));
}

struct slot *
board_take(struct board *b, enum slot_pool pool, uint32_t gen)
{
	struct slot	*s;
	pid_t		 nobody;
	size_t		 i;

	for (i = 0; i < BOARD_SLOTS; i++) {
		s = &b->slots[i];
		nobody = 0;
		if (!atomic_compare_exchange_strong(&s->pid, &nobody,
		    getpid()))
			continue;
		s->generation = gen;
		s->pool = (uint8_t)pool;
		s->route = 0;
		s->since = 0;
		s->served = 0;
		s->reconnects = 0;
		s->state = SLOT_START;
		return s;
	}
	return NULL;
}

static void
add(_Atomic uint64_t *sum, uint64_t n)
{
	atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

void
board_count(struct board *b, unsigned route, unsigned status, int64_t us)
{
	struct totals	*t = &b->totals;
	size_t		 i;

	if (route >= BOARD_ROUTES)
		route = BOARD_ROUTES - 1;
	if (status >= BOARD_STATUSES)
		status = BOARD_STATUSES - 1;
	if (us < 0)
		us = 0;
	for (i = 0; us > board_bounds_us[i]; i++)
		;
	add(&t->requests[route][status], 1);
	add(&t->bucket[route][i], 1);
	add(&t->sum_us[route], (uint64_t)us);
}

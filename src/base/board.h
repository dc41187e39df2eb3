#ifndef BASE_BOARD_H
#define BASE_BOARD_H

#include <sys/types.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/rc.h"

#define BOARD_SLOTS	512	/* workers of two generations and jobs */
#define BOARD_ROUTES	160
#define BOARD_STATUSES	18	/* of http/status.c, the strange one last */
#define BOARD_BUCKETS	14	/* bounds in board.c, the last is +Inf;
				   each counts its own range only */

enum slot_state { SLOT_FREE, SLOT_START, SLOT_IDLE, SLOT_BUSY, SLOT__MAX };
enum slot_pool { POOL_QUICK, POOL_SLOW, POOL_JOBS, POOL__MAX };

/*
 * The scoreboard: one slot a worker in shared memory, made before the first
 * fork, written by the worker alone and read by the master (watchdog) and by
 * /metrics.  A slot starts on a cache line of its own.
 */
struct slot {
	_Alignas(64) _Atomic pid_t pid;
	_Atomic uint32_t generation;
	_Atomic uint8_t	 state;		/* enum slot_state */
	_Atomic uint8_t	 pool;		/* enum slot_pool */
	_Atomic uint16_t route;		/* of the request under way */
	_Atomic int64_t	 since;		/* mono_us() when it began, or 0 */
	_Atomic uint64_t served;
	_Atomic uint64_t reconnects;	/* to the database */
};

/* Sums that outlive a worker: one for all, atomic adds. */
struct totals {
	_Atomic uint64_t requests[BOARD_ROUTES][BOARD_STATUSES];
	_Atomic uint64_t bucket[BOARD_ROUTES][BOARD_BUCKETS];
	_Atomic uint64_t sum_us[BOARD_ROUTES];
	_Atomic uint64_t reconnects, respawns, killed;
};

struct board {
	_Atomic int64_t	 started_us;	/* now_us() of the master's start */
	_Atomic uint32_t generation;
	struct totals	 totals;
	struct slot	 slots[BOARD_SLOTS];
};

extern const int64_t board_bounds_us[BOARD_BUCKETS];

/* Shared, zeroed, inherited over fork; NULL with errno. */
struct board	*board_new(void) MUST_CHECK;
void		 board_free(struct board *);
/* A slot that nobody holds, marked SLOT_START; NULL when all are taken. */
struct slot	*board_take(struct board *, enum slot_pool, uint32_t gen)
		    NONNULL MUST_CHECK;
/* status is its row in http/status.c; what is past the end counts as last. */
void		 board_count(struct board *, unsigned route, unsigned status,
		    int64_t us) NONNULL;

#endif

#ifndef PROC_KIDS_H
#define PROC_KIDS_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "proc/master.h"
#include "proc/sock.h"

#define PEERS_MAX	64

/* What one child is, as the master sees it; pid 0: none. */
struct kid {
	pid_t		 pid;
	struct slot	*slot;
	enum slot_pool	 pool;
	uint32_t	 gen;
	int64_t		 born;
	uint64_t	 quota;		/* of requests; 0: none */
	int64_t		 kill_at;	/* it was told to go; 0: it was not */
};

/* Deaths of one pool, and how long to wait before the next fork. */
struct deaths {
	unsigned	 row;		/* one soon after the other */
	int64_t		 last, next;
};

/* Workers of one configuration. */
struct gen {
	uint32_t	 id;
	struct conf	*conf;
	struct verdicts	*verdicts;
	uid_t		 peers[PEERS_MAX];
	size_t		 npeers;
	bool		 ready;		/* all were up once */
	uint64_t	 served;	/* by those who are gone */
	unsigned	 died;		/* within the window, ... */
	int64_t		 window;	/* ... which began then */
	int		 verdict;	/* exit status, when it cannot live */
};

struct kids {
	const struct master_args *args;
	struct listeners *socks;
	struct board	*board;
	struct gen	*gen;		/* the one that is kept alive */
	struct deaths	 deaths[POOL__MAX];
	struct kid	 kid[BOARD_SLOTS];
	size_t		 n;		/* that live */
};

/* A generation for this configuration, which it owns; NULL without memory. */
struct gen	*gen_new(uint32_t id, struct conf *) NONNULL MUST_CHECK;
void		 gen_free(struct gen *);

/* Forks what the current generation lacks and the backoff permits. */
void		 kids_fill(struct kids *) NONNULL;
/*
 * Collects the dead.  gen->verdict is set when the current generation cannot
 * live: EX_CONFIG from one of them, or too many deaths before its first
 * answer.
 */
void		 kids_reap(struct kids *) NONNULL;
/*
 * Retires who has served enough, TERM for the stuck, KILL for who was told to
 * go and did not.
 */
void		 kids_watch(struct kids *) NONNULL;
/* The whole current generation is up. */
bool		 kids_ready(const struct kids *) NONNULL;
/* Someone is busy, starting or leaving: look again soon. */
bool		 kids_busy(const struct kids *) NONNULL;
/* Sends sig to all, or to one generation; KILL follows after us, if not 0. */
void		 kids_signal(struct kids *, const struct gen *, int sig,
		    int64_t us);

/* One generation goes, since another has come. */
void		 kids_retire(struct kids *, const struct gen *) NONNULL;

#endif

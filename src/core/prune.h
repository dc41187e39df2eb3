#ifndef CORE_PRUNE_H
#define CORE_PRUNE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/conf.h"
#include "db/db.h"

/* What to prune, and how. */
struct prune_how {
	const char	*thread;	/* this one alone; NULL: all */
	bool		 dry;		/* decide, and change nothing */
	bool		 unclaimed;	/* ids without a claim too */
};

/* Why a thread is left alone; PRUNE_DONE: it is not. */
enum prune_why {
	PRUNE_DONE,
	PRUNE_RECENT,		/* its newest state is too young */
	PRUNE_INTERRUPTED,	/* or has tasks that are not done */
	PRUNE_ERROR,
	PRUNE_BUSY,		/* a run of it has not ended */
	PRUNE_INCOMPLETE,	/* a delta channel lacks ancestors */
	PRUNE_SHALLOW,		/* there is nothing but the newest state */
	PRUNE_LOCKED,		/* by somebody, for two seconds */
	PRUNE_CHANGED,		/* while we looked at it: in use */
	PRUNE_UNCLAIMED,
	PRUNE_DELETED,		/* the sweep's */
	PRUNE_ABSENT,
	PRUNE_FAILED,		/* the database refused; it was logged */
	PRUNE__MAX
};

/* What a thread has, and what went, or in a dry run would. */
enum prune_what { PRUNE_CHECKPOINTS, PRUNE_WRITES, PRUNE_BLOBS, PRUNE_BYTES,
    PRUNE_WHAT__MAX };
struct prune_sum {
	int64_t	before, removed;
};
struct prune_report {
	const char	*thread;	/* until the next one */
	enum prune_why	 why;
	struct prune_sum sum[PRUNE_WHAT__MAX];
};

/* One pass over the threads, oldest head first. */
struct prune;

/*
 * NULL without memory.  Everything must live as long as the pass; the arena,
 * which the connection gets bound to, is reset for each thread.  A pass ends
 * between two batches once *stop is not 0.
 */
struct prune	*prune_new(struct db *, struct arena *, const struct conf *,
		    const struct prune_how *, const volatile sig_atomic_t *stop)
		    NONNULL MUST_CHECK;
void		 prune_free(struct prune *);

/*
 * The next thread.  RC_NOTFOUND: that was the last.  Other failures are the
 * database's and end the pass; what a report counts is gone even so.
 */
enum rc		 prune_next(struct prune *, struct prune_report *)
		    NONNULL MUST_CHECK;

/* A report as a line of text or a JSON object, into an empty buffer. */
void		 prune_print(struct buf *, const struct prune_report *,
		    bool json) NONNULL;

/* All of a pass. */
struct prune_total {
	int64_t		 threads, pruned, failed;
	struct prune_sum sum[PRUNE_WHAT__MAX];
};
void		 prune_add(struct prune_total *, const struct prune_report *)
		    NONNULL;
void		 prune_print_total(struct buf *, const struct prune_total *,
		    bool json) NONNULL;

#endif

#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "db/db.h"

/*
 * Feedback on its way to LangSmith.  A claim is a lease and not a lock: no
 * transaction stays open while a request is on the wire, and what a killed
 * process held comes back when the lease ends.  A submission meanwhile keeps
 * the row in the queue whatever becomes of this delivery.
 */
#define OUTBOX_LEASE	"120"	/* seconds; every request of a delivery fits */

/* The columns of a claimed row. */
enum outbox_col {
	OB_ID,			/* the feedback's, the same for good */
	OB_RUN,
	OB_SCORE,
	OB_COMMENT,
	OB_CREATED_AT,
	OB_UPDATED_AT,
	OB_CREATED,
	OB_DIRTY_SCORE,		/* submitted since the last delivery */
	OB_DIRTY_COMMENT,
	OB_REVISION,
	OB_ATTEMPTS,		/* that failed, of this submission */
	OB_AGE,			/* seconds since it was submitted */
	OB_GONE			/* taken back: to be deleted there */
};

/* One claimed row; it lives in the arena bound to the connection. */
struct delivery {
	const struct db_res *row;
	bool		 created;	/* LangSmith has it; kept up by the
					 * sender, stored by the verdict */
};

enum outcome { OUT_DELIVERED, OUT_RETRY, OUT_DEAD, OUT_PAUSED, OUT__MAX };

/* What became of it. */
struct verdict {
	enum outcome	 outcome;
	int64_t		 delay_ms;	/* retry, pause: until the next try */
	int		 status;	/* HTTP, 0: no answer */
	const char	*answer;	/* kept up to 500 bytes */
	size_t		 answerlen;
};

/* The row that is due longest; RC_NOTFOUND when none is due. */
enum rc	 outbox_claim(struct db *, struct delivery *) NONNULL MUST_CHECK;
/*
 * Ends the claim.  OUT_PAUSED puts the whole queue off and counts no attempt.
 * A row that was deleted meanwhile is no failure.
 */
enum rc	 outbox_settle(struct db *, struct arena *, const struct delivery *,
	    const struct verdict *) NONNULL MUST_CHECK;

/*
 * Milliseconds between the n-th attempt that failed (from 1) and the next:
 * 2^n seconds and some of half a second (random: any number), 15 minutes at
 * most.
 */
int64_t	 outbox_backoff(int64_t n, unsigned random);

#endif

#ifndef PROC_WORKER_H
#define PROC_WORKER_H

#include <sys/types.h>
#include <stdbool.h>

#include "http/req.h"

struct gateway;
struct verdicts;

/*
 * What a process that answers requests has of its own; cli/ hands it in.
 * app_new() is called after the fork; NULL: it logged why, and another try
 * with the same configuration would fail likewise.
 */
struct app_ops {
	struct app	*(*app_new)(const struct conf *, struct verdicts *);
	void		(*app_free)(struct app *);
	/* What is done with a request, in two halves: see http/route.h. */
	bool		(*begin)(struct app *, struct gateway *, size_t lane);
	void		(*end)(struct app *, size_t lane, bool *again);
};

struct worker_args {
	const struct conf	*conf;
	const struct app_ops	*ops;
	struct board		*board;
	struct verdicts		*verdicts;	/* of the generation */
	struct slot		*slot;
	int			 listener;	/* non-blocking */
	enum slot_pool		 pool;
	const uid_t		*peers;		/* besides our own and root */
	size_t			 npeers;
};

/*
 * Runs in a forked child, all signals blocked, until it is told to go; no
 * request that reached it whole is lost.  TERM: no new connections, and what
 * was sent on the others is answered.  HUP: the same, but while others take
 * over kept connections get some time to be used and closed.  USR1: the log is
 * reopened.  Returns its exit status: 0, or EX_CONFIG without an app.
 */
int	worker_run(const struct worker_args *) NONNULL;

#endif

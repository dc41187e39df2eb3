#ifndef PROC_WORKER_H
#define PROC_WORKER_H

#include <stdbool.h>

#include "http/req.h"

struct gateway;

/* What a worker does with one request; cli/ hands it in (http/route.h). */
typedef void	(*dispatch_fn)(struct app *, struct gateway *, bool *again);

struct worker_args {
	const struct conf	*conf;
	struct board		*board;
	struct slot		*slot;
	int			 listener;	/* non-blocking */
	enum slot_pool		 pool;
	dispatch_fn		 dispatch;
};

/* Runs in a forked child until told to stop; returns its exit status. */
int	worker_run(const struct worker_args *);

#endif

#ifndef PROC_MASTER_H
#define PROC_MASTER_H

#include "proc/worker.h"

struct master_args {
	const char	*conf_path;	/* read again on HUP; may be NULL */
	struct conf	*conf;		/* owned by the master from now on */
	const struct app_ops *ops;
	/* Body of the jobs child, or NULL without --with-jobs. */
	int		(*jobs)(const struct conf *, struct board *);
};

/*
 * `bobbin serve`; returns the exit status (sysexits.h).  TERM: no new
 * connections, what came before is answered, KILL after BOBBIN_DRAIN_SECONDS.
 * INT, QUIT, or a second TERM: at once.  HUP: a new generation of workers with
 * a fresh configuration, then the old one ends; if either fails, nothing
 * changes.  USR1: all processes reopen their logs.
 */
int	master_run(const struct master_args *) NONNULL;

#endif

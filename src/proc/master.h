#ifndef PROC_MASTER_H
#define PROC_MASTER_H

#include <stdbool.h>

#include "proc/worker.h"

struct master_args {
	const char	*conf_path;	/* read again on HUP; may be NULL */
	struct conf	*conf;		/* owned by the master from now on */
	dispatch_fn	 dispatch;
	/* Body of the jobs child, or NULL without --with-jobs. */
	int		(*jobs)(const struct conf *, struct board *);
};

/* `bobbin serve`; returns the exit status (sysexits.h). */
int	master_run(const struct master_args *);

#endif

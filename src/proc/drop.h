#ifndef PROC_DROP_H
#define PROC_DROP_H

#include <sys/types.h>

#include "base/conf.h"

/*
 * Root becomes BOBBIN_USER for good, and it is proven; who is not root stays
 * who he is.  0, or an exit status (sysexits.h) with err filled in.
 */
int	drop_root(const struct conf *, char err[256]) NONNULL MUST_CHECK;

#endif

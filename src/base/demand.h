#ifndef BASE_DEMAND_H
#define BASE_DEMAND_H

#include "base/rc.h"

/*
 * Why this text, which is not empty, will not do for the option of that name
 * (of a list: for one of its items), without the text; NULL: it will.
 */
const char	*demand_unmet(const char *name, const char *) NONNULL
		    MUST_CHECK;

#endif

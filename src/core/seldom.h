#ifndef CORE_SELDOM_H
#define CORE_SELDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "codec/outcome.h"

/*
 * What was said of which thread's channel within the hour.  A table that is
 * full says nothing new: a log is bounded, whatever agents store.  Zeroed, it
 * is empty.
 */
enum { SELDOM_SETS = 128, SELDOM_WAYS = 8 };
struct seldom {
	struct {
		uint64_t	key;
		int64_t		at;	/* mono_us(), 0: free */
	} v[SELDOM_SETS][SELDOM_WAYS];
};

#define HOUR_US	3600000000

/* True at most once an hour for the two; now is mono_us(). */
bool	 seldom(struct seldom *, const char *thread, const char *channel,
	    int64_t now) NONNULL MUST_CHECK;

/*
 * The log's line on a channel that cannot be read, at most once an hour in
 * this process; none for OUT_VALUE and OUT_EMPTY.  type may be NULL.
 */
void	 seldom_unreadable(const char *thread, const char *channel,
	    const char *type, enum outcome);

#endif

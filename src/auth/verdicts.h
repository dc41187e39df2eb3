#ifndef AUTH_VERDICTS_H
#define AUTH_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/bearer.h"

#define VERDICT_SECONDS	60

/*
 * What good tokens said, by the SHA-256 of each: shared by all workers of one
 * configuration, so that a token costs one signature a minute and a worker
 * that comes starts with what the others know.
 *
 * There are no locks: a place is read while others write it, and what is then
 * torn is nobody's; a writer that is killed leaves its place unused.
 */

/* Shared, empty, inherited over fork; NULL with errno. */
struct verdicts	*verdicts_new(void) MUST_CHECK;
void		 verdicts_free(struct verdicts *);
/*
 * True: this token was good with the keys of this generation (jwks_look()),
 * less than VERDICT_SECONDS ago, and until was not reached.  now: seconds since
 * 1970.  Strings go to the arena.
 */
bool		 verdicts_recall(const struct verdicts *,
		    const unsigned char hash[32], uint64_t generation,
		    int64_t now, struct arena *, struct identity *)
		    NONNULL MUST_CHECK;
/* In the place of an older one.  Whose strings are too long is not kept. */
void		 verdicts_remember(struct verdicts *,
		    const unsigned char hash[32], uint64_t generation,
		    int64_t now, int64_t until, const struct identity *)
		    NONNULL;

#endif

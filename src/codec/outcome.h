#ifndef CODEC_OUTCOME_H
#define CODEC_OUTCOME_H

#include <stddef.h>

/*
 * What can become of a value that LangGraph stored.  All but the first two
 * mean "unreadable", which is never the same as empty.
 */
enum outcome {
	OUT_VALUE,
	OUT_EMPTY,		/* nothing is stored */
	OUT_CIPHER,		/* sealed: no key, a wrong one, or tampered */
	OUT_TYPE,		/* pickle and foreign serialisers */
	OUT_CORRUPT,
	OUT_TOO_LARGE,
	OUT_INCOMPLETE,		/* ancestors of a delta channel are gone */
	OUT__MAX
};

/* Bounds of one decode; the rendered size is bounded by the buffer's max. */
struct lc_limits {
	size_t	 values;	/* in one blob, map keys included */
	unsigned depth;		/* arrays, maps and extensions together */
};
#define LC_LIMITS	{ .values = 4000000, .depth = 64 }
#define LC_DEPTH_MAX	256	/* the decoders recurse once a level */

/* A piece of somebody else's bytes; p is NULL for "not there". */
struct lc_text {
	const char	*p;
	size_t		 n;
};

/* The reason as the faces and the log name it, or NULL when readable. */
const char	*outcome_reason(enum outcome);

#endif

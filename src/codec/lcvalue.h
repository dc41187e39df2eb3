#ifndef CODEC_LCVALUE_H
#define CODEC_LCVALUE_H

#include <stddef.h>

#include "base/buf.h"
#include "codec/outcome.h"

/* What a decode may use: bounds, and LANGGRAPH_AES_KEY's bytes if there are. */
struct lc_opts {
	struct lc_limits limits;
	const void	*key;
	size_t		 keylen;
};

/* A (type, blob) pair as the tables hold it; NULLs are SQL's. */
struct lc_blob {
	const char	*type;
	const void	*p;
	size_t		 n;
};

/*
 * Appends the value as JSON; the type decides row by row.  flags are those of
 * mp_json().  OUT_EMPTY: nothing is stored.  A blob of NULL was withheld by
 * the byte limit: OUT_TOO_LARGE.  Unless OUT_VALUE, out is as it was before.
 */
enum outcome	lc_value(const struct lc_blob *, const struct lc_opts *,
		    unsigned flags, struct buf *out) NONNULL MUST_CHECK;

#endif

#ifndef CODEC_NDARRAY_H
#define CODEC_NDARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/outcome.h"

#define NDARRAY_DIMS	32	/* NumPy's own limit */
#define NDARRAY_SHOWN	4096	/* elements; a larger one is described */

struct ndarray {
	struct lc_text	dtype;
	struct lc_text	data;
	uint64_t	shape[NDARRAY_DIMS];
	unsigned	dims;
	bool		fortran;
};

/* Nested lists, or {"dtype","shape"}.  False: the bytes do not fit. */
bool	ndarray_json(struct buf *, const struct ndarray *) NONNULL MUST_CHECK;

#endif

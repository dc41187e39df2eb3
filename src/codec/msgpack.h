#ifndef CODEC_MSGPACK_H
#define CODEC_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "codec/outcome.h"

/* An Overwrite at the top comes out as {"__overwrite__": value}. */
#define MP_OVERWRITE	1u

/*
 * One msgpack value with LangGraph's extensions, appended as JSON: OUT_VALUE,
 * OUT_CORRUPT or OUT_TOO_LARGE; unless OUT_VALUE, out is as it was before.
 */
enum outcome	mp_json(const void *, size_t, const struct lc_limits *,
		    unsigned flags, struct buf *out) MUST_CHECK;

/*
 * Of a list of n elements: how many bytes the list of the first 1 to n of them
 * has.  False: it is another value.
 */
bool		mp_measure(const void *, size_t, size_t *bytes, size_t n)
		    MUST_CHECK;

#endif

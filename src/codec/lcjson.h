#ifndef CODEC_LCJSON_H
#define CODEC_LCJSON_H

#include <stddef.h>

#include "base/buf.h"
#include "codec/outcome.h"

#define LJ_PLAIN	1u	/* markers mean nothing */

/*
 * JSON as LangGraph's savers write it (bare NaN, `lc` markers), appended as
 * plain JSON in the spelling of lctext.h: OUT_VALUE, OUT_EMPTY (undefined),
 * OUT_CORRUPT or OUT_TOO_LARGE; unless OUT_VALUE, out is as it was before.
 */
enum outcome	lj_json(const char *, size_t, const struct lc_limits *,
		    unsigned flags, struct buf *out) MUST_CHECK;

#endif

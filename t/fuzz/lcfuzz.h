#ifndef FUZZ_LCFUZZ_H
#define FUZZ_LCFUZZ_H

#include "base/buf.h"
#include "codec/outcome.h"

extern const struct lc_limits	lcfuzz_limits;

/* Aborts unless a decoded value is what the decoders promise. */
void	lcfuzz_value(const struct buf *) NONNULL;

#endif

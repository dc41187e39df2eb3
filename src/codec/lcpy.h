#ifndef CODEC_LCPY_H
#define CODEC_LCPY_H

#include <stdbool.h>

#include "base/buf.h"
#include "codec/outcome.h"

/* How a Python constructor's payload was stored. */
enum lc_form {
	LC_ARG = 1,		/* one value */
	LC_ARGS = 2,		/* the positional arguments, an array */
	LC_KWARGS = 4		/* the named ones, an object */
};

/*
 * The text from mark on is the rendered payload of module.name(...): puts the
 * plain form of the few classes that have one (dates, paths, secrets, ...) in
 * its place.  False: it is left as it was.  Names are compared, never used.
 */
bool	lc_python(struct buf *, size_t mark, struct lc_text module,
	    struct lc_text name, enum lc_form) NONNULL;

#endif

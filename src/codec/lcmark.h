#ifndef CODEC_LCMARK_H
#define CODEC_LCMARK_H

#include <stdbool.h>
#include <stddef.h>

#include "codec/lctext.h"

/* An object that has just been written, while its members are known. */
struct lc_object {
	struct buf	*out;		/* it is all there is from mark on */
	size_t		 mark;
	struct lc_member *members;
	size_t		 n;
	bool		 typed;		/* has a "type"; kept up to date */
	bool		 kwargs_typed;	/* its kwargs have one */
	size_t		*spelt;		/* bytes of keys that became strings */
};

/*
 * Puts what the marker stands for in the object's place; an object that is no
 * known marker stays.  OUT_EMPTY: undefined, and nothing is left of it.
 */
enum outcome	lc_mark(struct lc_object *) MUST_CHECK;

#endif

#ifndef CODEC_LCTEXT_H
#define CODEC_LCTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/outcome.h"

/*
 * The JSON text that the checkpoint decoders write: compact, every string in
 * one spelling (so equal strings are equal bytes), object members unique.
 * Readers below take only such text and never look beyond its end.
 */

/* A quoted string; invalid UTF-8 becomes U+FFFD by maximal subparts. */
void	 lc_str(struct buf *, const char *, size_t) NONNULL;
/* The same without quotes, for strings that come in pieces. */
void	 lc_chars(struct buf *, const char *, size_t) NONNULL;
/* Shortest form that reads back the same; not finite: null. */
void	 lc_double(struct buf *, double) NONNULL;
/* The value at mark becomes a string holding its text, unless it is one. */
void	 lc_stringify(struct buf *, size_t mark) NONNULL;
/* The text from mark on is replaced by t, which may be part of it. */
void	 lc_keep(struct buf *, size_t mark, struct lc_text t) NONNULL;

/* A member of the object being written: its key's place and length. */
struct lc_member {
	size_t	at, klen;
};

/*
 * Drops all but the last of members with equal keys; out ends where the last
 * member ends.  Returns how many are left.  No memory: SIZE_MAX.
 */
size_t	 lc_unique(struct buf *, struct lc_member *, size_t n) NONNULL
	    MUST_CHECK;

/* Walks an array or object; anything else has no elements. */
struct lc_iter {
	const char	*p, *end;
};
void	 lc_walk(struct lc_iter *, struct lc_text) NONNULL;
bool	 lc_next(struct lc_iter *, struct lc_text *) NONNULL;
/* key with its quotes. */
bool	 lc_next_member(struct lc_iter *, struct lc_text *key,
	    struct lc_text *) NONNULL;
/* A member's value; p is NULL when there is none. */
struct lc_text lc_member(struct lc_text object, const char *key) NONNULL;
/* The text is exactly this. */
bool	 lc_is(struct lc_text, const char *) NONNULL;
/* The contents of a string, still escaped, or p is NULL. */
struct lc_text lc_unquote(struct lc_text);
/* Adds what the contents of a string mean: its bytes. */
void	 lc_unescape(struct buf *, struct lc_text contents) NONNULL;
/* Plain decimal integer within +-10^15. */
bool	 lc_int(struct lc_text, int64_t *) NONNULL;

#endif

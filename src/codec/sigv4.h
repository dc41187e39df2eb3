#ifndef CODEC_SIGV4_H
#define CODEC_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/conf.h"

#define S3_KEY_MAX	128	/* of s3_key(), with its NUL */

/* Where objects lie, and who asks; nothing is NULL but the last two. */
struct s3_place {
	const char	*bucket, *region, *key_id, *secret;
	const char	*token;		/* of a temporary key */
	const char	*endpoint;	/* NULL: Amazon's */
};

/* What is asked for.  Texts are any UTF-8; NULL: not asked for. */
struct s3_get {
	const char	*method;	/* GET or HEAD */
	const char	*key;		/* the object's, without first slash */
	const char	*disposition;	/* response-content-disposition */
	const char	*type;		/* response-content-type */
	int64_t		 now;		/* seconds since 1970 */
	int64_t		 expires;	/* seconds from then */
};

/* The place of S3_BUCKET, which must be set; points into conf. */
void	s3_place(const struct conf *, struct s3_place *) NONNULL;
/* "output/artifacts/ab/cd/abcd…" of 64 hex digits. */
void	s3_key(const char *sha256, char out[S3_KEY_MAX]) NONNULL;

/*
 * The object's URL: the bucket is part of the host at Amazon, where its name
 * can be one label, and else of the path.
 */
void	s3_url(struct buf *, const struct s3_place *, const char *key)
	    NONNULL;
/*
 * That URL, signed by its query (AWS Signature Version 4): whoever has it may
 * ask just this, until it expires.  False: too long, and out is of no use.
 */
bool	sigv4_presign(struct buf *out, const struct s3_place *,
	    const struct s3_get *) NONNULL MUST_CHECK;

#endif
